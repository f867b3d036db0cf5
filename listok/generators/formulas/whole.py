"""Formulas at fixed points in whole numbers."""

from __future__ import annotations

import functools
import math
import operator
import random
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from listok.generators.exact import Fraction
from listok.generators.formulas.computing import LARGE, MAX_BITS
from listok.generators.formulas.tree import (
    Call,
    Constant,
    Negation,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
)

MAIN = 17


def _column(name: str, domain: str) -> list[int | Fraction]:
    """The values one variable takes at the points, main ones first; each variable has a stream of its own.

    Multiples of 6 keep arithmetic with halves and thirds in whole numbers, which are quick. With each of the first
    points goes its opposite (over positive numbers, its reciprocal), so that both sides of max and abs come up.
    """
    stream = random.Random(f"listok formula {name}")

    def share() -> Fraction:
        return Fraction(stream.randint(1, 96), 97)

    sizes: list[int | Fraction] = [6 * stream.randint(1, 8), 6 * stream.randint(1, 8), 12 * stream.randint(3, 12)]
    sizes += [60 * stream.randint(20, 400), Fraction(stream.randint(1, 40), 11), Fraction(stream.randint(1, 20), 7)]
    column: list[int | Fraction] = []
    for size in sizes:
        if domain == "positive":
            column += [size, 1 / Fraction(size)]
        else:
            value = size * stream.choice((1, -1))
            column += [value, -value]
    column += [share(), share()]
    if domain == "positive":
        column += [1, 2, stream.choice((1, 2))]
    else:
        column += [0, stream.choice((0, 1, -1)), stream.choice((0, 1, -1))]
    for i in range(24):
        column.append(share() if i % 3 == 0 else 2 * share() if domain == "positive" else 4 * share() - 2)
    for _ in range(96):
        column.append(60 * share() if domain == "positive" else 120 * share() - 60)
    return column


@functools.lru_cache(maxsize=256)
def points(names: tuple[str, ...], domain: str) -> tuple[Mapping[str, Number], ...]:
    columns = [_column(name, domain) for name in names]
    # A formula without variables has one value, wherever it is computed.
    return tuple(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)) or ({},) * MAIN


Whole: TypeAlias = tuple[Sequence[int], int, int]
"""A formula's values at the main points: whole numbers, over a number, over some power of `DENOMINATORS`."""

DENOMINATORS = (1,) * 8 + (11, 11, 7, 7, 97, 97) + (1,) * 3
"""What the coordinates of each main point become whole numbers by."""
MAX_POWER, MAX_FACTORS = 60, 8
"""Polynomials of a higher degree, and longer products, are compared in the general way."""


class _NotWhole(Exception):
    """The formula has operations (or numbers of a size) that `Whole` has no place for."""


def whole_values(tree: Node) -> Whole | None:
    """The values at the main points, if the formula is made of sums, products, powers, max and the like.

    Most formulas are, and whole numbers over one denominator are many times quicker than fractions. None for others.
    """
    try:
        return _whole(tree)
    except _NotWhole:
        return None


def _whole(node: Node) -> Whole:
    match node:
        case Variable(name):
            return _whole_column(name, 1), 1, 1
        case Constant(value):
            return (value.numerator,) * MAIN, value.denominator, 0
        case Sum(terms) if terms:
            return _whole_sum(terms)
        case Negation() | Product((Constant(), _)):
            return _whole_sum((node,))
        case Call("max" | "min" as function, arguments):
            columns, bottom, power = aligned([_whole(argument) for argument in arguments])
            return list(map(max if function == "max" else min, *columns)), bottom, power
        case Call("relu" | "abs" as function, (argument,)):
            tops, bottom, power = _whole(argument)
            return [abs(top) if function == "abs" else max(0, top) for top in tops], bottom, power
        case Product(factors) if 0 < len(factors) <= MAX_FACTORS:
            tops, bottom, power = _whole(factors[0])
            for factor in factors[1:]:
                others, below, degree = _whole(factor)
                tops, bottom, power = list(map(operator.mul, tops, others)), bottom * below, power + degree
            return _small((tops, bottom, power))
        case Quotient(body, Constant(value)) if value > 0:
            tops, bottom, power = _whole(body)
            return [value.denominator * top for top in tops], value.numerator * bottom, power
        case Power(Variable(name), Constant(value)) if value.denominator == 1 and 0 <= value <= MAX_POWER:
            return _whole_column(name, value.numerator), 1, value.numerator
        case Power(base, Constant(value)) if value.denominator == 1 and 0 <= value <= MAX_POWER:
            n = value.numerator
            tops, bottom, power = _small(_whole(base))
            if n * max(bottom, max(tops), -min(tops)).bit_length() > MAX_BITS:
                raise _NotWhole
            return _small(([top**n for top in tops], bottom**n, power * n))
        case _:
            raise _NotWhole


def _whole_sum(terms: Sequence[Node]) -> Whole:
    """A sum, in one pass over the points for each term: coefficients and signs are taken off the terms first."""
    parts = []
    for term in terms:
        top, below = 1, 1
        while type(term) is not Variable:
            if isinstance(term, Negation):
                top, term = -top, term.body
            elif isinstance(term, Product) and len(term.factors) > 1 and isinstance(first := term.factors[0], Constant):
                over, under = first.value.as_integer_ratio()
                top, below = top * over, below * under
                term = term.factors[1] if len(term.factors) == 2 else Product(term.factors[1:])
            else:
                break
        tops, bottom, power = _whole(term)
        parts.append((top, tops, below * bottom, power))
    bottom, power = math.lcm(*[part[2] for part in parts]), max([part[3] for part in parts])
    total: Sequence[int] = ()
    for top, tops, own, degree in parts:
        factor = top * (bottom // own)
        if degree < power:
            tops = list(map(operator.mul, tops, _denominators(power - degree)))
        total = [s + factor * t for s, t in zip(total, tops, strict=True)] if total else [factor * t for t in tops]
    return total, bottom, power


def aligned(values: Sequence[Whole]) -> tuple[list[Sequence[int]], int, int]:
    """The values of several formulas over one denominator."""
    bottom, power = math.lcm(*[value[1] for value in values]), max([value[2] for value in values])
    columns = list[Sequence[int]]()
    for tops, own, degree in values:
        if own != bottom:
            factor = bottom // own
            tops = [factor * top for top in tops]
        if degree < power:
            tops = list(map(operator.mul, tops, _denominators(power - degree)))
        columns.append(tops)
    return columns, bottom, power


def _small(values: Whole) -> Whole:
    """The values themselves; those that the general way would go on with as floats are left to it."""
    tops, bottom, power = values
    if power > MAX_POWER or bottom > LARGE or max(tops) > LARGE or min(tops) < -LARGE:
        raise _NotWhole
    return values


@functools.cache
def _denominators(power: int) -> tuple[int, ...]:
    return tuple(denominator**power for denominator in DENOMINATORS)


@functools.lru_cache(maxsize=1024)
def _whole_column(name: str, power: int) -> tuple[int, ...]:
    if power != 1:
        return tuple(top**power for top in _whole_column(name, 1))
    return tuple(int(value * d) for value, d in zip(_column(name, "real"), DENOMINATORS, strict=False))
