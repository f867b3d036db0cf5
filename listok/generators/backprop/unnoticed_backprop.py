"""Take a two-layer network through one descent step in twelve small matrix sums, then swap squares for log loss.

The loss is a mean over the observations throughout: 1/(2n) of the squares, 1/n of the log losses, and every gradient
keeps that 1/n.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from listok.generators.answers import AnyKey, Matrix, Number, Vector
from listok.generators.bounds import Checked, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, Fraction, Row, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.activations import log_sigmoid, relu, relu_slope, sigmoid, softmax
from listok.generators.toolkit.linear import entrywise, outer, product, times, transposed
from listok.generators.toolkit.losses import logarithm
from listok.generators.values import Value

Ints = tuple[tuple[int, ...], ...]
Floats = tuple[float, ...]

DIGITS = 3
STEEPEST = 4
"""A forecast beyond this gives a probability too close to 0 or 1 for three digits to tell mistakes apart."""

SHAPES = {1: (2, 2), 2: (2, 3), 3: (4, 3)}
"""Observations, and inputs (as many as hidden units: with a square matrix nothing warns of a transposition)."""

ODD, EVEN, UNITS, SMALL = (-3, -1, -1, 1, 1, 3), (-2, 0, 2), (-1, 1), (-2, -1, 0, 1, 2)
OUTPUTS = {1: (-4, -2, -2, 2, 2, 4), 2: (-4, -2, 2, 4), 3: (-3, -2, -1, 1, 2, 3)}
"""The weights of the output unit, doubled: halves come in at the last level."""


@dataclass(frozen=True)
class Params(Checked):
    """Inputs X (n by k), weights W1 (k by h) and W2 (h), targets y (n), classes t (n zeros and ones), rate gamma."""

    inputs: Annotated[Ints, Size(2, 6, each=(1, 5)), Within(-1000, 1000)]
    first: Annotated[Ints, Size(1, 5, each=(1, 5)), Within(-1000, 1000)]
    second: Annotated[Row, Size(1, 5), Within(-1000, 1000, finest=1000)]
    targets: Annotated[Row, Within(-1000, 1000, finest=1000)]
    labels: Annotated[tuple[int, ...], OneOf((0, 1))]
    rate: Annotated[Fraction, Positive(), Within(0, 1000, finest=1000)]

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


@dataclass(frozen=True)
class Solution:
    """The passes forwards and backwards: H (n by h), `mask` = ReLU'(H), O, the forecasts, their misses `residual`, the
    loss L and its gradients, the weights after the step, `stepped` all together; then the probabilities of class 1,
    those `chosen` of the true classes with their logarithms, the log loss Q, p - t and dQ/d(forecast)."""

    hidden: Ints
    mask: Ints
    activations: Ints
    forecast: Row
    residual: Row
    loss: Fraction
    d_forecast: Row
    d_second: Row
    d_activations: Rows
    d_hidden: Rows
    d_first: Rows
    new_first: Rows
    new_second: Row
    stepped: Rows
    probability: Floats
    chosen: Floats
    logarithms: Floats
    log_loss: float
    differences: Floats
    d_logits: Floats

    @property
    def at_kink(self) -> bool:
        """Whether a hidden unit gets exactly 0."""
        return any(0 in row for row in self.hidden)

    @property
    def activations_transposed(self) -> Ints:
        return transposed(self.activations)

    @property
    def squares(self) -> str:
        """The squared residuals as a sum: whole numbers go without brackets where they are not negative."""
        written = map(_decimal, self.residual)
        return " + ".join(f"{r}^{{2}}" if isinstance(r, int) and r >= 0 else f"({r})^{{2}}" for r in written)


def _decimal(value: Fraction) -> int | float | Fraction:
    """A number for a formula: whole, or with a decimal point where four places are enough, else a fraction."""
    if value.denominator == 1:
        return value.numerator
    return float(value) if 10000 % value.denominator == 0 else value


def draw(d: Draw, level: int) -> Params:
    n, k = SHAPES[level]
    # One input is odd and so are its weights, the other inputs are even: every sum is odd, so no unit sits on the kink.
    odd = d.below(k)
    inputs: Ints = tuple(tuple(d.choice(ODD if a == odd else EVEN) for a in range(k)) for _ in range(n))
    first: Ints = tuple(tuple(d.choice(UNITS if a == odd else SMALL) for _ in range(k)) for a in range(k))
    hidden = product(inputs, first)
    if len({h > 0 for row in hidden for h in row}) == 1:  # ReLU must have something to pass and something to stop
        first = tuple((*row[:-1], -row[-1]) for row in first)
        hidden = product(inputs, first)
    if not any(x < 0 and w < 0 for row in inputs for x, weights in zip(row, first, strict=True) for w in weights):
        # the same sums, but with a minus times a minus
        inputs, first = entrywise(operator.neg, inputs), entrywise(operator.neg, first)

    activations = entrywise(relu, hidden)
    for _ in range(10):
        second = tuple(d.choice(OUTPUTS[level]) for _ in range(k))
        doubled = times(activations, second)
        if max(map(abs, doubled)) <= 2 * STEEPEST and len(set(doubled)) > 1:
            break
    residuals = d.distinct((-6, -4, -2, 2, 4, 6) if level == 1 else (-4, -3, -2, -1, 1, 2, 3, 4), n)
    ones = d.integer(1, n - 1)
    labels = d.shuffled((1,) * ones + (0,) * (n - ones))
    rate = d.choice((ONE,) if level == 1 else (HALF, ONE, Fraction(2)))
    if len(set(inputs)) < n or max(map(abs, doubled)) > 2 * STEEPEST:
        return draw(d, level)  # these numbers would be refused, but solved first
    return Params(
        inputs=inputs,
        first=first,
        second=tuple(Fraction(w, 2) for w in second),
        targets=tuple(Fraction(f, 2) - r for f, r in zip(doubled, residuals, strict=True)),
        labels=labels,
        rate=rate,
    )


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

    H = given.get("hidden", product(X, W1))
    O = given.get("activations", entrywise(relu, H))
    forecast = given.get("forecast", times(O, W2))
    residual = tuple([f - target if forecast_first else target - f for f, target in zip(forecast, y, strict=True)])
    loss = share * sum([r**2 for r in residual]) / 2

    d_forecast = given.get("d_forecast", tuple([share * r for r in residual]))
    d_W2 = given.get("d_second", times(transposed(O), d_forecast))
    d_O = outer(d_forecast, W2)
    mask = entrywise(slope, H)
    d_H = given.get("d_hidden", entrywise(operator.mul, d_O, mask))
    d_W1 = given.get("d_first", product(transposed(X), d_H))

    rate = p.rate if downhill else -p.rate
    new_W1 = tuple([descent.step(row, gradient, rate) for row, gradient in zip(W1, d_W1, strict=True)])
    new_W2 = descent.step(W2, d_W2, rate)

    probability = given.get("probability", tuple(map(sigmoid, forecast)))
    if "probability" in given:
        chosen = tuple([q if label else 1 - q for q, label in zip(probability, t, strict=True)])
        logarithms = tuple(map(logarithm, chosen))
    else:
        logits = [f if label else -f for f, label in zip(forecast, t, strict=True)]
        chosen, logarithms = tuple(map(sigmoid, logits)), tuple(map(log_sigmoid, logits))
    differences = tuple([q - label for q, label in zip(probability, t, strict=True)])
    return Solution(
        hidden=H,
        mask=mask,
        activations=O,
        forecast=forecast,
        residual=residual,
        loss=loss,
        d_forecast=d_forecast,
        d_second=d_W2,
        d_activations=d_O,
        d_hidden=d_H,
        d_first=d_W1,
        new_first=new_W1,
        new_second=new_W2,
        stepped=(*new_W1, new_W2),
        probability=probability,
        chosen=chosen,
        logarithms=logarithms,
        log_loss=-share * sum(logarithms),
        differences=differences,
        d_logits=tuple([share * difference for difference in differences]),
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
    return None


def two_minuses_made_a_minus(p: Params) -> Ints:
    """X W1 with every product of two negative numbers taken for negative."""

    def taken(x: int, w: int) -> int:
        return -x * w if x < 0 and w < 0 else x * w

    return tuple(tuple(sum(map(taken, row, column)) for column in transposed(p.first)) for row in p.inputs)


def by_rows(p: Params) -> Ints | None:
    """X times the rows of W1; only a square matrix of weights can be read so."""
    return product(p.inputs, transposed(p.first)) if len(p.first) == len(p.second) else None


def untransposed(p: Params, s: Solution) -> Rows | None:
    """X in the place of its transpose; only a square one fits there."""
    return product(p.inputs, s.d_hidden) if len(p.inputs) == len(p.first) else None


PARTS: Mapping[str, AnyKey] = {
    "hidden": Matrix(points=2),
    "activations": Matrix(),
    "forecast": Vector(),
    "loss": Number(),
    "d_forecast": Vector(),
    "d_second": Vector(points=2),
    "d_hidden": Matrix(points=2),
    "d_first": Matrix(points=2),
    "step": Matrix("stepped", points=2),
    "probability": Vector(digits=DIGITS),
    "log_loss": Number(digits=DIGITS, points=2),
    "d_logits": Vector(digits=DIGITS, points=2),
}

EXERCISE = Exercise(
    number=25,
    draw=draw,
    solve=solve,
    minutes=(9, 11.4, 19),
    check=check,
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
        "forgotten_mean": wrong(mean=False, spoils="loss d_forecast d_second d_hidden d_first stepped", credit=HALF),
        "reversed_residual": wrong(forecast_first=False, spoils="d_forecast d_second d_hidden d_first", credit=HALF),
        "no_mask": wrong(slope=lambda p: lambda h: 1, spoils="d_hidden d_first stepped"),
        "untransposed": instead(d_first=untransposed),
        "ascent": wrong(downhill=False),
        "other_class": instead(probability=lambda p, s: tuple(1 - q for q in s.probability)),
        "softmax": instead(probability=lambda p, s: softmax(s.forecast)),
        "swapped_labels": wrong(labels=lambda p: tuple(1 - t for t in p.labels), spoils="log_loss d_logits"),
        "summed_log_loss": instead(
            log_loss=lambda p, s: -sum(s.logarithms), d_logits=lambda p, s: s.differences, credit=HALF
        ),
        "reversed_logits": instead(d_logits=lambda p, s: tuple(-g for g in s.d_logits), credit=HALF),
    },
    carry=tuple(PARTS)[1:],
)
