"""Formulas at many points at once, in floats: a column of values for each variable, and one for the formula.

What has no value is NaN, what is too large is infinite, and neither stops the others.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import TypeAlias

from listok.generators.formulas.computing import Arithmetic, logistic

Column: TypeAlias = Sequence[float]


def _lifted(operation: Callable[..., float]) -> Callable[..., Column]:
    """A function of numbers as one of columns."""

    def careful(*numbers: float) -> float:
        try:
            return operation(*numbers)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan

    def apply(*columns: Column) -> Column:
        try:
            return list(map(operation, *columns))
        except (ArithmeticError, ValueError):
            return list(map(careful, *columns))

    return apply


def _folded(operation: Callable[[float, float], float], empty: float, count: int) -> Callable[..., Column]:
    """A function of two numbers as one of any number of columns."""
    apply = _lifted(operation)
    return lambda *columns: functools.reduce(apply, columns) if columns else [empty] * count


# NaN is neither larger nor smaller than anything; it must come through.


def _larger(x: float, y: float) -> float:
    return x if x >= y else y if y > x else math.nan


def _smaller(x: float, y: float) -> float:
    return x if x <= y else y if y < x else math.nan


@functools.cache
def arithmetic(count: int) -> Arithmetic[Column]:
    """The arithmetic of columns of so many floats; a number beyond floats raises OverflowError."""
    return Arithmetic(
        number=lambda value: [float(value)] * count,
        famous={"pi": [math.pi] * count, "e": [math.e] * count},
        add=_folded(operator.add, 0.0, count),
        multiply=_folded(operator.mul, 1.0, count),
        negative=_lifted(operator.neg),
        divide=_lifted(operator.truediv),
        power=_lifted(math.pow),
        functions={
            "max": _folded(_larger, math.nan, count),
            "min": _folded(_smaller, math.nan, count),
            "relu": _lifted(lambda x: 0.0 if x < 0 else x),
            "exp": _lifted(math.exp),
            "ln": _lifted(math.log),
            "sqrt": _lifted(math.sqrt),
            "abs": _lifted(abs),
            "sin": _lifted(math.sin),
            "cos": _lifted(math.cos),
            "tanh": _lifted(math.tanh),
            "sigmoid": _lifted(logistic),
            "step": _lifted(lambda x: 1.0 if x > 0 else 0.0 if x <= 0 else x),
        },
    )
