"""Take a network with two hidden layers there and back in matrices, and one derivative as a sum over paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import Expression, Matching, Matrix, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, dense_edges, layered_network
from listok.generators.formulas import Formula, linear
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.activations import IDENTITY, Activation, leaky
from listok.generators.toolkit.layers import activation_d_input, forward, linear_d_input, linear_d_weights
from listok.generators.toolkit.linear import entrywise, product, transposed
from listok.generators.values import Value

Ints = tuple[tuple[int, ...], ...]

FORMULAS = {
    "W3": "output_weights",
    "O2": "through_output",
    "H2": "through_activation",
    "W2": "hidden_weights",
    "O1": "through_hidden",
    "W1": "input_weights",
}
"""The derivatives that are matched with their formulas."""
WRONG_FORMULAS = ("untransposed", "by_own_output", "by_matrix_product")
SHAPES = ("W1", "H1", "W2", "O2", "W3")


@dataclass(frozen=True)
class Params(Checked):
    """Inputs X (n by k), weights W1 (k by a), W2 (a by b), W3 (b), targets (n); the slope `leak` of leaky ReLU (0 is
    ReLU); whether the loss is a `mean`; the hidden units, from 1 on, whose sum is asked for and whose weight (`source`
    to `unit`, in the first layer) is followed along its paths; names of derivatives."""

    inputs: Annotated[Ints, Size(1, 4, each=(1, 4)), Within(-100, 100)]
    first: Annotated[Ints, Size(1, 4, each=(1, 4)), Within(-100, 100)]
    second: Annotated[Ints, Size(1, 4, each=(1, 4)), Within(-100, 100)]
    third: Annotated[tuple[int, ...], Size(1, 4), Within(-100, 100)]
    targets: Annotated[Row, Within(-10000, 10000, finest=100)]
    leak: Annotated[Fraction, Within(0, 1, finest=100)]
    mean: bool
    drawn: Annotated[int, Within(1, 4)]
    source: Annotated[int, Within(1, 4)]
    unit: Annotated[int, Within(1, 4)]
    derivatives: Annotated[tuple[str, ...], Size(2, 6), OneOf(tuple(FORMULAS)), Distinct()]
    measured: Annotated[tuple[str, ...], Size(1, 5), OneOf(SHAPES), Distinct()]

    def rules(self) -> Iterator[str]:
        k, a, b = len(self.first), len(self.second), len(self.third)
        if len(self.inputs[0]) != k:
            yield f"every row of inputs must hold {k} numbers, one for each row of first"
        if len(self.first[0]) != a:
            yield f"every row of first must hold {a} numbers, one for each row of second"
        if len(self.second[0]) != b:
            yield f"every row of second must hold {b} numbers, one for each number of third"
        if len(self.targets) != len(self.inputs):
            yield f"there must be {len(self.inputs)} targets, one for each row of inputs"
        if self.drawn > b or self.source > k or self.unit > a:
            yield "drawn must be a unit of the second layer, source an input, unit a unit of the first layer"

    @property
    def net(self) -> Scene:
        widths = len(self.first), len(self.second), len(self.third)
        names = zip(("x", "o^1", "o^2"), widths, strict=True)
        columns = [[f"{name}_{i}" for i in range(1, n + 1)] for name, n in names]
        weights = (self.first, self.second, tuple((w,) for w in self.third))
        edges = [edge for layer, W in enumerate(weights) for edge in dense_edges(layer, W)]
        return layered_network([*columns, [r"\hat y"]], edges)

    @property
    def relu(self) -> bool:
        return self.leak == 0

    @property
    def count(self) -> int:
        return len(self.inputs)

    @property
    def several(self) -> bool:
        return len(self.inputs) > 1

    @property
    def weights(self) -> tuple[Ints, ...]:
        return self.first, self.second, tuple((w,) for w in self.third)

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(by(name) for name in self.derivatives)

    @property
    def matrices(self) -> str:
        return ", ".join(by(name) for name in self.measured)

    @property
    def inputs_transposed(self) -> Ints:
        return transposed(self.inputs)

    @property
    def second_transposed(self) -> Ints:
        return transposed(self.second)


def by(name: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {name[0]}_{name[1]}}}"


@dataclass(frozen=True)
class Path:
    """The way to unit m of the second layer: what comes back there, observation by observation, is dL/dH2."""

    m: str
    weight: int
    back: Row
    value: Fraction


@dataclass(frozen=True)
class Solution:
    """Sums H, outputs O and derivatives of L by them and by the weights, layer by layer; `paths` are the shares that
    the units of the second layer have in the derivative by the followed weight."""

    sum_formula: Formula
    sizes: tuple[int, ...]
    algorithm: tuple[str, ...]
    hidden: Rows
    outputs: Rows
    second_hidden: Rows
    second_outputs: Rows
    forecast: Row
    residual: Row
    d_forecast: Row
    d_third: Row
    d_second_outputs: Rows
    second_slopes: Rows
    d_second_hidden: Rows
    d_second: Rows
    d_outputs: Rows
    slopes: Rows
    d_hidden: Rows
    d_first: Rows
    ways: tuple[Path, ...]
    paths: Row

    @property
    def outputs_transposed(self) -> Rows:
        return transposed(self.outputs)

    @property
    def second_outputs_transposed(self) -> Rows:
        return transposed(self.second_outputs)

    @property
    def at_kink(self) -> bool:
        return any(0 in row for row in (*self.hidden, *self.second_hidden))


SIDES = {1: (1, 2, 2, 2), 2: (2, 2, 2, 2), 3: (2, 2, 3, 2)}
"""Observations, inputs, and units of the hidden layers."""


def draw(d: Draw, level: int) -> Params:
    n, k, a, b = SIDES[level]
    leak = HALF if level == 3 else ZERO
    mean = level == 3 or (level == 2 and d.flip())
    most = 3 if level == 3 else 2
    for _ in range(60):
        inputs = d.grid(n, k, -most, most, exclude=(0,))
        first, second = d.grid(k, a, -most, most, exclude=(0,)), d.grid(a, b, -2, 2, exclude=(0,))
        if level == 3:  # leaky ReLU halves twice
            inputs = tuple(tuple(2 * x for x in row) for row in inputs)
        third = d.integers(b, -3, 3, exclude=(0,))
        p = Params(
            inputs=inputs,
            first=first,
            second=second,
            third=third,
            targets=(ZERO,) * n,
            leak=leak,
            mean=mean,
            drawn=d.integer(1, b),
            source=d.integer(1, k),
            unit=d.integer(1, a),
            derivatives=d.distinct(tuple(FORMULAS), 4),
            measured=d.shuffled(("W3", *d.distinct(SHAPES[:-1], (1, 2, 4)[level - 1]))),
        )
        minuses = any(x < 0 and w < 0 for row in inputs for x, ws in zip(row, first, strict=True) for w in ws)
        symmetric = any(transposed(W) == W for W in (first, second) if square(W))
        misses = d.distinct((-4, -3, -2, -1, 1, 2, 3, 4), n)
        targets = [f - Fraction(n * r if mean else r) for f, r in zip(solve(p).forecast, misses, strict=True)]
        p = replace(p, targets=tuple(targets))
        s = solve(p)
        if minuses and not symmetric and s.d_second_hidden != s.d_hidden and check(p, s) is None:
            break
    return p


def shape(p: Params, name: str, *, later: int = 0) -> tuple[int, int]:
    """The rows and columns of a matrix; with `later` those of the layer after it."""
    sides = (len(p.first), len(p.second), len(p.third), 1, 1)
    layer = int(name[1]) + later
    return (sides[layer - 1] if name[0] == "W" else p.count, sides[layer])


def incoming(weights: Ints, j: int) -> Formula:
    """The sum of unit j, in the outputs o1, o2 and so on of the layer before."""
    return Formula.of(linear([(w, f"o{i}") for i, w in enumerate(transposed(weights)[j], 1)]))


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    bends: bool = True,
    slopes: bool = True,
    forecast_first: bool = True,
    mean: bool | None = None,
) -> Solution:
    """Forwards layer by layer, and back.

    A mistake changes one thing: activations that are left out (`bends`), or taken for a slope of 1 on the way back
    (`slopes`); a residual that does not have the `forecast_first`; another `mean`.
    """
    bend = leaky(p.leak) if bends else IDENTITY
    activations = [bend if slopes else Activation(bend.value, IDENTITY.slope)] * 2 + [IDENTITY]
    one, two, out = forward(p.inputs, p.weights, activations)
    forecast = given.get("forecast", tuple([f for (f,) in out.O]))
    misses = tuple([f - y for f, y in zip(forecast, p.targets, strict=True)])
    residual = misses if forecast_first else tuple([-miss for miss in misses])
    share = Fraction(1, p.count) if (p.mean if mean is None else mean) else ONE
    d_forecast = tuple([share * r for r in residual])
    d_out = tuple([(d,) for d in d_forecast])

    d_W3 = linear_d_weights(two.O, d_out)
    d_O2 = linear_d_input(d_out, out.W)
    d_H2 = given.get("d_second_hidden", activation_d_input(d_O2, two.slopes))
    d_W2 = linear_d_weights(one.O, d_H2)
    d_O1 = linear_d_input(d_H2, two.W)
    d_H1 = given.get("d_hidden", activation_d_input(d_O1, one.slopes))

    ways = []
    for m, weight in enumerate(p.second[p.unit - 1]):
        only = tuple([tuple([d if j == m else ZERO for j, d in enumerate(row)]) for row in d_H2])
        back = activation_d_input(linear_d_input(only, two.W), one.slopes)
        value = linear_d_weights(one.O_in, back)[p.source - 1][p.unit - 1]
        ways.append(Path(str(m + 1), weight, transposed(d_H2)[m], value))
    return Solution(
        sum_formula=incoming(p.second, p.drawn - 1),
        sizes=tuple(side for name in p.measured for side in shape(p, name)),
        algorithm=tuple(FORMULAS[name] for name in p.derivatives),
        hidden=one.H,
        outputs=one.O,
        second_hidden=two.H,
        second_outputs=two.O,
        forecast=forecast,
        residual=residual,
        d_forecast=d_forecast,
        d_third=tuple([d for (d,) in d_W3]),
        d_second_outputs=d_O2,
        second_slopes=two.slopes,
        d_second_hidden=d_H2,
        d_second=d_W2,
        d_outputs=d_O1,
        slopes=one.slopes,
        d_hidden=d_H1,
        d_first=linear_d_weights(one.O_in, d_H1),
        ways=tuple(ways),
        paths=tuple(way.value for way in ways),
    )


def check(p: Params, s: Solution) -> str | None:
    if s.at_kink:
        return "a sum is exactly 0, where the derivative of the activation is a convention"
    for sums in (s.hidden, s.second_hidden):
        signs = {h > 0 for row in sums for h in row}
        if p.leak != 1 and len(signs) == 1:
            return "the activation passes all sums of a layer, or none"
    if 0 in s.residual:
        return "a forecast equals its target, so that observation gives no gradient"
    if not all(map(any, transposed(s.d_first))) and p.count > 1:
        return "a unit of the first layer gets no gradient"
    if not any(map(any, s.d_first)):
        return "nothing comes back to the first layer"
    if p.several and sum(map(bool, s.paths)) < min(2, len(p.third)):
        return "fewer than two paths carry anything"
    if not any(s.paths):
        return "no path carries anything"
    return None


def square(weights: Ints) -> bool:
    return len(weights) == len(weights[0])


def outgoing(p: Params) -> Formula | None:
    """The weights that leave a unit of the first layer in place of those that enter one of the second."""
    return incoming(transposed(p.second), p.drawn - 1) if p.drawn <= len(p.second) else None


def of_first_layer(p: Params) -> Formula | None:
    return incoming(p.first, p.drawn - 1) if p.drawn <= len(p.first[0]) else None


def column(numbers: Row) -> Rows:
    return tuple([(number,) for number in numbers])


def with_lost_minuses(p: Params) -> Ints:
    """X W1 with every product of two negative numbers taken for negative."""
    return tuple(
        tuple(sum(-abs(x * w) if x < 0 and w < 0 else x * w for x, w in zip(row, weights, strict=True))
              for weights in transposed(p.first)) for row in p.inputs
    )  # fmt: skip


def untransposed(p: Params, s: Solution) -> Rows | None:
    """dH1 by way of W2 in place of its transpose, where it fits and is something else."""
    if not square(p.second):
        return None
    found = activation_d_input(product(s.d_second_hidden, p.second), s.slopes)
    return None if found == s.d_hidden else found


def as_it_is(p: Params, s: Solution) -> Rows | None:
    """X times dH1 in place of its transpose, where it fits and is something else."""
    fits = p.count == len(p.first) and p.inputs != transposed(p.inputs)
    return product(p.inputs, s.d_hidden) if fits else None


EXERCISE = Exercise(
    number=23,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(9, 11.6, 14.8),
    parts={
        "unit_sum": Expression("sum_formula"),
        "sizes": Vector(),
        "algorithm": Matching(options=(*FORMULAS.values(), *WRONG_FORMULAS), items="items", points=2),
        "hidden": Matrix(),
        "second_hidden": Matrix(),
        "forecast": Vector(),
        "d_third": Vector(),
        "d_second_hidden": Matrix(points=2),
        "d_second": Matrix(),
        "d_hidden": Matrix(points=2),
        "d_first": Matrix(),
        "paths": Vector(points=2),
        "scheme": Open(points=2, space=50),
    },
    mistakes={
        "outgoing": instead(sum_formula=lambda p, s: outgoing(p)),
        "first_layer": instead(sum_formula=lambda p, s: of_first_layer(p)),
        "turned": instead(sizes=lambda p, s: tuple(side for name in p.measured for side in shape(p, name)[::-1])),
        "next_layer": instead(sizes=lambda p, s: tuple(v for name in p.measured for v in shape(p, name, later=1))),
        "bent_already": instead(hidden=lambda p, s: s.outputs),
        "absolute": instead(second_hidden=lambda p, s: product(entrywise(abs, s.hidden), p.second)),
        "by_rows": instead(hidden=lambda p, s: product(p.inputs, transposed(p.first)) if square(p.first) else None),
        "two_minuses": instead(hidden=lambda p, s: with_lost_minuses(p), credit=HALF),
        "no_activation": wrong(bends=False, spoils="second_hidden forecast"),
        "sums_forward": instead(
            forecast=lambda p, s: tuple([h for (h,) in product(s.second_hidden, p.weights[2])]),
            d_third=lambda p, s: tuple([d for (d,) in product(transposed(s.second_hidden), column(s.d_forecast))]),
            d_second=lambda p, s: product(transposed(s.hidden), s.d_second_hidden),
        ),
        "reversed_residual": wrong(
            forecast_first=False, credit=HALF, spoils="d_third d_second_hidden d_second d_hidden d_first paths"
        ),
        "summed": wrong(lambda p: p if p.mean and p.several else None, mean=False, credit=HALF),
        "no_slopes": wrong(slopes=False, spoils="d_second_hidden d_second d_hidden d_first paths"),
        "untransposed": instead(d_hidden=untransposed),
        "input_for_weight": instead(d_first=as_it_is),
    },
    carry=("d_third", "d_second_hidden", "d_second", "d_hidden", "d_first", "paths"),
)
