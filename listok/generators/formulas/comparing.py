"""When two formulas are the same function."""

from __future__ import annotations

import functools
import math
import operator
import random
from collections.abc import Mapping
from typing import Any, Literal, assert_never

from listok.generators.exact import Fraction
from listok.generators.formulas.computing import attempt
from listok.generators.formulas.formula import Formula
from listok.generators.formulas.tree import (
    Call,
    Constant,
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
    children,
)
from listok.generators.formulas.whole import MAIN, aligned, points

RELATIVE = 1e-9
"""Two floats within this share of the larger are the same value."""


USABLE = 6
"""Points at which both formulas must have a value before they can be called the same."""
POLES = 4
"""Points at which one formula alone may divide by zero, as (x^2 - 4)/(x - 2) does where x + 2 does not."""
PRECISE = 8
"""Points at which floats that differ are looked at again with more digits."""
DIGITS = 60
"""How many digits that second look has."""
SAMPLES = 4096
"""More points for formulas with kinks, which may differ in a thin sector between the lines where they bend."""
SUSPECTS = 16
"""How many of these points are looked at exactly, those with the largest differences first."""
KINKED: frozenset[FunctionName] = frozenset({"max", "min", "relu", "abs", "step"})


def equivalent(left: Formula | Node, right: Formula | Node, *, domain: Literal["real", "positive"] = "real") -> bool:
    """Whether two formulas are the same function of their variables, over all reals or over positive numbers only.

    Both are computed at `MAIN` fixed points (negative, zero, fractional, large, between 0 and 1): exactly where the
    operations are rational, so that one disagreement is a proof; floats must agree to `RELATIVE`, and where they do not
    (a sigmoid far out loses its digits) both are computed again with `DIGITS` digits. Different rational functions of
    moderate degree that agree at all the points are as unlikely as a random polynomial having that many given roots.
    Functions with kinks are not: they are the same on one side of a kink whatever is wrong on the other. So they are
    compared at `SAMPLES` points more, in floats, and exactly where these differ. Points at which neither has a value do
    not count; formulas that have a value hardly anywhere are not the same, nor are those with different domains of
    roots and logarithms. A factor may be cancelled: x/x is 1.
    """
    left, right = (side if isinstance(side, Formula) else Formula.of(side) for side in (left, right))
    return akin(left, right, domain=domain) and not _part_somewhere(left, right, domain)


def akin(left: Formula | Node, right: Formula | Node, *, domain: Literal["real", "positive"] = "real") -> bool:
    """Whether two formulas agree at the fixed points of `equivalent`: a quick look, by which draws keep the right
    answer and the wrong ones well apart."""
    left, right = (side if isinstance(side, Formula) else Formula.of(side) for side in (left, right))
    if domain == "real" and left._whole is not None and right._whole is not None:
        (ours, theirs), _, _ = aligned((left._whole, right._whole))
        return all(map(operator.eq, ours, theirs))
    if left.source == right.source:
        return True
    names = tuple(sorted({*left.variables, *right.variables}))
    our, their = left._function, right._function
    usable = poles = precise = 0
    for number, point in enumerate(points(names, domain)):
        if number >= MAIN and usable >= USABLE:
            break
        a, b = attempt(our, point), attempt(their, point)
        if a is None or b is None:
            other = b if a is None else a
            if other is not None and (not isinstance(other, float) or math.isfinite(other)):
                return False
            continue
        if isinstance(a, float) or isinstance(b, float):
            if math.isnan(a) or math.isnan(b):
                continue
            if math.inf in (a, b):
                poles += a != b
                if poles > POLES:
                    return False
                continue
            if not _close(a, b):
                precise += 1
                if precise > PRECISE:
                    continue
                if not _precisely_equal(left.tree, right.tree, point):
                    return False
        elif a != b:
            return False
        usable += 1
    return usable >= USABLE


def _part_somewhere(left: Formula, right: Formula, domain: str) -> bool:
    """Whether formulas with kinks differ at one of many more points."""
    if left is right or not (_bends(left.tree) or _bends(right.tree)) or left.source == right.source:
        return False
    import numpy as np

    names = tuple(sorted({*left.variables, *right.variables}))
    columns = {name: _samples(name, domain) for name in names}
    with np.errstate(all="ignore"):
        try:
            ours, theirs = (_sampled(side.tree, columns) * np.ones(SAMPLES) for side in (left, right))
        except OverflowError:
            return False  # a number beyond floats: the fixed points must do
        apart = np.abs(ours - theirs) / np.maximum(np.abs(ours), np.abs(theirs))
    apart = np.where(np.isfinite(apart), apart, 0)
    for place in np.argsort(-apart, kind="stable")[:SUSPECTS].tolist():
        if apart[place] <= RELATIVE:
            break
        point = {name: Fraction(float(columns[name][place])) for name in names}
        a, b = attempt(left._function, point), attempt(right._function, point)
        if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
            continue
        if isinstance(a, float) or isinstance(b, float):
            if not _close(a, b) and not _precisely_equal(left.tree, right.tree, point):
                return True
        elif a != b:
            return True
    return False


