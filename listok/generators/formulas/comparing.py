"""Whether two formulas are the same function of their variables."""

from __future__ import annotations

import functools
import heapq
import math
import random
from collections.abc import Sequence
from typing import Literal, TypeAlias

from listok.generators.exact import Fraction
from listok.generators.formulas import columns
from listok.generators.formulas.columns import Column
from listok.generators.formulas.computing import attempt, computed
from listok.generators.formulas.formula import Formula
from listok.generators.formulas.polynomials import same_normal_form
from listok.generators.formulas.precise import precisely_equal
from listok.generators.formulas.tree import Call, Constant, FunctionName, Node, Number, Power, Quotient, nodes

Domain: TypeAlias = Literal["real", "positive"]

RELATIVE = 1e-9
"""Two floats within this share of the larger are the same value."""
MAIN = 17
"""How many points are always used; the others are spare, for formulas undefined at many of the first."""
USABLE = 6
"""Points at which both formulas must have a value before they can be called the same."""
POLES = 4
"""Points at which one formula alone may divide by zero, as (x^2 - 4)/(x - 2) does where x + 2 does not."""
PRECISE = 8
"""Points at which floats that differ are looked at again with more digits."""
SAMPLES = 4096
"""More points for formulas with kinks, which may differ in a thin sector between the lines where they bend."""
SUSPECTS = 16
"""How many of these points are looked at exactly, those with the largest differences first."""
KINKED: frozenset[FunctionName] = frozenset({"max", "min", "relu", "abs", "step"})


def equivalent(left: Formula | Node, right: Formula | Node, *, domain: Domain = "real") -> bool:
    """Whether two formulas are the same function of their variables, over all reals or over positive numbers only.

    They are, where both have a value, if they are the same when multiplied out. Else both are computed at `MAIN` fixed
    points (negative, zero, fractional, large, between 0 and 1): exactly where the operations are rational, so that one
    disagreement is a proof; floats must agree to `RELATIVE`, and where they do not (a sigmoid far out loses its digits)
    both are computed again with many digits. Different rational functions of moderate degree that agree at all the
    points are as unlikely as a random polynomial having that many given roots. Functions with kinks are not: they are
    the same on one side of a kink whatever is wrong on the other. So they are compared at `SAMPLES` points more, in
    floats, and exactly where these differ. Points at which neither has a value do not count; formulas that have a value
    hardly anywhere are not the same, nor are those with different domains of roots and logarithms. A factor may be
    cancelled: x/x is 1.
    """
    return _equivalent(_formula(left), _formula(right), domain)


@functools.lru_cache(maxsize=2**12)  # marking compares the same few answers with the same mistakes
def _equivalent(left: Formula, right: Formula, domain: Domain) -> bool:
    if left.tree == right.tree:
        return True
    same = same_normal_form(left.tree, right.tree)
    if same and (left.source == right.source or all(_has_value_everywhere(side.tree) for side in (left, right))):
        return True
    if not _akin(left, right, domain):
        return False
    return same or not (_bends(left.tree) or _bends(right.tree)) or not _part_somewhere(left, right, domain)


def akin(left: Formula | Node, right: Formula | Node, *, domain: Domain = "real") -> bool:
    """Whether two formulas agree at the fixed points of `equivalent`: a quick look, by which draws keep the right
    answer and the wrong ones well apart."""
    return _akin(_formula(left), _formula(right), domain)


@functools.lru_cache(maxsize=2**12)
def _akin(left: Formula, right: Formula, domain: Domain) -> bool:
    if left.tree == right.tree:
        return True
    usable = poles = precise = 0
    for number, point in enumerate(_points(domain)):
        if number >= MAIN and usable >= USABLE:
            break
        a, b = attempt(left.tree, point), attempt(right.tree, point)
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
                if not precisely_equal(left.tree, right.tree, {name: point[name] for name in _names(left, right)}):
                    return False
        elif a != b:
            return False
        usable += 1
    return usable >= USABLE or left.source == right.source


def _has_value_everywhere(tree: Node) -> bool:
    """Whether nothing in a formula can be undefined: no root, logarithm, division by a variable or broken power."""
    for node in nodes(tree):
        match node:
            case Quotient(_, bottom) if not (isinstance(bottom, Constant) and bottom.value):
                return False
            case Power(_, exponent) if not (isinstance(exponent, Constant) and exponent.value.denominator == 1):
                return False
            case Power(_, Constant(exponent)) if exponent < 0:
                return False
            case Call("ln" | "sqrt"):
                return False
    return True


