"""Forms of an earlier build that are kept: whose they are today, and whether they are what the blueprint asks for."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from listok.answerkeys.forms import ExamError, Form, Student, folded_name
from listok.exams.blueprint import Blueprint, Task
from listok.generators.exact import Fraction
from listok.generators.values import shortened

Asked: TypeAlias = tuple[str, int, Mapping[str, Fraction]]
"""What a problem asks: the exercise's name, the level, and the points of its parts."""


@dataclass(frozen=True)
class Earlier:
    """A form of an earlier build: its code, whose it is, and what it asks."""

    code: str
    student: Student
    asked: tuple[Asked, ...]

    @classmethod
    def of(cls, form: Form) -> Earlier:
        return cls(form.code, form.student, tuple(
            (slot.variant.exercise.name, slot.variant.level, slot.points) for slot in form.slots
        ))  # fmt: skip


@dataclass(frozen=True)
class Class:
    """The class with the ids that its students had in the earlier build, what is to be said of the differences, a
    line each, and how many of the class keep their forms."""

    students: tuple[Student, ...]
    notes: tuple[str, ...]
    kept: int


def compared(blueprint: Blueprint, students: Sequence[Student], earlier: Iterable[Earlier], source: str) -> Class:
    """Find the students of a roster among the forms of an earlier build, which `source` names in messages.

    An id that has lost the zeros at its start is found all the same. Raises `ExamError` where the forms are those of
    other people, or ask for something else than the blueprint does: one exam would hold both.
    """
    forms = {form.student.id: form for form in earlier}
    ids = _earlier_ids(students, forms)
    now = tuple(dataclasses.replace(student, id=ids.get(student.id, student.id)) for student in students)
    found = [(student, forms[student.id]) for student in now if student.id in forms]
    _refuse_other_problems(blueprint, [form for _, form in found], source)
    notes = [
        *_renamed(found, source), *_regrouped(found, source), *_zeros(ids), *_absent(len(forms) - len(found), source)
    ]  # fmt: skip
    return Class(now, tuple(notes), len(found))


def note_on_other_seed(kept: Class, source: str) -> str:
    """What is to be said where the blueprint's seed is not the one that the earlier forms were drawn from."""
    new = len(kept.students) - kept.kept
    return (f"the seed is not that of {source}: {_count(kept.kept, 'form')} kept from there, "
            f"{_count(new, 'form')} drawn from this seed")  # fmt: skip


def _earlier_ids(students: Sequence[Student], forms: Mapping[str, Earlier]) -> dict[str, str]:
    """The earlier ids of students whose ids have lost zeros, or have got some, where nobody else can be meant."""
    bare = Counter(map(_bare, forms))
    full = {_bare(known): known for known in forms}
    today = Counter(_bare(student.id) for student in students)
    ids = {}
    for student in students:
        number = _bare(student.id)
        if student.id not in forms and bare[number] == today[number] == 1:
            ids[student.id] = full[number]
    return ids


def _bare(id_: str) -> str:
    return id_.lstrip("0") if id_.isdecimal() else id_


def _zeros(ids: Mapping[str, str]) -> Iterable[str]:
    if ids:
        now, then = next(iter(ids.items()))
        yield f"{_count(len(ids), 'id')} differ in zeros at the start ({now} for {then}): the earlier ids are kept"


def _absent(count: int, source: str) -> Iterable[str]:
    if count:
        yield (f"{_count(count, 'student')} of {source} {'is' if count == 1 else 'are'} not in the roster: their forms "
               "are not printed again, and nobody gets their numbers")  # fmt: skip


def _renamed(found: Sequence[tuple[Student, Earlier]], source: str) -> Iterable[str]:
    """What is to be said of names that are others now; where they are other people's, `ExamError` is raised."""
    other = [pair for pair in found if folded_name(pair[0].name) != folded_name(pair[1].student.name)]
    named = [pair for pair in found if pair[0].name and pair[1].student.name]
    strangers = [
        (student, form) for student, form in other
        if student.name and form.student.name and not _words(student.name) & _words(form.student.name)
    ]  # fmt: skip
    for pairs in filter(None, (strangers, other)):
        student, form = pairs[0]
        example = (f"such as {student.id}: {_or_none(shortened(form.student.name))} then, "
                   f"{_or_none(shortened(student.name))} now")  # fmt: skip
        if pairs is strangers and 2 * len(strangers) > len(named) and len(strangers) > 1:
            raise ExamError(f"{source}: it is another class's: {len(strangers)} of the {len(named)} students who keep "
                            f"their forms have other names there, {example}")  # fmt: skip
    if other:
        verb = "has" if len(other) == 1 else "have"
        yield f"{_count(len(other), 'student')} of {source} {verb} another name, {example}"


def _regrouped(found: Sequence[tuple[Student, Earlier]], source: str) -> Iterable[str]:
    """What is to be said of groups that are others now: sections may have the same ids."""
    other = [pair for pair in found if pair[0].group != pair[1].student.group]
    if other:
        student, form = other[0]
        verb = "is" if len(other) == 1 else "are"
        yield (
            f"{_count(len(other), 'student')} of {source} {verb} in another group, such as {student.id}: "
            f"{_or_none(form.student.group)} then, {_or_none(student.group)} now; they keep their forms"
        )


def _refuse_other_problems(blueprint: Blueprint, forms: Sequence[Earlier], source: str) -> None:
    faults = [(form.code, fault) for form in forms if (fault := _other_problem(blueprint, form.asked))]
    if faults:
        code, fault = faults[0]
        raise ExamError(f"{source}: {len(faults)} of the {_count(len(forms), 'form')} to be kept ask for something "
                        f"else than the blueprint, such as {code}: {fault}; take the blueprint of that build, or build "
                        "without --keep")  # fmt: skip


def _other_problem(blueprint: Blueprint, asked: Sequence[Asked]) -> str | None:
    """Where a form is not one that the blueprint may give; None where it is."""
    total = sum(item.pick for item in blueprint.items)
    if len(asked) != total:
        return f"it has {_count(len(asked), 'problem')}, not {total}"
    number = 0
    for item in blueprint.items:
        left = list(item.tasks)
        for _ in range(item.pick):
            found = asked[number]
            number += 1
            task = next((task for task in left if _of(task) == found), None)
            if task is None:
                near = next((task for task in left if task.exercise.name == found[0]), left[0])
                return f"problem {number} is {_told(found)}, not {_told(_of(near))}"
            left.remove(task)
    return None


def _of(task: Task) -> Asked:
    return task.exercise.name, task.level, task.points


def _told(asked: Asked) -> str:
    name, level, points = asked
    worth = ", ".join(f"{part} {float(share):g}" for part, share in points.items())
    return f"{name} at level {level} ({shortened(worth, 80)})"


def _or_none(word: str) -> str:
    return word or "none"


def _words(name: str) -> set[str]:
    return set(folded_name(name).replace(".", " ").split())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
