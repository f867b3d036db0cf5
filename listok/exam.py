"""The assembly of an exam: a blueprint and a roster become forms, the same ones every time, no two of them alike."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from listok import __version__
from listok.blueprint import Blueprint, BlueprintError, Task
from listok.generators.bank import find, nearest
from listok.generators.codes import SEEDS, form_code
from listok.generators.draw import Draw
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.generators.values import ListokError, fraction, to_json
from listok.roster import Student
from listok.templates.text import LANGS, Lang

FORMAT = 1
"""Version of the exam file's layout."""

TRIES = 500
"""Seeds tried for one slot before its space of variants is held to be used up."""


class ExamError(ListokError):
    """An exam that cannot be assembled, or an exam file that cannot be read."""


@dataclass(frozen=True)
class Slot:
    """One problem of a form: a variant, and the points of the parts that are asked."""

    variant: AnyVariant
    points: Mapping[str, Fraction]

    @property
    def total(self) -> Fraction:
        return sum(self.points.values(), Fraction(0))


@dataclass(frozen=True)
class Form:
    """One student's sheet."""

    code: str
    student: Student
    slots: tuple[Slot, ...]

    @property
    def total(self) -> Fraction:
        return sum((slot.total for slot in self.slots), Fraction(0))


@dataclass(frozen=True)
class Exam:
    """A whole exam, ready to print: what stands in its header, and a form for every student."""

    title: Mapping[Lang, str]
    course: Mapping[Lang, str]
    date: str
    langs: tuple[Lang, ...]
    instructions: Mapping[Lang, str]
    space: str
    paper: str
    forms: tuple[Form, ...]

    def form(self, code: str) -> Form:
        """The form with that code; raises `ExamError`."""
        for form in self.forms:
            if form.code == code:
                return form
        raise ExamError(f"no form {code} in this exam of {len(self.forms)} forms")


def assemble(
    blueprint: Blueprint,
    students: Sequence[Student],
    keep: Exam | None = None,
    tick: Callable[[], object] = lambda: None,
) -> Exam:
    """Draw a form for every student.

    A slot's numbers depend on the exam's seed, the student's id, and the exercise alone; only where two students would
    get the same numbers does one of them, fixed by a hash of the ids, draw again. Students of `keep`, an earlier
    assembly of the same blueprint, keep their forms. `tick` is called once a form.

    Raises `BlueprintError` when there are more students than variants.
    """
    kept = {form.student.id: form for form in keep.forms} if keep else {}
    taken: dict[str, set[str]] = {}
    for form in kept.values():
        for slot in form.slots:
            taken.setdefault(slot.variant.exercise.name, set()).add(slot.variant.fingerprint)
    _refuse_small_spaces(blueprint, len(students))
    done: dict[str, Form] = {}
    for student in sorted(students, key=lambda s: _digest(blueprint.seed, "turn", s.id)):
        if student.id in kept:
            done[student.id] = dataclasses.replace(kept[student.id], student=student)  # a name may be corrected
        else:
            slots = tuple(_slots(blueprint, student, taken, len(students)))
            done[student.id] = Form(form_code(blueprint.seed, student.id), student, slots)
        tick()
    forms = tuple(done[student.id] for student in students)
    codes = {form.code for form in forms}
    if len(codes) < len(forms):
        raise ExamError("two forms got the same code: change the blueprint's seed")
    b = blueprint
    return Exam(b.title, b.course, b.date, b.langs, b.instructions, b.space, b.paper, forms)


def _slots(
    blueprint: Blueprint, student: Student, taken: dict[str, set[str]], students: int
) -> Iterable[Slot]:
    seen: dict[str, int] = {}
    for item in blueprint.items:
        tasks = item.tasks
        if item.pick < len(tasks):
            names = "|".join(sorted(task.exercise.name for task in tasks))
            nth = seen[names] = seen.get(names, 0) + 1
            by_name = sorted(tasks, key=lambda task: task.exercise.number)
            picked = Draw("pick", blueprint.seed, student.id, names, nth).distinct(by_name, item.pick)
            tasks = tuple(task for task in tasks if task in picked)
        for task in tasks:
            name = task.exercise.name
            place = f"{name} {task.level}"
            nth = seen[place] = seen.get(place, 0) + 1
            yield _slot(blueprint.seed, student, task, nth, taken.setdefault(name, set()), students)


