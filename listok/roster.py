"""Rosters: the students of a class, read from CSV as spreadsheets write it."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from listok.generators.values import ListokError

LONGEST_NAME = 80
LONGEST_ID = LONGEST_GROUP = 40

_COLUMNS = {
    "id": "id", "номер": "id", "зачётка": "id", "зачетка": "id",
    "name": "name", "student": "name", "имя": "name", "фио": "name", "студент": "name",
    "group": "group", "группа": "group",
}  # fmt: skip


class RosterError(ListokError):
    """A fault in a roster, with its file and row."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student as the roster names them; `group` may be empty. `row` is the roster's, 0 where there is none."""

    id: str
    name: str
    group: str = ""
    row: int = field(default=0, compare=False)


def read_roster(path: Path) -> tuple[Student, ...]:
    """Read a CSV roster: a header with id and name (and group), commas or semicolons, UTF-8 with or without BOM.

    Raises `RosterError` naming file, row and remedy for whatever cannot be printed or told apart.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RosterError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise RosterError(f"{path}: not UTF-8 (byte {error.start}): save the roster as “CSV UTF-8”") from None
    header, _, _ = text.partition("\n")
    delimiter = max(";,\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise RosterError(f"{path}: row {reader.line_num}: {error}") from None
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise RosterError(f"{path}: empty; the first row must name the columns: id, name, group")
    places: dict[str, int] = {}
    for place, cell in enumerate(rows[0]):
        column = _COLUMNS.get(cell.strip().lower())
        if column is not None:
            places.setdefault(column, place)
    for needed in ("id", "name"):
        if needed not in places:
            raise RosterError(f"{path}: row 1 has no column {needed!r}; it has {', '.join(map(repr, rows[0]))}")
    students: dict[str, Student] = {}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path}: row {number}"
        fields = {column: _clean(row[place], where) if place < len(row) else "" for column, place in places.items()}
        student = Student(fields["id"], fields["name"], fields.get("group", ""), number)
        if not student.id:
            raise RosterError(f"{where}: the id is empty")
        if not student.name:
            raise RosterError(f"{where}: the name is empty")
        if len(student.name) > LONGEST_NAME or len(student.group) > LONGEST_GROUP or len(student.id) > LONGEST_ID:
            raise RosterError(
                f"{where}: too long for a sheet's header (a name has at most {LONGEST_NAME} characters, "
                f"an id and a group {LONGEST_ID}): shorten it"
            )
        if student.id in students:
            raise RosterError(f"{where}: id {student.id!r} stands in row {seen[student.id]} already")
        students[student.id] = student
        seen[student.id] = number
    if not students:
        raise RosterError(f"{path}: no students below the header")
    return tuple(students.values())


def numbered(count: int) -> tuple[Student, ...]:
    """Anonymous students for `count` numbered copies, told apart by number alone."""
    if count < 1:
        raise RosterError(f"--copies {count}: at least one copy is needed")
    return tuple(Student(f"{n:03}", "", "") for n in range(1, count + 1))


def _clean(cell: str, where: str) -> str:
    """A cell without surrounding blanks, composed as fonts expect; control and direction marks are refused."""
    text = unicodedata.normalize("NFC", cell).strip()
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise RosterError(f"{where}: character U+{ord(character):04X} cannot be printed: delete it")
    return text


__all__ = ["RosterError", "Student", "numbered", "read_roster"]