def _bends(tree: Node) -> bool:
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, Call) and node.function in KINKED:
            return True
        todo += children(node)
    return False


@functools.lru_cache(maxsize=256)
def _samples(name: str, domain: str) -> Any:
    """An array of the values one variable takes at the many points: exact as floats, near and far, so that it is now
    large and now small beside the others."""
    import numpy as np

    stream = random.Random(f"listok kinks {name}")
    values = []
    for place in range(SAMPLES):
        size = (200, 10, 100, 3, 200, 1, 0, 0)[place % 8] or stream.choice((1, 10, 100, 1_000, 10_000))
        value = stream.randint(-1024, 1024) * size / 1024
        values.append(value if domain == "real" else abs(value) + 1 / 1024)
    return np.array(values)


def _sampled(node: Node, columns: Mapping[str, Any]) -> Any:
    """The formula at the many points, in floats; what has no value comes out as NaN or infinity."""
    import numpy as np

    match node:
        case Variable(name):
            return columns[name]
        case Constant(value):
            return np.float64(float(value))
        case Named(name):
            return np.float64(math.pi if name == "pi" else math.e)
        case Negation(body):
            return -_sampled(body, columns)
        case Sum(terms):
            return functools.reduce(np.add, [_sampled(term, columns) for term in terms], np.float64(0))
        case Product(factors):
            return functools.reduce(np.multiply, [_sampled(factor, columns) for factor in factors], np.float64(1))
        case Quotient(top, bottom):
            return np.divide(_sampled(top, columns), _sampled(bottom, columns))
        case Power(base, exponent):
            return np.power(_sampled(base, columns), _sampled(exponent, columns))
        case Call(function, arguments):
            values = [_sampled(argument, columns) for argument in arguments]
            match function:
                case "max":
                    return functools.reduce(np.maximum, values)
                case "min":
                    return functools.reduce(np.minimum, values)
                case "relu":
                    return np.maximum(values[0], 0)
                case "step":
                    return np.where(values[0] > 0, 1.0, 0.0)
                case "sigmoid":
                    return 1 / (1 + np.exp(-values[0]))
                case "ln":
                    return np.log(values[0])
                case "exp" | "sqrt" | "abs" | "sin" | "cos" | "tanh":
                    return getattr(np, function)(values[0])
                case _:
                    assert_never(function)
        case _:
            assert_never(node)


def _close(a: Number, b: Number) -> bool:
    try:
        return math.isclose(a, b, rel_tol=RELATIVE)
    except OverflowError:
        return False  # an exact number beyond floats is not close to a float


def _precisely_equal(left: Node, right: Node, point: Mapping[str, Number]) -> bool:
    """Compare at a point with `DIGITS` digits. Both have a float value there, so no number in between is huge."""
    import mpmath

    with mpmath.workdps(DIGITS):
        exact = {name: mpmath.mpf(Fraction(v).numerator) / Fraction(v).denominator for name, v in point.items()}
        try:
            a, b = _precise(left, exact, mpmath), _precise(right, exact, mpmath)
        except (ZeroDivisionError, OverflowError, ValueError):
            return False
        return bool(abs(a - b) <= mpmath.mpf(10) ** -20 * max(abs(a), abs(b), mpmath.mpf(10) ** -20))


def _precise(node: Node, values: Mapping[str, Any], mp: Any) -> Any:
    match node:
        case Variable(name):
            return values[name]
        case Constant(value):
            return mp.mpf(value.numerator) / value.denominator
        case Named(name):
            return +mp.pi if name == "pi" else +mp.e
        case Negation(body):
            return -_precise(body, values, mp)
        case Sum(terms):
            return sum((_precise(term, values, mp) for term in terms), mp.mpf(0))
        case Product(factors):
            result = mp.mpf(1)
            for factor in factors:
                result *= _precise(factor, values, mp)
            return result
        case Quotient(top, bottom):
            return _precise(top, values, mp) / _precise(bottom, values, mp)
        case Power(base, exponent):
            below, above = _precise(base, values, mp), _precise(exponent, values, mp)
            if below < 0 and above != int(above):
                raise ValueError("a fractional power of a negative number")
            return below ** (int(above) if above == int(above) else above)
        case Call(function, arguments):
            return _precise_call(function, [_precise(argument, values, mp) for argument in arguments], mp)
        case _:
            assert_never(node)


def _precise_call(function: FunctionName, arguments: list[Any], mp: Any) -> Any:
    x = arguments[0]
    match function:
        case "max":
            return max(arguments)
        case "min":
            return min(arguments)
        case "relu":
            return max(x, mp.mpf(0))
        case "abs":
            return abs(x)
        case "step":
            return mp.mpf(1 if x > 0 else 0)
        case "sigmoid":
            return 1 / (1 + mp.exp(-x))
        case "ln" | "sqrt":
            if x < 0 or (x == 0 and function == "ln"):
                raise ValueError("outside the domain")
            return mp.log(x) if function == "ln" else mp.sqrt(x)
        case "exp" | "sin" | "cos" | "tanh":
            return getattr(mp, function)(x)
        case _:
            assert_never(function)
