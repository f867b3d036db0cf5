"""The closed set of answer kinds: how each reads a response, scores it, shows the right answer, and makes samples.

A key names a field of the exercise's `Solution` (where it names none, the field is called as the part is) and never
computes. Tolerances follow from the digits the stem asks for: an answer rounded to `digits` places may be off by one
unit of the last place.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, TypeAlias, TypeVar

from listok.generators.decimals import rounded
from listok.generators.exact import Fraction
from listok.generators.formulas import Formula, akin, equivalent
from listok.generators.responses import (
    ResponseError,
    grouped,
    may_be_cut,
    read_formula,
    read_matching,
    read_matrix,
    read_number,
    read_numbers,
    read_options,
)
from listok.generators.values import Value, leaves

NO_OPTION = "—"
"""How it is written, and typed, that none of some options is right."""

RUSSIAN_LETTERS = "абвгдежзиклмнопрст"
ENGLISH_LETTERS = "abcdefghijklmnopqrst"
_LATIN, _CYRILLIC = "ABCEHKMOPTXaceopxy", "АВСЕНКМОРТХасеорху"
_TO_RUSSIAN, _TO_ENGLISH = str.maketrans(_LATIN, _CYRILLIC), str.maketrans(_CYRILLIC, _LATIN)


def looks_like(text: str, printed: str) -> str:
    """A text as one reads it who expects the letters printed: look-alikes of the other alphabet are taken for them."""
    return text.translate(_TO_RUSSIAN if printed == RUSSIAN_LETTERS else _TO_ENGLISH) if printed else text


OPEN_BRACKETS = "(" * 50
TALLEST = 200
"""Millimetres: a frame to draw in must fit a page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One part as it was asked: the parameters, the right value of the key's field, the wrong values that named
    mistakes give, the options in the order printed (empty for kinds without options), the share of the points that a
    mistake earns all the same (none where it is not named), the options' words in that order, where responses may
    spell them out (in two languages: all in one, then all in the other), and the letters printed before the options,
    where these are of one language only."""

    params: Any
    right: Value
    mistakes: Mapping[str, Value] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    credit: Mapping[str, Fraction] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The share of the part's points earned (0 to 1), and the mistake recognised, if any."""

    score: Fraction
    mistake: str | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """Responses a key must take for right, must take for wrong, and must refuse to read."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    malformed: tuple[str, ...]


FULL, NONE = Fraction(1), Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Key:
    """What all kinds share: `points` is the part's weight within its exercise."""

    kind: ClassVar[str]
    computed: ClassVar[bool] = True
    points: int = 1

    @property
    def tolerance(self) -> Fraction:
        """How far a number may be from the key and still be right."""
        return NONE

    def read(self, response: str, asked: Asked) -> Value:
        """Turn a response into a value; raises `ResponseError` with one line where it is malformed."""
        raise NotImplementedError

    def score(self, value: Value, asked: Asked) -> Fraction:
        """The share of the points a readable value earns."""
        raise NotImplementedError

    def show(self, value: Value) -> str:
        """The value as text that `read` takes back."""
        raise NotImplementedError

    def samples(self, asked: Asked) -> Samples:
        """Responses to test every grader and export with."""
        raise NotImplementedError

    def same(self, value: Value, other: Value) -> bool:
        """Whether two values of this kind would be marked alike."""
        return bool(value == other)

    def near(self, value: Value, other: Value) -> bool:
        """Whether two values are too close for one to be a wrong answer told from the other, rounding included."""
        return self.same(value, other)

    def accepts(self, response: str, asked: Asked) -> Verdict:
        """Mark a response; raises `ResponseError` where it cannot be read."""
        return self.judge(self.read(response, asked), asked)

    def judge(self, value: Value, asked: Asked) -> Verdict:
        """Mark a value that was read: what it earns, and which mistake gives it if it is not right."""
        earned = self.score(value, asked)
        if earned == FULL:
            return Verdict(earned)
        mistake = next((name for name, wrong in asked.mistakes.items() if self.same(value, wrong)), None)
        return Verdict(max(earned, asked.credit.get(mistake or "", NONE)), mistake)

    def _wrong(self, asked: Asked) -> tuple[str, ...]:
        return tuple(map(self.show, asked.mistakes.values()))


