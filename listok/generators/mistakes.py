"""Named mistakes: what a student reports who solves with one thing changed, or gives another number of the board.

One function is the mathematics. `wrong` runs an exercise's `solve` once more, with an argument or the parameters
changed, and finds by comparing which answers that spoils; `instead` puts something else in place of an answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from listok.generators.exact import ZERO, Fraction
from listok.generators.values import Value

ALL = "*"
"""What a mistake spoils that spoils every answer."""


@dataclass(frozen=True, kw_only=True)
class Mistake(ABC):
    """A misconception that has a name; `credit` is the share of a part's points that it earns all the same."""

    credit: Fraction = ZERO

    @abstractmethod
    def answers(self, solve: Callable[..., Any], params: Any, right: Any, asked: Sequence[str]) -> Mapping[str, Value]:
        """The answers that come out wrong, by the names of their fields.

        `solve` is the exercise's, `right` what it gives for these parameters, `asked` the fields that are asked for.
        """


@dataclass(frozen=True)
class Wrong(Mistake):
    """`solve` with arguments changed, or of other parameters. See `wrong`."""

    params: Callable[[Any], Any] | None
    arguments: Mapping[str, Any]
    spoils: tuple[str, ...]

    def answers(self, solve: Callable[..., Any], params: Any, right: Any, asked: Sequence[str]) -> Mapping[str, Value]:
        changed = params if self.params is None else self.params(params)
        if changed is None:
            return {}
        arguments = {name: value(params) if callable(value) else value for name, value in self.arguments.items()}
        spoiled = solve(changed, **arguments)
        if self.spoils:
            return {name: getattr(spoiled, name) for name in (asked if self.spoils == (ALL,) else self.spoils)}
        answers = {name: getattr(spoiled, name) for name in asked}
        return {name: value for name, value in answers.items() if value != getattr(right, name)}


@dataclass(frozen=True)
class Instead(Mistake):
    """Other values in place of answers. See `instead`."""

    fields: Mapping[str, Callable[[Any, Any], Value]]

    def answers(self, solve: Callable[..., Any], params: Any, right: Any, asked: Sequence[str]) -> Mapping[str, Value]:
        answers = {name: value(params, right) for name, value in self.fields.items()}
        return {name: value for name, value in answers.items() if value is not None}


def wrong(
    params: Callable[[Any], Any] | None = None, /, *, spoils: str = "", credit: Fraction = ZERO, **arguments: Any
) -> Wrong:
    """The mistake of solving with one thing changed.

    `arguments` are those of `solve`; one that is a function is called with the parameters first. `params` gives other
    parameters to solve with, or None where the mistake cannot be made with these.

    The answers that come out otherwise are spoiled. `spoils` names them (in one string, or `ALL`) where the mistake
    goes no further, because a student goes on from the right answer, or where a draw in which one of them comes out
    right all the same shall be drawn again.
    """
    return Wrong(params, arguments, tuple(spoils.split()), credit=credit)


def instead(*, credit: Fraction = ZERO, **fields: Callable[[Any, Any], Value]) -> Instead:
    """The mistake of giving something else for an answer: `instead(mean=lambda p, s: s.total)`.

    Each function takes the parameters and the right solution; None says that there is no such mistake with them.
    """
    return Instead(fields, credit=credit)


def failing(
    test: Callable[[Any, tuple[Fraction, ...]], Fraction], slip: Callable[[Any, Any], tuple[Fraction, ...] | None]
) -> Callable[[Any, Any], tuple[Fraction, ...] | None]:
    """For `instead`, where any numbers that pass a test are right: a slip's numbers, None where they happen to pass."""

    def wrong(params: Any, right: Any) -> tuple[Fraction, ...] | None:
        numbers = slip(params, right)
        return None if numbers is None or test(params, numbers) == 1 else numbers

    return wrong
