"""Numbers as they are written on paper: which become decimals, which stay fractions, how they are rounded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext

from listok.generators import decimals
from listok.generators.decimals import in_full, trimmed
from listok.generators.exact import Fraction as Rational
from listok.templates.mathtree import Fraction, Math, Num, Operator, Row, Symbol

DECIMALS = 4
"""Fractions that terminate within this many decimals are written as decimals."""

LONGEST = 8
"""In a list, so that decimals and fractions do not mix, those that terminate within this many."""


def number_node(value: Rational | float, digits: int | None = None) -> Math:
    """Write a number as mathematics.

    Without `digits`: a whole number or a fraction that ends within `DECIMALS` decimals is written in full, another
    fraction as a fraction, a float with up to `DECIMALS` decimals. With `digits`: a value that ends within so many
    decimals is written in full, a longer one is rounded to exactly so many (halves away from zero). A value that would
    be rounded to nothing, or a float of 10^15 or more, is written with a power of ten. Raises `ValueError` for nan.
    """
    if isinstance(value, float):
        if math.isinf(value):
            return Symbol("infty") if value > 0 else Row((Operator("-"), Symbol("infty")))
        if math.isnan(value):
            raise ValueError("nan is not a number to print")
        return Num(_float(value, digits))
    top, bottom = value.as_integer_ratio()
    if digits is not None:
        return Num(in_full(value, digits) or rounded(value, digits))
    text = in_full(value, DECIMALS)
    if text is not None:
        return Num(text)
    body = Fraction(Num(str(abs(top))), Num(str(bottom)))
    return Row((Operator("-"), body)) if top < 0 else body


def decimal_node(value: Rational | float) -> Math:
    """An exact decimal where the fraction ends within 31 decimals; else as `number_node` writes it."""
    text = in_full(value, 31)
    return number_node(value) if text is None else Num(text)


def uneven(values: Iterable[Rational | int]) -> bool:
    """Whether numbers all end within `LONGEST` decimals, but `number_node` would write some of them as fractions."""
    bottoms = {value.denominator for value in values}
    return all(10**LONGEST % bottom == 0 for bottom in bottoms) and any(10**DECIMALS % bottom for bottom in bottoms)


def rounded(value: Rational | Decimal | float, digits: int) -> str:
    """Round to exactly `digits` decimals, halves away from zero; a nonzero value below half a unit of the last place
    keeps `digits` significant digits and a power of ten."""
    top, bottom = value.as_integer_ratio()
    if top and 2 * abs(top) * 10**digits < bottom:
        return _scientific(Rational(top, bottom), max(digits, 1))
    return decimals.rounded(value, digits)


def _float(value: float, digits: int | None) -> str:
    if abs(value) >= 1e15:
        return _scientific(Rational(value), digits or DECIMALS)
    # A float is what its shortest decimal form says: 0.125 and 2.675 round as a pupil would round them.
    exact = Decimal(repr(value))
    places = DECIMALS if digits is None else digits
    text = in_full(exact, places)
    if text is not None:
        return text
    text = rounded(exact, places)
    return trimmed(text) if digits is None and "e" not in text else text


def _scientific(value: Rational, digits: int) -> str:
    """A value with `digits` significant digits and a power of ten: ``1.5e-9``."""
    with localcontext() as context:
        context.prec = digits
        context.rounding = ROUND_HALF_UP
        sign, figures, exponent = (Decimal(value.numerator) / Decimal(value.denominator)).normalize().as_tuple()
    assert isinstance(exponent, int)
    head, tail = str(figures[0]), "".join(map(str, figures[1:]))
    return f"{'-' * sign}{head}{'.' + tail if tail else ''}e{exponent + len(figures) - 1}"
