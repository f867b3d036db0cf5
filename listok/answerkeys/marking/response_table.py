"""Tables of responses: what students answered, read from CSV as people type it and as learning systems export it.

Two shapes are told apart by the header. *Long*: a row an answer, with the columns student or form, problem, part,
answer (and points). *Wide*: a row a student, and a column an answer, whose title names problem and part: `3.loss`,
`3.б`, `3b`, `softmax.loss`, `028-G00-073`, `028-G00-073.loss`; `.points` at its end makes it hold points.

The downloads of Moodle ("Responses") and Canvas ("Student analysis") are wide tables, too. Neither says what a question
is called, so its text must say which problem (and part) it is about: Canvas has it in the column's title,
``4711: 3.loss``, Moodle in a column of its own, ``Question 5``, beside ``Response 5``.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from listok.answerkeys.marking.gaps import canvas_blanks, moodle_gaps
from listok.answerkeys.people import COLUMNS, name_places, plain_title
from listok.answerkeys.tables import bare
from listok.generators.answers import ENGLISH_LETTERS, RUSSIAN_LETTERS, looks_like
from listok.generators.codes import VariantCode, read_code
from listok.generators.messages import Message, message
from listok.generators.responses import ResponseError
from listok.generators.values import ListokError, shortened
from listok.templates.files import csv_rows, read_text

_COLUMNS: Mapping[str, str] = {
    **{name: "passed over" if column == "group" else column for name, column in COLUMNS.items() if name != "номер"},
    "student": "student", "студент": "student",
    "form": "form", "вариант": "form", "код варианта": "form",
    "problem": "problem", "question": "problem", "задача": "problem", "вопрос": "problem",
    "part": "part", "пункт": "part", "часть": "part",
    "answer": "answer", "response": "answer", "ответ": "answer",
    "points": "points", "баллы": "points",
}  # fmt: skip
"""What columns are called that hold no answer of a problem's own. "Номер" alone may be whatever is numbered."""
_WHOSE = ("id", "student", "form", "name", "given", "middle", "family", "passed over")

_STUDENTS: Mapping[str, Sequence[Sequence[str]]] = {
    # Canvas's own id is known to nobody else.
    "canvas": (("sis_id",), ("name",)),
    "moodle": (
        ("id number", "индивидуальный номер"), ("username", "логин"), ("email address", "адрес электронной почты"),
        ("first name", "имя"), ("last name", "surname", "фамилия"),
    ),
}  # fmt: skip
"""The columns by which platforms tell whose row it is, the surest first; Moodle parts the name in two."""
_STATE = ("state", "status", "состояние", "статус")
_NOT_HANDED_IN = frozenset({
    "-", "not started", "in progress", "overdue", "never submitted", "не начато", "не начата", "в процессе",
    "в процессе выполнения", "просрочено", "просрочена", "не отправлено", "никогда не отправлялось",
    "никогда не отправлялась",
})  # fmt: skip
_HANDED_IN = frozenset({"finished", "submitted", "завершено", "завершена", "завершены", "отправлено", "отправлена"})
"""Moodle's column of states, and what it holds for students who have not handed in an attempt, or have. What other
versions call them is told by whether there are answers."""

_POINTS_COLUMN = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
"""Beside each question Canvas has a column with points, whose title is how many there can be."""
_CANVAS = re.compile(r"[0-9]{1,15}: (?P<text>.*)", re.DOTALL)
_CANVAS_BLANK = re.compile(r"\[[A-Za-z0-9_.-]+\]")
"""The title is the text as the teacher wrote it, with the names of blanks in brackets."""
_MOODLE = re.compile(r"(?:response|ответ) (?P<number>(?=\D{0,15}[0-9])[\w.-]{1,16})")
"""Questions are numbered, or called as the teacher wishes: ``1``, ``1a``, ``A.2``."""
_GAP = re.compile(r"_____|\{")
"""What stands for the gaps of a cloze question in Moodle's table: ``3 _____ {yes; no}``."""

