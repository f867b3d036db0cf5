"""Take two steps of SGD by hand from weights that all start alike, and see which of them wake up, and that units of a
layer stay twins."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from typing import Annotated, Any

from listok.generators.answers import Choices, Matching, Matrix, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, layered_network
from listok.generators.mistakes import wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.activations import IDENTITY, SIGMOID, Activation, logistic
from listok.generators.toolkit.layers import Gradients, Layer, backward, forward, linear
from listok.generators.toolkit.linear import Matrix as Weights
from listok.generators.toolkit.linear import transposed
from listok.generators.toolkit.statements import dull, some
from listok.generators.values import BadParams, Value, leaves

FORMULAS = {"by_output": "by_input", "by_activation": "back", "by_sum": "gate", "by_hidden": "by_its_input"}
"""The derivatives that are matched with their formulas."""
WRONG_FORMULAS = ("back_untransposed", "gate_of_sum", "by_its_output")

TRUE = (
    "twins_forever", "as_narrow", "random_breaks", "zeros_block", "zero_biases", "no_hidden_layer",
    "rows_differ", "random_outputs", "random_biases",
)  # fmt: skip
FALSE = (
    "longer_training", "larger_constant", "single_observations", "other_activation", "adam_helps",
    "wider_learns_more", "nothing_moves", "all_weights_equal",
)  # fmt: skip
STATEMENTS = TRUE + FALSE
RIVALS = (("twins_forever", "longer_training"), ("rows_differ", "all_weights_equal"))
"""Statements of which one denies the other."""


@dataclass(frozen=True)
class Observation:
    x: tuple[int, ...]
    y: Fraction


@dataclass(frozen=True)
class Params(Checked):
    """Two observations with their targets, and the number of the one that comes `first`; the widths of the hidden
    layers. At the start all weights of the first layer are ln `base`, those of the output are `start`, the others 0.
    `derivatives` are matched with formulas, `statements` are judged."""

    inputs: Annotated[tuple[tuple[int, ...], ...], Size(2, 2, each=(1, 4)), Within(-100, 100)]
    targets: Annotated[Row, Size(2, 2), Within(-1000, 1000, finest=1000)]
    first: Annotated[int, OneOf((1, 2))]
    widths: Annotated[tuple[int, ...], Size(1, 3), Within(1, 4)]
    base: Annotated[int, Within(1, 100)]
    start: Annotated[Fraction, Within(-100, 100, finest=100)]
    rate: Annotated[Fraction, Positive(), Within(0, 100, finest=1000)]
    derivatives: Annotated[tuple[str, ...], Size(2, 4), OneOf(tuple(FORMULAS)), Distinct()]
    statements: Annotated[tuple[str, ...], Size(2, 17), OneOf(STATEMENTS), Distinct()]

    def rules(self) -> Iterator[str]:
        if self.base**max(sum(map(abs, x)) for x in self.inputs) > 10**100:
            yield "base is too large for such inputs"

    @property
    def second(self) -> int:
        return 3 - self.first

    @property
    def last(self) -> int:
        """The number of the output's layer of weights."""
        return len(self.widths) + 1

    @property
    def before(self) -> int:
        return len(self.widths)

    @property
    def earliest(self) -> int:
        """The number of the layer whose outputs the last hidden one gets."""
        return len(self.widths) - 1

    @property
    def deep(self) -> bool:
        return len(self.widths) > 1

    @property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(map(Observation, self.inputs, self.targets))

    @property
    def units(self) -> int:
        return self.widths[-1]

    @property
    def logs(self) -> bool:
        return self.base > 1

    @property
    def blocked(self) -> bool:
        """Whether the first error is stopped by the output's weights, which are zeros."""
        return self.start == 0

    @property
    def perpendicular(self) -> bool:
        a, b = self.inputs
        return sum(u * v for u, v in zip(a, b, strict=True)) == 0

    @property
    def all_zero(self) -> bool:
        return self.base == 1 and self.start == 0

    @property
    def items(self) -> tuple[str, ...]:
        k = self.before
        letters = {"by_output": f"W_{k + 1}", "by_activation": f"O_{k}", "by_sum": f"H_{k}", "by_hidden": f"W_{k}"}
        return tuple(rf"\frac{{\partial L}}{{\partial {letters[name]}}}" for name in self.derivatives)

    @property
    def matrices(self) -> tuple[str, ...]:
        return tuple(f"W_{k}" for k in range(1, self.last + 1))

    @property
    def net(self) -> Scene:
        columns = [[f"x_{i}" for i in range(1, len(self.inputs[0]) + 1)]]
        columns += [[r"\sigma"] * width for width in self.widths] + [[r"\hat y"]]
        pairs = enumerate(pairwise(columns))
        edges = [(k, i, k + 1, j, None) for k, (a, b) in pairs for i in range(len(a)) for j in range(len(b))]
        return layered_network(columns, edges)


