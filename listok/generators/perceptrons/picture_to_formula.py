"""Read the weights of a small ReLU network off its picture, compute its answer, and write it as one formula."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm

from listok.generators.answers import Expression, Number
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import (
    Call,
    Constant,
    Formula,
    Negation,
    Node,
    Product,
    Sum,
    Variable,
    linear,
    signed,
)
from listok.generators.values import BadParams, Value

LARGEST = 10_000
BINARY = (1, 3)
"""Places of the inputs that are coded by 0 and 1."""

NOTHING = Fraction(0)
ZERO = Constant(NOTHING)


@dataclass(frozen=True)
class Params:
    """`x` are the inputs: buses, rain (0 or 1), temperature, day off (0 or 1). `hidden[i][j]` is the weight from input
    i to hidden unit j, `output[j]` from unit j to the output, and `bias` the output's constant."""

    x: tuple[int, ...]
    hidden: tuple[tuple[Fraction, ...], ...]
    output: tuple[Fraction, ...]
    bias: Fraction

    def __post_init__(self) -> None:
        if not 2 <= len(self.x) <= 4:
            raise BadParams(f"x holds 2 to 4 inputs, not {len(self.x)}")
        if not 2 <= len(self.output) <= 3:
            raise BadParams(f"output holds the weights of 2 or 3 hidden units, not {len(self.output)}")
        if len(self.hidden) != len(self.x) or any(len(row) != len(self.output) for row in self.hidden):
            raise BadParams(f"hidden is a table of {len(self.x)} rows (inputs) and {len(self.output)} columns (units)")
        if self.x[0] < 0:
            raise BadParams(f"the first input is a number of buses, it cannot be {self.x[0]}")
        if any(self.x[i] not in (0, 1) for i in BINARY if i < len(self.x)):
            raise BadParams(f"the second and the fourth input are 0 or 1, not {self.x}")
        weights = (self.bias, *self.output, *(w for row in self.hidden for w in row))
        if any(abs(n) > LARGEST for n in self.x) or any(abs(w) > LARGEST for w in weights):
            raise BadParams(f"numbers are at most {LARGEST} in size")

    @property
    def buses(self) -> int:
        return self.x[0]

    @property
    def rain(self) -> bool:
        return self.x[1] == 1

    @property
    def with_weather(self) -> bool:
        return len(self.x) > 2

    @property
    def temperature(self) -> int:
        return self.x[2] if len(self.x) > 2 else 0

    @property
    def with_day(self) -> bool:
        return len(self.x) > 3

    @property
    def day_off(self) -> bool:
        return len(self.x) > 3 and self.x[3] == 1

    @functools.cached_property
    def sums(self) -> tuple[Node, ...]:
        """The sum inside each hidden unit's max."""
        inputs = [Variable(f"x{i + 1}") for i in range(len(self.x))]
        return tuple(linear(zip(column, inputs, strict=True)) for column in zip(*self.hidden, strict=True))

    @functools.cached_property
    def totals(self) -> tuple[Fraction, ...]:
        """The value of each hidden unit's sum."""
        return _totals(self, self.x)

    @property
    def net(self) -> Scene:
        units = len(self.output)
        layers = (
            [f"x_{i + 1}" for i in range(len(self.x))],
            [*(f"h_{j + 1}" for j in range(units)), "1"],
            ["y"],
        )
        edges = (
            *dense_edges(0, [[w or None for w in row] for row in self.hidden]),
            *dense_edges(1, [[w] for w in (*self.output, self.bias)]),
        )
        return layered_network(layers, edges, shapes=("circle", "box", "box"))


@dataclass(frozen=True)
class Term:
    """Input number `i` (from 1) and its weight and value."""

    i: int
    w: Fraction
    x: int


@dataclass(frozen=True)
class Unit:
    """A hidden unit: its number, its terms, their sum `z`, `h` = max(0, z), and the weight `v` it goes out with."""

    j: int
    terms: tuple[Term, ...]
    z: Fraction
    h: Fraction
    v: Fraction

    @property
    def first(self) -> Term:
        return self.terms[0]

    @property
    def others(self) -> tuple[Term, ...]:
        return self.terms[1:]

    @property
    def alive(self) -> bool:
        return self.z > 0