_Row: TypeAlias = tuple[int, list[str]]
_POINTS = (".points", ".баллы")
_LABEL = re.compile(
    r"""
    (?P<problem> [0-9]{1,3} | [0-9A-Za-z]{9} | [^\W\d_][^\W_]*(?:-[^\W_]+)* )
    (?: \s* [.:\s(]+ (?P<part> \w+) \s*\)? | (?<=[0-9]) (?P<letter> [^\W\d_]) \s*\)? )?
    """,
    re.VERBOSE,
)
_CODE = re.compile(
    r"(?P<problem> [^\W_]{3}[-–—][^\W_]{3}[-–—][^\W_]{3} ) (?: [.:\s]+ (?P<part> \w+) )? (?:-(?:ru|en))?", re.VERBOSE
)


class TableError(ListokError):
    """A table of responses that cannot be read at all, with its file and row."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a cell is about: a problem (its number, its exercise's name, or a variant's code), one of its parts (a name,
    a letter, or nothing), and whether it holds points instead of an answer. `title` is for messages."""

    title: str
    problem: str
    part: str = ""
    points: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What was typed; `gaps` where a platform has put several answers into one cell."""

    column: Column
    text: str
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One row: whom it is of (an id or a name, a form's code, or both, as typed), and its cells that are not empty.
    `others` are what a platform also calls the student, for where it does not know the id; `name` is what stands in a
    column of names beside it."""

    number: int
    student: str
    form: str
    cells: tuple[Cell, ...]
    others: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """The rows of a file, in its order, the columns that hold answers, and notes on what was passed over."""

    rows: tuple[ResponseRow, ...]
    columns: tuple[Column, ...]
    notes: tuple[Message, ...]


def read_responses(path: Path) -> ResponseTable:
    """Read a CSV file: commas, semicolons or tabs, UTF-8 with or without BOM; its shape is told by the header.

    Raises `TableError` where the file as a whole cannot be read; a single cell never stops it.
    """
    text = read_text(path, TableError, "save the table as “CSV UTF-8”")
    return parse_responses(text, str(path))


def parse_responses(text: str, source: str = "responses") -> ResponseTable:
    """Read the text of a CSV file, see `read_responses`; `source` names it in messages."""
    (number, header), *rows = _rows(text.removeprefix("\ufeff"), source) or [(0, [""])]
    if not any(cell.strip() for cell in header):
        raise TableError(f"{source}: empty; the first row must name the columns, such as student, 1.a, 1.b")
    platform = _platform(header)
    if platform:
        return _read_download(rows, header, platform, source)
    known = _known(header)
    if "student" not in known and "form" not in known:
        shown = ", ".join(repr(_short(cell)) for cell in header[:6])
        raise TableError(f"{source}: row {number} has no column 'student' or 'form'; it has {shown}")
    if "problem" in known and ("answer" in known or "points" in known):
        return _read_long(rows, known, header)
    return _read_wide(rows, known, header)


