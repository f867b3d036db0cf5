"""Rosters: the students of a class, read from CSV as spreadsheets write it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from listok.answerkeys.forms import Student
from listok.answerkeys.people import doubtful_name, name_places, people_columns, plain_title
from listok.answerkeys.tables import unquoted
from listok.generators.values import ListokError, shortened
from listok.templates.files import DELIMITERS, csv_rows, read_text

LONGEST_NAME = 80
LONGEST_WORD = 40
"""Characters in an id, a group, or a word of a name: a line holds so many, whatever the letters."""
MOST_COPIES = 100_000

_CANVAS = ("student", "id")
_CANVAS_IDS = ("sis user id", "sis login id")
"""How the gradebook of Canvas begins, and what it has besides: its own id is known to nobody else. Below the titles
stand rows of no students: which columns are posted by hand, maximal points, and at the end whom a teacher is when
looking at the course as a student."""
_CANVAS_NOBODY = ("Points Possible", "Student, Test", "Test Student")


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
        if not any(cell.strip() for cell in row) or _is_of_nobody(rows[0], row):
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
    titles = list(map(plain_title, header))
    found = people_columns(titles)
    if _is_canvas(titles):
        found["id"] = [next(titles.index(each) for each in _CANVAS_IDS if each in titles)]
    for column, places in found.items():
        if len(places) > 1:
            both = _listed(header, places)
            raise RosterError(f"{path}: row 1 has {both}, which both mean {column!r}: leave one of them")
    if doubtful := doubtful_name(found, titles):
        raise RosterError(
            f"{path}: row 1 has {_listed(header, doubtful)}: is that a part of the name? Call the parts 'First name' "
            "and 'Last name', the whole one 'Full name', and delete what is neither"
        )
    name = name_places(found, titles)
    found = {column: found[column] for column in ("id", "group") if column in found} | ({"name": name} if name else {})
    for needed in ("id", "name"):
        if needed not in found:
            shown = ", ".join(repr(shortened(cell, 40)) for cell in header[:6])
            raise RosterError(f"{path}: row 1 has no column {needed!r}; it has {shown}")
    return found


def _listed(header: list[str], places: list[int]) -> str:
    return " and ".join(repr(shortened(header[place].strip(), 40)) for place in places)


def _is_canvas(titles: Sequence[str]) -> bool:
    return tuple(titles[: len(_CANVAS)]) == _CANVAS and not {*_CANVAS_IDS}.isdisjoint(titles)


def _is_of_nobody(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a row of the gradebook of Canvas is about its columns, or Canvas's own test student."""
    first = [cell.strip() for cell in row[: len(_CANVAS)]]
    return _is_canvas(list(map(plain_title, header))) and (first[0] in _CANVAS_NOBODY or not any(first))


def numbered(count: int) -> tuple[Student, ...]:
    """Anonymous students for `count` numbered copies, told apart by number alone."""
    if count < 1:
        raise RosterError(f"--copies {count}: at least one copy is needed")
    if count > MOST_COPIES:
        raise RosterError(f"--copies {count}: at most {MOST_COPIES} copies are made at once")
    return tuple(Student(f"{n:03}", "", "") for n in range(1, count + 1))


def note_on_sections(students: Iterable[Student], seeded: bool) -> str:
    """One line where another section would get the same forms: from one seed, by the same ids, without a group. So it
    is with ids that merely count the class; empty where there are none. Numbered copies are nobody's, and need no word.
    """
    if not seeded:
        return ""
    for student in students:
        if student.name and not student.group and student.id.isdecimal() and len(student.id.lstrip("0")) <= 3:
            return (
                f"another section with ids such as {student.id} gets the same forms from this seed: a column group in "
                "the roster, or another seed, parts them"
            )
    return ""


def _clean(cell: str, where: str) -> str:
    """A cell without surrounding blanks, composed as fonts expect; control and direction marks are refused."""
    text = unquoted(unicodedata.normalize("NFC", cell)).strip()
    for character in text:
        if is_invisible(character):
            raise RosterError(f"{where}: character U+{ord(character):04X} cannot be printed: delete it")
    return text


def is_invisible(character: str) -> bool:
    """Whether a character controls, directs or separates text, or is none at all: no font prints it."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


__all__ = ["RosterError", "is_invisible", "note_on_sections", "numbered", "read_roster"]
