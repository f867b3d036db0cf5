"""The exam file, ``exam.json``: a head, then a form a line, so that neither writer nor reader ever holds it whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec

from listok import __version__
from listok.answerkeys.forms import MOST_POINTS, Exam, ExamError, Form, Paper, Slot, Space, Student
from listok.generators.bank import find, nearest
from listok.generators.codes import read_code
from listok.generators.exact import Fraction
from listok.generators.exercise import LEVELS, AnyExercise
from listok.generators.keyed import SECRET_BYTES
from listok.generators.values import LONGEST_FAULT, ListokError, fraction, shortened, shown, to_json
from listok.templates.text import LANGS, Lang

FORMAT = 1
"""Version of the exam file's layout."""

TAIL = b"\n]}\n"
"""What ends an exam file; between the forms stands a comma and a line feed."""

_OPEN = b'"forms":['


def head_json(exam: Exam) -> bytes:
    """The exam file's head: everything but the forms, which follow it a line each. It holds the secret, if any."""
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
        "story": exam.story,
        **({"secret": exam.secret.hex()} if exam.secret else {}),
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


def read_forms(path: Path, bank: Path | None = None) -> tuple[Exam, Iterator[Form]]:
    """The exam of a file without its forms, and the forms one by one. Both raise `ExamError` with file and place."""
    exam, lines = read_lines(path)
    return exam, (read_form(line, path, bank) for line in lines)


def find_form(path: Path, code: str, bank: Path | None = None) -> Form:
    """The form of that code; of the others no more is read than their code. Raises `ExamError`."""
    _, lines = read_lines(path)
    count = 0
    for line in lines:
        if read_owner(line, path).code == code:
            return read_form(line, path, bank)
        count += 1
    raise ExamError(f"no form {code} in this exam of {count} forms")


class Owner(msgspec.Struct, frozen=True):
    """As much of a form as tells whose it is."""

    code: str
    student: Student


def read_owner(line: bytes, path: Path | str) -> Owner:
    """Whose form stands in a line of the exam file of that name; raises `ExamError`."""
    with _exam_errors(path):
        return msgspec.json.decode(line, type=Owner)


class Asked(msgspec.Struct, frozen=True):
    """As much of a slot as tells what is asked: the exercise's name, the level, and the points of its parts."""

    exercise: str
    level: int
    points: dict[str, Fraction]


class Questions(Owner, frozen=True):
    """As much of a form as tells whose it is and what it asks."""

    slots: list[Asked]


def read_questions(line: bytes, path: Path | str) -> Questions:
    """Whose form stands in a line of the exam file of that name, and what it asks; raises `ExamError`."""
    with _exam_errors(path):
        return msgspec.json.decode(line, type=Questions, dec_hook=lambda _, value: fraction(value))


def read_students(path: Path) -> dict[str, Student]:
    """The students of an exam file by the codes of their forms; raises `ExamError`."""
    owners = (read_owner(line, path) for line in read_lines(path)[1])
    return {owner.code: owner.student for owner in owners}


