"""A formula as a value, and its value at a point."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from typing import NoReturn

from listok.generators.exact import Fraction
from listok.generators.formulas.computing import attempt
from listok.generators.formulas.printing import to_text
from listok.generators.formulas.reading import MAX_LENGTH, parse_formula
from listok.generators.formulas.tree import FormulaError, Node, Number, added, scaled, signed, variables_of


class Formula:
    """A formula as a value: immutable, equal and hashed by its canonical text, which `source` holds.

    `Formula("2x_1")` and `Formula("2*x1")` are equal; `equivalent` says whether two formulas are the same function.
    Raises `FormulaError` where the text cannot be read. (Not a dataclass: JSON holds it as a string.)
    """

    tree: Node

    def __init__(self, source: str) -> None:
        self.__dict__["source"], self.__dict__["tree"] = _read(source)

    @classmethod
    def of(cls, tree: Node) -> Formula:
        """The formula of a tree that we have built ourselves: nothing is read, and text is written when asked for."""
        formula = cls.__new__(cls)
        formula.__dict__["tree"] = tree
        return formula

    @functools.cached_property
    def source(self) -> str:
        """The canonical text."""
        return to_text(self.tree)

    @functools.cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, sorted, x2 before x10."""
        return variables_of(self.tree)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a formula cannot change: {name}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return False
        return self.tree == other.tree or self.source == other.source  # equal trees need not be written out

    def __hash__(self) -> int:
        return hash((Formula, self.source))

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"

    def __reduce__(self) -> tuple[type[Formula], tuple[str]]:
        return Formula, (self.source,)


@functools.lru_cache(maxsize=1024)
def _read(source: str) -> tuple[str, Node]:
    """The canonical text and the tree of a formula."""
    tree = parse_formula(source)
    text = to_text(tree)
    if len(text) > MAX_LENGTH:
        raise FormulaError("formula_too_long", length=len(text), most=MAX_LENGTH)
    return text, tree


def evaluate(formula: Formula | Node, values: Mapping[str, Number]) -> Fraction | float:
    """The value at a point: a Fraction wherever the operations allow, a float otherwise.

    Roots of squares, exp(0), ln(1) and the like are exact too; 0^0 is 1. Raises `FormulaError` where a variable has no
    value, and where the value is undefined or too large to hold.
    """
    tree = formula.tree if isinstance(formula, Formula) else formula
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise FormulaError("not_finite", name=name)
    result = attempt(tree, values)
    if result is None:
        raise FormulaError("outside_the_domain")
    if result == math.inf:
        raise FormulaError("no_value_at_zero")
    if math.isnan(result):
        raise FormulaError("beyond_floats")
    return result if isinstance(result, float) else Fraction(result)


def linear(terms: Iterable[tuple[Number, str | Node]], constant: Number = 0, *, constant_first: bool = False) -> Node:
    """A linear form, `linear([(5, "x1"), (-60, "x2"), (0, "x3")], 4)` being 5*x1 - 60*x2 + 4.

    Zero terms are left out (all of them: 0), and a coefficient 1 is not written. What is multiplied may be any
    formula, as text or as a tree. Floats are taken as they print (0.1 is 1/10).
    """
    parts = [scaled(number, parse_formula(body) if isinstance(body, str) else body) for number, body in terms if number]
    if constant:
        parts.insert(0 if constant_first else len(parts), signed(constant))
    return added(parts)
