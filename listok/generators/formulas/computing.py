"""The values of formulas: one walk over the tree, for whatever arithmetic it is given, and the exact arithmetic.

The others stand beside their uses: `columns` (floats at many points at once), `precise` (many digits) and `polynomials`
(the formula itself, multiplied out).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from listok.generators.exact import HALF, Fraction
from listok.generators.formulas.tree import (
    Call,
    Constant,
    ConstantName,
    FormulaError,
    FunctionName,
    Named,
    Negation,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
)

MAX_BITS = 2000
"""Exact values with a longer numerator or denominator go on as floats, so that arithmetic stays quick."""

T = TypeVar("T")


@dataclass(frozen=True)
class Arithmetic(Generic[T]):
    """What the operations of a formula are for one kind of values; sums and products have any number of parts."""

    number: Callable[[Fraction], T]
    famous: Mapping[ConstantName, T]
    add: Callable[..., T]
    multiply: Callable[..., T]
    negative: Callable[[T], T]
    divide: Callable[[T, T], T]
    power: Callable[[T, T], T]
    functions: Mapping[FunctionName, Callable[..., T]]


def computed(tree: Node, arithmetic: Arithmetic[T], values: Mapping[str, T]) -> T:
    """The value of a formula where its variables have these values; raises what the arithmetic raises, and `KeyError`
    for a variable without a value."""

    # Types are compared instead of matched, which takes several times as long: drawing and verifying wait for this.
    def value(node: Node) -> T:
        if type(node) is Variable:
            return values[node.name]
        if type(node) is Constant:
            return arithmetic.number(node.value)
        if type(node) is Product:
            return arithmetic.multiply(*map(value, node.factors))
        if type(node) is Negation:
            return arithmetic.negative(value(node.body))
        if type(node) is Sum:
            return arithmetic.add(*map(value, node.terms))
        if type(node) is Call:
            return arithmetic.functions[node.function](*map(value, node.arguments))
        if type(node) is Power:
            return arithmetic.power(value(node.base), value(node.exponent))
        if type(node) is Quotient:
            return arithmetic.divide(value(node.top), value(node.bottom))
        assert type(node) is Named, node
        return arithmetic.famous[node.name]

    return value(tree)


def attempt(tree: Node, values: Mapping[str, Number]) -> Number | None:
    """The exact value; None outside the domain of a root or logarithm, infinity for a division by zero, NaN where
    floats cannot reach it. Raises `FormulaError` where a variable has no value."""
    try:
        return computed(tree, EXACT, values)
    except KeyError as error:
        raise FormulaError("no_value_given", name=error.args[0]) from None
    except OverflowError:
        return math.nan
    except ZeroDivisionError:
        return math.inf
    except ValueError:
        return None


def _bounded(value: Number) -> Number:
    """The value itself if it is small enough to go on with, else as a float; raises OverflowError beyond floats.

    Fractions that have come out whole become ints.
    """
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise OverflowError
    exact = short(value)
    return exact if fits(exact) else float(exact)


def short(value: int | Fraction) -> int | Fraction:
    """A whole number as an int, which is quicker."""
    return value.numerator if value.denominator == 1 else value


def fits(value: int | Fraction) -> bool:
    """Whether neither numerator nor denominator is longer than `MAX_BITS`."""
    return value.numerator.bit_length() <= MAX_BITS and value.denominator.bit_length() <= MAX_BITS


def _sum(*terms: Number) -> Number:
    total: Number = 0
    for term in terms:
        total += term
        if type(total) is not int:
            total = _bounded(total)
    return total


def _product(*factors: Number) -> Number:
    result: Number = 1
    for factor in factors:
        result *= factor
        if type(result) is not int or result.bit_length() > MAX_BITS:
            result = _bounded(result)
    return result


def _quotient(top: Number, bottom: Number) -> Number:
    if isinstance(top, float) or isinstance(bottom, float):
        if bottom == 0 and isinstance(bottom, float):
            raise OverflowError  # a denominator that floats have rounded to zero
        return _bounded(top / bottom)
    return _bounded(Fraction(top, bottom))


def _power(base: Number, exponent: Number) -> Number:
    if not isinstance(exponent, float) and exponent.denominator == 1:
        n = int(exponent)
        if not isinstance(base, float):
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(n) * bits <= MAX_BITS:
                return base**n if n >= 0 else Fraction(base) ** n
        return _bounded(float(base) ** n)
    if exponent == HALF:
        return _root(base)
    if base < 0:
        raise ValueError("a fractional power of a negative number")
    return _bounded(float(base) ** float(exponent))


def _root(x: Number) -> Number:
    if x < 0:
        raise ValueError("a root of a negative number")
    if isinstance(x, float):
        return math.sqrt(x)
    top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
    if top * top == x.numerator and bottom * bottom == x.denominator:
        return Fraction(top, bottom)
    return math.sqrt(x)


def _logarithm(x: Number) -> Number:
    if x == 1:
        return 0
    if x == 0 and isinstance(x, float):
        raise OverflowError  # a positive number that floats have rounded to zero
    return math.log(x)


def logistic(x: float | Fraction) -> float:
    """The sigmoid of a number, in floats."""
    if x > 0:
        return 1 / (1 + math.exp(-x))
    # Far to the left exp(-x) would overflow where the value is merely close to 0.
    return math.exp(x) / (1 + math.exp(x))


EXACT: Arithmetic[Number] = Arithmetic(
    number=short,
    famous={"pi": math.pi, "e": math.e},
    add=_sum,
    multiply=_product,
    negative=lambda x: -x,
    divide=_quotient,
    power=_power,
    functions={
        "max": lambda *values: max(values),
        "min": lambda *values: min(values),
        "relu": lambda x: x if x > 0 else 0,
        "exp": lambda x: 1 if x == 0 else math.exp(x),
        "ln": _logarithm,
        "sqrt": _root,
        "abs": abs,
        "sin": lambda x: 0 if x == 0 else math.sin(x),
        "cos": lambda x: 1 if x == 0 else math.cos(x),
        "tanh": lambda x: 0 if x == 0 else math.tanh(x),
        "sigmoid": lambda x: HALF if x == 0 else logistic(x),
        "step": lambda x: 1 if x > 0 else 0,
    },
)
"""Ints and Fractions wherever the operations allow, and where the value is rational by accident (the root of a square,
exp(0)); finite floats otherwise. It raises OverflowError, ZeroDivisionError and ValueError, see `attempt`."""
