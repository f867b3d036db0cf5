"""How each kind of answer is asked for in each format: one table, so that what a format lacks is seen at a glance.

A key becomes one of a few fields that formats know: cells with numbers, accepted spellings, options, pairs, an essay,
a formula. What a format cannot say becomes `LeftOut` with the reason, and what is lost of a part that is asked stands
in the `notes` of its field; the export's report names both.
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
from listok.generators.decimals import in_full, rounded, trimmed
from listok.generators.exact import Fraction
from listok.generators.values import Value
from listok.templates import doctree as doc
from listok.templates.mathtree import Hole

Format: TypeAlias = Literal["moodle", "moodle-formulas", "moodle-stack", "qti", "canvas", "gift", "amc"]

EXACTLY = 12
"""Decimal places to which an answer is known before it is rounded; fewer for large ones: a float has 15 digits."""

PLACES = 3
"""Decimal places to which an exact number typed as a decimal must be right at least."""

SPELLINGS = 12
"""Multiples under which a fraction is accepted where a format compares text: 1/2, 2/4, ... 12/24."""

OTHER_SPELLINGS = 6
"""Multiples under which a fraction is accepted with spaces, or a plus, as well."""


class CellMistake(Struct, frozen=True):
    """A wrong number that a named mistake puts into one cell; `exact` is that number before it was rounded (nothing
    where that is the same). `listok grade` knows a mistake by its exact number, and so do platforms."""

    text: str
    tolerance: Fraction
    mistake: Mistake
    exact: str = ""

    @property
    def key(self) -> str:
        """The number from which the tolerance counts."""
        return self.exact or self.text


class Decimal(Struct, frozen=True):
    """A number to be typed as a decimal: right when off by no more than `tolerance`, from `text` or from `exact`, the
    answer before it was rounded (nothing where that is the same). Both have a decimal point, an ASCII minus, and no
    exponent."""

    text: str
    tolerance: Fraction
    mistakes: tuple[CellMistake, ...]
    exact: str = ""

    @property
    def value(self) -> Fraction:
        """The number that `text` says."""
        return Fraction(self.text)

    @property
    def keys(self) -> tuple[str, ...]:
        """The numbers from which the tolerance counts, the rounded one first."""
        return (self.text, self.exact) if self.exact else (self.text,)

    @property
    def low(self) -> Fraction:
        """The least number that is right."""
        return min(self.value, Fraction(self.exact or self.text)) - self.tolerance

    @property
    def high(self) -> Fraction:
        """The greatest number that is right."""
        return max(self.value, Fraction(self.exact or self.text)) + self.tolerance


class Ratio(Struct, frozen=True):
    """A number that is compared as text, in any of the accepted spellings, the key first: one that has no end as a
    decimal, or too far away, to be typed as a fraction; or one beside which a wrong fraction would be misread."""

    accepted: tuple[str, ...]
    mistakes: tuple[CellMistake, ...]


Cell: TypeAlias = Decimal | Ratio


class Numbers(Struct, frozen=True):
    """Numbers in rows and columns; every cell earns the same share. A single number is one row of one cell."""

    rows: tuple[tuple[Cell, ...], ...]
    shape: Literal["number", "vector", "matrix"]
    notes: tuple[str, ...] = ()

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
    notes: tuple[str, ...] = ()


class Pairs(Struct, frozen=True):
    """An option for each of several terms; every term earns the same share. `right` holds an option's name a term."""

    terms: tuple[tuple[doc.Inline, ...], ...]
    options: tuple[PickOption, ...]
    right: tuple[str, ...]
    notes: tuple[str, ...] = ()


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


ANOTHER_SIZE = "a mistake is left out: it gives an answer of another size than the gaps have"
NO_END = "a mistake's number is left out where the gap takes decimals: it has no end as one"
TOO_NEAR = "a mistake is left out: its number is too near the right one, or another mistake's"
LESS = "a mistake's answer earns less than in `listok grade`"
MORE = "a mistake's answer earns more than in `listok grade`: its numbers are those of a mistake that earns more"
NO_WORDS = "what is told of mistakes is left out: {} have no place for it"