@dataclass(frozen=True)
class Hidden:
    """Hidden layer k in a step, with the numbers that are the same for all its units: the sum is `power` times ln base,
    `o` is the output; dL/do, dL/dh, and dL/dw by the weights of a unit, one for each number that comes in."""

    k: str
    power: int
    o: Fraction
    d_o: Fraction
    slope: Fraction
    d_h: Fraction
    d_w: Row

    @property
    def first_layer(self) -> bool:
        return self.k == "1"

    @property
    def vanishes(self) -> bool:
        return self.power == 0


@dataclass(frozen=True)
class Step:
    """A step on the observation `number`: the hidden layers, the forecast and its `residual`; the derivative by each of
    the output's weights, and what these are before the step (`w`) and after it (`moved`)."""

    number: str
    x: tuple[int, ...]
    y: Fraction
    layers: tuple[Hidden, ...]
    w: Fraction
    forecast: Fraction
    residual: Fraction
    d_output: Fraction
    moved: Fraction

    @property
    def last_o(self) -> Fraction:
        return self.layers[-1].o

    @property
    def came(self) -> Row | tuple[int, ...]:
        """What comes into the units of the last hidden layer."""
        last = self.layers[-1]
        return self.x if last.first_layer else (self.layers[-2].o,) * len(last.d_w)


@dataclass(frozen=True)
class Solution:
    """`output` are the output's weights after each step, `hidden` is the change of the last hidden layer's; `moves`
    tells for each layer in which of the steps its weights move."""

    algorithm: tuple[str, ...]
    steps: tuple[Step, ...]
    forecasts: Row
    output: Rows
    hidden: Rows
    moves: tuple[str, ...]
    true_ones: tuple[str, ...]

    @property
    def rises(self) -> tuple[Move, ...]:
        return tuple(Move(f"W_{k}", *MOVES[name]) for k, name in enumerate(self.moves, 1))


@dataclass(frozen=True)
class Move:
    """Whether a matrix moves in the first step, and in the second."""

    name: str
    first: bool
    second: bool


MOVES = {"never": (False, False), "only_first": (True, False), "only_second": (False, True), "both": (True, True)}

NAMES = {when: name for name, when in MOVES.items()}

# Inputs of two observations that are orthogonal, so that what the first step does to the first layer's weights leaves
# the sums of the second observation as they are. They add up to -1, 0 or 1, so that their sigmoids are short.
ORTHOGONAL = (
    ((2, 1, -2), (2, -2, 1)), ((2, 1, -2), (1, -2, 0)), ((1, -1, 1), (2, 0, -2)), ((1, -1, 1), (1, 0, -1)),
    ((3, -1, -1), (0, 1, -1)), ((3, -1, -1), (0, 2, -2)), ((3, -2, -2), (0, 1, -1)), ((3, -1, -2), (0, 2, -1)),
)  # fmt: skip
TRIES = 25
SPANS = {1: (1, 4), 2: (1, 4), 3: (4, 12)}
RATES = tuple(map(Fraction, ("1", "1/2", "1/4", "1/5", "1/10")))


DEPTHS: Mapping[int, tuple[tuple[int, ...], ...]] = {
    1: ((2,), (2,), (2,), (2, 2), (2, 2)),
    2: ((2, 2),),
    3: ((2, 2, 2), (3, 3)),
}
"""The hidden layers, by level, of networks whose weights are almost all zeros."""


