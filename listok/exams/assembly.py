"""The assembly of an exam: a blueprint and a roster become forms, the same ones every time, no two of them alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from listok.answerkeys.forms import Exam, ExamError, Form, Slot, Student, short_fingerprint
from listok.exams.blueprint import Blueprint, BlueprintError, Task
from listok.exams.keeping import Earlier, compared
from listok.exams.secret import new_secret, stretched
from listok.generators.codes import EXAM_SEEDS, form_code
from listok.generators.draw import Draw
from listok.generators.exercise import AnyVariant
from listok.generators.keyed import keyed_hash

TRIES = 500
"""Seeds tried for one slot before its space of variants is held to be used up."""


@dataclass(frozen=True)
class Place:
    """A slot before it is filled: what is asked there, and which occurrence of it in the form this is (from 1)."""

    task: Task
    nth: int


def settings(blueprint: Blueprint) -> Exam:
    """What a blueprint says of an exam as a whole; no forms yet."""
    b = blueprint
    return Exam(b.title, b.course, b.date, b.langs, b.instructions, b.space, b.paper, (), story=b.story)


def known_secret(blueprint: Blueprint, keep: Exam | None = None) -> bytes:
    """The secret that the seed gives, or else that of the earlier exam `keep`; empty where one is still to be drawn."""
    if blueprint.seed is not None:
        return stretched(blueprint.seed)
    return keep.secret if keep is not None else b""


def assemble(
    blueprint: Blueprint,
    students: Sequence[Student],
    keep: Exam | None = None,
    tick: Callable[[], object] = lambda: None,
) -> Exam:
    """Draw a form for every student, one after another in memory; `listok build` gets the same forms in chunks.

    A slot's numbers depend on the exam's secret, the student's id and group, and the exercise alone; only where two
    students would get the same numbers does one of them, fixed by a hash, draw again. Students of `keep`, an earlier
    assembly of the same blueprint, keep their forms (see `compared`). A blueprint without a seed has the secret of
    `keep`, or else a new one every time. `tick` is called once a form.

    Raises `BlueprintError` when there are more students than variants.
    """
    kept = {form.student.id: form for form in keep.forms} if keep else {}
    if keep:
        students = compared(blueprint, students, map(Earlier.of, keep.forms), "the earlier exam").students
    taken: dict[int, set[bytes]] = {}
    for form in kept.values():
        for slot in form.slots:
            taken.setdefault(slot.variant.exercise.number, set()).add(short_fingerprint(slot.variant))
    refuse_small_spaces(blueprint, len(students))
    done: dict[str, Form] = {}
    secret = known_secret(blueprint, keep) or new_secret()
    for student in in_turn(secret, students):
        if student.id in kept:
            done[student.id] = dataclasses.replace(kept[student.id], student=student)  # a name may be corrected
        else:
            key = student.key
            slots = tuple(
                free_slot(secret, key, place, taken.setdefault(place.task.exercise.number, set()), len(students))
                for place in places(blueprint, secret, key)
            )
            done[student.id] = Form(form_code(secret, student.key), student, slots)
        tick()
    forms = tuple(done[student.id] for student in students)
    refuse_equal_codes(form.code for form in forms)
    return dataclasses.replace(settings(blueprint), forms=forms, secret=secret)


def in_turn(secret: bytes, students: Iterable[Student]) -> list[Student]:
    """Students in the order in which they take variants: fixed by hashes of their keys, whatever the roster's order."""
    return sorted(students, key=lambda student: keyed_hash(secret, "turn", student.key))


def places(blueprint: Blueprint, secret: bytes, student: str) -> Iterator[Place]:
    """The slots of a student's form, with the student's own choice where an item offers one."""
    seen: dict[str, int] = {}
    for item in blueprint.items:
        tasks = item.tasks
        if item.pick < len(tasks):
            names = sorted(task.exercise.name for task in tasks)
            among = "|".join(names)
            nth = seen[among] = seen.get(among, 0) + 1
            by_name = sorted(tasks, key=lambda task: task.exercise.number)
            key = keyed_hash(secret, "pick", student, nth, *names)
            picked = Draw("pick", key.hex()).distinct(by_name, item.pick)
            tasks = tuple(task for task in tasks if task in picked)
        for task in tasks:
            where = f"{task.exercise.name} {task.level}"
            nth = seen[where] = seen.get(where, 0) + 1
            yield Place(task, nth)


def drawn(secret: bytes, student: str, place: Place, attempt: int = 0) -> AnyVariant:
    """What a place is filled with at the first attempt, or at a later one where the first is taken; not verified."""
    exercise, level = place.task.exercise, place.task.level
    key = keyed_hash(secret, "variant", student, exercise.name, level, place.nth, attempt)
    return exercise.variant(EXAM_SEEDS[int.from_bytes(key[:8], "big") % len(EXAM_SEEDS)], level)


def free_slot(
    secret: bytes, student: str, place: Place, taken: set[bytes], students: int, attempt: int = 0
) -> Slot:
    """A place filled, from an attempt on, with a verified variant whose fingerprint is not yet taken; then it is."""
    for turn in range(attempt, TRIES):
        variant = drawn(secret, student, place, turn)
        fingerprint = short_fingerprint(variant)
        if fingerprint not in taken:
            taken.add(fingerprint)
            return Slot(variant.verify(), place.task.points)
    raise BlueprintError(
        f"{place.task.exercise.name} at level {place.task.level} has too few different variants for {students} "
        f"students: {len(taken)} were found; take another level, or part of the class at a time"
    )


def refuse_small_spaces(blueprint: Blueprint, students: int) -> None:
    """Raise `BlueprintError` where an exercise is known to have fewer variants than there are students."""
    for number, item in enumerate(blueprint.items, 1):
        for task in item.tasks:
            space = task.exercise.spaces.get(task.level)
            if space is not None and space < students:
                raise BlueprintError(
                    f"items[{number}]: {task.exercise.name} has {space} different variants at level {task.level}, "
                    f"fewer than the {students} students"
                )


def refuse_equal_codes(codes: Iterable[str]) -> None:
    """Raise `ExamError` where two forms would be found by one code."""
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise ExamError("two forms got the same code: change the blueprint's seed, or without one build again")
        seen.add(code)
