"""What parameters may be, declared beside their types, and checked whenever parameters are made.

    @dataclass(frozen=True)
    class Params(Checked):
        logits: Annotated[Rows, Size(1, 6, each=(2, 6)), Within(-8, 8, finest=1000)]

Rules that join several fields stand in `rules`. Whatever is broken is one line for the teacher who set the numbers.
"""

from __future__ import annotations

import difflib
import functools
import typing
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from listok.generators.exact import Fraction
from listok.generators.values import BadParams, Value, leaves, shown


class Bound(ABC):
    """A bound on one field; `fault` says what is wrong with a value, in words that follow the field's name."""

    @abstractmethod
    def fault(self, value: Value) -> str | None:
        """What is wrong with a value: "must be positive"; None where nothing is."""


@dataclass(frozen=True)
class Size(Bound):
    """How many items a tuple holds; with `each`, it is a table, whose rows are equally long and hold so many."""

    least: int
    most: int
    each: tuple[int, int] | None = None

    def fault(self, value: Value) -> str | None:
        kind = "items" if self.each is None else "rows"
        if not self.least <= len(value) <= self.most:
            return f"must hold {_span(self.least, self.most)} {kind}, not {len(value)}"
        if self.each is None:
            return None
        if len({len(row) for row in value}) > 1:
            return "must have rows that are equally long"
        low, high = self.each
        if not low <= len(value[0]) <= high:
            return f"must have rows of {_span(low, high)} numbers, not {len(value[0])}"
        return None


@dataclass(frozen=True)
class Square(Bound):
    """A table with as many columns as rows, from `least` to `most`."""

    least: int
    most: int

    def fault(self, value: Value) -> str | None:
        if self.least <= len(value) <= self.most and all(len(row) == len(value) for row in value):
            return None
        return f"must be a square table with {_span(self.least, self.most)} rows"


@dataclass(frozen=True)
class Within(Bound):
    """Numbers from `low` to `high` (with `strict`, between them), with denominators up to `finest`."""

    low: int
    high: int
    finest: int | None = None
    strict: bool = False

    def fault(self, value: Value) -> str | None:
        if all(map(self._holds, leaves(value))):
            return None
        between = "strictly between" if self.strict else "between"
        if self.finest is None or isinstance(value, int):
            return f"must lie {between} {self.low} and {self.high}"
        fine = "denominators" if isinstance(value, tuple) else "a denominator"
        return f"must lie {between} {self.low} and {self.high}, with {fine} up to {self.finest}"

    def _holds(self, number: int | Fraction | float) -> bool:
        top, bottom = number.as_integer_ratio()
        if self.strict and (top == self.low * bottom or top == self.high * bottom):
            return False
        return self.low * bottom <= top <= self.high * bottom and (self.finest is None or bottom <= self.finest)


@dataclass(frozen=True)
class NonZero(Bound):
    """No number is 0."""

    def fault(self, value: Value) -> str | None:
        return None if all(leaves(value)) else "must not hold a 0" if isinstance(value, tuple) else "must not be 0"


@dataclass(frozen=True)
class Positive(Bound):
    """All numbers are above 0."""

    def fault(self, value: Value) -> str | None:
        return None if all(number > 0 for number in leaves(value)) else "must be above 0"


@dataclass(frozen=True)
class OneOf(Bound):
    """Every item is one of these."""

    known: tuple[Any, ...]

    def fault(self, value: Value) -> str | None:
        for item in leaves(value):
            if item not in self.known:
                close = difflib.get_close_matches(str(item)[:100], [str(name) for name in self.known], 1)
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(map(str, self.known))}"
                return f"cannot hold {shown(item)}: {hint}"
        return None


@dataclass(frozen=True)
class Distinct(Bound):
    """No item of a tuple stands in it twice."""

    def fault(self, value: Value) -> str | None:
        return None if len(set(value)) == len(value) else "must not hold anything twice"


class Checked:
    """Dataclasses whose fields' bounds and whose `rules` are checked whenever one is made; raises `BadParams`."""

    def rules(self) -> Iterable[str]:
        """What is wrong with the fields together, one line each; asked when each of them keeps its own bounds."""
        return ()

    def __post_init__(self) -> None:
        kind: Any = type(self)
        part = "" if kind.__name__ == "Params" else f"{kind.__name__.lower()}: "
        for name, bounds in bounds_of(kind):
            value = getattr(self, name)
            for bound in bounds:
                fault = bound.fault(value)
                if fault is not None:
                    raise BadParams(f"{part}{name} {fault}")
        for fault in self.rules():
            raise BadParams(f"{part}{fault}")


@functools.cache
def bounds_of(kind: Any) -> tuple[tuple[str, tuple[Bound, ...]], ...]:
    """The bounds that a dataclass declares, field by field."""
    hints = typing.get_type_hints(kind, include_extras=True)
    found = {
        name: tuple(extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Bound))
        for name, hint in hints.items()
    }
    return tuple((name, bounds) for name, bounds in found.items() if bounds)


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