@dataclass(frozen=True)
class Solution:
    units: tuple[Unit, ...]
    before: Fraction
    value: Fraction
    formula: Formula

    @property
    def earlier(self) -> tuple[Unit, ...]:
        """All hidden units but the last, after which the formula closes its brackets."""
        return self.units[:-1]

    @property
    def last(self) -> Unit:
        return self.units[-1]


def draw(d: Draw, level: int) -> Params:
    x = [d.integer(2, 9), d.integer(0, 1)]
    units = 2
    if level == 2 or (level == 3 and d.flip()):
        x.append(d.integer(-6, 6, exclude=(0, 1, -1)))
        units = level
    elif level == 3:
        x += [d.integer(-6, 6, exclude=(0, 1, -1)), d.integer(0, 1)]
    # Whole numbers of halves, and of tenths for the output: only signs matter here, and fractions are slow.
    columns: list[list[int]] = []
    # Some units must be alive and some dead: the sign of a unit's sum is chosen first.
    alive = [True, False, d.flip()][:units]
    for wanted in d.shuffled(alive):
        column = [2 * d.integer(*((-12, 12) if i in BINARY else (-6, 6)), exclude=(0,)) for i in range(len(x))]
        if level == 3:
            column[2] = d.integer(-7, 7, exclude=(-6, -4, -2, 0, 2, 4, 6))
        columns.append([-w for w in column] if (_dot(column, x) > 0) != wanted else column)
    grain = (10, 5, 2)[level - 1]
    sizes = d.distinct((1, 2, 3, 4, 5, 6, 7), units)
    signs = (*d.shuffled((1, -1)), d.sign())
    output = [size * sign * grain for size, sign in zip(sizes, signs, strict=False)]
    bias = d.integer(-9, 9, exclude=(0,))
    if 20 * bias + sum(v * max(0, _dot(column, x)) for column, v in zip(columns, output, strict=True)) < 0:
        output, bias = [-v for v in output], -bias
    hidden = tuple(tuple(Fraction(w, 2) for w in row) for row in zip(*columns, strict=True))
    return Params(tuple(x), hidden, tuple(Fraction(v, 10) for v in output), Fraction(bias))


def _dot(weights: Sequence[int], x: Sequence[int]) -> int:
    return sum(w * value for w, value in zip(weights, x, strict=True))


