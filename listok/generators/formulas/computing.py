"""The values of formulas: exact wherever the operations allow, floats otherwise."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias, assert_never

from listok.generators.exact import Fraction
from listok.generators.formulas.tree import (
    Call,
    Constant,
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


def attempt(tree: Computed, values: Mapping[str, Number]) -> Number | None:
    """The value; None outside the domain of a root or logarithm, infinity for a division by zero, NaN where floats
    cannot reach it."""
    try:
        return tree(values)
    except KeyError as error:
        raise FormulaError(f"no value is given for {error.args[0]}") from None
    except OverflowError:
        return math.nan
    except ZeroDivisionError:
        return math.inf
    except ValueError:
        return None


Computed: TypeAlias = Callable[[Mapping[str, Number]], Number]


def computed(node: Node) -> Computed:
    """The formula as a function of the values of its variables: nested closures, several times quicker at many points
    than walking the tree at each. It gives an int, a Fraction or a finite float; whole constants are ints, which are
    quick too."""
    match node:
        case Constant(value):
            number = value.numerator if value.denominator == 1 else value
            return lambda values: number
        case Named(name):
            famous = math.pi if name == "pi" else math.e
            return lambda values: famous
        case Variable(name):
            return operator.itemgetter(name)
        case Negation(body):
            inner = computed(body)
            return lambda values: -inner(values)
        case Sum(terms):
            return _added([computed(term) for term in terms])
        case Product(factors):
            return _multiplied([computed(factor) for factor in factors])
        case Quotient(top, bottom):
            return _divided(computed(top), computed(bottom))
        case Power(base, exponent):
            below, above = computed(base), computed(exponent)
            return lambda values: _power(below(values), above(values))
        case Call(function, arguments):
            apply = _FUNCTIONS[function]
            if len(arguments) == 1:
                only = computed(arguments[0])
                return lambda values: apply(only(values))
            several = [computed(argument) for argument in arguments]
            return lambda values: apply([argument(values) for argument in several])
        case _:
            assert_never(node)


def _added(terms: list[Computed]) -> Computed:
    def compute(values: Mapping[str, Number]) -> Number:
        total: Number = 0
        for term in terms:
            total += term(values)
            if type(total) is not int:
                total = _bounded(total)
        return total

    return compute


def _multiplied(factors: list[Computed]) -> Computed:
    if len(factors) == 2:
        first, second = factors

        def product(values: Mapping[str, Number]) -> Number:
            result = first(values) * second(values)
            return result if type(result) is int and -LARGE < result < LARGE else _bounded(result)

        return product

    def compute(values: Mapping[str, Number]) -> Number:
        total: Number = 1
        for factor in factors:
            total *= factor(values)
            if type(total) is not int or not -LARGE < total < LARGE:
                total = _bounded(total)
        return total

    return compute


def _divided(top: Computed, bottom: Computed) -> Computed:
    def compute(values: Mapping[str, Number]) -> Number:
        over, under = top(values), bottom(values)
        if isinstance(over, float) or isinstance(under, float):
            if under == 0 and isinstance(under, float):
                raise OverflowError  # a denominator that floats have rounded to zero
            return _bounded(over / under)
        return _bounded(Fraction(over, under))

    return compute


def _bounded(value: Number) -> Number:
    """The value itself if it is small enough to go on with, else as a float; raises OverflowError beyond floats.

    Fractions that have come out whole become ints.
    """
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise OverflowError
    top, bottom = value.numerator, value.denominator
    if bottom == 1:
        return top if -LARGE < top < LARGE else float(top)
    return value if -LARGE < top < LARGE and bottom < LARGE else float(value)


LARGE = 2**MAX_BITS


def _power(base: Number, exponent: Number) -> Number:
    if not isinstance(exponent, float) and exponent.denominator == 1:
        n = int(exponent)
        if not isinstance(base, float):
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(n) * bits <= MAX_BITS:
                return base**n if n >= 0 else Fraction(base) ** n
        return _bounded(float(base) ** n)
    if exponent == Fraction(1, 2):
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


def _sigmoid(x: Number) -> Number:
    if x == 0:
        return Fraction(1, 2)
    if x > 0:
        return 1 / (1 + math.exp(-x))
    # Far to the left exp(-x) would overflow where the value is merely close to 0.
    return math.exp(x) / (1 + math.exp(x))


_FUNCTIONS: dict[FunctionName, Callable[..., Number]] = {
    "max": max,
    "min": min,
    "relu": lambda x: x if x > 0 else 0,
    "exp": lambda x: 1 if x == 0 else math.exp(x),
    "ln": _logarithm,
    "sqrt": _root,
    "abs": abs,
    "sin": lambda x: 0 if x == 0 else math.sin(x),
    "cos": lambda x: 1 if x == 0 else math.cos(x),
    "tanh": lambda x: 0 if x == 0 else math.tanh(x),
    "sigmoid": _sigmoid,
    "step": lambda x: 1 if x > 0 else 0,
}
