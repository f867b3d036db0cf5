"""Formulas with many digits, where floats are in doubt; mpmath is loaded when that happens for the first time."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any

from listok.generators.exact import Fraction
from listok.generators.formulas.computing import Arithmetic, computed
from listok.generators.formulas.tree import Node, Number

DIGITS = 60
"""Digits of all values."""
AGREED = 20
"""Digits in which two values must agree to be the same."""


def precisely_equal(left: Node, right: Node, point: Mapping[str, Number]) -> bool:
    """Whether two formulas agree at a point in `AGREED` of `DIGITS` digits (near zero: places).

    Both must have a float value there, so that no number in between is huge.
    """
    digits = arithmetic()
    values = {name: digits.number(Fraction(value)) for name, value in point.items()}
    try:
        ours, theirs = (computed(side, digits, values) for side in (left, right))
    except (ZeroDivisionError, OverflowError, ValueError):
        return False
    small = digits.number(Fraction(1, 10**AGREED))
    return bool(abs(ours - theirs) <= small * max(abs(ours), abs(theirs), small))


@functools.cache
def arithmetic() -> Arithmetic[Any]:
    """The arithmetic of mpmath's numbers; it raises what the exact arithmetic does."""
    import mpmath

    mp = mpmath.MPContext()
    mp.dps = DIGITS

    def power(base: Any, exponent: Any) -> Any:
        whole = exponent == int(exponent)
        if base < 0 and not whole:
            raise ValueError("a fractional power of a negative number")
        return base ** (int(exponent) if whole else exponent)

    def logarithm(x: Any) -> Any:
        if x <= 0:
            raise ValueError("a logarithm of a number that is not positive")
        return mp.log(x)

    def root(x: Any) -> Any:
        if x < 0:
            raise ValueError("a root of a negative number")
        return mp.sqrt(x)

    return Arithmetic(
        number=lambda value: mp.mpf(value.numerator) / value.denominator,
        famous={"pi": +mp.pi, "e": +mp.e},
        add=lambda *terms: sum(terms, mp.mpf(0)),
        multiply=lambda *factors: functools.reduce(operator.mul, factors, mp.mpf(1)),
        negative=operator.neg,
        divide=operator.truediv,
        power=power,
        functions={
            "max": lambda *values: max(values),
            "min": lambda *values: min(values),
            "relu": lambda x: max(x, mp.mpf(0)),
            "exp": mp.exp,
            "ln": logarithm,
            "sqrt": root,
            "abs": abs,
            "sin": mp.sin,
            "cos": mp.cos,
            "tanh": mp.tanh,
            "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
            "step": lambda x: mp.mpf(1 if x > 0 else 0),
        },
    )
