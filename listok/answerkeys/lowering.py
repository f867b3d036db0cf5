"""How each kind of answer is asked for in each format: one table, so that what a format lacks is seen at a glance.

A key becomes one of a few fields that formats know: cells with numbers, accepted spellings, options, pairs, an essay,
a formula. What a format cannot say becomes `LeftOut` with the reason, and the export's report names it.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from listok.answerkeys.items import Mistake, Part
from listok.generators.answers import NONE, Choices, Number
from listok.generators.decimals import in_full, rounded
from listok.generators.exact import Fraction
from listok.generators.values import Value
from listok.templates import doctree as doc
from listok.templates.mathtree import Hole

Format: TypeAlias = Literal["moodle", "moodle-formulas", "moodle-stack", "qti", "canvas", "gift", "amc"]

PLACES = 3
"""Decimal places to which an exact number typed as a decimal must be right at least."""

SPELLINGS = 6
"""Multiples under which a fraction is accepted where a format compares text: 1/2, 2/4, ... 6/12."""


class CellMistake(Struct, frozen=True):
    """A wrong number that a named mistake puts into one cell."""

    text: str
    tolerance: Fraction
    mistake: Mistake


class Decimal(Struct, frozen=True):
    """A number to be typed as a decimal: right when off by no more than `tolerance`. `text` has a decimal point, an
    ASCII minus, and no exponent."""

    text: str
    tolerance: Fraction
    mistakes: tuple[CellMistake, ...]

    @property
    def value(self) -> Fraction:
        """The number that `text` says."""
        return Fraction(self.text)


class Ratio(Struct, frozen=True):
    """A number that has no end as a decimal, or too far away: to be typed as a fraction, lowest terms first, in any of
    the accepted spellings."""

    accepted: tuple[str, ...]
    mistakes: tuple[CellMistake, ...]


Cell: TypeAlias = Decimal | Ratio


class Numbers(Struct, frozen=True):
    """Numbers in rows and columns; every cell earns the same share. A single number is one row of one cell."""

    rows: tuple[tuple[Cell, ...], ...]
    shape: Literal["number", "vector", "matrix"]

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for row in self.rows for cell in row)


class PickOption(Struct, frozen=True):
    """An option: its own name, its words, whether it is right, the share it earns if picked alone, and what the student
    who picked it is told (often nothing)."""

    name: str
    words: tuple[doc.Inline, ...]
    right: bool
    share: Fraction
    feedback: tuple[doc.Block, ...]


class Pick(Struct, frozen=True):
    """Options to pick one of, or (`many`) any number of: then a wrong pick takes away what a right one earns, and the
    whole earns no less than nothing. `instead` says that the question's own words ask for more than a pick."""

    options: tuple[PickOption, ...]
    many: bool
    instead: bool = False


class Pairs(Struct, frozen=True):
    """An option for each of several terms; every term earns the same share. `right` holds an option's name a term."""

    terms: tuple[tuple[doc.Inline, ...], ...]
    options: tuple[PickOption, ...]
    right: tuple[str, ...]


class Algebra(Struct, frozen=True):
    """A formula, right when it is the same function of its variables; `text` in plain notation (``2*x + y^2``)."""

    text: str
    variables: tuple[str, ...]
    mistakes: tuple[tuple[str, Mistake], ...]


class Essay(Struct, frozen=True):
    """Words that a person marks by the rubric."""

    rubric: tuple[doc.Block, ...]


class LeftOut(Struct, frozen=True):
    """What a format cannot say, and why."""

    reason: str


Field: TypeAlias = Numbers | Pick | Pairs | Algebra | Essay | LeftOut


def lower(part: Part, to: Format) -> Field:
    """The field of a format that asks for a part's answer."""
    return TABLE[part.key.kind][to](part)


# --- the ways of saying a key ----------------------------------------------------------------------------------------


