"""Rosters: the students of a class, read from CSV as spreadsheets write it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from listok.answerkeys.forms import Student
from listok.generators.values import ListokError, shortened
from listok.templates.files import DELIMITERS, csv_rows, read_text

LONGEST_NAME = 80
LONGEST_WORD = 40
"""Characters in an id, a group, or a word of a name: a line holds so many, whatever the letters."""
MOST_COPIES = 100_000

_TITLES = {
    "id": ("id", "student id", "id number", "student number", "sid", "номер", "зачетка", "номер зачетки",
           "номер зачетной книжки", "номер студенческого билета", "индивидуальный номер"),
    "name": ("name", "full name", "student", "student name", "фио", "ф.и.о.", "студент", "фамилия имя отчество",
             "фамилия, имя, отчество", "фамилия и имя", "фамилия имя"),
    "given": ("first name", "given name", "given names", "forename", "имя", "имя отчество", "имя и отчество", "и.о.",
              "и. о.", "инициалы", "initials"),
    "middle": ("middle name", "middle names", "отчество"),
    "family": ("last name", "family name", "surname", "фамилия"),
    "group": ("group", "section", "группа"),
}  # fmt: skip
"""What columns are called, in small letters and with е for ё."""

_COLUMNS = {title: column for column, titles in _TITLES.items() for title in titles}

_CANVAS = ("student", "id", "sis user id")
"""How the gradebook of Canvas begins. Its own id is known to nobody else, and below its titles stand maximal points."""

_QUOTED = re.compile(r'="(.*)"')
"""How spreadsheets write a number that is to keep its zeros: as a formula."""


class RosterError(ListokError):
    """A fault in a roster, with its file and row."""


def read_roster(path: Path) -> tuple[Student, ...]:
    """Read a CSV roster: a header with id and name (and group), commas or semicolons, UTF-8 with or without BOM.

    Raises `RosterError` naming file, row and remedy for whatever cannot be printed or told apart.
    """
    text = read_text(path, RosterError, "save the roster as “CSV UTF-8”")
    delimiter, rows = csv_rows(text, str(path), RosterError)
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise RosterError(f"{path}: empty; the first row must name the columns: id, name, group")
    places = _places(rows[0], path)
    students: dict[str, Student] = {}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row) or _is_maxima(rows[0], row):
            continue
        where = f"{path}: row {number}"
        if any(cell.strip() for cell in row[len(rows[0]) :]):
            raise RosterError(f"{where}: more cells than row 1 has columns: put quotes round a cell that holds a "
                              f"{DELIMITERS[delimiter]}")
        fields = {
            column: " ".join(filter(None, (_clean(row[place], where) for place in some if place < len(row))))
            for column, some in places.items()
        }
        student = Student(fields["id"], fields["name"], fields.get("group", ""), number)
        if not student.id:
            raise RosterError(f"{where}: the id is empty")
        if not student.name:
            raise RosterError(f"{where}: the name is empty")
        longest = max(map(len, student.name.split(" ")))
        if len(student.name) > LONGEST_NAME or max(longest, len(student.group), len(student.id)) > LONGEST_WORD:
            raise RosterError(
                f"{where}: too long for a sheet's header (a name has at most {LONGEST_NAME} characters; "
                f"a word of it, an id and a group {LONGEST_WORD}): shorten it"
            )
        if student.id in students:
            raise RosterError(f"{where}: id {student.id!r} stands in row {seen[student.id]} already")
        students[student.id] = student
        seen[student.id] = number
    if not students:
        raise RosterError(f"{path}: no students below the header")
    return tuple(students.values())


def _places(header: list[str], path: Path) -> dict[str, list[int]]:
    """Where id, name (or its parts) and group stand; raises `RosterError` where one is missing or stands twice."""
    titles = [_title(cell) for cell in header]
    found: dict[str, list[int]] = {}
    for place, title in enumerate(titles):
        if title in _COLUMNS:
            found.setdefault(_COLUMNS[title], []).append(place)
    if _is_canvas(header):
        found["id"] = [titles.index(_CANVAS[2])]
    for column, places in found.items():
        if len(places) > 1:
            both = " and ".join(repr(header[place].strip()) for place in places)
            raise RosterError(f"{path}: row 1 has {both}, which both mean {column!r}: leave one of them")
    whole, given, middle, family = (found.pop(part, []) for part in ("name", "given", "middle", "family"))
    if family and whole and titles[whole[0]] == "name":  # beside the family name it is the given one
        whole, given = [], given or whole
    russian = bool(family) and titles[family[0]] == "фамилия"
    name = whole or (family + given + middle if russian else given + middle + family)
    if name:
        found["name"] = name
    for needed in ("id", "name"):
        if needed not in found:
            shown = ", ".join(repr(shortened(cell, 40)) for cell in header[:6])
            raise RosterError(f"{path}: row 1 has no column {needed!r}; it has {shown}")
    return found


def _title(cell: str) -> str:
    return " ".join(cell.lower().replace("ё", "е").split())


def _is_canvas(header: list[str]) -> bool:
    return tuple(map(_title, header[: len(_CANVAS)])) == _CANVAS


def _is_maxima(header: list[str], row: list[str]) -> bool:
    """Whether a row of the gradebook of Canvas holds no student but how many points there can be."""
    return _is_canvas(header) and row[0].strip() == "Points Possible"


def numbered(count: int) -> tuple[Student, ...]:
    """Anonymous students for `count` numbered copies, told apart by number alone."""
    if count < 1:
        raise RosterError(f"--copies {count}: at least one copy is needed")
    if count > MOST_COPIES:
        raise RosterError(f"--copies {count}: at most {MOST_COPIES} copies are made at once")
    return tuple(Student(f"{n:03}", "", "") for n in range(1, count + 1))


def _clean(cell: str, where: str) -> str:
    """A cell without surrounding blanks, composed as fonts expect; control and direction marks are refused."""
    text = unicodedata.normalize("NFC", cell).strip()
    quoted = _QUOTED.fullmatch(text)
    text = quoted[1].strip() if quoted else text
    for character in text:
        if is_invisible(character):
            raise RosterError(f"{where}: character U+{ord(character):04X} cannot be printed: delete it")
    return text


def is_invisible(character: str) -> bool:
    """Whether a character controls, directs or separates text, or is none at all: no font prints it."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


__all__ = ["RosterError", "is_invisible", "numbered", "read_roster"]