def numbers(part: Part, apart: bool = False, endless: bool = False) -> Field:
    """A number, or a table of numbers cell by cell; `apart`: where the field of a decimal reads a fraction up to its
    slash, so that a wrong fraction may be taken for another answer; `endless`: where it knows fractions without end.

    What a mistake earns is for the whole answer, and cells are marked one by one: so each number that it spoils earns
    as much as makes the whole earn that share, together with those that it leaves right.
    """
    asked, digits = part.asked, getattr(part.key, "digits", None)
    rows = _rows(asked.right)
    shape_of_all = _shape(rows)
    mistakes = part.mistakes
    wrong = [(mistake, theirs) for mistake in mistakes if _shape(theirs := _rows(mistake.value)) == shape_of_all]
    notes = {} if len(wrong) == len(mistakes) else {ANOTHER_SIZE: None}
    alone, paid = shape_of_all == (1,), any(mistake.share for mistake, _ in wrong)
    if paid and not alone:
        wrong = [(_shared(mistake, part), theirs) for mistake, theirs in wrong]
        wrong.sort(key=lambda each: -each[0].share)  # a number that several give earns what the best of them does
    cells = []
    for i, row in enumerate(rows):
        there = [(mistake, theirs[i]) for mistake, theirs in wrong]
        cells.append(
            tuple([
                lowered_cell(v, digits, [(mistake, its[j]) for mistake, its in there], notes, alone, apart, endless)
                for j, v in enumerate(row)
            ])
        )
    if paid:
        _compare(part, cells, wrong, notes)
    shape: Literal["number", "vector", "matrix"] = "number" if isinstance(part.key, Number) else "vector"
    return Numbers(tuple(cells), "matrix" if part.key.kind == "matrix" else shape, tuple(notes))


def _shared(mistake: Mistake, part: Part) -> Mistake:
    """A mistake of a list or table with what each number that it spoils earns."""
    right = part.key.score(mistake.value, part.asked) if mistake.share else NONE
    share = (mistake.share - right) / (1 - right) if mistake.share > right else NONE
    return Mistake(mistake.name, mistake.value, share, mistake.feedback)


def _compare(
    part: Part, cells: list[tuple[Cell, ...]], wrong: list[tuple[Mistake, tuple[tuple[Value, ...], ...]]],
    notes: dict[str, None],
) -> None:  # fmt: skip
    """Note where the cells together give a mistake's answer another share than the key does."""
    digits, asked, key = getattr(part.key, "digits", None), part.asked, part.key
    whole = [cell for row in cells for cell in row]
    for mistake, theirs in wrong:
        typed = [number for row in theirs for number in row]
        earned = sum((_earned(cell, number, digits) for cell, number in zip(whole, typed, strict=True)), NONE)
        meant = key.judge(mistake.value, asked).score
        if earned != meant * len(whole):
            notes[LESS if earned < meant * len(whole) else MORE] = None


def _earned(cell: Cell, number: Value, digits: int | None) -> Fraction:
    """What a mistake's number earns in a cell."""
    if isinstance(cell, Ratio):
        value = Fraction(number)
        if value == Fraction(cell.accepted[0]):
            return Fraction(1)
        return next((wrong.mistake.share for wrong in cell.mistakes if Fraction(wrong.text) == value), NONE)
    text = decimal_text(number, digits)
    if text is None:
        return next((wrong.mistake.share for wrong in cell.mistakes if wrong.text == str(number)), NONE)
    at = Fraction(text)
    if cell.low <= at <= cell.high:
        return Fraction(1)
    near = (each.mistake.share for each in cell.mistakes if abs(Fraction(each.key) - at) <= each.tolerance)
    return next(near, NONE)


def options(part: Part) -> Field:
    """The options of a choice."""
    many = isinstance(part.key, Choices)
    right = part.asked.right if many else (part.asked.right,)
    if not right:
        return LeftOut("it is left out: no option is right, which a question with options cannot say")
    worth = Fraction(1, len(right))
    mistakes = part.mistakes
    given = {} if many else {mistake.value: mistake for mistake in reversed(mistakes)}
    picks = []
    for option in part.options:
        told, share = (doc.Paragraph(option.reason),) if option.reason else (), -worth if many else NONE
        if option.name in right:
            share = worth
        elif option.name in given:
            share, told = given[option.name].share, (*told, *given[option.name].feedback)
        picks.append(PickOption(option.name, option.words, option.name in right, share, told))
    return Pick(tuple(picks), many, notes=_unsaid(part, "several options picked together") if many else ())


