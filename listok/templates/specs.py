"""How the words in a hole, such as those of ``{{x:+,3}}``, say that a number is to be written."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from listok.generators.decimals import rounded
from listok.generators.exact import Fraction
from listok.generators.values import Scalar
from listok.templates import mathtree as mt
from listok.templates.numbers import LONGEST, decimal_node, number_node

SPECS = ("+", "()", "coef", "+coef", "dec", "frac", "alike", "row", "col")


@functools.cache
def digits_of(spec: tuple[str, ...]) -> int | None:
    """To how many places a hole rounds; None if to none."""
    return next((int(word) for word in spec if word.isdecimal()), None)


def one_form(numbers: Sequence[Scalar]) -> str:
    """How to write numbers that are to be alike: as decimals if all end within `LONGEST` places, else as fractions."""
    return "dec" if all(10**LONGEST % value.as_integer_ratio()[1] == 0 for value in numbers) else "frac"


def scalar_node(value: Scalar, spec: tuple[str, ...]) -> mt.Math:
    """A number as mathematics, written as `spec` says."""
    if not spec:
        return mt.Num(str(value)) if type(value) is int else number_node(value)
    way = _way(spec)
    negative = (value.numerator if isinstance(value, Fraction) else value) < 0
    size = -value if negative else value
    body: mt.Math
    if way.digits is not None:
        body = mt.Num(rounded(size, way.digits))
        negative = negative and float(body.text) != 0
    elif way.coefficient and size == 1:
        body = mt.Row(())
    elif way.fraction and isinstance(value, Fraction) and value.denominator > 1:
        body = mt.Fraction(mt.Num(str(abs(value.numerator))), mt.Num(str(value.denominator)))
    elif way.decimal:
        body = decimal_node(size)
    else:
        body = number_node(size)
    if way.signed:
        return mt.Row((mt.Operator("-" if negative else "+"), body))
    if not negative:
        return body
    signed: mt.Math = mt.Num("-" + body.text) if isinstance(body, mt.Num) else mt.Row((mt.Operator("-"), body))
    return mt.Fenced("(", signed, ")") if way.brackets else signed


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to write a number, read from the words of a hole."""

    digits: int | None
    signed: bool
    brackets: bool
    coefficient: bool
    fraction: bool
    decimal: bool


@functools.cache
def _way(spec: tuple[str, ...]) -> _Way:
    words = {"+", "coef"} if spec == ("+coef",) else set(spec)
    return _Way(digits_of(spec), "+" in words, "()" in words, "coef" in words, "frac" in words, "dec" in words)