def _within(a: Any, b: Any, limit: Fraction) -> bool:
    """Whether two numbers differ by at most a limit; exact, in whole numbers, because every draw is full of it."""
    if type(a) is float and type(b) is float and abs(a - b) * limit.denominator > 2 * limit.numerator:
        return False  # the usual case: so far apart that the rounding of floats does not matter
    if type(a) is float and a != a:
        return False  # an empty cell
    (p, q), (r, s) = a.as_integer_ratio(), b.as_integer_ratio()
    return bool(abs(p * s - r * q) * limit.denominator <= limit.numerator * q * s)


def _all_within(value: Value, other: Value, limit: Fraction) -> bool:
    """Whether numbers at the same places, of the same shape, differ by at most a limit."""
    if isinstance(value, tuple):
        return (
            isinstance(other, tuple)
            and len(value) == len(other)
            and all(map(_all_within, value, other, itertools.repeat(limit)))
        )
    return not isinstance(other, tuple) and _within(value, other, limit)


@functools.cache
def _margin(digits: int) -> Fraction:
    """How far apart two answers must be to stay apart when both are rounded."""
    return Fraction(2, 10**digits)


@functools.cache
def _slack(digits: int) -> Fraction:
    """What an answer rounded to so many places may be off by, and a little for the rounding of floats."""
    return Fraction(1, 10**digits) + Fraction(1, 10**12)


_Table = TypeVar("_Table", tuple[Fraction | float, ...], tuple[tuple[Fraction | float, ...], ...])


@dataclass(frozen=True)
class _Numeric(Key):
    """Numbers at places: exact where `digits` is None, else rounded to so many decimal places.

    Exact ones that are `alike` are printed in one form, all as decimals, or all as fractions where some are endless.
    """

    field: str = ""
    digits: int | None = None
    alike: bool = False

    @property
    def tolerance(self) -> Fraction:
        return NONE if self.digits is None else Fraction(1, 10**self.digits)

    def close(self, value: Any, right: Any) -> bool:
        """Whether a number is within the tolerance of the right one, exact or rounded, as keys and exports give it."""
        if self.digits is None:
            return bool(value == right)
        slack = _slack(self.digits)
        return _within(value, right, slack) or _within(value, Fraction(rounded(right, self.digits)), slack)

    def same(self, value: Value, other: Value) -> bool:
        if self.digits is None:
            return bool(value == other)
        return _all_within(value, other, _slack(self.digits))

    def near(self, value: Value, other: Value) -> bool:
        if self.digits is None:
            return self.same(value, other)
        return _all_within(value, other, _margin(self.digits))

    def score(self, value: Value, asked: Asked) -> Fraction:
        if _shape(value) != _shape(asked.right):
            return NONE
        ours, right = leaves(value), leaves(asked.right)
        return Fraction(sum(map(self.close, ours, right)), len(right))

    def _fitting(self, value: _Table, response: str, asked: Asked) -> _Table:
        """Numbers as they were read; raises `ResponseError` where they do not fit the question and may be meant
        otherwise."""
        if _shape(value) != _shape(asked.right):
            found, count = len(leaves(value)), len(leaves(asked.right))
            if may_be_cut(response, found, count):
                raise ResponseError("unclear_count", wanted=count, count=found)
            if found == count and 1 in (len(value), len(value[0]) if isinstance(value[0], tuple) else 0):
                raise ResponseError("one_row", wanted=_size(asked.right), found=_size(value))
            if all(_shape(value) != _shape(wrong) for wrong in asked.mistakes.values()):
                raise ResponseError("wrong_size", wanted=_size(asked.right), found=_size(value))
        return value

    def show_number(self, value: Any) -> str:
        """One number as text with a decimal point."""
        if self.digits is not None:
            return rounded(value, self.digits)
        return str(value)


