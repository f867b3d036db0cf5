"""The public API: `listok.exercise(40).variant(seed=7)`, shown nicely in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from listok.answerkeys.keysheet import problem_key
from listok.answerkeys.tables import variant_data
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.templates.names import Telling
from listok.templates.printers import PRINTERS
from listok.templates.sheet import problem
from listok.templates.text import Filled, Lang


@dataclass(frozen=True)
class Sheet:
    """One variant of an exercise, solved twice, ready to print."""

    variant: AnyVariant
    lang: Lang = "ru"

    @property
    def code(self) -> str:
        """The code that draws this variant again; empty where numbers were set by hand."""
        return self.variant.code

    @property
    def dull(self) -> str | None:
        """Why no variant is drawn with such numbers though they have an answer; None where they are good."""
        return self.variant.dull

    def print(self, format: str = "text", *, key: bool = False, space: str = "none", story: bool = True) -> str:
        """The problem (or, with `key`, its answers, worked solution and typical mistakes) as text, latex or html.

        Without `story` it is the bare problem.
        """
        points = {part: Fraction(k.points) for part, k in self.variant.exercise.parts.items()}
        with self.variant.blamed():
            filled = Filled(self.variant, self.lang, Telling(story))
            blocks = problem_key(filled, points, mistakes=True) if key else problem(filled, points, space=space)
            return PRINTERS[format](self.lang).blocks(blocks)

    def data(self) -> dict[str, Any]:
        """Code, parameters and answers as JSON data."""
        with self.variant.blamed():
            return variant_data(self.variant)

    def set(self, **changes: Any) -> Sheet:
        """The same exercise with some parameters set by hand; raises `BadParams` where they have no answer."""
        return Sheet(self.variant.changed(changes).verify(), self.lang)

    def _repr_html_(self) -> str:
        return self.print("html")

    def __str__(self) -> str:
        return self.print("text")


@dataclass(frozen=True)
class Handle:
    """An exercise of the bank."""

    exercise: AnyExercise

    @property
    def name(self) -> str:
        return self.exercise.name

    def variant(self, seed: int = 0, level: int = 1, lang: Lang = "ru", **changes: Any) -> Sheet:
        """A variant, verified by the oracle, with some parameters set by hand if any are named."""
        made = self.exercise.variant(seed, level)
        return Sheet((made.changed(changes) if changes else made).verify(), lang)


def exercise(name: str | int) -> Handle:
    """The exercise of that number or name; raises `UnknownName` with the nearest one."""
    return Handle(find(name))


def exercises() -> Mapping[int, Handle]:
    """Every exercise by number."""
    return {number: Handle(found) for number, found in bank().items()}
