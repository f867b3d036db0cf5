"""Questions for an export from a blueprint: fresh variants of all that it asks."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from listok.answerkeys.composing import Drawn
from listok.exams.blueprint import Blueprint


def questions_of(blueprint: Blueprint, count: int, seed: int = 0) -> Iterator[Drawn]:
    """Variants of every task of a blueprint, with its parts and points; a task that comes again gets other variants."""
    taken: Counter[tuple[str, int]] = Counter()
    for task in itertools.chain.from_iterable(item.tasks for item in blueprint.items):
        place = task.exercise.name, task.level
        yield Drawn(task.exercise, task.level, count, seed, task.points, taken[place] * count)
        taken[place] += 1
