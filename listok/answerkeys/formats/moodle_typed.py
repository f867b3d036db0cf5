"""What the exports for Moodle's plugins share: which parts of an item are typed, and core questions for the others."""

from __future__ import annotations

import dataclasses
import itertools
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias

from listok.answerkeys.formats import decimal, how_to_type
from listok.answerkeys.formats.moodle import essay, gap_line, matching, multichoice, table
from listok.answerkeys.formats.moodle_xml import Element, MoodleComposer, beside, graded, titled
from listok.answerkeys.items import Item, Part
from listok.answerkeys.lowering import PLACES, Algebra, Cell, Decimal, Essay, LeftOut, Numbers, Pairs, Pick
from listok.generators.exact import Fraction
from listok.templates.texhtml import Printer
from listok.templates.text import Lang

Typed: TypeAlias = Numbers | Algebra

_EXACT = Fraction(1, 2 * 10**PLACES)
_SLACK = 1 + Fraction(1, 10**6)

_FORMULAS: Mapping[Lang, str] = {
    "ru": "Формулу пишите со знаками умножения, степень — через ^: 2*x^2. Индекс пишите вплотную: x1.",
    "en": "Write formulas with multiplication signs, and powers with ^: 2*x^2. Write an index next to its letter: x1.",
}
"""How to type formulas."""
_LETTERS: Mapping[Lang, str] = {
    "ru": " Греческие буквы пишите словами латиницей: {}.",
    "en": " Spell Greek letters out: {}.",
}
_GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
})  # fmt: skip


def middle(cell: Cell) -> str:
    """The number from which `bound` counts: of a rounded key the middle between it and the exact one."""
    if isinstance(cell, Decimal) and cell.exact:
        return decimal((cell.low + cell.high) / 2, 18)
    return key_of(cell)


def bound(cell: Cell) -> Fraction:
    """How far a typed number may be from the `middle` of a cell's keys.

    A hair more than the tolerance, for a number just on the bound must not fail by the rounding of doubles. A decimal
    in the place of a fraction without end must be right to `PLACES` places, below 0.05 to a hundredth of itself, and
    nearer to it than to what a mistake gives.
    """
    if isinstance(cell, Decimal):
        return (cell.high - cell.low) / 2 * _SLACK if cell.exact else cell.tolerance * _SLACK
    value = Fraction(cell.accepted[0])
    numbers = [value, *(Fraction(wrong.text) for wrong in cell.mistakes)]
    apart = [abs(one - other) * Fraction(2, 5) for one, other in itertools.combinations(numbers, 2)]
    return min(_EXACT, abs(value) / 100, *apart) * _SLACK


def key_of(cell: Cell) -> str:
    """A cell's key: a decimal, or a fraction in lowest terms."""
    return cell.text if isinstance(cell, Decimal) else cell.accepted[0]


class TypedComposer(MoodleComposer):
    """Prints numbers and formulas of an item as one question of a plugin's, and every other part as a core question of
    its own, called ``CODE.part``."""

    format: ClassVar[Literal["moodle-formulas", "moodle-stack"]]

    def elements(self, item: Item) -> Iterator[Element]:
        """The plugin's question, and the core questions."""
        typed: list[tuple[Part, Typed]] = []
        others: list[tuple[Part, Pick | Pairs | Essay]] = []
        lost: list[Part] = []
        for part in item.parts:
            lowered = self.lowered(item, part, self.format)
            if isinstance(lowered, Pick):
                lowered, reason = graded(lowered)
                if reason:
                    self.left_out(item, part, reason)
            match lowered:
                case LeftOut(reason):
                    self.left_out(item, part, reason)
                    lost.append(part)
                case Numbers() | Algebra() as field:
                    typed.append((part, field))
                case field:
                    others.append((part, field))
        if typed:
            # The worked solution of this question is that of its own parts: the others still wait for an answer.
            own = item if not others else dataclasses.replace(item, parts=tuple(part for part, _ in typed))
            yield self.typed(own, typed, beside([part for part, _ in others], lost, item.lang))
        for part, field in others:
            match field:
                case Pick():
                    yield multichoice(self.figures, item, part, field)
                case Pairs():
                    yield matching(self.figures, item, part, field)
                case Essay():
                    yield essay(self.figures, item, part)

    @abstractmethod
    def typed(self, item: Item, asked: Sequence[tuple[Part, Typed]], others: str) -> Element:
        """The plugin's question for the parts that are typed; `others` says which parts are asked beside it."""


def body(
    printer: Printer, item: Item, asked: Sequence[tuple[Part, Typed]], places: Iterator[str], others: str
) -> str:
    """What follows the stem: the parts, with the places for their answers in order, and how to type them."""
    pieces: list[str] = []
    for part, field in asked:
        pieces.append(titled(part, item.lang) + printer.blocks(part.question))
        match field:
            case Numbers(rows, shape) if shape != "number":
                pieces.append(table([[next(places) for _ in row] for row in rows]))
            case _:
                pieces.append(gap_line(next(places)))
    pieces.append(others)
    hint = how_to_type(asked, item.lang, apart=False)
    if hint:
        pieces.append(f"<p><em>{hint}</em></p>\n")
    formulas = [field for _, field in asked if isinstance(field, Algebra)]
    if formulas:
        greek = sorted({name for field in formulas for name in field.variables if name in _GREEK})
        more = _LETTERS[item.lang].format(", ".join(greek)) if greek else ""
        pieces.append(f"<p><em>{_FORMULAS[item.lang]}{more}</em></p>\n")
    return "".join(pieces)
