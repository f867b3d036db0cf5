"""Take a two-layer network through one descent step in twelve small matrix sums, then swap squares for log loss.

The loss is a mean over the observations throughout: 1/(2n) of the squares, 1/n of the log losses, and every gradient
keeps that 1/n.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from listok.generators.answers import Matrix, Number, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.ratios import ratio, ratios
from listok.generators.remember import remembers_last
from listok.generators.values import BadParams, Value

Ints = tuple[tuple[int, ...], ...]
Row = tuple[Fraction, ...]
Rows = tuple[Row, ...]

DIGITS = 3
STEEPEST = 4
"""A forecast beyond this gives a probability too close to 0 or 1 for three digits to tell mistakes apart."""

SHAPES = {1: (2, 2), 2: (2, 3), 3: (4, 3)}
"""Observations, and inputs (as many as hidden units: with a square matrix nothing warns of a transposition)."""


@dataclass(frozen=True)
class Params:
    """Inputs X (n by k), weights W1 (k by h) and W2 (h), targets y (n), classes t (n zeros and ones), rate gamma."""

    inputs: Ints
    first: Ints
    second: Row
    targets: Row
    labels: tuple[int, ...]
    rate: Fraction

    def __post_init__(self) -> None:
        n, k, h = len(self.inputs), len(self.first), len(self.second)
        if not (2 <= n <= 6 and 1 <= k <= 5 and 1 <= h <= 5):
            raise BadParams("there must be 2 to 6 observations, 1 to 5 inputs and 1 to 5 hidden units")
        if any(len(row) != k for row in self.inputs):
            raise BadParams(f"every row of inputs must hold {k} numbers, one for each row of first")
        if any(len(row) != h for row in self.first):
            raise BadParams(f"every row of first must hold {h} numbers, one for each number of second")
        if len(self.targets) != n or len(self.labels) != n:
            raise BadParams(f"there must be {n} targets and {n} labels, one for each row of inputs")
        if any(label not in (0, 1) for label in self.labels):
            raise BadParams("a label is 0 or 1")
        if self.rate <= 0:
            raise BadParams("the rate must be positive")
        whole = [a for row in self.inputs + self.first for a in row]
        exact = [a.as_integer_ratio() for a in (*self.second, *self.targets, self.rate)]
        if max(map(abs, whole)) > 1000 or any(abs(a) > 1000 * b or b > 1000 for a, b in exact):
            raise BadParams("numbers must lie between -1000 and 1000, with denominators up to 1000")

    @property
    def observations(self) -> int:
        return len(self.inputs)

    @property
    def inputs_transposed(self) -> Ints:
        return tuple(zip(*self.inputs, strict=True))


@dataclass(frozen=True)
class Solution:
    """H, O, the forecasts, the loss, its gradients, the weights after the step; then probabilities and log loss."""

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
    probability: tuple[float, ...]
    chosen: tuple[float, ...]
    log_loss: float
    d_logits: tuple[float, ...]

    @property
    def squares(self) -> str:
        written = map(_decimal, self.residual)
        return " + ".join(f"{r}^{{2}}" if isinstance(r, int) and r > 0 else f"({r})^{{2}}" for r in written)

    @property
    def activations_transposed(self) -> Ints:
        return tuple(zip(*self.activations, strict=True))

    @property
    def logarithms(self) -> tuple[float, ...]:
        return tuple(map(math.log, self.chosen))

    @property
    def differences(self) -> tuple[float, ...]:
        """p - t for each observation."""
        return tuple([g * len(self.d_logits) for g in self.d_logits])

    @property
    def logarithms_added(self) -> str:
        return " ".join(f"- {-value:.{DIGITS + 1}f}" for value in self.logarithms)


def draw(d: Draw, level: int) -> Params:
    n, k = SHAPES[level]
    # One input is odd and so are its weights, the other inputs are even: every sum is odd, so no unit sits on the kink.
    odd = d.below(k)
    inputs = tuple(tuple(d.choice(ODD if a == odd else EVEN) for a in range(k)) for _ in range(n))
    first = tuple(tuple(d.choice(UNITS if a == odd else SMALL) for _ in range(k)) for a in range(k))
    hidden = _products(inputs, first)
    if len({h > 0 for row in hidden for h in row}) == 1:  # ReLU must have something to pass and something to stop
        first = tuple((*row[:-1], -row[-1]) for row in first)
        hidden = _products(inputs, first)
    if not any(x < 0 and w < 0 for xs in inputs for x, ws in zip(xs, first, strict=True) for w in ws):
        inputs, first = _negative(inputs), _negative(first)  # the same sums, but with a minus times a minus
    doubled: tuple[int, ...] = ()
    for _ in range(10):
        second = tuple(d.choice(OUTPUTS[level]) for _ in range(k))
        doubled = tuple(sum(h * v for h, v in zip(row, second, strict=True) if h > 0) for row in hidden)
        if max(map(abs, doubled)) <= 2 * STEEPEST and len(set(doubled)) > 1:
            break
    residuals = d.distinct((-6, -4, -2, 2, 4, 6) if level == 1 else (-4, -3, -2, -1, 1, 2, 3, 4), n)
    ones = d.integer(1, n - 1)
    labels = d.shuffled((1,) * ones + (0,) * (n - ones))
    rate = d.choice((Fraction(1),) if level == 1 else (HALF, Fraction(1), Fraction(2)))
    if len(set(inputs)) < n or max(map(abs, doubled)) > 2 * STEEPEST:
        return draw(d, level)  # these numbers would be refused, but solved first
    targets = [f - 2 * r for f, r in zip(doubled, residuals, strict=True)]
    return Params(inputs, first, ratios(second, 2), ratios(targets, 2), labels, rate)


ZERO, HALF = Fraction(0), Fraction(1, 2)
ODD, EVEN, UNITS, SMALL = (-3, -1, -1, 1, 1, 3), (-2, 0, 2), (-1, 1), (-2, -1, 0, 1, 2)
OUTPUTS = {1: (-4, -2, -2, 2, 2, 4), 2: (-4, -2, 2, 4), 3: (-3, -2, -1, 1, 2, 3)}
"""The weights of the output unit, doubled: halves come in at the last level."""


def _products(inputs: Ints, weights: Ints) -> Ints:
    columns = tuple(zip(*weights, strict=True))
    return tuple(tuple(sum(map(operator.mul, row, column)) for column in columns) for row in inputs)


def _negative(matrix: Ints) -> Ints:
    return tuple(tuple(-v for v in row) for row in matrix)


class Pass(NamedTuple):
    """The way through the network and back in whole numbers: fractions are slow, and one denominator serves a matrix.

    Forecasts, residuals and `second` (the weights of the output) are multiples of 1/`scale`, gradients by the output's
    weights of 1/`once`, other gradients of 1/`twice`.
    """

    scale: int
    once: int
    twice: int
    hidden: Ints
    activations: Ints
    second: Sequence[int]
    forecast: Sequence[int]
    residual: Sequence[int]
    d_second: Sequence[int]
    d_activations: Ints
    d_hidden: Ints
    d_first: Ints


@remembers_last
def _pass(p: Params) -> Pass:
    n = len(p.inputs)
    scale = math.lcm(*(a.denominator for a in p.second + p.targets))
    second, targets = ([a.numerator * (scale // a.denominator) for a in row] for row in (p.second, p.targets))
    hidden = _products(p.inputs, p.first)
    activations = tuple(tuple([h if h > 0 else 0 for h in row]) for row in hidden)
    forecast = [sum(map(operator.mul, row, second)) for row in activations]
    residual = list(map(operator.sub, forecast, targets))
    d_second = [sum(map(operator.mul, column, residual)) for column in zip(*activations, strict=True)]
    d_activations = tuple(tuple([r * w for w in second]) for r in residual)
    d_hidden = tuple(
        tuple([g if h > 0 else 0 for g, h in zip(gs, hs, strict=True)])
        for gs, hs in zip(d_activations, hidden, strict=True)
    )
    d_first = _products(tuple(zip(*p.inputs, strict=True)), d_hidden)
    return Pass(
        scale, n * scale, n * scale**2,
        hidden, activations, second, forecast, residual, d_second, d_activations, d_hidden, d_first,
    )  # fmt: skip


def _rows(matrix: Iterable[Iterable[int]], denominator: int) -> Rows:
    return tuple([ratios(row, denominator) for row in matrix])


def _stepped(p: Params, d_first: Ints, d_second: Sequence[int], factor: int = 1) -> Rows:
    """The weights, those of the output in the last row, after a step along `factor` times these gradients."""
    way = _pass(p)
    rate, slow = factor * p.rate.numerator, p.rate.denominator
    first = [
        [slow * way.twice * w - rate * g for w, g in zip(ws, gs, strict=True)]
        for ws, gs in zip(p.first, d_first, strict=True)
    ]
    second = [slow * len(p.inputs) * w - rate * g for w, g in zip(way.second, d_second, strict=True)]
    return (*_rows(first, slow * way.twice), ratios(second, slow * way.once))


@remembers_last
def solve(p: Params) -> Solution:
    n, way = len(p.inputs), _pass(p)
    forecast = ratios(way.forecast, way.scale)
    stepped = _stepped(p, way.d_first, way.d_second)
    # Beyond +-700 the exponent overflows; such forecasts are refused by `check`, here they only must not crash.
    probability = tuple([1 / (1 + math.exp(-min(max(float(f), -700), 700))) for f in forecast])
    chosen = tuple([q if label else 1 - q for q, label in zip(probability, p.labels, strict=True)])
    if not all(chosen):
        raise BadParams("a probability cannot be told from 0: the logarithm does not exist")
    return Solution(
        hidden=way.hidden,
        mask=tuple([tuple([int(h > 0) for h in row]) for row in way.hidden]),
        activations=way.activations,
        forecast=forecast,
        residual=ratios(way.residual, way.scale),
        loss=Fraction(sum(map(operator.mul, way.residual, way.residual)), 2 * n * way.scale**2),
        d_forecast=ratios(way.residual, way.once),
        d_second=ratios(way.d_second, way.once),
        d_activations=_rows(way.d_activations, way.twice),
        d_hidden=_rows(way.d_hidden, way.twice),
        d_first=_rows(way.d_first, way.twice),
        new_first=stepped[:-1],
        new_second=stepped[-1],
        stepped=stepped,
        probability=probability,
        chosen=chosen,
        log_loss=-(sum(map(math.log, chosen)) / n),
        d_logits=tuple([(q - label) / n for q, label in zip(probability, p.labels, strict=True)]),
    )


def oracle(p: Params) -> Solution:
    """One weight at a time by the scalar chain rule; log loss through ln(1 + e^z)."""
    n, seen, units, ways = len(p.inputs), range(len(p.inputs)), range(len(p.second)), range(len(p.first))
    # Numerators only, next to what they are over: output weights are over b, targets over c.
    b, c = (math.lcm(*(number.denominator for number in row)) for row in (p.second, p.targets))
    second, targets = [int(b * v) for v in p.second], [int(c * y) for y in p.targets]
    over, finer = n * b * c, n * b * c * b
    hidden = tuple(tuple([sum([p.inputs[i][a] * p.first[a][j] for a in ways]) for j in units]) for i in seen)
    alive = tuple(tuple([1 if v > 0 else 0 for v in row]) for row in hidden)
    active = tuple(tuple([max(v, 0) for v in row]) for row in hidden)
    forecast = [sum([active[i][j] * second[j] for j in units]) for i in seen]  # over b
    upstream = [forecast[i] * c - targets[i] * b for i in seen]  # residuals over b c, their shares over n b c
    d_active = [[u * v for v in second] for u in upstream]
    d_hidden = [[d_active[i][j] * alive[i][j] for j in units] for i in seen]
    d_second = [sum([upstream[i] * active[i][j] for i in seen]) for j in units]
    d_first = [[sum([d_hidden[i][j] * p.inputs[i][a] for i in seen]) for j in units] for a in ways]
    up, down = p.rate.as_integer_ratio()
    new_first = tuple(
        tuple([ratio(p.first[a][j] * finer * down - up * d_first[a][j], finer * down) for j in units]) for a in ways
    )
    new_second = tuple([ratio(second[j] * n * c * down - up * d_second[j], over * down) for j in units])
    zs = [f / b for f in forecast]
    margins = [z if label else -z for z, label in zip(zs, p.labels, strict=True)]
    if min(margins) < -700:
        raise BadParams("a probability cannot be told from 0: the logarithm does not exist")
    return Solution(
        hidden, alive, active, ratios(forecast, b), ratios(upstream, b * c),
        Fraction(sum([r * r for r in upstream]), 2 * n * (b * c) ** 2),
        ratios(upstream, over), ratios(d_second, over),
        tuple([ratios(row, finer) for row in d_active]), tuple([ratios(row, finer) for row in d_hidden]),
        tuple([ratios(row, finer) for row in d_first]), new_first, new_second, (*new_first, new_second),
        tuple([(1 + math.tanh(z / 2)) / 2 for z in zs]),
        tuple([(1 + math.tanh(m / 2)) / 2 for m in margins]),
        math.fsum([math.log1p(math.exp(-m)) for m in margins]) / n,
        tuple([(-1 if label else 1) / (1 + math.exp(m)) / n for m, label in zip(margins, p.labels, strict=True)]),
    )  # fmt: skip


def check(p: Params, s: Solution) -> str | None:
    units = [h for row in s.hidden for h in row]
    if 0 in units:
        return "a hidden unit gets exactly 0, where ReLU has no derivative"
    if all(h > 0 for h in units) or all(h < 0 for h in units):
        return "ReLU passes everything or nothing, so it teaches nothing"
    if len(set(p.inputs)) < len(p.inputs):
        return "two observations are the same"
    if not all(s.residual):
        return "a forecast equals its target, so that observation gives no gradient"
    if any(abs(f) > STEEPEST for f in s.forecast):
        return f"a forecast is beyond {STEEPEST} in size: its probability is too close to 0 or 1"
    return None


def effort(p: Params, _s: Solution) -> int:
    n, k, h = len(p.inputs), len(p.first), len(p.second)
    layers = 2 * n * k * h + 2 * n * h
    elementwise = 3 * n * h + 3 * n + 2 * (k + 1) * h
    return layers + elementwise + 6 * n


def _decimal(value: Fraction) -> int | float | Fraction:
    """A number for a formula: whole, or with a decimal point where four places are enough, else a fraction."""
    if value.denominator == 1:
        return value.numerator
    return float(value) if 10000 % value.denominator == 0 else value


def two_minuses(p: Params) -> dict[str, Value]:
    columns = tuple(zip(*p.first, strict=True))
    wrong = tuple(
        tuple(sum(-x * w if x < 0 and w < 0 else x * w for x, w in zip(row, column, strict=True)) for column in columns)
        for row in p.inputs
    )
    return {"hidden": wrong}


def by_rows(p: Params) -> dict[str, Value]:
    """Only a square matrix of weights can be read by rows."""
    if len(p.first) != len(p.second):
        return {}
    return {"hidden": _products(p.inputs, tuple(zip(*p.first, strict=True)))}


def absolute(p: Params) -> dict[str, Value]:
    kept = tuple(tuple(map(abs, row)) for row in _pass(p).hidden)
    return {"activations": kept, "forecast": _forecast(p, kept)}


def negative_part(p: Params) -> dict[str, Value]:
    return {"activations": tuple(tuple([min(h, 0) for h in row]) for row in _pass(p).hidden)}


def past_relu(p: Params) -> dict[str, Value]:
    way = _pass(p)
    d_second = [sum(map(operator.mul, column, way.residual)) for column in zip(*way.hidden, strict=True)]
    return {"forecast": _forecast(p, way.hidden), "d_second": ratios(d_second, way.once)}


def _forecast(p: Params, activations: Ints) -> Row:
    way = _pass(p)
    return ratios([sum(map(operator.mul, row, way.second)) for row in activations], way.scale)


def squared_sum(p: Params) -> dict[str, Value]:
    way = _pass(p)
    return {"loss": Fraction(sum(way.residual) ** 2, 2 * p.observations * way.scale**2)}


def forgotten_mean(p: Params) -> dict[str, Value]:
    way, n = _pass(p), p.observations
    return {
        "loss": Fraction(sum(map(operator.mul, way.residual, way.residual)), 2 * way.scale**2),
        "d_forecast": ratios(way.residual, way.scale),
        "d_second": ratios(way.d_second, way.scale),
        "d_hidden": _rows(way.d_hidden, way.scale**2),
        "d_first": _rows(way.d_first, way.scale**2),
        "stepped": _stepped(p, way.d_first, way.d_second, n),
    }


def reversed_residual(p: Params) -> dict[str, Value]:
    way = _pass(p)
    return {
        "d_forecast": ratios(way.residual, -way.once),
        "d_second": ratios(way.d_second, -way.once),
        "d_hidden": _rows(way.d_hidden, -way.twice),
        "d_first": _rows(way.d_first, -way.twice),
    }


def no_mask(p: Params) -> dict[str, Value]:
    way = _pass(p)
    d_first = _products(tuple(zip(*p.inputs, strict=True)), way.d_activations)
    return {
        "d_hidden": _rows(way.d_activations, way.twice),
        "d_first": _rows(d_first, way.twice),
        "stepped": _stepped(p, d_first, way.d_second),
    }


def untransposed(p: Params) -> dict[str, Value]:
    """Only a square X can take the place of its transpose."""
    if p.observations != len(p.first):
        return {}
    way = _pass(p)
    return {"d_first": _rows(_products(p.inputs, way.d_hidden), way.twice)}


def ascent(p: Params) -> dict[str, Value]:
    way = _pass(p)
    return {"stepped": _stepped(p, way.d_first, way.d_second, -1)}


def other_class(p: Params) -> dict[str, Value]:
    return {"probability": tuple([1 - q for q in solve(p).probability])}


def softmax(p: Params) -> dict[str, Value]:
    powers = list(map(math.exp, solve(p).forecast))
    total = sum(powers)
    return {"probability": tuple([e / total for e in powers])}


def swapped_labels(p: Params) -> dict[str, Value]:
    s = solve(p)
    return {
        "log_loss": -math.fsum([math.log(1 - q) for q in s.chosen]) / p.observations,
        "d_logits": tuple([(q - 1 + t) / p.observations for q, t in zip(s.probability, p.labels, strict=True)]),
    }


def summed_log_loss(p: Params) -> dict[str, Value]:
    s = solve(p)
    return {"log_loss": s.log_loss * p.observations, "d_logits": tuple([g * p.observations for g in s.d_logits])}


def reversed_logits(p: Params) -> dict[str, Value]:
    return {"d_logits": tuple([-g for g in solve(p).d_logits])}


def _dot(left: Sequence[int | Fraction], right: Sequence[int | Fraction]) -> Fraction:
    return sum((Fraction(a) * b for a, b in zip(left, right, strict=True)), ZERO)


def _step(p: Params, s: Solution) -> Rows:
    weights: Sequence[Sequence[int | Fraction]] = (*p.first, p.second)
    gradients = (*s.d_first, s.d_second)
    return tuple(
        tuple(w - p.rate * g for w, g in zip(ws, gs, strict=True)) for ws, gs in zip(weights, gradients, strict=True)
    )


# What each brick makes of the answers to the bricks before it, whatever these are.
CARRY: dict[str, Callable[[Params, Solution], Value]] = {
    "activations": lambda p, s: tuple(tuple(max(h, 0) for h in row) for row in s.hidden),
    "forecast": lambda p, s: tuple(_dot(row, p.second) for row in s.activations),
    "loss": lambda p, s: (
        sum((f - y) ** 2 for f, y in zip(s.forecast, p.targets, strict=True)) / (2 * p.observations)
    ),
    "d_forecast": lambda p, s: tuple((f - y) / p.observations for f, y in zip(s.forecast, p.targets, strict=True)),
    "d_second": lambda p, s: tuple(_dot(column, s.d_forecast) for column in zip(*s.activations, strict=True)),
    "d_hidden": lambda p, s: tuple(
        tuple(d * v if h > 0 else ZERO for h, v in zip(row, p.second, strict=True))
        for row, d in zip(s.hidden, s.d_forecast, strict=True)
    ),
    "d_first": lambda p, s: tuple(
        tuple(_dot(column, d) for d in zip(*s.d_hidden, strict=True)) for column in zip(*p.inputs, strict=True)
    ),
    "step": _step,
    "probability": lambda p, s: tuple(1 / (1 + math.exp(-f)) for f in s.forecast),
    "log_loss": lambda p, s: (
        -sum(math.log(q if label else 1 - q) for q, label in zip(s.probability, p.labels, strict=True))
        / p.observations
    ),
    "d_logits": lambda p, s: tuple(
        (q - label) / p.observations for q, label in zip(s.probability, p.labels, strict=True)
    ),
}

HALF_RIGHT = ("two_minuses", "forgotten_mean", "reversed_residual", "summed_log_loss", "reversed_logits")
"""Mistakes that leave a slip of sign or a lost division in work that is right otherwise."""

EXERCISE = Exercise(
    number=25,
    name="unnoticed-backprop",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    effort=effort,
    check=check,
    parts={
        "hidden": Matrix("hidden", points=2),
        "activations": Matrix("activations"),
        "forecast": Vector("forecast"),
        "loss": Number("loss"),
        "d_forecast": Vector("d_forecast"),
        "d_second": Vector("d_second", points=2),
        "d_hidden": Matrix("d_hidden", points=2),
        "d_first": Matrix("d_first", points=2),
        "step": Matrix("stepped", points=2),
        "probability": Vector("probability", digits=DIGITS),
        "log_loss": Number("log_loss", digits=DIGITS, points=2),
        "d_logits": Vector("d_logits", digits=DIGITS, points=2),
    },
    mistakes={
        "two_minuses": two_minuses,
        "by_rows": by_rows,
        "absolute": absolute,
        "negative_part": negative_part,
        "past_relu": past_relu,
        "squared_sum": squared_sum,
        "forgotten_mean": forgotten_mean,
        "reversed_residual": reversed_residual,
        "no_mask": no_mask,
        "untransposed": untransposed,
        "ascent": ascent,
        "other_class": other_class,
        "softmax": softmax,
        "swapped_labels": swapped_labels,
        "summed_log_loss": summed_log_loss,
        "reversed_logits": reversed_logits,
    },
    credit=dict.fromkeys(HALF_RIGHT, HALF),
    carry=CARRY,
)
