"""Where a response belongs: whose row it stands in, and which part of which problem its column is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from listok.answerkeys.forms import Form, Student, folded_name
from listok.answerkeys.marking.gaps import answers
from listok.answerkeys.marking.grading import shown_response
from listok.answerkeys.marking.response_table import Cell, Column, ResponseRow, ResponseTable, part_named
from listok.generators.codes import BadCode, read_code
from listok.generators.messages import Message, message
from listok.generators.responses import ResponseError
from listok.generators.values import shortened


class Rows:
    """The rows of a table of responses, by the code of the form they belong to. Rows that belong to no form, or of
    which that cannot be told, are noted."""

    def __init__(self, students: Mapping[str, Student], table: ResponseTable) -> None:
        """`students` by the codes of their forms."""
        self.notes = list(table.notes)
        self._codes = {code: student.id for code, student in students.items()}
        self._by_id = {student.id: code for code, student in students.items()}
        self._by_folded_id = _told_apart((student.id.casefold(), code) for code, student in students.items())
        # Spreadsheets drop the zeros at the start of an id.
        self._by_number = _told_apart(
            (student.id.lstrip("0"), code) for code, student in students.items() if student.id.isdecimal()
        )
        self._by_name = _told_apart((folded_name(student.name), code) for code, student in students.items())
        self._by_words = _told_apart((_in_order(folded_name(s.name)), code) for code, s in students.items())
        self._names = {folded_name(student.name) for student in students.values()}
        self._anonymous = {code for code, student in students.items() if not student.name}
        self.of: dict[str, list[ResponseRow]] = defaultdict(list)
        for row in table.rows:
            code = self._form_of(row)
            if isinstance(code, Message):
                self.notes.append(message("row_passed_over", row=row.number, why=code))
            else:
                self.of[code].append(row)
        self._compare_people()

    def _compare_people(self) -> None:
        """Note who hands in several numbered copies, and pass over rows of different people on one copy."""
        forms: dict[str, list[str]] = defaultdict(list)
        typed: dict[str, str] = {}
        for code in [code for code in self.of if code in self._anonymous]:
            rows = self.of[code]
            people = _told(row.student for row in rows) or _told(row.name for row in rows)
            if len(people) > 1:
                why = message("form_of_several", code=code, people=", ".join(map(repr, people.values())))
                self.notes += [message("row_passed_over", row=row.number, why=why) for row in rows]
                del self.of[code]
            elif people:
                typed = people | typed
                forms[next(iter(people))].append(code)
        for one, codes in forms.items():
            if len(codes) > 1:
                self.notes.append(message("several_forms", typed=typed[one], codes=", ".join(codes)))

    def _form_of(self, row: ResponseRow) -> str | Message:
        found = self._by_form_and_student(row)
        named = self._by_student(row.name) if row.name else found
        if isinstance(found, Message) or isinstance(named, Message) or named == found or found in self._anonymous:
            return found
        return message("fits_two_students", one=self._codes[found], other=self._codes[named])

    def _by_form_and_student(self, row: ResponseRow) -> str | Message:
        by_form = self._by_code(row.form) if row.form else None
        by_student = self._by_any(row) if row.student else None
        if isinstance(by_form, Message) or by_student is None:
            return by_form or message("row_of_nobody")
        if by_form in self._anonymous:  # a numbered copy is whose it says it is
            return by_form
        if by_form is None or isinstance(by_student, Message) or by_form == by_student:
            return by_student
        return message("form_of_another", code=by_form, student=self._codes[by_form], typed=short_response(row.student))

    def called(self, student: Student, code: str) -> Student:
        """The student of a form; for a numbered copy, who says in the table to have worked on it."""
        if student.name:
            return student
        row = next((row for row in self.of.get(code, ()) if row.form and (row.student or row.name)), None)
        if row is None:
            return student
        return replace(student, id=row.student or student.id, name=row.name)

    def _by_any(self, row: ResponseRow) -> str | Message:
        """The form of the student whom a row calls by one or several names, which must not be different students'."""
        first, *others = [self._by_student(name) for name in (row.student, *row.others)]
        found = list(dict.fromkeys(one for one in (first, *others) if not isinstance(one, Message)))
        if len(found) > 1:
            one, other = (self._codes[code] for code in found[:2])
            return message("fits_two_students", one=one, other=other)
        return found[0] if found else first

    def _by_code(self, text: str) -> str | Message:
        try:
            code = read_code(text)
        except BadCode as error:
            return error.message
        if isinstance(code, str) and code in self._codes:
            return code
        return message("unknown_form", code=str(code))

    def _by_student(self, text: str) -> str | Message:
        folded = folded_name(text)
        found = (
            self._by_id.get(text) or self._by_folded_id.get(text.casefold())
            or self._by_number.get(text.lstrip("0")) or self._by_name.get(folded)
            or self._by_words.get(_in_order(folded))
        )  # fmt: skip
        if found is not None:
            return found
        if folded in self._names:
            return message("namesakes", typed=short_response(text))
        try:
            code = read_code(text)
        except BadCode:
            code = ""
        if isinstance(code, str) and code in self._codes:
            return code
        return message("unknown_student", typed=short_response(text))