def _formula(side: Formula | Node) -> Formula:
    return side if isinstance(side, Formula) else Formula.of(side)


def _names(left: Formula, right: Formula) -> tuple[str, ...]:
    return tuple(sorted({*left.variables, *right.variables}))


def _close(a: Number, b: Number) -> bool:
    try:
        return math.isclose(a, b, rel_tol=RELATIVE)
    except OverflowError:
        return False  # an exact number beyond floats is not close to a float


# The fixed points


class _Point(dict[str, Number]):
    """One of the fixed points: it has a coordinate for every variable, whatever its name."""

    def __init__(self, number: int, domain: Domain) -> None:
        super().__init__()
        self.number, self.domain = number, domain

    def __missing__(self, name: str) -> Number:
        return _coordinates(name, self.domain)[self.number]


@functools.cache
def _points(domain: Domain) -> Sequence[_Point]:
    return [_Point(number, domain) for number in range(len(_coordinates("x", domain)))]


@functools.lru_cache(maxsize=256)
def _coordinates(name: str, domain: Domain) -> Sequence[int | Fraction]:
    """The values one variable takes at the points, main ones first; each variable has a stream of its own.

    Multiples of 6 keep arithmetic with halves and thirds in whole numbers, which are quick. With each of the first
    points goes its opposite (over positive numbers, its reciprocal), so that both sides of max and abs come up.
    """
    stream = random.Random(f"listok formula {name}")

    def share() -> Fraction:
        return Fraction(stream.randint(1, 96), 97)

    sizes: list[int | Fraction] = [6 * stream.randint(1, 8), 6 * stream.randint(1, 8), 12 * stream.randint(3, 12)]
    sizes += [60 * stream.randint(20, 400), Fraction(stream.randint(1, 40), 11), Fraction(stream.randint(1, 20), 7)]
    values: list[int | Fraction] = []
    for size in sizes:
        if domain == "positive":
            values += [size, 1 / Fraction(size)]
        else:
            value = size * stream.choice((1, -1))
            values += [value, -value]
    values += [share(), share()]
    if domain == "positive":
        values += [1, 2, stream.choice((1, 2))]
    else:
        values += [0, stream.choice((0, 1, -1)), stream.choice((0, 1, -1))]
    for i in range(24):
        values.append(share() if i % 3 == 0 else 2 * share() if domain == "positive" else 4 * share() - 2)
    for _ in range(96):
        values.append(60 * share() if domain == "positive" else 120 * share() - 60)
    return values


# Many points more, for formulas with kinks


def _bends(tree: Node) -> bool:
    return any(isinstance(node, Call) and node.function in KINKED for node in nodes(tree))


def _part_somewhere(left: Formula, right: Formula, domain: Domain) -> bool:
    """Whether formulas differ at one of many more points."""
    samples = {name: _samples(name, domain) for name in _names(left, right)}
    arithmetic = columns.arithmetic(SAMPLES)
    try:
        ours, theirs = (computed(side.tree, arithmetic, samples) for side in (left, right))
    except OverflowError:
        return False  # a number beyond floats: the fixed points must do
    for place in _suspects(ours, theirs):
        point = {name: Fraction(column[place]) for name, column in samples.items()}
        a, b = attempt(left.tree, point), attempt(right.tree, point)
        if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
            continue
        if isinstance(a, float) or isinstance(b, float):
            if not _close(a, b) and not precisely_equal(left.tree, right.tree, point):
                return True
        elif a != b:
            return True
    return False


@functools.lru_cache(maxsize=256)
def _samples(name: str, domain: Domain) -> Column:
    """The values one variable takes at the many points: exact as floats, near and far, so that it is now large and now
    small beside the others."""
    stream = random.Random(f"listok kinks {name}")
    values = []
    for place in range(SAMPLES):
        size = (200, 10, 100, 3, 200, 1, 0, 0)[place % 8] or stream.choice((1, 10, 100, 1_000, 10_000))
        value = stream.randint(-1024, 1024) * size / 1024
        values.append(value if domain == "real" else abs(value) + 1 / 1024)
    return values


def _suspects(ours: Column, theirs: Column) -> Sequence[int]:
    """The points at which two columns differ most, relative to the larger."""
    apart: dict[int, float] = {}
    for place, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if a != b and math.isfinite(a) and math.isfinite(b):
            difference = abs(a - b) / max(abs(a), abs(b))
            if difference > RELATIVE:
                apart[place] = difference
    return heapq.nlargest(SUSPECTS, apart, key=apart.__getitem__)