def _totals(p: Params, x: Sequence[int]) -> tuple[Fraction, ...]:
    """The sums inside the hidden units for an input, added up over the least common denominator of the weights."""
    fine = lcm(*[w.denominator for row in p.hidden for w in row])
    rows = [[w.numerator * (fine // w.denominator) * n for w in row] for row, n in zip(p.hidden, x, strict=True)]
    return tuple(Fraction(sum(column), fine) for column in zip(*rows, strict=True))


def _relu(inside: Node) -> Node:
    return Call("max", (ZERO, inside))


def _outer(p: Params, inner: Sequence[Node], bias: Fraction) -> Node:
    """The outputs of the units by their weights and a constant: what stands inside the output's max."""
    return linear(zip(p.output, inner, strict=True), bias)


def solve(p: Params) -> Solution:
    units = []
    before = p.bias
    for j, (z, v) in enumerate(zip(p.totals, p.output, strict=True)):
        h = max(z, NOTHING)
        before += v * h
        terms = tuple([Term(i, row[j], x) for i, (row, x) in enumerate(zip(p.hidden, p.x, strict=True), 1)])
        units.append(Unit(j + 1, terms, z, h, v))
    formula = Formula.of(_relu(_outer(p, [_relu(inside) for inside in p.sums], p.bias)))
    return Solution(tuple(units), before, max(before, NOTHING), formula)


def oracle(p: Params) -> Solution:
    """In whole numbers over a common denominator, with (z + |z|)/2 and -min(0, -z) in place of max(0, z)."""
    fine = lcm(*(w.denominator for row in p.hidden for w in row))
    coarse = lcm(p.bias.denominator, *(v.denominator for v in p.output))
    units, before, pieces = [], int(p.bias * coarse) * fine, [signed(-p.bias)]
    for j in range(len(p.output)):
        z, inside = 0, list[Node]()
        for i, x in enumerate(p.x):
            z += int(p.hidden[i][j] * fine) * x
            inside.append(Product((Constant(-p.hidden[i][j]), Variable(f"x{i + 1}"))))
        h = (z + abs(z)) // 2
        before += int(p.output[j] * coarse) * h
        pieces.append(Product((Constant(p.output[j]), Call("min", (ZERO, Sum(tuple(inside)))))))
        terms = tuple(Term(i + 1, p.hidden[i][j], p.x[i]) for i in range(len(p.x)))
        units.append(Unit(j + 1, terms, Fraction(z, fine), Fraction(h, fine), p.output[j]))
    total = Fraction(before, fine * coarse)
    formula = Formula.of(Negation(Call("min", (ZERO, Sum(tuple(pieces))))))
    return Solution(tuple(units), total, (total + abs(total)) / 2, formula)


def check(p: Params, s: Solution) -> str | None:
    if not any(unit.alive for unit in s.units):
        return "all hidden units are off, so the inputs do not matter"
    if all(unit.alive for unit in s.units):
        return "all hidden units are on, so ReLU does nothing in the hidden layer"
    if s.value == 0:
        return "the output unit is off: the forecast is 0"
    if s.value > LARGEST:
        return f"the forecast is above {LARGEST}"
    return None


def effort(p: Params, _s: Solution) -> int:
    edges = len(p.x) * len(p.output)
    fractions = sum(w.denominator > 1 for row in (*p.hidden, p.output) for w in row)
    return 2 * edges + 3 * len(p.output) + 2 + fractions


def _value(p: Params, sums: Sequence[Fraction], output: Sequence[Fraction]) -> Fraction:
    """What the network answers if these sums go through the hidden units and out with these weights."""
    return max(NOTHING, sum((v * z for v, z in zip(output, sums, strict=True) if z > 0), p.bias))


def no_hidden_relu(p: Params) -> Mapping[str, Value]:
    before = sum((v * z for v, z in zip(p.output, p.totals, strict=True)), p.bias)
    return {"value": max(NOTHING, before), "formula": Formula.of(_relu(_outer(p, p.sums, p.bias)))}


def constant_inside(p: Params) -> Mapping[str, Value]:
    value = sum((v * max(NOTHING, z + p.bias) for v, z in zip(p.output, p.totals, strict=True)), NOTHING)
    constant = signed(p.bias)
    insides = [_relu(Sum((*(s.terms if isinstance(s, Sum) else (s,)), constant))) for s in p.sums]
    return {"value": max(NOTHING, value), "formula": Formula.of(_relu(_outer(p, insides, NOTHING)))}


def no_output_relu(p: Params) -> Mapping[str, Value]:
    return {"formula": Formula.of(_outer(p, [_relu(inside) for inside in p.sums], p.bias))}


def wrong_coding(p: Params) -> Mapping[str, Value]:
    x = [1 - n if i in BINARY else n for i, n in enumerate(p.x)]
    return {"value": _value(p, _totals(p, x), p.output)}


def swapped_units(p: Params) -> Mapping[str, Value]:
    return {"value": _value(p, p.totals, p.output[::-1])}


EXERCISE = Exercise(
    number=2,
    name="picture-to-formula",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={"value": Number("value", points=2), "formula": Expression("formula", points=3)},
    mistakes={
        "no_hidden_relu": no_hidden_relu,
        "constant_inside": constant_inside,
        "no_output_relu": no_output_relu,
        "wrong_coding": wrong_coding,
        "swapped_units": swapped_units,
    },
)