def numbers(part: Part) -> Field:
    """A number, or a table of numbers cell by cell."""
    digits: int | None = getattr(part.key, "digits", None)
    rows = _rows(part.asked.right)
    shape_of_all = _shape(rows)
    wrong = [
        (mistake if shape_of_all == (1,) else unpaid(mistake), theirs)
        for mistake in part.mistakes
        if _shape(theirs := _rows(mistake.value)) == shape_of_all
    ]
    cells = []
    for i, row in enumerate(rows):
        there = [(mistake, theirs[i]) for mistake, theirs in wrong]
        cells.append(
            tuple([lowered_cell(v, digits, [(mistake, its[j]) for mistake, its in there]) for j, v in enumerate(row)])
        )
    shape: Literal["number", "vector", "matrix"] = "number" if isinstance(part.key, Number) else "vector"
    return Numbers(tuple(cells), "matrix" if part.key.kind == "matrix" else shape)


def options(part: Part) -> Field:
    """The options of a choice."""
    many = isinstance(part.key, Choices)
    right = part.asked.right if many else (part.asked.right,)
    if not right:
        return LeftOut("it is left out: no option is right, which a question with options cannot say")
    worth = Fraction(1, len(right))
    return Pick(
        tuple(
            PickOption(
                option.name,
                option.words,
                option.name in right,
                worth if option.name in right else -worth if many else NONE,
                (doc.Paragraph(option.reason),) if option.reason else (),
            )
            for option in part.options
        ),
        many,
    )


def pairs(part: Part) -> Field:
    """The terms and options of a matching."""
    picks = tuple(PickOption(option.name, option.words, False, NONE, ()) for option in part.options)
    return Pairs(tuple((term,) for term in part.terms), picks, part.asked.right)


def values_to_choose(part: Part) -> Field:
    """A choice between the right answer and those that mistakes give, where a format cannot judge the answer itself."""
    key, asked = part.key, part.asked
    picks = [PickOption("right", _shown(asked.right), True, Fraction(1), ())]
    values = [asked.right]
    for mistake in part.mistakes:
        if key.score(mistake.value, asked) == 1 or any(key.same(mistake.value, other) for other in values):
            continue
        picks.append(PickOption(mistake.name, _shown(mistake.value), False, mistake.share, mistake.feedback))
        values.append(mistake.value)
    if len(picks) < 2:
        return LeftOut("it is left out: no named mistake gives another answer to choose from")
    order = part.filled.variant.layout(f"choose {part.name}")
    return Pick(tuple(order.shuffled(picks)), many=False, instead=True)


def algebra(part: Part) -> Field:
    """A formula for sites that compare formulas."""
    right = part.asked.right
    mistakes = tuple((mistake.value.source, mistake) for mistake in part.mistakes)
    letters = {*right.variables, *(letter for mistake in part.mistakes for letter in mistake.value.variables)}
    return Algebra(right.source, tuple(sorted(letters | set(getattr(part.key, "variables", ())))), mistakes)


def plain_algebra(part: Part) -> Field:
    """A formula of sums, products, quotients and powers; a choice where it has functions.

    The Formulas plugin takes no function of two arguments from a student, and Maxima does not always know two formulas
    with `max` for the same function: a right answer could be marked wrong.
    """
    return values_to_choose(part) if _CALL.search(part.asked.right.source) else algebra(part)


def essay(part: Part) -> Field:
    """Words for a marker."""
    return Essay(part.rubric)


_CALL = re.compile(r"[a-z]\(")

Way: TypeAlias = Callable[[Part], Field]


def _row(default: Way, **special: Way) -> Mapping[Format, Way]:
    formats: tuple[Format, ...] = (
        "moodle", "moodle-formulas", "moodle-stack", "qti", "canvas", "gift", "amc",
    )  # fmt: skip
    return {name: special.get(name.replace("-", "_"), default) for name in formats}


TABLE: Mapping[str, Mapping[Format, Way]] = {
    "number": _row(numbers),
    "vector": _row(numbers),
    "matrix": _row(numbers),
    "expression": _row(values_to_choose, moodle_formulas=plain_algebra, moodle_stack=plain_algebra),
    "choice": _row(options),
    "choices": _row(options),
    "matching": _row(pairs),
    "predicate": _row(values_to_choose),
    "open": _row(essay),
}
"""For each kind of key and each format, the way its answer is asked for."""


# --- numbers ---------------------------------------------------------------------------------------------------------


def _rows(value: Value) -> tuple[tuple[Value, ...], ...]:
    if not isinstance(value, tuple):
        return ((value,),)
    if value and isinstance(value[0], tuple):
        return value
    return (value,)