def _told(typed: Iterable[str]) -> dict[str, str]:
    """What rows say of a person, as first typed, by what is the same however it is typed; silent ones are left out."""
    found: dict[str, str] = {}
    for text in filter(None, typed):
        found.setdefault(_in_order(folded_name(text)), short_response(text))
    return found


def _told_apart(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A mapping without the keys that stand for several values."""
    found: dict[str, str] = {}
    several: set[str] = set()
    for key, value in pairs:
        if key in found:
            several.add(key)
        found[key] = value
    return {key: value for key, value in found.items() if key not in several}


def _in_order(name: str) -> str:
    """A name whatever comes first in it, given name or family name."""
    return " ".join(sorted(name.replace(",", " ").split()))


def short_response(text: str) -> str:
    """A response as a message shows it: on one line, and not too long."""
    return shortened(shown_response(text), 40)


Place: TypeAlias = tuple[int, str]
"""A slot of a form, counted from 0, and a part."""


def place_of(form: Form, column: Column, printed: str = "") -> Place | Message:
    """The slot and the part of a form that a column is about, or why there is none.

    `printed` are the letters of the sheets' parts, where these are of one language.
    """
    places = list(_slots(form, column.problem))
    if not places:
        if column.problem.isdecimal():
            return message("form_too_short", count=len(form.slots))
        return message("unknown_problem", typed=column.problem)
    if len(places) > 1:
        return message("problem_twice", problem=column.problem, count=len(places))
    slot = form.slots[places[0]]
    asked = list(slot.points)
    if not column.part:
        if len(asked) == 1:
            return places[0], asked[0]
        return message("which_part", parts=", ".join(asked), example=f"{column.problem}.{asked[0]}")
    try:
        part = part_named(column.part, asked, printed)
    except ResponseError as error:
        return error.message
    if part is not None:
        return places[0], part
    if column.part in slot.variant.exercise.parts:
        return message("part_not_asked", part=column.part, exercise=slot.variant.exercise.name)
    return message(
        "unknown_part", exercise=slot.variant.exercise.name, typed=short_response(column.part), parts=", ".join(asked)
    )


def answers_in_gaps(form: Form, cell: Cell, place: Place | Message) -> dict[Place, str] | Place | Message:
    """The answers to all parts of a problem that a platform has put into one cell; else the place of the cell as it
    is, or why there is none."""
    if isinstance(place, Message):
        places = list(_slots(form, cell.column.problem))
        if len(places) != 1 or cell.column.part:
            return place
        slot, parts = places[0], list(form.slots[places[0]].points)
    else:
        slot, parts = place[0], [place[1]]
    try:
        return {(slot, part): text for part, text in answers(form.slots[slot].variant, parts, cell.gaps).items()}
    except ResponseError as error:
        return error.message if isinstance(place, Message) else place


def _slots(form: Form, problem: str) -> Iterator[int]:
    if problem.isdecimal():
        if 1 <= int(problem) <= len(form.slots):
            yield int(problem) - 1
        return
    for place, slot in enumerate(form.slots):
        if problem in (slot.variant.exercise.name, slot.variant.code):
            yield place