def _known(header: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Where each kind of column stands, the first of its kind; a name may stand in parts."""
    titles = list(map(plain_title, header))
    found: dict[str, list[int]] = {}
    for place, each in enumerate(titles):
        if each in _COLUMNS:
            found.setdefault(_COLUMNS[each], [place])
    name = name_places(found, titles)
    student = found.get("id") or found.get("student") or ([] if "form" in found else name)
    if "id" in found:  # an id tells students apart where a name beside it may not
        name = name or found.get("student", [])
    return found | {kind: places for kind, places in (("student", student), ("name", name)) if places}


def _rows(text: str, source: str) -> list[_Row]:
    """The rows that are not empty, with their numbers as a spreadsheet counts them."""
    _, rows = csv_rows(text, source, TableError, strict=True)
    numbered = [(number, list(map(bare, row))) for number, row in enumerate(rows, 1)]
    return [(number, row) for number, row in numbered if any(cell.strip() for cell in row)]


def _read_wide(rows: Sequence[_Row], known: Mapping[str, Sequence[int]], header: Sequence[str]) -> ResponseTable:
    notes = []
    columns: dict[int, Column] = {}
    for place, title in enumerate(header):
        kind = _COLUMNS.get(plain_title(title))
        if not title.strip() or kind in _WHOSE:
            continue
        column = read_column(title) if kind is None else None
        if column is None:
            notes.append(message("column_without_problem", column=_short(title)))
        else:
            columns[place] = column
    read = []
    for number, row in rows:
        cells = tuple(
            Cell(columns[p], text, moodle_gaps(text)) for p, text in enumerate(row) if p in columns and text.strip()
        )
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            notes.append(message("row_too_long", row=number))
        read.append(_row(number, row, known, cells))
    return ResponseTable(tuple(read), tuple(columns.values()), tuple(notes))


def _platform(header: Sequence[str]) -> str:
    """The platform that a table comes from, by the titles of its columns with answers; nothing for another table."""
    asked = (title for title, points in itertools.pairwise(header) if _POINTS_COLUMN.fullmatch(points.strip()))
    if any(_CANVAS.fullmatch(title.strip()) for title in asked):
        return "canvas"
    return "moodle" if any(_MOODLE.fullmatch(_title(title)) for title in header) else ""


def _read_download(rows: Sequence[_Row], header: Sequence[str], platform: str, source: str) -> ResponseTable:
    """A platform's own table. What it has beside students and answers is passed over without a word."""
    titles = [_title(title) for title in header]
    whose = [[titles.index(name) for name in names if name in titles][:1] for names in _STUDENTS[platform]]
    state = next((place for place, title in enumerate(titles) if title in _STATE), len(titles))
    texts = {place: _question(place, header, titles, platform) for place in range(len(titles))}
    columns: dict[Column, None] = {}
    read, notes, nameless = [], [], dict[str, None]()
    for number, row in rows:
        answered = [text for place, text in enumerate(row) if texts.get(place) is not None]
        if platform == "moodle" and state < len(row) and not _was_handed_in(_title(row[state]), answered):
            continue
        cells = []
        for place, text in enumerate(row):
            named = texts.get(place)
            if named is None or not text.strip():
                continue
            name = named if isinstance(named, str) else row[named]
            column = read_column(_GAP.split(name.strip().partition("\n")[0])[0].rstrip(" .:"))
            if column is None:
                nameless[_short(header[place])] = None
                continue
            columns[column] = None
            gaps = moodle_gaps(text) if platform == "moodle" else () if column.part else canvas_blanks(text)
            cells.append(Cell(column, text, gaps if len(gaps) > 1 else ()))
        called = [" ".join(row[place[0]].split()) if place and place[0] < len(row) else "" for place in whose]
        if platform == "moodle":
            first, last = called[3:]
            called[3:] = [f"{last} {first}".strip(), f"{first} {last}".strip()]
        called = list(dict.fromkeys(filter(None, called))) or [""]
        read.append(ResponseRow(number, called[0], "", tuple(cells), tuple(called[1:])))
    if nameless:
        shown = ", ".join(map(repr, list(nameless)[:3]))
        fault = message("question_without_problem", columns=shown)
        if len(nameless) > 3:
            fault = message("questions_without_problem", columns=shown)
        if not columns:
            raise TableError(f"{source}: {_ADVICE[platform]}: {fault}")
        notes.append(message("questions_passed_over", why=fault))
    return ResponseTable(tuple(read), tuple(columns), tuple(notes))


def _was_handed_in(state: str, answers: Sequence[str]) -> bool:
    if state in _HANDED_IN or state in _NOT_HANDED_IN:
        return state in _HANDED_IN
    return any(text.strip() not in ("", "-") for text in answers)


_ADVICE = {
    "canvas": "a student analysis of Canvas does not say which variant a question is",
    "moodle": "a download of Moodle’s responses does not say which variant a question is",
}


def _question(place: int, header: Sequence[str], titles: Sequence[str], platform: str) -> str | int | None:
    """What names the question that a column answers: a text, or the column that holds it; None for other columns."""
    if platform == "canvas":
        match = _CANVAS.fullmatch(header[place].strip())
        return _CANVAS_BLANK.sub(" ", match["text"]) if match else None
    match = _MOODLE.fullmatch(titles[place])
    if match is None:
        column = read_column(header[place])
        return header[place] if column is not None and not column.problem.isalpha() else None
    for name in (f"question {match['number']}", f"вопрос {match['number']}"):
        if name in titles:
            return titles.index(name)
    return ""


def _read_long(rows: Sequence[_Row], known: Mapping[str, Sequence[int]], header: Sequence[str]) -> ResponseTable:
    strange = [title for title in header if title.strip() and plain_title(title) not in _COLUMNS]
    read, notes = [], [message("unknown_column", column=_short(title)) for title in strange]
    columns: dict[Column, None] = {}
    for number, row in rows:
        problem, part = _cell(row, known, "problem"), _cell(row, known, "part")
        column = read_column(f"{problem}.{part}" if part else problem)
        if column is None:
            notes.append(message("row_without_problem", row=number, typed=_short(f"{problem} {part}")))
            continue
        cells = []
        for kind in ("answer", "points"):
            text = "".join(row[place] for place in known.get(kind, ()) if place < len(row))
            one = Column(column.title, column.problem, column.part, kind == "points")
            columns[one] = None
            if text.strip():
                cells.append(Cell(one, text))
        read.append(_row(number, row, known, tuple(cells)))
    return ResponseTable(tuple(read), tuple(columns), tuple(notes))


def _cell(row: Sequence[str], known: Mapping[str, Sequence[int]], kind: str) -> str:
    return " ".join(" ".join(row[place] for place in known.get(kind, ()) if place < len(row)).split())


def _row(number: int, row: Sequence[str], known: Mapping[str, Sequence[int]], cells: tuple[Cell, ...]) -> ResponseRow:
    """A row of a table that people typed. What stands for the student is a name, too, unless it has digits."""
    student = _cell(row, known, "student")
    name = _cell(row, known, "name") or ("" if any(map(str.isdigit, student)) else student)
    return ResponseRow(number, student, _cell(row, known, "form"), cells, name=name)


@functools.lru_cache(maxsize=4096)
def read_column(title: str) -> Column | None:
    """What a column's title, or a row's problem and part, names; None where it is no such name."""
    plain = " ".join(title[:100].split())
    points = plain.lower().endswith(_POINTS)
    name = plain.rpartition(".")[0].strip() if points else plain
    match = _CODE.fullmatch(name)
    if match is not None:
        code = _code(match["problem"])
        return None if code is None else Column(plain, code, match["part"] or "", points)
    match = _LABEL.fullmatch(name)
    if match is None or len(title) > 100:
        return None
    code = _code(match["problem"])
    return Column(plain, code or match["problem"].lower(), match["part"] or match["letter"] or "", points)


def _code(text: str) -> str | None:
    """The printed spelling of a variant's code, or None."""
    try:
        code = read_code(text)
    except ListokError:
        return None
    return str(code) if isinstance(code, VariantCode) else None


def part_named(name: str, asked: Sequence[str], printed: str = "") -> str | None:
    """The part with that name among those asked, or at that letter, as the sheet letters them; None if there is none.

    `printed` are the letters of the sheets, where these are of one language. Raises `ResponseError` where a letter of
    the other alphabet only looks like a printed one, and would name another part.
    """
    if name in asked:
        return name
    folded = [part for part in asked if part.lower() == name.lower()]
    if folded:
        return folded[0]
    letter = name.lower()
    seen = looks_like(name, printed).lower()  # a capital looks like others than its small letter does: B, В
    may_be = seen in printed[: len(asked)] if len(letter) == 1 and seen != letter else False
    if may_be and part_named(letter, asked) != asked[printed.index(seen)]:
        raise ResponseError("unclear_part", typed=name, printed=seen)
    for alphabet in (RUSSIAN_LETTERS, ENGLISH_LETTERS):
        if len(letter) == 1 and letter in alphabet[: len(asked)]:
            return asked[alphabet.index(letter)]
    return None


def _title(cell: str) -> str:
    return " ".join(cell[:100].split()).lower()


def _short(text: str) -> str:
    return shortened(" ".join(text[:200].split()), 40)
