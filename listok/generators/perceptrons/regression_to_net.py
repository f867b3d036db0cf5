"""Read a network without activations off its picture, collapse it to one straight line, and bend this with ReLU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

from listok.generators.answers import Choice, Choices, Expression, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import Formula, evaluate, linear
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.activations import relu
from listok.generators.toolkit.linear import dot, product, transposed
from listok.generators.values import Value

LARGEST = 1000

SOUND = ("sums", "increments", "matrices", "brackets")
"""Right reasons: y is linear in x."""
DEEP = ("two_layers", "weight_products", "many_weights", "many_paths")
"""Wrong ones that say yes."""
LUCKY = ("too_few", "these_weights", "untrained", "one_input")
"""Wrong ones that say no, and then why not always."""
REASONS = SOUND + DEEP + LUCKY

BENDING = ("relu", "relu_one", "relu_output", "sigmoid", "tanh", "square", "absolute", "step", "clip", "product",
           "input_square", "disguised_absolute")  # fmt: skip
"""Changes that can make y nonlinear in x, and those that cannot."""
USELESS = ("double", "shift", "affine", "deeper", "wider", "output_constant", "skip", "larger_weights",
           "training", "disguised_identity")  # fmt: skip
CHANGES = BENDING + USELESS


@dataclass(frozen=True)
class Params(Checked):
    """Hidden unit j is `constants[j]` + `slopes[j]` x. A second hidden layer has the weights `middle[j][k]` from unit j
    to unit k; an empty table means that there is none. `output` holds the weights of the last hidden layer's units.
    `xs` are the points for the network with ReLU; `reasons` and `changes` are the options printed."""

    constants: Annotated[Row, Size(2, 4), Within(-LARGEST, LARGEST, finest=100)]
    slopes: Annotated[Row, Size(2, 4), Within(-LARGEST, LARGEST, finest=100)]
    middle: Annotated[Rows, Within(-LARGEST, LARGEST, finest=100)]
    output: Annotated[Row, Size(1, 4), Within(-LARGEST, LARGEST, finest=100)]
    xs: Annotated[Row, Size(3, 6), Within(-LARGEST, LARGEST, finest=100)]
    reasons: Annotated[tuple[str, ...], Size(2, 12), OneOf(REASONS), Distinct()]
    changes: Annotated[tuple[str, ...], Size(2, 18), OneOf(CHANGES), Distinct()]

    def rules(self) -> Iterator[str]:
        units, ends = len(self.constants), len(self.output)
        if len(self.slopes) != units:
            yield f"constants and slopes belong to the same hidden units: {units} and {len(self.slopes)} are given"
        if not self.middle and ends != units:
            yield f"output needs a weight for each of {units} hidden units, not {ends}"
        if self.middle and (len(self.middle) != units or any(len(row) != ends for row in self.middle)):
            yield f"middle must be a table of {units} rows (first hidden layer) and {ends} columns (second)"
        if any(left >= right for left, right in pairwise(self.xs)):
            yield "xs must grow from left to right"
        if sum(name in SOUND for name in self.reasons) != 1:
            yield f"reasons must hold exactly one of {', '.join(SOUND)}"

    @property
    def deep(self) -> bool:
        return bool(self.middle)

    @property
    def weights(self) -> int:
        """How many arrows the picture has."""
        return sum(map(bool, (*self.constants, *self.slopes, *self.output))) + sum(
            bool(w) for row in self.middle for w in row
        )

    @property
    def regression(self) -> Scene:
        return layered_network((("1", "x"), ("y",)), dense_edges(0, (("w_0",), ("w_1",))))

    @property
    def net(self) -> Scene:
        layers = [["1", "x"], [f"h_{j}" for j in range(1, len(self.constants) + 1)]]
        tables: list[Rows] = [(self.constants, self.slopes)]
        if self.deep:
            layers.append([f"g_{k}" for k in range(1, len(self.output) + 1)])
            tables.append(self.middle)
        tables.append(tuple((w,) for w in self.output))
        edges = [dense_edges(i, [[w or None for w in row] for row in table]) for i, table in enumerate(tables)]
        return layered_network((*layers, ["y"]), [edge for layer in edges for edge in layer])


@dataclass(frozen=True)
class Line:
    """A hidden unit without activation: its number, what it adds up (`constant` + `slope` x), and the weights that it
    goes out with."""

    j: int
    constant: Fraction
    slope: Fraction
    out: Row


@dataclass(frozen=True)
class Point:
    """The network with ReLU at `x`: sums `z` and answers `h` of the hidden layer (then `z2` and `g` of the second one,
    empty where there is none), and the value `y`."""

    x: Fraction
    z: Row
    h: Row
    z2: Row
    g: Row
    y: Fraction


@dataclass(frozen=True)
class Solution:
    """`units` is the first hidden layer, `ends` the last one (the same where there is but one). `collapsed` is the
    constant and the slope of the line that the network is, `line` its values at the points, `repair` those with ReLU;
    `tilts` are the slopes between neighbouring points of the latter."""

    units: tuple[Line, ...]
    ends: tuple[Line, ...]
    formula: Formula
    collapsed: Row
    reason: str
    bending: tuple[str, ...]
    line: Row
    points: tuple[Point, ...]
    repair: Row
    tilts: Row

    @property
    def gamma0(self) -> Fraction:
        return self.collapsed[0]

    @property
    def gamma1(self) -> Fraction:
        return self.collapsed[1]

    @property
    def bent(self) -> bool:
        return len(set(self.tilts)) > 1


def draw(d: Draw, level: int) -> Params:
    units, ends = ((2, 2), (3, 3), (3, 2))[level - 1]
    start = d.integer(-2, 0)
    xs = (start, start + 1, start + 2)
    constants, slopes = [], []
    for b, a in zip(d.distinct(range(1, 6), units), d.distinct(range(1, 6), units), strict=True):
        b, a = b * d.sign(), a * d.sign()
        # The signs are such that the unit is on at one of the points.
        on = 1 if b + a * d.choice(xs) >= 0 else -1
        constants.append(Fraction(on * b))
        slopes.append(Fraction(on * a))
    output = [Fraction(size * d.sign()) for size in d.distinct((1, 2, 3, 4), ends)]
    middle = d.grid(units, ends, -3, 3, exclude=(0,)) if level == 3 else ()

    # The cleverer the wrong reasons, the higher the level.
    reasons = {d.choice(SOUND), d.choice(DEEP), *d.distinct(LUCKY, level + 1)}
    count = (4, 7, 9)[level - 1]
    bends = d.integer(1, count - 1)
    changes = {*d.distinct(BENDING, bends), *d.distinct(USELESS, count - bends)}
    return Params(
        constants=tuple(constants),
        slopes=tuple(slopes),
        middle=tuple(tuple(map(Fraction, row)) for row in middle),
        output=tuple(output),
        xs=tuple(map(Fraction, xs)),
        reasons=tuple(name for name in REASONS if name in reasons),
        changes=tuple(name for name in CHANGES if name in changes),
    )


def solve(p: Params, *, given: Mapping[str, Value] = NOTHING) -> Solution:
    """The network as a formula and as one line; then its values with ReLU in the hidden units."""
    W, v = (p.constants, p.slopes), p.output
    outs = p.middle if p.deep else tuple((w,) for w in v)
    units = tuple(Line(j, b, a, out) for j, (b, a, out) in enumerate(zip(*W, outs, strict=True), 1))
    sums = [linear([(unit.slope, "x")], unit.constant, constant_first=True) for unit in units]
    ends = units
    if p.deep:
        ends = tuple(Line(k, b, a, (w,)) for k, (b, a, w) in enumerate(zip(*product(W, p.middle), v, strict=True), 1))
        sums = [linear(zip(column, sums, strict=True)) for column in transposed(p.middle)]
    formula = Formula.of(linear(zip(v, sums, strict=True)))

    gamma0 = sum((end.out[0] * end.constant for end in ends), ZERO)
    gamma1 = sum((end.out[0] * end.slope for end in ends), ZERO)
    if "formula" in given:  # a line is known by its values at 0 and 1
        gamma0 = Fraction(evaluate(given["formula"], {"x": 0}))
        gamma1 = Fraction(evaluate(given["formula"], {"x": 1})) - gamma0

    points = []
    for x in p.xs:
        z = tuple(b + a * x for b, a in zip(*W, strict=True))
        h = last = tuple(map(relu, z))
        z2: Row = ()
        if p.deep:
            z2 = tuple(dot(h, column) for column in transposed(p.middle))
            last = tuple(map(relu, z2))
        points.append(Point(x, z, h, z2, last if p.deep else (), dot(v, last)))
    return Solution(
        units=units,
        ends=ends,
        formula=formula,
        collapsed=(gamma0, gamma1),
        reason=next(name for name in p.reasons if name in SOUND),
        bending=tuple(name for name in p.changes if name in BENDING),
        line=tuple(gamma0 + gamma1 * x for x in p.xs),
        points=tuple(points),
        repair=tuple(point.y for point in points),
        tilts=tuple((right.y - left.y) / (right.x - left.x) for left, right in pairwise(points)),
    )


def check(p: Params, s: Solution) -> str | None:
    if s.gamma1 == 0:
        return "the network is constant: x does not matter"
    if not s.bent:
        return "with ReLU the points still lie on one line"
    if not s.bending or len(s.bending) == len(p.changes):
        return "the changes are all useless or all useful"
    if not all(any(point.h[j] for point in s.points) for j in range(len(p.constants))):
        return "a hidden unit is off at every point"
    if p.deep and not any(z < 0 for point in s.points for z in point.z2):
        return "ReLU stops nothing in the second hidden layer"
    return None


def transposed_table(p: Params) -> Params | None:
    """Constants and slopes of two units read by columns in place of rows."""
    if len(p.constants) != 2:
        return None
    constants, slopes = transposed((p.constants, p.slopes))
    return replace(p, constants=constants, slopes=slopes)


EXERCISE = Exercise(
    number=1,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.3, 10.5, 13.2),
    parts={
        "formula": Expression(points=2),
        "collapsed": Vector(points=2),
        "nonlinear": Choice("reason", among="reasons", options=REASONS),
        "changes": Choices("bending", among="changes", options=CHANGES, points=2),
        "repair": Vector(points=2),
        "why": Open(points=2),
    },
    mistakes={
        "swapped_outputs": wrong(lambda p: replace(p, output=p.output[::-1])),
        "lost_constants": wrong(lambda p: replace(p, constants=(ZERO,) * len(p.constants))),
        "transposed": wrong(transposed_table),
        "lost_outputs": wrong(lambda p: replace(p, output=(ONE,) * len(p.output)), spoils="collapsed repair"),
        "no_relu": instead(repair=lambda p, s: s.line),
        "relu_at_the_end": instead(repair=lambda p, s: tuple(map(relu, s.line))),
    },
    carry=("collapsed",),
)
