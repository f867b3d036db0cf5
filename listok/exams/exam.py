"""The assembly of an exam: a blueprint and a roster become forms, the same ones every time, no two of them alike."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from listok import __version__
from listok.exams.blueprint import Blueprint, BlueprintError, Task
from listok.exams.roster import Student
from listok.generators.bank import find, nearest
from listok.generators.codes import SEEDS, form_code
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.generators.values import ListokError, fraction, to_json
from listok.templates.text import LANGS, Lang

FORMAT = 1
"""Version of the exam file's layout."""

TRIES = 500
"""Seeds tried for one slot before its space of variants is held to be used up."""

MARK = 16
"""Bytes that tell a variant from others of its exercise."""


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


@dataclass(frozen=True)
class Place:
    """A slot before it is filled: what is asked there, and which occurrence of it in the form this is (from 1)."""

    task: Task
    nth: int


def settings(blueprint: Blueprint) -> Exam:
    """What a blueprint says of an exam as a whole; no forms yet."""
    b = blueprint
    return Exam(b.title, b.course, b.date, b.langs, b.instructions, b.space, b.paper, ())


def assemble(
    blueprint: Blueprint,
    students: Sequence[Student],
    keep: Exam | None = None,
    tick: Callable[[], object] = lambda: None,
) -> Exam:
    """Draw a form for every student, one after another in memory; `listok build` gets the same forms in chunks.

    A slot's numbers depend on the exam's seed, the student's id, and the exercise alone; only where two students would
    get the same numbers does one of them, fixed by a hash of the ids, draw again. Students of `keep`, an earlier
    assembly of the same blueprint, keep their forms. `tick` is called once a form.

    Raises `BlueprintError` when there are more students than variants.
    """
    kept = {form.student.id: form for form in keep.forms} if keep else {}
    taken: dict[int, set[bytes]] = {}
    for form in kept.values():
        for slot in form.slots:
            taken.setdefault(slot.variant.exercise.number, set()).add(mark(slot.variant))
    refuse_small_spaces(blueprint, len(students))
    done: dict[str, Form] = {}
    for student in in_turn(blueprint.seed, students):
        if student.id in kept:
            done[student.id] = dataclasses.replace(kept[student.id], student=student)  # a name may be corrected
        else:
            slots = tuple(
                free_slot(blueprint.seed, student.id, place, taken.setdefault(place.task.exercise.number, set()),
                          len(students))
                for place in places(blueprint, student.id)
            )  # fmt: skip
            done[student.id] = Form(form_code(blueprint.seed, student.id), student, slots)
        tick()
    forms = tuple(done[student.id] for student in students)
    refuse_equal_codes(form.code for form in forms)
    return dataclasses.replace(settings(blueprint), forms=forms)


def in_turn(seed: int, students: Iterable[Student]) -> list[Student]:
    """Students in the order in which they take variants: fixed by hashes of their ids, whatever the roster's order."""
    return sorted(students, key=lambda student: _digest(seed, "turn", student.id))


def mark(variant: AnyVariant) -> bytes:
    """What equal variants of an exercise have in common, in `MARK` bytes."""
    return bytes.fromhex(variant.fingerprint[: 2 * MARK])


def places(blueprint: Blueprint, student: str) -> Iterator[Place]:
    """The slots of a student's form, with the student's own choice where an item offers one."""
    seen: dict[str, int] = {}
    for item in blueprint.items:
        tasks = item.tasks
        if item.pick < len(tasks):
            names = "|".join(sorted(task.exercise.name for task in tasks))
            nth = seen[names] = seen.get(names, 0) + 1
            by_name = sorted(tasks, key=lambda task: task.exercise.number)
            picked = Draw("pick", blueprint.seed, student, names, nth).distinct(by_name, item.pick)
            tasks = tuple(task for task in tasks if task in picked)
        for task in tasks:
            where = f"{task.exercise.name} {task.level}"
            nth = seen[where] = seen.get(where, 0) + 1
            yield Place(task, nth)


def drawn(seed: int, student: str, place: Place, attempt: int = 0) -> AnyVariant:
    """What a place is filled with at the first attempt, or at a later one where the first is taken; not verified."""
    exercise, level = place.task.exercise, place.task.level
    return exercise.variant(_digest(seed, student, exercise.name, place.nth, level, attempt) % SEEDS, level)


def free_slot(
    seed: int, student: str, place: Place, taken: set[bytes], students: int, attempt: int = 0
) -> Slot:
    """A place filled, from an attempt on, with a verified variant whose mark is not yet taken; the mark then is."""
    for turn in range(attempt, TRIES):
        variant = drawn(seed, student, place, turn)
        if mark(variant) not in taken:
            taken.add(mark(variant))
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
            raise ExamError("two forms got the same code: change the blueprint's seed")
        seen.add(code)


def _digest(*key: object) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()[:8], "big")


# --- the exam file: a head, then a form a line, so that neither writer nor reader ever holds it whole ---------------

TAIL = b"\n]}\n"
"""What ends an exam file; between the forms stands a comma and a line feed."""

_OPEN = b'"forms":['


def head_json(exam: Exam) -> bytes:
    """The exam file's head: everything but the forms, which follow it a line each."""
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
        "forms": (),
    }
    return msgspec.json.encode(data).removesuffix(b"]}") + b"\n"


def form_json(form: Form) -> bytes:
    """A form's line in the exam file: everything needed to print and mark it again, parameters included."""
    student = {"id": form.student.id, "name": form.student.name, "group": form.student.group}
    slots = [slot_data(slot) for slot in form.slots]
    return msgspec.json.encode({"code": form.code, "student": student, "slots": slots})


