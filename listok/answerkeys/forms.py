"""What a class is handed: an exam with a form for every student."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from listok.generators.exact import Fraction
from listok.generators.exercise import AnyVariant
from listok.generators.values import ListokError
from listok.templates.names import Telling
from listok.templates.text import Lang

Space: TypeAlias = Literal["none", "compact", "normal", "roomy"]
"""Room for writing on a sheet."""
Paper: TypeAlias = Literal["a4", "letter"]

MOST_POINTS = 10_000
"""What a problem may be worth."""

FINGERPRINT_BYTES = 16
"""Bytes that tell a variant from others of its exercise."""


class ExamError(ListokError):
    """An exam that cannot be assembled, or an exam file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student as the roster names them; `group` may be empty. `row` is the roster's, 0 where there is none."""

    id: str
    name: str
    group: str = ""
    row: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """What the student's form is drawn by: the id, and the group, so that sections with the same ids share none."""
        return f"{self.group}\x1f{self.id}" if self.group else self.id


def folded_name(name: str) -> str:
    """A name without case, runs of spaces, and the difference between ё and е: equal for one person's spellings."""
    return " ".join(name.split()).casefold().replace("ё", "е")


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
    """A whole exam, ready to print: what stands in its header, and a form for every student.

    `secret` is what the forms were drawn from; it is empty where that is not known. Without `story` the bare problems
    are printed.
    """

    title: Mapping[Lang, str]
    course: Mapping[Lang, str]
    date: str
    langs: tuple[Lang, ...]
    instructions: Mapping[Lang, str]
    space: str
    paper: str
    forms: tuple[Form, ...]
    secret: bytes = field(default=b"", repr=False)
    story: bool = True

    def form(self, code: str) -> Form:
        """The form with that code; raises `ExamError`."""
        for form in self.forms:
            if form.code == code:
                return form
        raise ExamError(f"no form {code} in this exam of {len(self.forms)} forms")

    def telling(self, form: Form) -> Telling:
        """How the problems of a form are told."""
        return Telling(self.story, form.code)

    def heading(self, lang: Lang) -> str:
        """Course and title."""
        return ". ".join(filter(None, (self.course[lang], self.title[lang])))

    def dated_heading(self, lang: Lang) -> str:
        """Course, title and date: the second line of a page's header."""
        return ".  ".join(filter(None, (self.heading(lang), self.date)))


def short_fingerprint(variant: AnyVariant) -> bytes:
    """What equal variants of an exercise have in common, in `FINGERPRINT_BYTES` bytes."""
    return bytes.fromhex(variant.fingerprint[: 2 * FINGERPRINT_BYTES])


def file_names(students: Sequence[Student], codes: Sequence[str]) -> list[str]:
    """A file name for each student, without suffix: the id where every system takes it, else with the form's code."""
    ids = [student.id for student in students]
    times = Counter(id_.casefold() for id_ in ids)
    names = []
    for id_, code in zip(ids, codes, strict=True):
        safe = re.sub(r"[^\w-]", "_", id_)
        good = safe == id_ and times[id_.casefold()] == 1 and not _RESERVED.fullmatch(id_) and not id_.startswith("-")
        names.append(id_ if good else f"{safe.strip('-')}-{code}".lstrip("-"))
    return names


_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)
"""What some systems do not take for the name of a file."""
