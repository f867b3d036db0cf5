"""Polynomials with exact coefficients: they add and multiply like numbers, and become formulas without brackets."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from listok.generators.exact import Fraction
from listok.generators.formulas import Constant, Formula, Negation, Node, Power, Product, Variable, added, signed

Coefficient: TypeAlias = int | Fraction


@dataclass(frozen=True)
class Polynomial:
    """The coefficients by the powers of the variables: 3 x^2 y - 1 of x and y is `{(2, 1): 3, (0, 0): -1}`."""

    variables: tuple[str, ...]
    coefficients: Mapping[tuple[int, ...], Coefficient]

    def __add__(self, other: Polynomial | Coefficient) -> Polynomial:
        total = dict(self.coefficients)
        for powers, b in self._same_kind(other).coefficients.items():
            total[powers] = total.get(powers, 0) + b
        return Polynomial(self.variables, total)

    def __mul__(self, other: Polynomial | Coefficient) -> Polynomial:
        if not isinstance(other, Polynomial):
            return Polynomial(self.variables, {powers: a * other for powers, a in self.coefficients.items()})
        total: dict[tuple[int, ...], Coefficient] = {}
        for left, a in self.coefficients.items():
            for right, b in other.coefficients.items():
                powers = tuple(map(operator.add, left, right))
                total[powers] = total.get(powers, 0) + a * b
        return Polynomial(self.variables, total)

    __radd__, __rmul__ = __add__, __mul__

    def _same_kind(self, other: Polynomial | Coefficient) -> Polynomial:
        if isinstance(other, Polynomial):
            return other
        return Polynomial(self.variables, {(0,) * len(self.variables): other})


def variables(*names: str) -> tuple[Polynomial, ...]:
    """Each variable as a polynomial of all of them."""
    count = len(names)
    return tuple(Polynomial(names, {tuple(int(i == j) for j in range(count)): 1}) for i in range(count))


def expanded(polynomial: Polynomial | Coefficient) -> Formula:
    """The sum of its terms as a formula: higher degrees first, then higher powers of the first variable."""
    if not isinstance(polynomial, Polynomial):
        return Formula.of(signed(polynomial))
    terms = []
    for powers, a in sorted(polynomial.coefficients.items(), key=_place):
        letters = [power(Variable(name), n) for name, n in zip(polynomial.variables, powers, strict=True) if n]
        if a:
            terms.append(multiple(a, letters))
    return Formula.of(added(terms))


def _place(term: tuple[tuple[int, ...], Coefficient]) -> tuple[int, ...]:
    """Sorts terms in the order in which they are written."""
    powers, _ = term
    return (-sum(powers), *(-n for n in powers))


def multiple(number: Coefficient, factors: Sequence[Node]) -> Node:
    """A number times formulas, as one product; 1 is not written, and a minus stands before it all."""
    size = -number if number < 0 else number
    parts = [*factors] if size == 1 and factors else [Constant(Fraction(size)), *factors]
    product = parts[0] if len(parts) == 1 else Product(tuple(parts))
    return Negation(product) if number < 0 else product


def power(base: Node, exponent: int) -> Node:
    """A power of a formula; the exponent 1 is not written."""
    return base if exponent == 1 else Power(base, Constant(Fraction(exponent)))