def draw(d: Draw, level: int) -> Params:
    at_once = level > 1 and d.below(5) < 2  # the output's weights are no zeros, so all layers move at once
    if at_once:
        pair = d.choice(ORTHOGONAL)
        places = d.shuffled(range(3))
        signs = d.sign(), d.sign()
        inputs = tuple(tuple(sign * x[i] for i in places) for sign, x in zip(signs, d.shuffled(pair), strict=True))
        widths: tuple[int, ...] = (4,) if level == 3 else (3,)
    else:
        count, most = (3, 3) if level == 3 else (2, 4)
        inputs = tuple(d.integers(count, -most, most, exclude=(0,)) for _ in range(2))
        widths = d.choice(DEPTHS[level])
    base = 1
    if level == 3 or (level == 2 and not at_once):
        base = d.choice((2, 3))
    start = ZERO
    if at_once:  # so that forecasts are short
        start = Fraction(base + 1, 2) if level == 3 else d.choice((HALF, ONE, Fraction(2)))
    p = Params(
        inputs=inputs,
        targets=(ZERO, ZERO),
        first=d.choice((1, 2)),
        widths=widths,
        base=base,
        start=d.sign() * start,
        rate=ONE,
        derivatives=d.distinct(tuple(FORMULAS), level + 1),
        statements=some(d, TRUE, FALSE, (4, 5, 8)[level - 1], RIVALS),
    )
    for _ in range(TRIES):
        q = replace(p, rate=d.choice(RATES[level - 1 :] if at_once else RATES[: min(level, 2)]))
        for number in (p.first, p.second):
            residual = (base + 1) * d.sign() * d.integer(*SPANS[level])
            forecast = solve(q).forecasts[number != p.first]
            targets = [forecast - residual if i == number else y for i, y in enumerate(q.targets, 1)]
            q = replace(q, targets=tuple(targets))
        s = solve(q)
        answers = leaves((s.forecasts, s.output, s.hidden))
        if all(map(brief, answers)) and all(20 % y.denominator == 0 for y in q.targets) and check(q, s) is None:
            return q
    return q


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    order: tuple[int, ...] = (),
    together: bool = False,
    forecast_first: bool = True,
    two: int = 1,
    slopes: bool = True,
    move: bool = True,
    moved_first: bool = False,
) -> Solution:
    """Two steps, each forward and back through all layers.

    A mistake changes one thing: the `order` of the observations, or both of them `together` in each step; a residual
    that does not have the `forecast_first`; a `two` that the loss does not have; `slopes` taken as 1; weights that do
    not `move` before the second step; output weights that are `moved_first` and send the residual back then.
    """
    sizes = (len(p.inputs[0]), *p.widths)
    shapes = tuple(zip(sizes, p.widths, strict=False))
    # Sums of the first layer are whole multiples of ln(base), those of the others 0, in both steps.
    starts = tuple(constant(shape, 0 if k else 1) for k, shape in enumerate(shapes))
    activations = [logistic(p.base), *[SIGMOID] * (len(shapes) - 1)]
    if not slopes:
        activations = [Activation(f.value, IDENTITY.slope) for f in activations]
    output: Row = (p.start,) * p.widths[-1]
    changes = tuple(constant(shape, ZERO) for shape in shapes)

    steps, moves, after = [], [], []
    for t, number in enumerate(order or (p.first, p.second)):
        rows = p.observations if together else (p.observations[number - 1],)
        X = tuple([row.x for row in rows])
        layers = forward(X, (*starts, transposed((output,))), (*activations, IDENTITY))
        if any(any(map(any, linear(layer.O_in, change))) for layer, change in zip(layers, changes, strict=False)):
            raise BadParams("in the second step the sigmoid is irrational: there is no exact answer")

        forecasts = given["forecasts"][t : t + 1] if "forecasts" in given else [o for (o,) in layers[-1].O]
        misses = [f - row.y for f, row in zip(forecasts, rows, strict=True)]
        residuals = misses if forecast_first else [-miss for miss in misses]
        d_forecasts = tuple([(Fraction(two * r, len(rows)),) for r in residuals])
        ahead = backward(layers, d_forecasts)[-1].d_W
        moved = descent.step(output, [d for (d,) in ahead], p.rate)
        through = (*starts, transposed((moved,))) if moved_first else None
        *gradients, last = backward(layers, d_forecasts, through=through)
        changes = tuple(map(descent.matrix_step, changes, [g.d_W for g in gradients], repeat(p.rate)))
        moves.append([*[any(map(any, g.d_W)) for g in gradients], any(residuals)])

        hidden = [
            hidden_layer(str(k), layer, g)
            for k, (layer, g) in enumerate(zip(layers, gradients, strict=False), 1)
        ]
        seen = forecasts[0], residuals[0], last.d_W[0][0], moved[0]
        steps.append(Step(str(number), rows[0].x, rows[0].y, tuple(hidden), output[0], *seen))
        after.append(moved)
        if move:
            output = given["output"][t] if "output" in given else moved

    return Solution(
        algorithm=tuple(FORMULAS[name] for name in p.derivatives),
        steps=tuple(steps),
        forecasts=tuple(step.forecast for step in steps),
        output=tuple(after),
        hidden=changes[-1],
        moves=tuple(NAMES[both] for both in zip(*moves, strict=True)),
        true_ones=tuple(name for name in p.statements if name in TRUE),
    )


