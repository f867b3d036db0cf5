"""The teacher's side of a sheet: answers with points and margins, worked solutions, mistakes, a grading grid."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from listok.generators.answers import Choice, Choices, Matching, Open
from listok.generators.exact import ZERO, Fraction
from listok.templates import doctree as doc
from listok.templates.sheet import (
    WORDS,
    answer,
    heading_of,
    letters,
    options_of,
    points_text,
    points_words,
    reason_of,
    shown,
)
from listok.templates.text import Filled, Lang

ROWS_PER_PAGE = 30
"""Rows of the grading grid that fit a page, of Letter size too."""

LONGEST_NAME, LEAST_NAME = 32, 16
"""Characters of a name that the grading grid has room for, and that it leaves where there are many problems."""

_GRID, _PADDING, _LETTER, _DIGIT = 490, 12, 5.7, 5.5
"""Points: what a grid may be wide, on A4 between the margins; around a cell's content; a letter; a digit."""

_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "mistakes": {"ru": "Типичные ошибки", "en": "Typical mistakes"},
    "rubric": {"ru": "Критерии", "en": "Rubric"},
    "number": {"ru": "№", "en": "No."},
    "max": {"ru": "Максимум", "en": "Maximum"},
}


def problem_key(
    filled: Filled, points: Mapping[str, Fraction], number: int | None = None, *, mistakes: bool = False
) -> tuple[doc.Block, ...]:
    """One problem of a key: for each part its answer, points and worked solution.

    With `mistakes` each known mistake follows with the answer it gives and the sentence for the student.
    """
    lang = filled.lang
    heading = heading_of(filled, points, number, filled.variant.code)
    items = []
    for letter, part in zip(letters(lang), points, strict=False):
        right = answer(filled, part)
        worth = doc.Text(f" ({points_words(points[part], lang)})")
        title: tuple[doc.Inline, ...] = (doc.Strong((doc.Text(f"{WORDS['answer'][lang]}: "),)), *right, worth)
        if not right:
            title = (doc.Strong((doc.Text(_WORDS["rubric"][lang]),)), worth)
        blocks: list[doc.Block] = [doc.Paragraph(title, ragged=True)]
        blocks += filled.blocks(filled.text.parts[part].solution)
        blocks += _reasons(filled, part)
        blocks += filled.blocks(filled.text.parts[part].rubric)
        if mistakes:
            blocks += _mistakes(filled, part)
        items.append(doc.ListItem(f"({letter})", tuple(blocks)))
    if len(items) == 1:
        return (doc.Together((heading, *items[0].content[:1])), *items[0].content[1:])
    return (heading, doc.ItemList(tuple(items)))


def _reasons(filled: Filled, part: str) -> list[doc.Block]:
    """Why each option is right or wrong, where the text says so."""
    key = filled.variant.exercise.parts[part]
    if not isinstance(key, (Choice, Choices, Matching)):
        return []
    items = []
    for name, (letter, text) in zip(filled.variant.options(part), options_of(filled, part), strict=True):
        if text.reason:
            items.append(doc.ListItem(f"{letter})", (doc.Paragraph(reason_of(filled, part, name, text)),)))
    return [doc.ItemList(tuple(items))] if items else []


def _mistakes(filled: Filled, part: str) -> list[doc.Block]:
    key = filled.variant.exercise.parts[part]
    if isinstance(key, Open):
        return []
    items = []
    for name, wrong in filled.variant.asked(part).mistakes.items():
        sentence = filled.blocks(filled.text.mistake(name, part))
        # Names are English words, joined for programs: a Russian key tells the mistake in its sentence alone.
        title = () if filled.lang == "ru" else (doc.Code(name), doc.Text(": "))
        first = doc.Paragraph((*title, *shown(filled, part, key, wrong)))
        items.append(doc.ListItem("•", (first, *sentence)))
    if not items:
        return []
    heading = doc.Paragraph((doc.Emphasis((doc.Text(_WORDS["mistakes"][filled.lang] + ":"),)),))
    return [heading, doc.ItemList(tuple(items))]


@dataclass(frozen=True)
class GridRow:
    """One student's row of the grading grid."""

    student: str
    code: str


@dataclass(frozen=True)
class Maxima:
    """The most that each problem, and a whole form, can earn in a class."""

    problems: tuple[Fraction, ...] = ()
    total: Fraction = ZERO

    @classmethod
    def of(cls, forms: Iterable[Sequence[Fraction]]) -> Maxima:
        """The maxima of forms, each given by what its problems can earn."""
        return functools.reduce(cls.joined, (cls(tuple(form), sum(form, Fraction(0))) for form in forms), cls())

    def joined(self, other: Maxima) -> Maxima:
        """The maxima of two classes taken together."""
        pairs = itertools.zip_longest(self.problems, other.problems, fillvalue=Fraction(0))
        return Maxima(tuple(itertools.starmap(max, pairs)), max(self.total, other.total))


def grading_grid(
    rows: Sequence[GridRow], lang: Lang, most: Maxima, before: int = 0
) -> tuple[tuple[doc.Block, ...], ...]:
    """Pages of the class's grading grid: a row a student, an empty cell a problem, the maximum on top.

    `before` is how many students stand on other pages. Where the problems are too many for a page, each page of
    students comes again with the rest of them.
    """
    columns = [
        *((str(n), points_text(points, lang)) for n, points in enumerate(most.problems, 1)),
        (WORDS["total"][lang], points_text(most.total, lang)),
    ]
    runs, room = _fitting(columns)
    pages = []
    for start in range(0, len(rows), ROWS_PER_PAGE):
        for run in runs:
            titles = (_WORDS["number"][lang], WORDS["student"][lang], WORDS["form"][lang], *(title for title, _ in run))
            header = doc.TableRow(tuple((doc.Text(text),) for text in titles))
            maximum = (doc.Emphasis((doc.Text(_WORDS["max"][lang]),)),)
            maxima = doc.TableRow(((), maximum, (), *((doc.Text(points),) for _, points in run)))
            body = tuple(
                doc.TableRow(
                    (
                        (doc.Text(str(n)),),
                        (doc.Text(_shortened(row.student, room)),),
                        (doc.Code(row.code),),
                        *((),) * len(run),
                    )
                )
                for n, row in enumerate(rows[start : start + ROWS_PER_PAGE], before + start + 1)
            )
            table = doc.Table("rll" + "c" * len(run), header, (maxima, *body), ruled=True)
            pages.append((doc.Heading(2, (doc.Text(WORDS["grid"][lang]),)), table))
    return tuple(pages)


def _fitting(columns: Sequence[tuple[str, str]]) -> tuple[list[Sequence[tuple[str, str]]], int]:
    """Columns (a title and a maximum each) in as few even runs as fit a page beside names of `LEAST_NAME`, and how
    many characters of a name there is room for."""
    widths = [_PADDING + _DIGIT * max(map(len, column)) for column in columns]
    aside = 3 * _PADDING + _LETTER * len("0000" + "AAA-AAA-AAA")
    for count in range(1, len(columns) + 1):
        size = -(-len(columns) // count)
        widest = max(sum(widths[first : first + size]) for first in range(0, len(columns), size))
        room = int((_GRID - aside - widest) / _LETTER)
        if room >= LEAST_NAME:
            break
    return [columns[first : first + size] for first in range(0, len(columns), size)], min(room, LONGEST_NAME)


def _shortened(name: str, room: int) -> str:
    return name if len(name) <= room else name[: room - 1].rstrip() + "…"