def _shape(rows: tuple[tuple[Value, ...], ...]) -> tuple[int, ...]:
    return tuple(map(len, rows))


def unpaid(mistake: Mistake) -> Mistake:
    """A mistake in a cell: its credit is for the whole answer, so that only a cell that stands alone could carry it."""
    return Mistake(mistake.name, mistake.value, NONE, mistake.feedback)


def lowered_cell(value: Value, digits: int | None, wrong: list[tuple[Mistake, Value]]) -> Cell:
    """One cell with the wrong numbers that mistakes put there, each number once."""
    text = decimal_text(value, digits)
    if text is None:
        return _ratio(Fraction(value), wrong)
    margin, at, far = measured(text, digits)
    mistakes: list[CellMistake] = []
    taken = [(at, far)]
    for mistake, number in wrong:
        theirs = decimal_text(number, digits)
        if theirs is None or theirs == text:
            continue
        about, there, reach = measured(theirs, digits)
        for other, far in taken:
            if abs(there - other) <= reach + far:
                if digits is None and there != other:
                    return _crowded(text, wrong)
                break
        else:
            taken.append((there, reach))
            mistakes.append(CellMistake(theirs, about, mistake))
    return Decimal(text, margin, tuple(mistakes))


def _crowded(text: str, wrong: list[tuple[Mistake, Value]]) -> Cell:
    """An exact number with wrong ones so close that they need narrower tolerances to be told apart."""
    mistakes: dict[Fraction, tuple[str, Mistake]] = {}
    for mistake, number in wrong:
        theirs = decimal_text(number, None)
        if theirs is not None and theirs != text:
            mistakes.setdefault(Fraction(theirs), (theirs, mistake))
    numbers = sorted((Fraction(text), *mistakes))
    narrow = min(after - before for before, after in itertools.pairwise(numbers)) / 4
    return Decimal(
        text, min(narrow, measured(text, None)[0]),
        tuple(
            CellMistake(theirs, min(narrow, measured(theirs, None)[0]), mistake)
            for theirs, mistake in mistakes.values()
        ),
    )  # fmt: skip


def _ratio(value: Fraction, wrong: list[tuple[Mistake, Value]]) -> Ratio:
    mistakes: dict[str, CellMistake] = {}
    for mistake, number in wrong:
        theirs = str(number)
        if theirs not in mistakes and Fraction(number) != value:
            mistakes[theirs] = CellMistake(theirs, NONE, mistake)
    long = decimal_text(value, None, 18)
    return Ratio((*spellings(value), *([long] if long else [])), tuple(mistakes.values()))


@functools.lru_cache(2**14)  # the same few numbers stand in most cells
def measured(text: str, digits: int | None) -> tuple[Fraction, int, int]:
    """How far a typed decimal may be from a key: a unit of the last place asked for, or, for an exact key, half a unit
    of its own last place, and of the third place at most. Then the key and that tolerance in units of the thirtieth
    place: whole numbers are quicker than fractions."""
    whole, _, part = text.partition(".")
    reach = 10 ** (30 - digits) if digits is not None else 5 * 10 ** (29 - max(len(part), PLACES))
    return Fraction(reach, 10**30), int(whole + part) * 10 ** (30 - len(part)), reach


def decimal_text(value: Value, digits: int | None, most: int = 9) -> str | None:
    """A number as a decimal with a point: rounded to `digits`, or in full; None where it has no end, or more than
    `most` places."""
    if digits is not None:
        return rounded(value, digits)
    return in_full(value, most)


def spellings(value: Fraction) -> tuple[str, ...]:
    """A fraction as it may be typed, lowest terms first: 1/3, 2/6, ..."""
    return tuple(f"{value.numerator * k}/{value.denominator * k}" for k in range(1, SPELLINGS + 1))


def mistake_spellings(text: str) -> tuple[str, ...]:
    """A wrong fraction as it may be typed where a format compares text: also as a decimal where it has an end."""
    long = decimal_text(Fraction(text), None, 18)
    return (text, long) if long and long != text else (text,)


# --- values as options -----------------------------------------------------------------------------------------------


def _shown(value: Value) -> tuple[doc.Inline, ...]:
    return (doc.Bound(_VALUE, (value,)),)


_VALUE = doc.Phrase((doc.InlineMath(Hole(".")),))