def _slot(seed: int, student: Student, task: Task, nth: int, taken: set[str], students: int) -> Slot:
    exercise = task.exercise
    for attempt in range(TRIES):
        number = _digest(seed, student.id, exercise.name, nth, task.level, attempt) % SEEDS
        variant = exercise.variant(number, task.level)
        if variant.fingerprint not in taken:
            taken.add(variant.fingerprint)
            return Slot(variant.verify(), task.points)
    raise BlueprintError(
        f"{exercise.name} at level {task.level} has too few different variants for {students} students: "
        f"{len(taken)} were found; take another level, or part of the class at a time"
    )


def _refuse_small_spaces(blueprint: Blueprint, students: int) -> None:
    for number, item in enumerate(blueprint.items, 1):
        for task in item.tasks:
            space = task.exercise.spaces.get(task.level)
            if space is not None and space < students:
                raise BlueprintError(
                    f"items[{number}]: {task.exercise.name} has {space} different variants at level {task.level}, "
                    f"fewer than the {students} students"
                )


def _digest(*key: object) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()[:8], "big")


# --- the exam file ------------------------------------------------------------------------------------------------


def dump(exam: Exam) -> bytes:
    """The exam file: everything needed to print and mark the exam again, parameters included."""
    forms = [
        {
            "code": form.code,
            "student": {"id": form.student.id, "name": form.student.name, "group": form.student.group},
            "slots": [
                {
                    "exercise": slot.variant.exercise.name,
                    "version": slot.variant.exercise.version,
                    "level": slot.variant.level,
                    "code": slot.variant.code,
                    "points": {part: _points_json(points) for part, points in slot.points.items()},
                    "params": to_json(slot.variant.params),
                }
                for slot in form.slots
            ],
        }
        for form in exam.forms
    ]
    data = {
        "format": FORMAT,
        "listok": __version__,
        "title": exam.title,
        "course": exam.course,
        "date": exam.date,
        "langs": exam.langs,
        "instructions": exam.instructions,
        "space": exam.space,
        "paper": exam.paper,
        "forms": forms,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


def load(path: Path, bank: Path | None = None) -> Exam:
    """Read an exam file; nothing is drawn anew. Raises `ExamError` with file and place."""
    try:
        data = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise ExamError(f"{path}: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise ExamError(f"{path}: not an exam file ({error}); build the exam again") from None
    try:
        if data["format"] != FORMAT:
            raise ExamError(f"made by another listok (format {data['format']}, this one reads {FORMAT})")
        forms = tuple(_load_form(form, bank) for form in data["forms"])
        return Exam(
            _words(data["title"]), _words(data["course"]), data["date"],
            tuple(lang for lang in LANGS if lang in data["langs"]),
            _words(data["instructions"]), data["space"], data["paper"], forms,
        )  # fmt: skip
    except ListokError as error:
        raise ExamError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ExamError(f"{path}: not an exam file ({type(error).__name__}: {error})") from None


def _load_form(data: Any, bank: Path | None) -> Form:
    student = Student(data["student"]["id"], data["student"]["name"], data["student"]["group"])
    slots = []
    for slot in data["slots"]:
        exercise: AnyExercise = find(slot["exercise"], bank)
        if exercise.version != slot["version"]:
            raise ExamError(
                f"form {data['code']}: {exercise.name} was printed by its version {slot['version']}, "
                f"this listok has version {exercise.version}"
            )
        variant = exercise.with_params(exercise.read_params(slot["params"]), slot["level"], slot["code"])
        for part in slot["points"]:
            if part not in exercise.parts:
                raise ExamError(f"form {data['code']}: {nearest(f'part of {exercise.name}', part, exercise.parts)}")
        slots.append(Slot(variant, {part: fraction(points) for part, points in slot["points"].items()}))
    return Form(data["code"], student, tuple(slots))


def _words(data: Any) -> Mapping[Lang, str]:
    return {lang: str(data[lang]) for lang in LANGS}


def _points_json(points: Fraction) -> int | float:
    return int(points) if points.denominator == 1 else float(points)