def _unsaid(part: Part, places: str) -> tuple[str, ...]:
    """The notes on mistakes of a part whose answers are marked piece by piece."""
    notes = [NO_WORDS.format(places)] if any(mistake.feedback for mistake in part.mistakes) else []
    key, asked = part.key, part.asked
    if any(asked.credit.get(name, NONE) > key.score(wrong, asked) for name, wrong in asked.mistakes.items()):
        notes.append(LESS)
    return tuple(notes)


def pairs(part: Part) -> Field:
    """The terms and options of a matching."""
    picks = tuple(PickOption(option.name, option.words, False, NONE, ()) for option in part.options)
    return Pairs(tuple((term,) for term in part.terms), picks, part.asked.right, _unsaid(part, "pairs"))


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


_apart = functools.partial(numbers, apart=True)
"""Moodle reads 7/2 in the field of a decimal as 7."""
_endless = functools.partial(numbers, endless=True)
"""Plugins of Moodle know 5/3 in any field."""

_OF_MOODLE: Mapping[str, Way] = {
    "moodle": _apart, "gift": _apart, "moodle_formulas": _endless, "moodle_stack": _endless,
}  # fmt: skip

TABLE: Mapping[str, Mapping[Format, Way]] = {
    "number": _row(numbers, **_OF_MOODLE),
    "vector": _row(numbers, **_OF_MOODLE),
    "matrix": _row(numbers, **_OF_MOODLE),
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


def lowered_cell(
    value: Value, digits: int | None, wrong: list[tuple[Mistake, Value]], notes: dict[str, None] | None = None,
    alone: bool = True, apart: bool = False, endless: bool = False,
) -> Cell:  # fmt: skip
    """One cell with the wrong numbers that mistakes put there, each number once; `notes` takes what is lost of them.

    A number is taken for the first that it is near, the right one before those of mistakes. `alone`: the cell is the
    whole answer, so that a mistake whose number is taken for another's is lost.
    """
    notes = {} if notes is None else notes
    text = decimal_text(value, digits)
    if text is None:
        return _ratio(Fraction(value), wrong)
    if apart and digits is None and _confused(Fraction(text), wrong):
        return _ratio(Fraction(value), wrong)
    margin, at, far = measured(text, digits)
    exact = _unrounded(value, text, digits)
    mistakes: list[CellMistake] = []
    also = _units(exact) if exact else at
    taken = [(min(at, also) - far, max(at, also) + far)]
    crowded = False
    for mistake, number in wrong:
        theirs = decimal_text(number, digits) or (str(number) if endless else "")
        if not theirs:
            notes[NO_END] = None
            continue
        if theirs == text:
            if alone:
                notes[TOO_NEAR] = None
            continue
        about, there, reach = measured(theirs, digits)
        unrounded = _unrounded(number, theirs, digits)
        there = _units(unrounded) if unrounded else there
        for low, high in taken:
            if digits is None and low <= there + reach and there - reach <= high and low + high != 2 * there:
                crowded = True
            if low <= there <= high or crowded:
                if alone and digits is not None and low + high != 2 * there:
                    notes[TOO_NEAR] = None
                break
        else:
            taken.append((there - reach, there + reach))
            mistakes.append(CellMistake(theirs, about, mistake, unrounded))
    return _crowded(text, wrong, endless) if crowded else Decimal(text, margin, tuple(mistakes), exact)


def _unrounded(value: Value, text: str, digits: int | None) -> str:
    """A number that `text` rounds, to as many places as are known of it; nothing where rounding changes nothing."""
    if digits is None:
        return ""
    exact = trimmed(rounded(value, EXACTLY - max(0, len(text) - digits - 5)))
    return "" if exact == trimmed(text) else exact


def _crowded(text: str, wrong: list[tuple[Mistake, Value]], endless: bool) -> Cell:
    """An exact number with wrong ones so close that they need narrower tolerances to be told apart."""
    mistakes: dict[Fraction, tuple[str, Mistake]] = {}
    for mistake, number in wrong:
        theirs = decimal_text(number, None) or (str(number) if endless else "")
        if theirs and theirs != text:
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


def _confused(value: Fraction, wrong: list[tuple[Mistake, Value]]) -> bool:
    """Whether a wrong fraction that is read up to its slash would be another answer."""
    tops = {number.numerator for _, number in wrong if number.denominator > 1}
    if not tops:
        return False
    numbers = (value, *(number for _, number in wrong))
    return any(abs(top - number) <= _HALF for top in tops for number in numbers)


_HALF = Fraction(1, 2 * 10**PLACES)


def _ratio(value: Fraction, wrong: list[tuple[Mistake, Value]]) -> Ratio:
    mistakes: dict[str, CellMistake] = {}
    for mistake, number in wrong:
        theirs = str(number)
        if theirs not in mistakes and Fraction(number) != value:
            mistakes[theirs] = CellMistake(theirs, NONE, mistake)
    return Ratio(typed_spellings(value, SPELLINGS), tuple(mistakes.values()))


def _units(text: str) -> int:
    """A decimal, or a fraction without end, in units of the thirtieth place."""
    if "/" in text:
        return round(Fraction(text) * 10**30)
    whole, _, part = text.partition(".")
    units: int = 10 ** (30 - len(part))
    return int(whole + part) * units


@functools.lru_cache(2**14)  # the same few numbers stand in most cells
def measured(text: str, digits: int | None) -> tuple[Fraction, int, int]:
    """How far a typed decimal may be from a key: a unit of the last place asked for, or, for an exact key, half a unit
    of its own last place, and of the third place at most. Then the key and that tolerance in units of the thirtieth
    place: whole numbers are quicker than fractions."""
    part = text.partition(".")[2]
    reach = 10 ** (30 - digits) if digits is not None else 5 * 10 ** (29 - max(len(part), PLACES))
    return Fraction(reach, 10**30), _units(text), reach


def decimal_text(value: Value, digits: int | None, most: int = 9) -> str | None:
    """A number as a decimal with a point: rounded to `digits`, or in full; None where it has no end, or more than
    `most` places."""
    if digits is not None:
        return rounded(value, digits)
    return in_full(value, most)


def spellings(value: Fraction) -> tuple[str, ...]:
    """A fraction as it may be typed, lowest terms first: 1/3, 2/6, ..."""
    return tuple(f"{value.numerator * k}/{value.denominator * k}" for k in range(1, SPELLINGS + 1))


def typed_spellings(value: Fraction, multiples: int = 1) -> tuple[str, ...]:
    """An exact number as it may be typed where a format compares text, the usual spelling first: as a fraction, with
    spaces, with its whole part in front, with a plus; as a decimal where it has an end, with either mark, zeros at its
    end, none in front."""
    found: dict[str, None] = {}
    long = decimal_text(value, None, 18)
    if long:
        whole, _, part = long.removeprefix("-").partition(".")
        sign = "-" if value < 0 else ""
        if not part or (multiples > 1 and len(part) <= 9):
            found[long] = None
        ends = [part + "0" * more for more in range(max(1, PLACES - len(part) + 1))]
        decimals = [f"{sign}{front}{mark}{end}" for front in ((whole, "") if whole == "0" and part else (whole,))
                    for mark in ".," for end in ends if end]  # fmt: skip
    else:
        decimals = []
    fractions = spellings(value)[:multiples] if value.denominator > 1 else ()
    found.update(dict.fromkeys(fractions))
    found.update(dict.fromkeys(text.replace("/", " / ") for text in fractions[:OTHER_SPELLINGS]))
    found.update(dict.fromkeys(text.replace("/", slash) for text in fractions[:1] for slash in (" /", "/ ")))
    if fractions and abs(value) > 1:
        wholes, rest = divmod(abs(value.numerator), value.denominator)
        found[f"{'-' if value < 0 else ''}{wholes} {rest}/{value.denominator}"] = None
    found.update(dict.fromkeys(decimals))
    if value > 0:
        found.update(dict.fromkeys("+" + text for text in (*fractions[:OTHER_SPELLINGS], *([long] if long else []))))
    return tuple(found)


def mistake_spellings(text: str) -> tuple[str, ...]:
    """A wrong number as it may be typed where a format compares text."""
    return typed_spellings(Fraction(text))


# --- values as options -----------------------------------------------------------------------------------------------


def _shown(value: Value) -> tuple[doc.Inline, ...]:
    return (doc.Bound(_VALUE, (value,)),)


_VALUE = doc.Phrase((doc.InlineMath(Hole(".")),))
