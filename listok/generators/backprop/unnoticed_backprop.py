"""Take a two-layer network through one descent step in small matrix sums, then swap squares for log loss.

The loss is a mean over the observations throughout: 1/(2n) of the squares, 1/n of the log losses, and every gradient
keeps that 1/n.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import AnyKey, Choice, Choices, Matrix, Number, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import descent, layers
from listok.generators.toolkit.activations import log_sigmoid, relu, relu_slope, sigmoid, softmax
from listok.generators.toolkit.linear import dot, entrywise, outer, product, times, transposed
from listok.generators.toolkit.losses import logarithm
from listok.generators.toolkit.statements import dull
from listok.generators.values import Value

Ints = tuple[tuple[int, ...], ...]
Floats = tuple[float, ...]

DIGITS = 3
STEEPEST = 4
"""A forecast beyond this gives a probability too close to 0 or 1 for three digits to tell mistakes apart."""

FORMULAS = {
    "second": ("second", "second_past_relu", "second_untransposed"),
    "activations": ("activations", "activations_by_outputs", "activations_swapped"),
    "first": ("first", "first_past_relu", "first_untransposed"),
    "inputs": ("inputs", "inputs_past_relu", "inputs_untransposed"),
}
"""By whose derivative is looked for: names of its formula, which is the right one, and of wrong ones."""

TRUE = ("same_backward", "same_mask", "same_shapes", "bounded", "rank_one", "step_lowers")
FALSE = ("all_anew", "mask_by_probability", "extra_slope", "dead_wakes", "no_transpose", "no_relu", "sigmoid_hidden")
STATEMENTS = TRUE + FALSE
PRINTED = 3


@dataclass(frozen=True)
class Params(Checked):
    """Inputs X (n by k), weights W1 (k by h) and W2 (h), targets y (n), classes t (n zeros and ones), rate gamma; by
    what the derivative is `sought` whose formula is asked for, and names of the `statements` on what changes."""

    inputs: Annotated[Ints, Size(2, 6, each=(1, 5)), Within(-1000, 1000)]
    first: Annotated[Ints, Size(1, 5, each=(1, 5)), Within(-1000, 1000)]
    second: Annotated[Row, Size(1, 5), Within(-1000, 1000, finest=1000)]
    targets: Annotated[Row, Within(-1000, 1000, finest=1000)]
    labels: Annotated[tuple[int, ...], OneOf((0, 1))]
    rate: Annotated[Fraction, Positive(), Within(0, 1000, finest=1000)]
    sought: Annotated[str, OneOf(tuple(FORMULAS))]
    statements: Annotated[tuple[str, ...], Size(2, 13), OneOf(STATEMENTS), Distinct()]

    def rules(self) -> Iterator[str]:
        n, k, h = len(self.inputs), len(self.first), len(self.second)
        if len(self.inputs[0]) != k:
            yield f"every row of inputs must hold {k} numbers, one for each row of first"
        if len(self.first[0]) != h:
            yield f"every row of first must hold {h} numbers, one for each number of second"
        if len(self.targets) != n or len(self.labels) != n:
            yield f"there must be {n} targets and {n} labels, one for each row of inputs"

    @property
    def inputs_transposed(self) -> Ints:
        return transposed(self.inputs)

    @property
    def first_transposed(self) -> Ints:
        return transposed(self.first)

    @property
    def second_across(self) -> Rows:
        """W2 transposed."""
        return (self.second,)

    @property
    def formulas(self) -> tuple[str, ...]:
        return FORMULAS[self.sought]

    @property
    def sought_matrix(self) -> str:
        """What the sought derivative is by, in LaTeX."""
        return {"second": "W_{2}", "activations": "O", "first": "W_{1}", "inputs": "X"}[self.sought]


@dataclass(frozen=True)
class Solution:
    """The passes forwards and backwards: H (n by h), O, the forecasts, the loss L, the formula that is asked for, the
    gradients, the weights after the step (W2 as the last row), and whether they lower the loss; then the probabilities
    of class 1, the logarithms of those of the true classes, the log loss Q and dQ/d(forecast); the true statements."""

    hidden: Ints
    activations: Ints
    forecast: Row
    loss: Fraction
    formula: str
    d_forecast: Row
    d_second: Row
    d_activations: Rows
    d_hidden: Rows
    d_first: Rows
    d_inputs: Rows
    stepped: Rows
    descends: bool
    probability: Floats
    logarithms: Floats
    log_loss: float
    d_logits: Floats
    changes: tuple[str, ...]

    @property
    def at_kink(self) -> bool:
        """Whether a hidden unit gets exactly 0."""
        return any(0 in row for row in self.hidden)

    @property
    def residual(self) -> Row:
        """The misses of the forecasts."""
        return tuple([len(self.d_forecast) * g for g in self.d_forecast])

    @property
    def mask(self) -> Ints:
        return entrywise(relu_slope, self.hidden)

    @property
    def activations_transposed(self) -> Ints:
        return transposed(self.activations)

    @property
    def new_first(self) -> Rows:
        return self.stepped[:-1]

    @property
    def new_second(self) -> Row:
        return self.stepped[-1]


STOPPED = {1: (1, 0), 2: (1, 1), 3: (1, 1)}
"""How many observations ReLU stops at each unit. There are as many inputs as units: with a square matrix nothing warns
of a transposition."""

OBSERVATIONS = {1: 2, 2: 3, 3: 4}
ENTRIES, HALVED = (-3, -2, -1, 1, 2, 3), {1: 1, 2: 2, 3: 2}
LARGEST_SUM = {1: 4, 2: 6, 3: 9}
WHOLE = tuple(map(Fraction, (-3, -2, -1, 1, 2, 3)))
GRADIENTS = {1: WHOLE, 2: (*WHOLE, HALF), 3: (*[g / 2 for g in WHOLE], 5 * HALF, -5 * HALF)}
"""The derivatives by the forecasts."""

RATES = tuple(map(Fraction, ("0.1", "0.05", "0.02", "0.01")))


def draw(d: Draw, level: int) -> Params:
    """X and W1 without zeros, so that ReLU stops as many sums as it should, but no unit and no observation whole."""
    n, k, share = OBSERVATIONS[level], len(STOPPED[level]), HALVED[level]
    rows = [row for row in itertools.product(ENTRIES, repeat=k) if k == 2 or sum(map(abs, row)) <= k + 1]
    inputs = d.distinct(rows, n)
    units: list[tuple[int, ...]] = []
    for stopped in d.shuffled(STOPPED[level]):
        fitting = [w for w in rows if w not in units and stops(inputs, w, LARGEST_SUM[level]) == stopped]
        if not fitting:
            return draw(d, level)
        units.append(d.choice(fitting))
    first = transposed(units)
    activations = entrywise(relu, product(inputs, first))

    seconds = []
    for weights in itertools.product(ENTRIES, repeat=k):
        forecast = times(activations, weights)
        if max(map(abs, forecast)) <= share * STEEPEST and len(set(forecast)) == n:
            seconds.append(weights)
    if not seconds or not all(map(any, activations)):
        return draw(d, level)
    second = tuple([Fraction(w, share) for w in d.choice(seconds)])
    gradient = d.distinct(GRADIENTS[level], n)
    ones = d.integer(1, n - 1)
    right = d.integer(1, PRINTED - 1)
    names = {*d.distinct(TRUE, right), *d.distinct(FALSE, PRINTED - right)}
    p = Params(
        inputs=inputs,
        first=first,
        second=second,
        targets=tuple([f - n * g for f, g in zip(times(activations, second), gradient, strict=True)]),
        labels=d.shuffled((1,) * ones + (0,) * (n - ones)),
        rate=RATES[-1],
        sought=d.choice(tuple(FORMULAS)),
        statements=tuple(name for name in STATEMENTS if name in names),
    )
    return with_a_good_rate(p)


def stops(inputs: Ints, unit: Sequence[int], largest: int) -> int | None:
    """How many observations a unit stops; None where a sum is 0 or long."""
    sums = times(inputs, unit)
    return sum(h < 0 for h in sums) if all(0 < abs(h) <= largest for h in sums) else None


def with_a_good_rate(p: Params) -> Params:
    """These parameters with the largest of the rates with which the step lowers the loss."""
    for rate in RATES:
        tried = replace(p, rate=rate)
        s = solve(tried)
        if s.descends:
            return tried
    return p


def loss_with(p: Params, weights: Rows) -> Fraction:
    """The loss that the network has with other weights, W2 as their last row."""
    activations = entrywise(relu, product(p.inputs, weights[:-1]))
    forecast = times(activations, weights[-1])
    misses = [f - y for f, y in zip(forecast, p.targets, strict=True)]
    return Fraction(dot(misses, misses)) / (2 * len(misses))


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    slope: Callable[[int], int] = relu_slope,
    mean: bool = True,
    forecast_first: bool = True,
    downhill: bool = True,
    labels: tuple[int, ...] | None = None,
) -> Solution:
    """Brick by brick, forwards and backwards; then the forecasts serve as logits.

    A mistake changes one thing: the `slope` of ReLU, no `mean`, a residual that does not have the `forecast_first`, a
    step that does not go `downhill`, other `labels`.
    """
    X, W1, W2, y = p.inputs, p.first, p.second, p.targets
    t = p.labels if labels is None else labels
    share = Fraction(1, len(X)) if mean else ONE

    H = given.get("hidden", layers.linear(X, W1))
    O = given.get("activations", entrywise(relu, H))
    forecast = given.get("forecast", times(O, W2))
    residual = tuple([f - target if forecast_first else target - f for f, target in zip(forecast, y, strict=True)])
    loss = share * sum([r**2 for r in residual]) / 2

    d_forecast = given.get("d_forecast", tuple([share * r for r in residual]))
    d_W2 = given.get("d_second", times(transposed(O), d_forecast))
    d_O = given.get("d_activations", outer(d_forecast, W2))
    d_H = given.get("d_hidden", layers.activation_d_input(d_O, entrywise(slope, H)))
    d_W1 = given.get("d_first", layers.linear_d_weights(X, d_H))
    d_X = given.get("d_inputs", layers.linear_d_input(d_H, W1))

    rate = p.rate if downhill else -p.rate
    new_W1 = [descent.step(row, gradient, rate) for row, gradient in zip(W1, d_W1, strict=True)]
    stepped = (*new_W1, descent.step(W2, d_W2, rate))

    probability = given.get("probability", tuple(map(sigmoid, forecast)))
    if "probability" in given:
        logarithms = tuple([logarithm(q if label else 1 - q) for q, label in zip(probability, t, strict=True)])
    else:
        logarithms = tuple([log_sigmoid(f if label else -f) for f, label in zip(forecast, t, strict=True)])
    return Solution(
        hidden=H,
        activations=O,
        forecast=forecast,
        loss=loss,
        formula=p.sought,
        d_forecast=d_forecast,
        d_second=d_W2,
        d_activations=d_O,
        d_hidden=d_H,
        d_first=d_W1,
        d_inputs=d_X,
        stepped=stepped,
        descends=loss_with(p, stepped) < loss,
        probability=probability,
        logarithms=logarithms,
        log_loss=-share * sum(logarithms),
        d_logits=tuple([share * (q - label) for q, label in zip(probability, t, strict=True)]),
        changes=tuple([name for name in p.statements if name in TRUE]),
    )


def check(p: Params, s: Solution) -> str | None:
    units = [h for row in s.hidden for h in row]
    if s.at_kink:
        return "a hidden unit gets exactly 0, where the derivative of ReLU is a convention"
    if all(h > 0 for h in units) or all(h < 0 for h in units):
        return "ReLU passes everything or nothing, so it teaches nothing"
    if len(set(p.inputs)) < len(p.inputs):
        return "two observations are the same"
    if not all(s.residual):
        return "a forecast equals its target, so that observation gives no gradient"
    if any(abs(f) > STEEPEST for f in s.forecast):
        return f"a forecast is beyond {STEEPEST} in size: its probability is too close to 0 or 1"
    if not all(map(any, s.activations)):
        return "all units are stopped for one observation, which then teaches W1 nothing"
    if not all(map(any, s.activations_transposed)):
        return "a unit is stopped for all observations, so its weights do not move"
    if not all(map(any, (*p.inputs_transposed, *p.first))):
        return "an input is 0 in all observations, or has no weight but 0"
    if not s.descends:
        return "the step does not lower the loss"
    return dull(p.statements, TRUE)


def two_minuses_made_a_minus(p: Params) -> Ints:
    """X W1 with every product of two negative numbers taken for negative."""

    def taken(x: int, w: int) -> int:
        return -x * w if x < 0 and w < 0 else x * w

    return tuple(tuple(sum(map(taken, row, column)) for column in transposed(p.first)) for row in p.inputs)


def by_rows(p: Params) -> Ints | None:
    """X times the rows of W1; only a square matrix of weights can be read so."""
    return product(p.inputs, p.first_transposed) if len(p.first) == len(p.second) else None


def untransposed_inputs(p: Params, s: Solution) -> Rows | None:
    """X in the place of its transpose; only a square one fits there."""
    return product(p.inputs, s.d_hidden) if len(p.inputs) == len(p.first) else None


def untransposed_weights(p: Params, s: Solution) -> Rows | None:
    """W1 in the place of its transpose; only a square one fits there."""
    return product(s.d_hidden, p.first) if len(p.first) == len(p.second) else None


PARTS: Mapping[str, AnyKey] = {
    "hidden": Matrix(points=2),
    "activations": Matrix(),
    "forecast": Vector(),
    "loss": Number(),
    "d_forecast": Vector(),
    "formula": Choice(options=tuple(itertools.chain(*FORMULAS.values())), among="formulas"),
    "d_second": Vector(points=2),
    "d_activations": Matrix(),
    "d_hidden": Matrix(),
    "d_first": Matrix(points=2),
    "d_inputs": Matrix(points=2),
    "step": Matrix("stepped", points=2),
    "probability": Vector(digits=DIGITS),
    "log_loss": Number(digits=DIGITS, points=2),
    "d_logits": Vector(digits=DIGITS, points=2),
    "changes": Choices(options=STATEMENTS, among="statements", points=2),
    "why": Open(points=2),
}
BACKWARDS = "d_forecast d_second d_activations d_hidden d_first d_inputs"

EXERCISE = Exercise(
    number=25,
    version=2,
    draw=draw,
    solve=solve,
    minutes=(11.5, 14.7, 18.6),
    check=check,
    terms={
        "hidden": lambda p, s: len(p.first),
        "forecast": lambda p, s: len(p.second),
        "d_second": lambda p, s: len(p.inputs),
        "d_first": lambda p, s: len(p.inputs),
        "d_inputs": lambda p, s: len(p.second),
    },
    parts=PARTS,
    mistakes={
        # half of the points are left where a sign slips or a division is lost, but all else is right
        "two_minuses": instead(hidden=lambda p, s: two_minuses_made_a_minus(p), credit=HALF),
        "by_rows": instead(hidden=lambda p, s: by_rows(p)),
        "absolute": instead(
            activations=lambda p, s: entrywise(abs, s.hidden),
            forecast=lambda p, s: times(entrywise(abs, s.hidden), p.second),
        ),
        "negative_part": instead(activations=lambda p, s: entrywise(lambda h: min(h, 0), s.hidden)),
        "past_relu": instead(
            forecast=lambda p, s: times(s.hidden, p.second),
            d_second=lambda p, s: times(transposed(s.hidden), s.d_forecast),
        ),
        "squared_sum": instead(loss=lambda p, s: sum(s.residual) ** 2 / (2 * len(p.inputs))),
        "forgotten_mean": wrong(mean=False, spoils=f"loss {BACKWARDS} stepped", credit=HALF),
        "reversed_residual": wrong(forecast_first=False, spoils=BACKWARDS, credit=HALF),
        "no_mask": wrong(slope=lambda p: lambda h: 1, spoils="d_hidden d_first d_inputs stepped"),
        "untransposed": instead(d_first=untransposed_inputs, d_inputs=untransposed_weights),
        "ascent": wrong(downhill=False),
        "other_class": instead(probability=lambda p, s: tuple(1 - q for q in s.probability)),
        "softmax": instead(probability=lambda p, s: softmax(s.forecast)),
        "swapped_labels": wrong(labels=lambda p: tuple(1 - t for t in p.labels), spoils="log_loss d_logits"),
        "summed_log_loss": instead(
            log_loss=lambda p, s: -sum(s.logarithms),
            d_logits=lambda p, s: tuple(len(p.inputs) * g for g in s.d_logits),
            credit=HALF,
        ),
        "reversed_logits": instead(d_logits=lambda p, s: tuple(-g for g in s.d_logits), credit=HALF),
    },
    carry=tuple(part for part, key in PARTS.items() if key.computed and part != "hidden"),
)
