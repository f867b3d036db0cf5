"""Formulas multiplied out: polynomials in the variables, and in the absolute values and other functions in them.

The larger of two numbers is (a + b + |a - b|)/2. Two formulas of one normal form have the same value wherever both have
one. (The converse does not hold: nothing is known here of exp(x)*exp(-x).)
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias

from listok.generators.exact import HALF, ONE, Fraction
from listok.generators.formulas.computing import Arithmetic, computed, fits, short
from listok.generators.formulas.tree import FUNCTIONS, Node

MAX_PRODUCTS = 256
"""Products of two terms that multiplying two polynomials may take."""
MAX_POWER = 8
"""The largest power that is multiplied out."""

Monomial: TypeAlias = frozenset[tuple[int, int]]
"""The numbers of atoms with their powers; without any, it is the number 1."""
Polynomial: TypeAlias = Mapping[Monomial, int | Fraction]
"""Monomials with their coefficients, none of which is zero."""

_NOTHING: Monomial = frozenset()


class TooLong(Exception):
    """The formula would become too long."""


def same_normal_form(left: Node, right: Node) -> bool:
    """Whether two formulas are the same when multiplied out, and that takes no long time."""
    try:
        ours, theirs = normal_forms(left, right)
    except TooLong:
        return False
    return ours == theirs


def normal_forms(*trees: Node) -> list[Polynomial]:
    """The formulas multiplied out, with common numbers for their atoms; raises `TooLong`."""
    atoms = _Atoms()
    arithmetic = _arithmetic(atoms)
    return [computed(tree, arithmetic, atoms) for tree in trees]


class _Atoms(dict[Any, Polynomial]):
    """What is not taken apart, each thing a polynomial in itself: a variable or constant by its name, a function by its
    name and the normal forms of its arguments. Atoms have numbers, for a tower of functions would take long to compare.
    """

    def __missing__(self, key: Hashable) -> Polynomial:
        self[key] = {frozenset(((len(self), 1),)): 1}
        return self[key]


def _arithmetic(atoms: _Atoms) -> Arithmetic[Polynomial]:
    def function(name: str, *arguments: Polynomial) -> Polynomial:
        return atoms[name, *map(_frozen, arguments)]

    def quotient(top: Polynomial, bottom: Polynomial) -> Polynomial:
        number = _constant(bottom)
        return _times(top, _number(Fraction(1, number)) if number else function("1/", bottom))

    def power(base: Polynomial, exponent: Polynomial) -> Polynomial:
        n = _constant(exponent)
        if n is None or n.denominator != 1 or not 0 <= n <= MAX_POWER:
            return function("^", base, exponent)
        return _product(*[base] * int(n))

    def absolute(x: Polynomial) -> Polynomial:
        number = _constant(x)
        if number is not None:
            return x if number >= 0 else _negative(x)
        # |-2x + 4y| is 2|x - 2y|: the coefficients have no common factor, and the first of them is positive.
        size = _content(x)
        sign = 1 if x[min(x, key=sorted)] > 0 else -1
        return _scaled(atoms["abs", _frozen(_scaled(x, sign / size))], size)

    def maximum(*values: Polynomial) -> Polynomial:
        distinct = {_frozen(value): value for value in values}
        if len(distinct) == 1:
            return values[0]
        if len(distinct) == 2:
            a, b = distinct.values()
            return _scaled(_sum(a, b, absolute(_sum(a, _negative(b)))), HALF)
        size = _content(*values)
        return _scaled(atoms["max", frozenset(_frozen(_scaled(value, 1 / size)) for value in values)], size)

    return Arithmetic(
        number=_number,
        famous={"pi": atoms["pi"], "e": atoms["e"]},
        add=_sum,
        multiply=_product,
        negative=_negative,
        divide=quotient,
        power=power,
        functions={
            **{name: functools.partial(function, name) for name in FUNCTIONS.values()},
            "max": maximum,
            "min": lambda *values: _negative(maximum(*map(_negative, values))),
            "relu": lambda x: maximum(x, {}),
            "abs": absolute,
        },
    )


def _number(value: Fraction) -> Polynomial:
    return {_NOTHING: short(value)} if value else {}


def _constant(polynomial: Polynomial) -> int | Fraction | None:
    """The value of a polynomial that is a number."""
    if not polynomial:
        return 0
    return polynomial.get(_NOTHING) if len(polynomial) == 1 else None


def _frozen(polynomial: Polynomial) -> frozenset[tuple[Monomial, int | Fraction]]:
    return frozenset(polynomial.items())


def _negative(polynomial: Polynomial) -> Polynomial:
    return {monomial: -coefficient for monomial, coefficient in polynomial.items()}


def _scaled(polynomial: Polynomial, number: Fraction) -> Polynomial:
    """A multiple by a number other than zero."""
    return {monomial: short(coefficient * number) for monomial, coefficient in polynomial.items()}


def _content(*polynomials: Polynomial) -> Fraction:
    """The largest positive number by which all coefficients are whole multiples."""
    ratios = [coefficient.as_integer_ratio() for polynomial in polynomials for coefficient in polynomial.values()]
    return Fraction(math.gcd(*[top for top, _ in ratios]), math.lcm(*[bottom for _, bottom in ratios]))


def _sum(*terms: Polynomial) -> Polynomial:
    total: dict[Monomial, int | Fraction] = {}
    for term in terms:
        for monomial, coefficient in term.items():
            total[monomial] = total[monomial] + coefficient if monomial in total else coefficient
    return _without_zeros(total)


def _product(*factors: Polynomial) -> Polynomial:
    return functools.reduce(_times, factors) if factors else _number(ONE)


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) * len(right) > MAX_PRODUCTS:
        raise TooLong
    result: dict[Monomial, int | Fraction] = {}
    for one, a in left.items():
        for other, b in right.items():
            monomial = _merged(one, other)
            result[monomial] = result[monomial] + a * b if monomial in result else a * b
    if not all(map(fits, result.values())):
        raise TooLong
    return _without_zeros(result)


def _merged(one: Monomial, other: Monomial) -> Monomial:
    if not one or not other:
        return one or other
    powers = dict(one)
    for atom, power in other:
        powers[atom] = powers[atom] + power if atom in powers else power
    return frozenset(powers.items())


def _without_zeros(polynomial: Polynomial) -> Polynomial:
    if all(polynomial.values()):
        return polynomial
    return {monomial: coefficient for monomial, coefficient in polynomial.items() if coefficient}
