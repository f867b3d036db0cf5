"""What a drill may ask where a blueprint limits it: the problems of an exam, with other numbers."""

from __future__ import annotations

import itertools

from listok.drill.session import Scope, Task
from listok.exams.blueprint import Blueprint


def scope_of(blueprint: Blueprint) -> Scope:
    """Every exercise and level that a blueprint may ask, with its parts; of one that stands there twice, the parts of
    both places, in the exercise's order."""
    asked: dict[tuple[int, int], set[str]] = {}
    orders: dict[int, tuple[str, ...]] = {}
    for task in itertools.chain.from_iterable(item.tasks for item in blueprint.items):
        orders[task.exercise.number] = tuple(task.exercise.parts)
        asked.setdefault((task.exercise.number, task.level), set()).update(task.points)
    return Scope(
        tuple(
            Task(number, level, tuple(part for part in orders[number] if part in parts))
            for (number, level), parts in asked.items()
        )
    )
