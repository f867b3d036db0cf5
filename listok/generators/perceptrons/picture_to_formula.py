"""Read the weights of a small ReLU network off its picture, compute its answer, and write it as one formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import Expression, Number
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import Call, Constant, Formula, Node, Variable, linear
from listok.generators.mistakes import ALL, wrong
from listok.generators.toolkit.activations import relu
from listok.generators.toolkit.layers import dense
from listok.generators.toolkit.linear import dot, transposed

LARGEST = 10_000
BINARY = (1, 3)
"""Places of the inputs that are coded by 0 and 1."""


@dataclass(frozen=True)
class Params(Checked):
    """`x` are the inputs: buses, rain (0 or 1), temperature, day off (0 or 1). `hidden[i][j]` is the weight from input
    i to hidden unit j, `output[j]` from unit j to the output, and `bias` the output's constant."""

    x: Annotated[tuple[int, ...], Size(2, 4), Within(-LARGEST, LARGEST)]
    hidden: Annotated[Rows, Size(2, 4, each=(2, 3)), Within(-LARGEST, LARGEST)]
    output: Annotated[Row, Size(2, 3), Within(-LARGEST, LARGEST)]
    bias: Annotated[Fraction, Within(-LARGEST, LARGEST)]

    def rules(self) -> Iterator[str]:
        inputs, units = len(self.x), len(self.output)
        if len(self.hidden) != inputs or len(self.hidden[0]) != units:
            yield f"hidden must be a table of {inputs} rows (inputs) and {units} columns (units)"
        if self.x[0] < 0:
            yield f"the first input is a number of buses, it cannot be {self.x[0]}"
        if any(self.x[i] not in (0, 1) for i in BINARY if i < inputs):
            yield f"the second and the fourth input must be 0 or 1, not {self.x}"

    @property
    def rain(self) -> bool:
        return self.x[1] == 1

    @property
    def with_weather(self) -> bool:
        return len(self.x) > 2

    @property
    def with_day(self) -> bool:
        return len(self.x) > 3

    @property
    def day_off(self) -> bool:
        return self.with_day and self.x[3] == 1

    @property
    def net(self) -> Scene:
        layers = (
            [f"x_{i}" for i in range(1, len(self.x) + 1)],
            [*(f"h_{j}" for j in range(1, len(self.output) + 1)), "1"],
            ["y"],
        )
        edges = (
            *dense_edges(0, [[w or None for w in row] for row in self.hidden]),
            *dense_edges(1, [[v] for v in (*self.output, self.bias)]),
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


@dataclass(frozen=True)
class Solution:
    """The hidden `units`, the output's sum `before` its ReLU, the forecast `value`, and it as a `formula`."""

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

    # Some units must be alive and some dead: the sign of a unit's sum is chosen first.
    alive = [True, False, d.flip()][:units]
    largest = [12 if i in BINARY else 6 for i in range(len(x))]
    columns = []
    for wanted in d.shuffled(alive):
        column = [Fraction(d.integer(-most, most, exclude=(0,))) for most in largest]
        if level == 3:
            column[2] = Fraction(d.integer(-7, 7, exclude=(-6, -4, -2, 0, 2, 4, 6)), 2)
        columns.append([-w for w in column] if (dot(column, x) > 0) != wanted else column)

    unit = (ONE, HALF, Fraction(1, 5))[level - 1]
    sizes = d.distinct((1, 2, 3, 4, 5, 6, 7), units)
    signs = (*d.shuffled((1, -1)), d.sign())
    output = [size * sign * unit for size, sign in zip(sizes, signs, strict=False)]
    bias = Fraction(d.integer(-9, 9, exclude=(0,)))
    if dot(output, [relu(dot(column, x)) for column in columns]) + bias < 0:
        output, bias = [-v for v in output], -bias
    return Params(tuple(x), transposed(columns), tuple(output), bias)


def solve(p: Params, *, hidden_relu: bool = True, output_relu: bool = True, constant_inside: bool = False) -> Solution:
    """Forward through the network, on numbers and then on letters.

    A mistake forgets the ReLU of the hidden units or of the output, or adds the constant inside the hidden units.
    """
    x, W, v = p.x, p.hidden, p.output
    inside, outside = (p.bias, ZERO) if constant_inside else (ZERO, p.bias)

    z = dense(x, W, [inside] * len(v))
    h = [relu(total) if hidden_relu else total for total in z]
    before = dot(v, h) + outside
    value = relu(before) if output_relu else before

    letters = [Variable(f"x{i}") for i in range(1, len(x) + 1)]
    sums = [linear(zip(column, letters, strict=True), inside) for column in transposed(W)]
    units = [rectified(total) if hidden_relu else total for total in sums]
    whole = linear(zip(v, units, strict=True), outside)
    return Solution(
        units=tuple(Unit(j + 1, terms_of(p, j), z[j], h[j], v[j]) for j in range(len(v))),
        before=before,
        value=value,
        formula=Formula.of(rectified(whole) if output_relu else whole),
    )


def rectified(inside: Node) -> Node:
    """The formula max(0, inside)."""
    return Call("max", (Constant(ZERO), inside))


def terms_of(p: Params, j: int) -> tuple[Term, ...]:
    """What comes into hidden unit j."""
    return tuple(Term(i, row[j], x) for i, (row, x) in enumerate(zip(p.hidden, p.x, strict=True), 1))


def check(p: Params, s: Solution) -> str | None:
    alive = [unit.z > 0 for unit in s.units]
    if not any(alive):
        return "all hidden units are off, so the inputs do not matter"
    if all(alive):
        return "all hidden units are on, so ReLU does nothing in the hidden layer"
    if s.value == 0:
        return "the output unit is off: the forecast is 0"
    if s.value > LARGEST:
        return f"the forecast is above {LARGEST}"
    return None


def recoded(p: Params) -> Params:
    """The inputs with 0 and 1 taken for each other where they mean no and yes."""
    return replace(p, x=tuple(1 - n if i in BINARY else n for i, n in enumerate(p.x)))


EXERCISE = Exercise(
    number=2,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(3.9, 4.9, 6.5),
    parts={"value": Number(points=2), "formula": Expression(points=3)},
    mistakes={
        "no_hidden_relu": wrong(hidden_relu=False, spoils=ALL),
        "constant_inside": wrong(constant_inside=True, spoils=ALL),
        "no_output_relu": wrong(output_relu=False),
        "wrong_coding": wrong(recoded, spoils="value"),
        "swapped_units": wrong(lambda p: replace(p, output=p.output[::-1]), spoils="value"),
    },
)
