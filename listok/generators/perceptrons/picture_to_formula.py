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
    i to hidden unit j, 0 where no arrow leads there, `output[j]` from unit j to the output, and `bias` the output's
    constant."""

    x: Annotated[tuple[int, ...], Size(2, 4), Within(-LARGEST, LARGEST)]
    hidden: Annotated[Rows, Size(2, 4, each=(2, 3)), Within(-LARGEST, LARGEST)]
    output: Annotated[Row, Size(2, 3), Within(-LARGEST, LARGEST)]
    bias: Annotated[Fraction, Within(-LARGEST, LARGEST)]

    def rules(self) -> Iterator[str]:
        inputs, units = len(self.x), len(self.output)
        if len(self.hidden) != inputs or len(self.hidden[0]) != units:
            yield f"hidden must be a table of {inputs} rows (inputs) and {units} columns (units)"
        if not all(map(any, transposed(self.hidden))):
            yield "hidden has a column of zeros: no arrow leads into that unit"
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
    def frost(self) -> bool:
        return self.with_weather and self.x[2] < 0

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
    """A hidden unit: its terms, their sum `z`, `h` = max(0, z), and the weight `v` it goes out with."""

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
    """One input more at each level; halves, then fifths and a missing arrow. One or two of three units are alive."""
    x = [d.integer(2, (6, 9, 19)[level - 1]), d.integer(0, 1)]
    if level > 1:
        warmest = 9 if level == 2 else 19
        x.append(d.integer(-warmest * (1 - x[1]), warmest, exclude=(-1, 0, 1)))  # it does not rain in frost
    if level > 2:
        x.append(d.integer(0, 1))

    # The sign of a unit's sum is chosen first.
    largest = [(9, 9, 20)[level - 1] if i in BINARY else 6 + level // 3 * 3 for i in range(len(x))]
    lacking = d.below(3)
    columns = []
    for j, alive in enumerate(d.shuffled((True, d.flip(), False))):
        column = [Fraction(d.integer(-most, most, exclude=(0,))) for most in largest]
        if level == 3:
            column[2] = Fraction(d.choice((-5, -3, -1, 1, 3, 5)), 2)
            if j == lacking:
                column[d.below(len(x))] = ZERO
        columns.append([-w for w in column] if (dot(column, x) > 0) != alive else column)

    unit = (ONE, HALF, Fraction(1, 5))[level - 1]
    output = [size * d.sign() * unit for size in d.distinct((1, 2, 3, 4, 6, 7), 3)]
    bias = d.integer(-9, 9, exclude=(0,)) + (HALF if level == 3 else ZERO)
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
        units=tuple(Unit(terms_of(p, j), z[j], h[j], v[j]) for j in range(len(v))),
        before=before,
        value=value,
        formula=Formula.of(rectified(whole) if output_relu else whole),
    )


def rectified(inside: Node) -> Node:
    """The formula max(0, inside)."""
    return Call("max", (Constant(ZERO), inside))


def terms_of(p: Params, j: int) -> tuple[Term, ...]:
    """What comes into hidden unit j, along the arrows that there are."""
    return tuple(Term(i, row[j], x) for i, (row, x) in enumerate(zip(p.hidden, p.x, strict=True), 1) if row[j])


def check(p: Params, s: Solution) -> str | None:
    if p.rain and p.frost:
        return "it rains in frost"
    if len(set(transposed(p.hidden))) < len(p.output):
        return "two hidden units have the same weights"
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
    minutes=(4.9, 6.2, 8),
    parts={"value": Number(points=2), "formula": Expression(points=3)},
    mistakes={
        "no_hidden_relu": wrong(hidden_relu=False, spoils=ALL),
        "constant_inside": wrong(constant_inside=True, spoils=ALL),
        "no_output_relu": wrong(output_relu=False),
        "wrong_coding": wrong(recoded, spoils="value"),
        "swapped_units": wrong(lambda p: replace(p, output=p.output[1:] + p.output[:1]), spoils="value"),
    },
    version=2,
)
