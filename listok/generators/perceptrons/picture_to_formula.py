"""Read the weights of a small ReLU network off its picture, compute its answer, and write it as one formula."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from listok.generators.answers import Expression, Number
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import Formula, decimal, linear
from listok.generators.values import BadParams, Value

LARGEST = 10_000
BINARY = (1, 3)
"""Places of the inputs that are coded by 0 and 1."""

HALF, FIFTH = Fraction(1, 2), Fraction(1, 5)


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
    def sums(self) -> tuple[str, ...]:
        """The sum inside each hidden unit's max, as text."""
        names = [f"x{i + 1}" for i in range(len(self.x))]
        return tuple(linear(zip(column, names, strict=True)) for column in zip(*self.hidden, strict=True))

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


def draw(d: Draw, level: int) -> Params:
    x = [d.integer(2, 9), d.integer(0, 1)]
    units = 2
    if level == 2 or (level == 3 and d.flip()):
        x.append(d.integer(-6, 6, exclude=(0, 1, -1)))
        units = level
    elif level == 3:
        x += [d.integer(-6, 6, exclude=(0, 1, -1)), d.integer(0, 1)]
    columns: list[list[Fraction]] = []
    # Some units must be alive and some dead: the sign of a unit's sum is chosen first.
    alive = [True, False, d.flip()][:units]
    for wanted in d.shuffled(alive):
        column = [
            Fraction(d.integer(-12, 12, exclude=(0,))) if i in BINARY else Fraction(d.integer(-6, 6, exclude=(0,)))
            for i in range(len(x))
        ]
        if level == 3:
            column[2] = d.integer(-7, 7, exclude=(-6, -4, -2, 0, 2, 4, 6)) * HALF
        z = sum(w * value for w, value in zip(column, x, strict=True))
        columns.append([-w for w in column] if (z > 0) != wanted else column)
    grain = (Fraction(1), HALF, FIFTH)[level - 1]
    sizes = d.distinct((1, 2, 3, 4, 5, 6, 7), units)
    signs = (*d.shuffled((1, -1)), d.sign())
    output = [size * sign * grain for size, sign in zip(sizes, signs, strict=False)]
    bias = Fraction(d.integer(-9, 9, exclude=(0,)))
    total = bias
    for column, v in zip(columns, output, strict=True):
        total += v * max(0, sum(w * value for w, value in zip(column, x, strict=True)))
    if total < 0:
        output, bias = [-v for v in output], -bias
    return Params(tuple(x), tuple(zip(*columns, strict=True)), tuple(output), bias)


def _outer(p: Params, inner: list[str]) -> str:
    """What stands inside the output's max."""
    bias = f" {'-' if p.bias < 0 else '+'} {_number(abs(p.bias))}" if p.bias else ""
    return _weighted(p, inner) + bias


def _weighted(p: Params, inner: list[str]) -> str:
    """The outputs of the units by their weights, as text; `Formula` reads it, so nothing is parsed here."""
    terms = [
        f"{'-' if v < 0 else '+'} {'' if abs(v) == 1 else _number(abs(v)) + '*'}{piece}"
        for v, piece in zip(p.output, inner, strict=True)
        if v
    ]
    return " ".join(terms).removeprefix("+ ") or "0"


def _number(value: Fraction) -> str:
    """A decimal if it terminates, else a fraction in brackets."""
    return decimal(value) or f"({value})"


def solve(p: Params) -> Solution:
    units, insides = [], []
    before = p.bias
    for j, v in enumerate(p.output):
        column = [row[j] for row in p.hidden]
        z = sum((w * x for w, x in zip(column, p.x, strict=True)), Fraction(0))
        h = max(z, Fraction(0))
        before += v * h
        insides.append(f"max(0, {p.sums[j]})")
        terms = tuple(Term(i, w, x) for i, (w, x) in enumerate(zip(column, p.x, strict=True), 1))
        units.append(Unit(j + 1, terms, z, h, v))
    return Solution(tuple(units), before, max(before, Fraction(0)), Formula(f"max(0, {_outer(p, insides)})"))


def oracle(p: Params) -> Solution:
    """In whole numbers over a common denominator, with (z + |z|)/2 and -min(0, -z) in place of max(0, z)."""
    fine = lcm(*(w.denominator for row in p.hidden for w in row))
    coarse = lcm(p.bias.denominator, *(v.denominator for v in p.output))
    units, before, pieces = [], int(p.bias * coarse) * fine, [f"({-p.bias})"]
    for j in range(len(p.output)):
        z, inside = 0, []
        for i, x in enumerate(p.x):
            z += int(p.hidden[i][j] * fine) * x
            inside.append(f"x{i + 1}*({-p.hidden[i][j]})")
        h = (z + abs(z)) // 2
        before += int(p.output[j] * coarse) * h
        pieces.append(f"min(0, {' + '.join(inside)})*({p.output[j]})")
        terms = tuple(Term(i + 1, p.hidden[i][j], p.x[i]) for i in range(len(p.x)))
        units.append(Unit(j + 1, terms, Fraction(z, fine), Fraction(h, fine), p.output[j]))
    total = Fraction(before, fine * coarse)
    return Solution(tuple(units), total, (total + abs(total)) / 2, Formula(f"-min(0, {' + '.join(pieces)})"))


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


def _sums(p: Params, x: tuple[int, ...]) -> list[Fraction]:
    return [sum((row[j] * n for row, n in zip(p.hidden, x, strict=True)), Fraction(0)) for j in range(len(p.output))]


def _value(p: Params, hs: list[Fraction], output: tuple[Fraction, ...]) -> Fraction:
    return max(Fraction(0), p.bias + sum((v * h for v, h in zip(output, hs, strict=True)), Fraction(0)))


def no_hidden_relu(p: Params) -> Mapping[str, Value]:
    formula = Formula(f"max(0, {_outer(p, [f'({inside})' for inside in p.sums])})")
    return {"value": _value(p, _sums(p, p.x), p.output), "formula": formula}


def constant_inside(p: Params) -> Mapping[str, Value]:
    hs = [max(Fraction(0), z + p.bias) for z in _sums(p, p.x)]
    insides = [f"max(0, {inside} + ({p.bias}))" for inside in p.sums]
    formula = Formula(f"max(0, {_weighted(p, insides)})")
    value = max(Fraction(0), sum((v * h for v, h in zip(p.output, hs, strict=True)), Fraction(0)))
    return {"value": value, "formula": formula}


def no_output_relu(p: Params) -> Mapping[str, Value]:
    return {"formula": Formula(_outer(p, [f"max(0, {inside})" for inside in p.sums]))}


def wrong_coding(p: Params) -> Mapping[str, Value]:
    x = tuple(1 - n if i in BINARY else n for i, n in enumerate(p.x))
    return {"value": _value(p, [max(Fraction(0), z) for z in _sums(p, x)], p.output)}


def swapped_units(p: Params) -> Mapping[str, Value]:
    return {"value": _value(p, [max(Fraction(0), z) for z in _sums(p, p.x)], p.output[::-1])}


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