def brief(number: Fraction) -> bool:
    return 1000 % number.denominator == 0 or number.denominator <= 20


def hidden_layer(k: str, layer: Layer, back: Gradients) -> Hidden:
    """The numbers of the first unit."""
    (power, *_), (o, *_), (slope, *_) = layer.H[0], layer.O[0], layer.slopes[0]
    return Hidden(k, power, o, back.d_O[0][0], slope, back.d_H[0][0], tuple([row[0] for row in back.d_W]))


def constant(shape: tuple[int, int], value: Any) -> Weights:
    return ((value,) * shape[1],) * shape[0]


def every_step_pays(p: Params, s: Solution) -> bool:
    """Whether each step lowers the loss of its own observation, in floats, as sigmoids are irrational afterwards."""
    sizes = (len(p.inputs[0]), *p.widths)
    weights: list[Weights] = [constant(shape, 0) for shape in zip(sizes, p.widths, strict=False)]
    weights[0] = constant((sizes[0], sizes[1]), math.log(p.base))
    weights.append(constant((p.units, 1), p.start))
    activations = (*[SIGMOID] * len(p.widths), IDENTITY)
    for step in s.steps:
        missed = forward((step.x,), weights, activations)[-1].O[0][0] - step.y
        hidden = zip(step.layers, p.widths, strict=True)
        gradients = [tuple([(d,) * width for d in layer.d_w]) for layer, width in hidden]
        gradients.append(constant((p.units, 1), step.d_output))
        weights = [descent.matrix_step(W, d_W, p.rate) for W, d_W in zip(weights, gradients, strict=True)]
        if not abs(forward((step.x,), weights, activations)[-1].O[0][0] - step.y) < abs(missed):
            return False
    return True


def check(p: Params, s: Solution) -> str | None:
    if s.steps[0].residual == 0:
        return "the first forecast is exact, so that the first step changes nothing"
    if s.steps[1].residual == 0:
        return "the second forecast is exact, so that the second step changes nothing"
    if (why := dull(p.statements, TRUE, RIVALS)) is not None:
        return why
    if not every_step_pays(p, s):
        return "a step raises the loss of its own observation"
    return None


EXERCISE = Exercise(
    number=24,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.8, 11.1, 14.4),
    version=2,
    parts={
        "algorithm": Matching(options=(*FORMULAS.values(), *WRONG_FORMULAS), items="items", points=2),
        "forecasts": Vector(points=1),
        "output": Matrix(points=2),
        "hidden": Matrix(points=3),
        "moves": Matching(options=tuple(MOVES), items="matrices", shuffle=False, points=2),
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "why": Open(points=2),
    },
    mistakes={
        "listed_order": wrong(order=lambda p: (p.second, p.first)),
        "both_at_once": wrong(lambda p: p if p.start == 0 else None, together=True),
        "reversed_residual": wrong(forecast_first=False, credit=HALF),
        "doubled": wrong(two=2, credit=HALF),
        "from_the_start": wrong(move=False),
        "no_slopes": wrong(slopes=False),
        "moved_first": wrong(lambda p: p if p.start != 0 else None, moved_first=True),
    },
    carry=("output", "hidden"),
)