def slot_data(slot: Slot) -> dict[str, Any]:
    """A slot as JSON data."""
    return {
        "exercise": slot.variant.exercise.name,
        "version": slot.variant.exercise.version,
        "level": slot.variant.level,
        "code": slot.variant.code,
        "points": {part: _points_json(points) for part, points in slot.points.items()},
        "params": to_json(slot.variant.params),
    }


def dump(exam: Exam) -> bytes:
    """The whole exam file."""
    return head_json(exam) + b",\n".join(map(form_json, exam.forms)) + TAIL


def load(path: Path, bank: Path | None = None) -> Exam:
    """Read an exam file; nothing is drawn anew. Raises `ExamError` with file and place."""
    exam, lines = read_lines(path)
    return dataclasses.replace(exam, forms=tuple(read_form(line, path, bank) for line in lines))


def read_forms(path: Path, bank: Path | None = None) -> tuple[Exam, Iterator[Form]]:
    """The exam of a file without its forms, and the forms one by one. Both raise `ExamError` with file and place."""
    exam, lines = read_lines(path)
    return exam, (read_form(line, path, bank) for line in lines)


def find_form(path: Path, code: str, bank: Path | None = None) -> Form:
    """The form of that code; of the others no more is read than their code. Raises `ExamError`."""
    _, lines = read_lines(path)
    count = 0
    for line in lines:
        with _said(path):
            found = msgspec.json.decode(line, type=_Coded).code
        if found == code:
            return read_form(line, path, bank)
        count += 1
    raise ExamError(f"no form {code} in this exam of {count} forms")


class _Coded(msgspec.Struct):
    """As much of a form as tells it from others."""

    code: str


def read_slots(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Every slot of an exam file: its form's code, its exercise's name, and what `read_slot` reads.

    Raises `ExamError`.
    """
    _, lines = read_lines(path)
    for line in lines:
        with _said(path):
            form = msgspec.json.decode(line, type=_Raw)
            names = [msgspec.json.decode(slot, type=_Named).exercise for slot in form.slots]
        yield from ((form.code, name, bytes(slot)) for name, slot in zip(names, form.slots, strict=True))


class _Raw(_Coded):
    """A form with its slots not yet read."""

    slots: list[msgspec.Raw]


class _Named(msgspec.Struct):
    """As much of a slot as tells what is asked."""

    exercise: str


def read_lines(path: Path) -> tuple[Exam, Iterator[bytes]]:
    """The exam of a file without its forms, and the forms' lines one by one, as `form_json` wrote them.

    A file that an editor has laid out in another way is read as a whole. Raises `ExamError`.
    """
    with _said(path):
        file = path.open("rb")
        first = file.readline()
        if first.rstrip().endswith(_OPEN):
            data = _closed(first)
            lines = _lines(file, path)
        else:
            data = msgspec.json.decode(first + file.read())
            file.close()
            lines = map(msgspec.json.encode, data["forms"])
        return _head(data), lines


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    with file, _said(path):
        for line in file:
            line = line.strip()
            if line == TAIL.strip():
                return
            yield line.removesuffix(b",")
        raise ExamError("cut short: its end is missing")


def read_head(head: bytes) -> Exam:
    """An exam without its forms, from what `head_json` gave."""
    return _head(_closed(head))


def _closed(head: bytes) -> Any:
    return msgspec.json.decode(head.rstrip() + b"]}")


def _head(data: Any) -> Exam:
    if data["format"] != FORMAT:
        raise ExamError(f"made by another listok (format {data['format']}, this one reads {FORMAT})")
    return Exam(
        _words(data["title"]), _words(data["course"]), data["date"],
        tuple(lang for lang in LANGS if lang in data["langs"]),
        _words(data["instructions"]), data["space"], data["paper"], (),
    )  # fmt: skip


@contextlib.contextmanager
def _said(path: Path | str) -> Iterator[None]:
    """Whatever is wrong with an exam file, in one line that begins with its name."""
    try:
        yield
    except ListokError as error:
        raise ExamError(f"{path}: {error}") from None
    except OSError as error:
        raise ExamError(f"{path}: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise ExamError(f"{path}: not an exam file ({error}); build the exam again") from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ExamError(f"{path}: not an exam file ({type(error).__name__}: {error})") from None


def read_form(line: bytes, path: Path | str, bank: Path | None = None) -> Form:
    """A form from its line of the exam file of that name; raises `ExamError`."""
    with _said(path):
        return _form(msgspec.json.decode(line), bank)


def _form(data: Any, bank: Path | None) -> Form:
    student = Student(data["student"]["id"], data["student"]["name"], data["student"]["group"])
    return Form(data["code"], student, tuple(_slot(slot, data["code"], bank) for slot in data["slots"]))


def read_slot(data: bytes, form: str, path: Path | str, bank: Path | None = None) -> Slot:
    """A slot of a form, from what `read_slots` gave of the exam file of that name; raises `ExamError`."""
    with _said(path):
        return _slot(msgspec.json.decode(data), form, bank)


def _slot(data: Any, form: str, bank: Path | None) -> Slot:
    exercise: AnyExercise = find(data["exercise"], bank)
    if exercise.version != data["version"]:
        raise ExamError(
            f"form {form}: {exercise.name} was printed by its version {data['version']}, this listok has version "
            f"{exercise.version}"
        )
    variant = exercise.with_params(exercise.read_params(data["params"]), data["level"], data["code"])
    for part in data["points"]:
        if part not in exercise.parts:
            raise ExamError(f"form {form}: {nearest(f'part of {exercise.name}', part, exercise.parts)}")
    return Slot(variant, {part: fraction(points) for part, points in data["points"].items()})


def _words(data: Any) -> Mapping[Lang, str]:
    return {lang: str(data[lang]) for lang in LANGS}


def _points_json(points: Fraction) -> int | float:
    return int(points) if points.denominator == 1 else float(points)