def read_slots(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Every slot of an exam file: its form's code, its exercise's name, and what `read_slot` reads.

    Raises `ExamError`.
    """
    _, lines = read_lines(path)
    for line in lines:
        with _exam_errors(path):
            form = msgspec.json.decode(line, type=_Raw)
            names = [msgspec.json.decode(slot, type=_Named).exercise for slot in form.slots]
        yield from ((form.code, name, bytes(slot)) for name, slot in zip(names, form.slots, strict=True))


class _Raw(msgspec.Struct):
    """A form with its slots not yet read."""

    code: str
    slots: list[msgspec.Raw]


class _Named(msgspec.Struct):
    """As much of a slot as tells what is asked."""

    exercise: str


def read_lines(path: Path) -> tuple[Exam, Iterator[bytes]]:
    """The exam of a file without its forms, and the forms' lines one by one, as `form_json` wrote them.

    A file that an editor has laid out in another way is read as a whole. Raises `ExamError`.
    """
    with _exam_errors(path):
        file = path.open("rb")
        first = file.readline()
        if first.rstrip().endswith(_OPEN):
            head = _closed(first)
            lines = _lines(file, path)
        else:
            with file:
                head = _head(first + file.read())
            lines = map(bytes, head.forms)
        return _exam(head), lines


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    with file, _exam_errors(path):
        for line in file:
            line = line.strip()
            if line == TAIL.strip():
                return
            yield line.removesuffix(b",")
        raise ExamError("cut short: its end is missing")


def read_head(head: bytes) -> Exam:
    """An exam without its forms, from what `head_json` gave."""
    return _exam(_closed(head))


# --- what may stand in the file -----------------------------------------------------------------------------------


class _Words(msgspec.Struct):
    ru: str
    en: str


class _Format(msgspec.Struct):
    format: int


class _Head(msgspec.Struct):
    """All but the forms, which are not yet read."""

    title: _Words
    course: _Words
    date: str
    langs: Annotated[list[Lang], msgspec.Meta(min_length=1)]
    instructions: _Words
    space: Space
    paper: Paper
    forms: list[msgspec.Raw]
    secret: str = ""
    story: bool = True
    """Files of listok versions without stories do not say it."""


class _Slot(msgspec.Struct):
    exercise: str
    version: int
    level: Annotated[int, msgspec.Meta(ge=LEVELS[0], le=LEVELS[-1])]
    code: str
    points: dict[str, Annotated[float, msgspec.Meta(ge=0, le=MOST_POINTS)]]
    params: dict[str, Any]


class _Form(msgspec.Struct):
    code: str
    student: Student
    slots: list[_Slot]


def _closed(head: bytes) -> _Head:
    return _head(head.rstrip() + b"]}")


def _head(data: bytes) -> _Head:
    found = msgspec.json.decode(data, type=_Format).format
    if found != FORMAT:
        raise ExamError(f"made by another listok (format {found}, this one reads {FORMAT})")
    return msgspec.json.decode(data, type=_Head)


def _exam(head: _Head) -> Exam:
    langs = tuple(lang for lang in LANGS if lang in head.langs)
    return Exam(
        title=_words(head.title),
        course=_words(head.course),
        date=head.date,
        langs=langs,
        instructions=_words(head.instructions),
        space=head.space,
        paper=head.paper,
        forms=(),
        secret=_secret(head.secret),
        story=head.story,
    )


def _secret(text: str) -> bytes:
    """An exam's secret; empty in files of listok versions that drew the forms from a plain seed."""
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b"?"
    if len(secret) not in (0, SECRET_BYTES):
        raise ExamError(f"secret: expected {2 * SECRET_BYTES} hexadecimal digits")
    return secret


@contextlib.contextmanager
def _exam_errors(path: Path | str) -> Iterator[None]:
    """Raise whatever is wrong with an exam file as `ExamError`: one line that begins with the file's name."""
    try:
        yield
    except ListokError as error:
        raise ExamError(f"{path}: {error}") from None
    except OSError as error:
        raise ExamError(f"{path}: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, RecursionError) as error:
        said = shortened(str(error).replace("`", "").replace(" - at ", " at "), LONGEST_FAULT)
        raise ExamError(f"{path}: not an exam file ({said}); build the exam again") from None


def read_form(line: bytes, path: Path | str, bank: Path | None = None) -> Form:
    """A form from its line of the exam file of that name; raises `ExamError`."""
    with _exam_errors(path):
        form = msgspec.json.decode(line, type=_Form)
        _check_code(form.code)
        return Form(form.code, form.student, tuple(_slot(slot, form.code, bank) for slot in form.slots))


def read_slot(data: bytes, form: str, path: Path | str, bank: Path | None = None) -> Slot:
    """A slot of a form, from what `read_slots` gave of the exam file of that name; raises `ExamError`."""
    with _exam_errors(path):
        return _slot(msgspec.json.decode(data, type=_Slot), form, bank)


def _check_code(code: str) -> None:
    """Refuse what is no form's code as it is printed: files are named by it."""
    if read_code(code) != code:
        raise ExamError(f"{shown(code)} is not the code of a form")


def _slot(slot: _Slot, form: str, bank: Path | None) -> Slot:
    place = f"form {form}"
    exercise: AnyExercise = find(slot.exercise, bank)
    if exercise.version != slot.version:
        raise ExamError(
            f"{place}: {exercise.name} was printed by its version {slot.version}, this listok has version "
            f"{exercise.version}"
        )
    if slot.code and str(read_code(slot.code)) != slot.code:
        raise ExamError(f"{place}: {shown(slot.code)} is not the code of a variant")
    for part in slot.points:
        if part not in exercise.parts:
            raise ExamError(f"{place}: {nearest(f'part of {exercise.name}', part, exercise.parts)}")
    variant = exercise.with_params(exercise.read_params(slot.params), slot.level, slot.code)
    return Slot(variant, {part: fraction(points) for part, points in slot.points.items()})


def _words(words: _Words) -> Mapping[Lang, str]:
    return {"ru": words.ru, "en": words.en}


def _points_json(points: Fraction) -> int | float:
    return int(points) if points.denominator == 1 else float(points)