def _size(value: Value) -> str:
    """How many numbers a list has, or a table has rows and columns: `3`, `2 × 4`."""
    columns = [len(value[0])] if value and isinstance(value[0], tuple) else []
    return " × ".join(map(str, [len(value), *columns]))


@dataclass(frozen=True)
class Number(_Numeric):
    """One number."""

    kind: ClassVar[str] = "number"

    def read(self, response: str, asked: Asked) -> Fraction:
        value, other = read_number(response), grouped(response)
        if other is not None and self.score(other, asked) == FULL > self.score(value, asked):
            raise ResponseError("unclear_mark", typed=response.strip())
        return value

    def show(self, value: Value) -> str:
        return self.show_number(value)

    def samples(self, asked: Asked) -> Samples:
        text = self.show(asked.right)
        off = Fraction(asked.right) + (1 if self.digits is None else 3 * self.tolerance)
        return Samples(
            right=(text, f" {text} ", text.replace(".", ","), text.replace("-", "−")),
            wrong=(self.show(off), *self._wrong(asked)),
            malformed=("", "?", "1/0", "nan", "1..2", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Vector(_Numeric):
    """A row of numbers, each place scored by itself."""

    kind: ClassVar[str] = "vector"

    def read(self, response: str, asked: Asked) -> tuple[Fraction | float, ...]:
        return self._fitting(read_numbers(response), response, asked)

    def show(self, value: Value) -> str:
        return "; ".join(map(self.show_number, value))

    def samples(self, asked: Asked) -> Samples:
        text = self.show(asked.right)
        off = tuple(Fraction(v) + 1 for v in asked.right)
        return Samples(
            right=(text, f"({text})", text.replace(".", ","), text.replace("-", "−")),
            wrong=(self.show(off), *self._wrong(asked)),
            malformed=("", "1; x", "1/0; 1", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Matrix(_Numeric):
    """A table of numbers, each cell scored by itself."""

    kind: ClassVar[str] = "matrix"

    def read(self, response: str, asked: Asked) -> tuple[tuple[Fraction | float, ...], ...]:
        """A table; one of a single row may be typed like a list, whose semicolons part columns then."""
        table = read_matrix(response)
        if len(asked.right) == 1 and len(response.split("\n")) == 1 and len(table) == len(asked.right[0]):
            table = tuple(zip(*table, strict=True)) if len(table[0]) == 1 else table
        return self._fitting(table, response, asked)

    def show(self, value: Value) -> str:
        return "; ".join(", ".join(map(self.show_number, row)) for row in value)

    def samples(self, asked: Asked) -> Samples:
        text = self.show(asked.right)
        off = tuple(tuple(Fraction(v) + 1 for v in row) for row in asked.right)
        return Samples(
            right=(text, text.replace("; ", "\n"), text.replace("-", "−")),
            wrong=(self.show(off), *self._wrong(asked)),
            malformed=("", "1, 2; x, 3", "1, 2; 3", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Expression(Key):
    """A formula, right when it is the same function of its variables as the key.

    A response may use the letters of the key, of the mistakes, and `variables`.
    """

    field: str = ""
    variables: tuple[str, ...] = ()
    kind: ClassVar[str] = "expression"

    def read(self, response: str, asked: Asked) -> Formula:
        letters = {*asked.right.variables, *self.variables, *(v for f in asked.mistakes.values() for v in f.variables)}
        return read_formula(response, letters)

    def same(self, value: Value, other: Value) -> bool:
        return equivalent(value, other)

    def near(self, value: Value, other: Value) -> bool:
        return akin(value, other)

    def score(self, value: Value, asked: Asked) -> Fraction:
        return FULL if self.same(value, asked.right) else NONE

    def show(self, value: Value) -> str:
        return str(value.source)

    def samples(self, asked: Asked) -> Samples:
        text = self.show(asked.right)
        return Samples(
            right=(text, f"({text})", f"{text} + 0", text.replace("-", "−")),
            wrong=(f"({text}) + 1", *self._wrong(asked)),
            malformed=("", f"({text}", "2 +", "__import__('os')", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class _Optional(Key):
    """Kinds that pick among named options: all of `options`, or those that the parameters' field `among` names.

    Where there is `among`, `options` may declare all names that can be drawn, so that each is known to have a text.
    `shuffle` prints the options in an order of each variant's own.
    """

    field: str = ""
    options: tuple[str, ...] = ()
    among: str | None = None
    shuffle: bool = True

    def names(self, params: Any) -> tuple[str, ...]:
        """The options' names, in the order in which the exercise holds them."""
        return self.options if self.among is None else tuple(getattr(params, self.among))

    def letters(self, picked: Sequence[str], asked: Asked, alphabet: str = ENGLISH_LETTERS) -> str:
        """The picked options as the letters in front of them."""
        return " ".join(alphabet[asked.options.index(name)] for name in picked)

    def _pick(self, response: str, asked: Asked) -> tuple[str, ...]:
        return self._lettered(read_options, response, asked)

    def _lettered(
        self, read: Callable[[str, str, Sequence[str], Sequence[str]], tuple[int, ...]], response: str, asked: Asked
    ) -> tuple[str, ...]:
        """Options by their letters in either alphabet; raises `ResponseError` where a letter that only looks like one
        of those printed would pick another option than the printed one."""
        count = len(asked.options)

        def reading(typed: str, alphabet: str) -> tuple[int, ...] | ResponseError:
            try:
                return read(typed, alphabet[:count], asked.options, asked.texts)
            except ResponseError as error:
                return error

        own = asked.printed or RUSSIAN_LETTERS  # a fault is told of the letters of the sheet
        picked = reading(response, RUSSIAN_LETTERS if own == ENGLISH_LETTERS else ENGLISH_LETTERS)
        if isinstance(picked, ResponseError):
            picked = reading(response, own)
        seen = looks_like(response, asked.printed)
        if asked.printed and seen != response:
            other = reading(seen, asked.printed)
            if not isinstance(other, ResponseError) and other != picked:
                raise ResponseError("unclear_alphabet", typed=" ".join(response[:40].split()))
        if isinstance(picked, ResponseError):
            raise picked
        return tuple(asked.options[i] for i in picked)


@dataclass(frozen=True)
class Choice(_Optional):
    """One option; the solution's field holds its name."""

    kind: ClassVar[str] = "choice"
    computed: ClassVar[bool] = False

    def read(self, response: str, asked: Asked) -> str:
        picked = self._pick(response, asked)
        if len(picked) != 1:
            raise ResponseError("one_option")
        return picked[0]

    def score(self, value: Value, asked: Asked) -> Fraction:
        return FULL if value == asked.right else NONE

    def show(self, value: Value) -> str:
        return str(value)

    def samples(self, asked: Asked) -> Samples:
        others = [name for name in asked.options if name != asked.right]
        right = [asked.right]
        return Samples(
            right=(asked.right, self.letters(right, asked), self.letters(right, asked, RUSSIAN_LETTERS)),
            wrong=tuple(self.letters([name], asked) for name in others),
            malformed=("", "zz", "?", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Choices(_Optional):
    """Any number of options; the field holds a tuple of the right names. Right picks less wrong picks are scored."""

    kind: ClassVar[str] = "choices"
    computed: ClassVar[bool] = False

    def read(self, response: str, asked: Asked) -> tuple[str, ...]:
        picked = self._pick(response, asked)
        return tuple(name for name in asked.options if name in picked)

    def same(self, value: Value, other: Value) -> bool:
        return set(value) == set(other)

    def score(self, value: Value, asked: Asked) -> Fraction:
        right = set(asked.right)
        if self.same(value, asked.right):
            return FULL
        if not right:
            return NONE
        return max(NONE, Fraction(len(right & set(value)) - len(set(value) - right), len(right)))

    def show(self, value: Value) -> str:
        return " ".join(value) or NO_OPTION

    def samples(self, asked: Asked) -> Samples:
        in_order = [name for name in asked.options if name in asked.right]
        others = [name for name in asked.options if name not in asked.right]
        text = self.letters(in_order, asked) or NO_OPTION
        return Samples(
            right=(text, text.replace(" ", ", ")),
            wrong=(self.letters(others, asked),) if others else (),
            malformed=("?", "zz", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Matching(_Optional):
    """An option for each of several items; the field holds the options' names in the order of the items.

    `items` names the field (of the parameters or the solution) whose values are printed as the items.
    """

    items: str = ""
    kind: ClassVar[str] = "matching"
    computed: ClassVar[bool] = False

    def read(self, response: str, asked: Asked) -> tuple[str, ...]:
        def read(text: str, labels: str, names: Sequence[str], texts: Sequence[str]) -> tuple[int, ...]:
            return read_matching(text, len(asked.right), labels, names, texts)

        return self._lettered(read, response, asked)

    def score(self, value: Value, asked: Asked) -> Fraction:
        return Fraction(sum(a == b for a, b in zip(value, asked.right, strict=True)), len(asked.right))

    def show(self, value: Value) -> str:
        return " ".join(value)

    def samples(self, asked: Asked) -> Samples:
        text = self.letters(asked.right, asked)
        rotated = {name: asked.options[(i + 1) % len(asked.options)] for i, name in enumerate(asked.options)}
        return Samples(
            right=(text, ", ".join(f"{i + 1}{letter}" for i, letter in enumerate(text.split()))),
            wrong=(self.letters([rotated[name] for name in asked.right], asked),),
            malformed=("", "?", text + " a", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Predicate(Key):
    """Any numbers that pass a test; the field holds one such answer. `test` takes the parameters and the numbers and
    gives the share of its conditions they meet, 0 to 1; `size` gives how many numbers are asked for."""

    field: str = ""
    _: KW_ONLY
    test: Callable[[Any, tuple[Fraction, ...]], Fraction]
    kind: ClassVar[str] = "predicate"

    def read(self, response: str, asked: Asked) -> tuple[Fraction, ...]:
        numbers = tuple(number for number in read_numbers(response) if isinstance(number, Fraction))
        if len(numbers) != len(leaves(asked.right)):
            raise ResponseError("wrong_count", wanted=len(leaves(asked.right)), count=len(numbers))
        return numbers

    def same(self, value: Value, other: Value) -> bool:
        return leaves(value) == leaves(other)

    def score(self, value: Value, asked: Asked) -> Fraction:
        return Fraction(self.test(asked.params, tuple(leaves(value))))

    def show(self, value: Value) -> str:
        return "; ".join(map(str, leaves(value)))

    def samples(self, asked: Asked) -> Samples:
        text = self.show(asked.right)
        doubled = self.show(tuple(2 * Fraction(v) for v in leaves(asked.right)))
        return Samples(
            right=(text, text.replace("-", "−"))
            + ((doubled,) if self.test(asked.params, tuple(2 * Fraction(v) for v in leaves(asked.right))) == 1 else ()),
            wrong=(self.show((Fraction(0),) * len(leaves(asked.right))), *self._wrong(asked)),
            malformed=("", "1", "x; y", OPEN_BRACKETS),
        )


@dataclass(frozen=True)
class Open(Key):
    """Words, or a drawing, that a teacher marks by a rubric; the rubric stands in the text.

    `space` is the height in millimetres of an empty frame to draw in, which takes the place of lines to write on.
    """

    kind: ClassVar[str] = "open"
    computed: ClassVar[bool] = False
    field: str = ""
    space: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.space <= TALLEST:
            raise ValueError(f"the space of an open part is from 0 to {TALLEST} millimetres, not {self.space}")

    def read(self, response: str, asked: Asked) -> str:
        return response

    def accepts(self, response: str, asked: Asked) -> Verdict:
        raise ResponseError("by_rubric")

    def show(self, value: Value) -> str:
        return ""

    def samples(self, asked: Asked) -> Samples:
        return Samples((), (), ())


AnyKey: TypeAlias = Number | Vector | Matrix | Expression | Choice | Choices | Matching | Predicate | Open


def _shape(value: Value) -> tuple[Any, ...]:
    return tuple(_shape(item) for item in value) if isinstance(value, tuple) else ()
