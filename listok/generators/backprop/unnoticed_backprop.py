"""Take a two-layer network through one descent step in twelve small matrix sums, then swap squares for log loss.

The loss is a mean over the observations throughout: 1/(2n) of the squares, 1/n of the log losses, and every gradient
keeps that 1/n.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from listok.generators.answers import Matrix, Number, Vector
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
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
        whole = (a for row in self.inputs + self.first for a in row)
        numbers = [*self.second, *self.targets, self.rate, *map(Fraction, whole)]
        if any(abs(a) > 1000 or a.denominator > 1000 for a in numbers):
            raise BadParams("numbers must lie between -1000 and 1000, with denominators up to 1000")

    @property
    def observations(self) -> int:
        return len(self.inputs)


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
    def logarithms(self) -> str:
        return " + ".join(f"\\ln {q:.{DIGITS}f}" for q in self.chosen)


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
    return Params(
        inputs,
        first,
        tuple(Fraction(v, 2) for v in second),
        tuple(Fraction(f - 2 * r, 2) for f, r in zip(doubled, residuals, strict=True)),
        d.shuffled((1,) * ones + (0,) * (n - ones)),
        d.choice((Fraction(1),) if level == 1 else (HALF, Fraction(1), Fraction(2))),
    )


ZERO, HALF = Fraction(0), Fraction(1, 2)
ODD, EVEN, UNITS, SMALL = (-3, -1, -1, 1, 1, 3), (-2, 0, 2), (-1, 1), (-2, -1, 0, 1, 2)
OUTPUTS = {1: (-4, -2, -2, 2, 2, 4), 2: (-4, -2, 2, 4), 3: (-3, -2, -1, 1, 2, 3)}
"""The weights of the output unit, doubled: halves come in at the last level."""


def _products(inputs: Ints, weights: Ints) -> Ints:
    columns = tuple(zip(*weights, strict=True))
    return tuple(tuple(sum(map(operator.mul, row, column)) for column in columns) for row in inputs)


def _negative(matrix: Ints) -> Ints:
    return tuple(tuple(-v for v in row) for row in matrix)


def solve(p: Params) -> Solution:
    # Whole numbers over a common denominator: object arrays keep them exact and are quicker than fractions.
    n = len(p.inputs)
    scale = math.lcm(*(a.denominator for a in p.second + p.targets))
    x, w1 = np.array(p.inputs, dtype=object), np.array(p.first, dtype=object)
    w2 = np.array([int(a * scale) for a in p.second], dtype=object)
    h = x @ w1
    mask = (h > 0).astype(int).astype(object)
    o = h * mask
    yhat = o @ w2
    r = yhat - np.array([int(a * scale) for a in p.targets], dtype=object)
    dw2 = o.T @ r
    do = np.outer(r, w2)
    dh = do * mask
    dw1 = x.T @ dh
    once, twice = n * scale, n * scale**2
    d_second, d_first = _row(dw2, once), _rows(dw1, twice)
    new_first = tuple(
        tuple(w - p.rate * g for w, g in zip(ws, gs, strict=True)) for ws, gs in zip(p.first, d_first, strict=True)
    )
    new_second = tuple(w - p.rate * g for w, g in zip(p.second, d_second, strict=True))
    forecast = _row(yhat, scale)
    z, t = np.array([float(f) for f in forecast]), np.array(p.labels)
    # Beyond +-700 the exponent overflows; such forecasts are refused by `check`, here they only must not crash.
    prob = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    chosen = np.where(t == 1, prob, 1 - prob)
    if not chosen.all():
        raise BadParams("a probability cannot be told from 0: the logarithm does not exist")
    return Solution(
        hidden=_ints(h),
        mask=_ints(mask),
        activations=_ints(o),
        forecast=forecast,
        residual=_row(r, scale),
        loss=Fraction(int((r * r).sum()), 2 * n * scale**2),
        d_forecast=_row(r, once),
        d_second=d_second,
        d_activations=_rows(do, twice),
        d_hidden=_rows(dh, twice),
        d_first=d_first,
        new_first=new_first,
        new_second=new_second,
        stepped=(*new_first, new_second),
        probability=tuple(prob.tolist()),
        chosen=tuple(chosen.tolist()),
        log_loss=float(-np.log(chosen).mean()),
        d_logits=tuple(((prob - t) / n).tolist()),
    )


def _ints(array: Any) -> Ints:
    return tuple(map(tuple, array.tolist()))


def _row(array: Any, denominator: int) -> Row:
    return tuple(Fraction(a, denominator) for a in array.tolist())


def _rows(array: Any, denominator: int) -> Rows:
    return tuple(tuple(Fraction(a, denominator) for a in row) for row in array.tolist())


def oracle(p: Params) -> Solution:
    """One weight at a time by the scalar chain rule; log loss through ln(1 + e^z)."""
    n, seen, units, ways = len(p.inputs), range(len(p.inputs)), range(len(p.second)), range(len(p.first))
    hidden = tuple(tuple(sum(p.inputs[i][a] * p.first[a][j] for a in ways) for j in units) for i in seen)
    alive = tuple(tuple(1 if v > 0 else 0 for v in row) for row in hidden)
    active = tuple(tuple(max(v, 0) for v in row) for row in hidden)
    forecast = tuple(sum((active[i][j] * p.second[j] for j in units if active[i][j]), Fraction(0)) for i in seen)
    residual = tuple(forecast[i] - p.targets[i] for i in seen)
    upstream = tuple(r / n for r in residual)
    d_active = tuple(tuple(u * v for v in p.second) for u in upstream)
    nothing = Fraction(0)
    d_hidden = tuple(tuple(d_active[i][j] if alive[i][j] else nothing for j in units) for i in seen)
    d_second = tuple(sum((upstream[i] * active[i][j] for i in seen if alive[i][j]), nothing) for j in units)
    d_first = tuple(
        tuple(sum((d_hidden[i][j] * p.inputs[i][a] for i in seen if alive[i][j]), nothing) for j in units)
        for a in ways
    )
    new_first = tuple(tuple(p.first[a][j] - p.rate * d_first[a][j] for j in units) for a in ways)
    new_second = tuple(p.second[j] - p.rate * d_second[j] for j in units)
    chances = tuple((1 + math.tanh(float(f) / 2)) / 2 for f in forecast)
    margins = [float(f) if label else -float(f) for f, label in zip(forecast, p.labels, strict=True)]
    if min(margins) < -700:
        raise BadParams("a probability cannot be told from 0: the logarithm does not exist")
    return Solution(
        hidden, alive, active, forecast, residual,
        sum((r * r for r in residual), nothing) / (2 * n),
        upstream, d_second, d_active, d_hidden, d_first, new_first, new_second,
        (*new_first, new_second),
        chances,
        tuple((1 + math.tanh(m / 2)) / 2 for m in margins),
        math.fsum(math.log1p(math.exp(-m)) for m in margins) / n,
        tuple((-1 if label else 1) / (1 + math.exp(m)) / n for m, label in zip(margins, p.labels, strict=True)),
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


_solved = functools.lru_cache(maxsize=4)(solve)


def _times(factor: Fraction | int, rows: Rows) -> Rows:
    return tuple(tuple(factor * v for v in row) for row in rows)


def _moved(p: Params, d_first: Rows, d_second: Row) -> Rows:
    weights: tuple[Sequence[int | Fraction], ...] = (*p.first, p.second)
    return tuple(
        tuple(w - p.rate * g for w, g in zip(ws, gs, strict=True))
        for ws, gs in zip(weights, (*d_first, d_second), strict=True)
    )


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
    kept = tuple(tuple(map(abs, row)) for row in _solved(p).hidden)
    return {"activations": kept, "forecast": _forecast(p, kept)}


def negative_part(p: Params) -> dict[str, Value]:
    return {"activations": tuple(tuple(min(h, 0) for h in row) for row in _solved(p).hidden)}


def past_relu(p: Params) -> dict[str, Value]:
    hidden = _solved(p).hidden
    d_forecast = _solved(p).d_forecast
    return {
        "forecast": _forecast(p, hidden),
        "d_second": tuple(
            sum((h * d for h, d in zip(column, d_forecast, strict=True)), ZERO) for column in zip(*hidden, strict=True)
        ),
    }


def _forecast(p: Params, activations: Ints) -> Row:
    return tuple(sum((o * v for o, v in zip(row, p.second, strict=True)), ZERO) for row in activations)


def squared_sum(p: Params) -> dict[str, Value]:
    return {"loss": sum(_solved(p).residual, ZERO) ** 2 / (2 * p.observations)}


def forgotten_mean(p: Params) -> dict[str, Value]:
    s, n = _solved(p), p.observations
    d_second, d_first = tuple(n * g for g in s.d_second), _times(n, s.d_first)
    return {
        "loss": n * s.loss,
        "d_forecast": s.residual,
        "d_second": d_second,
        "d_hidden": _times(n, s.d_hidden),
        "d_first": d_first,
        "stepped": _moved(p, d_first, d_second),
    }


def reversed_residual(p: Params) -> dict[str, Value]:
    s = _solved(p)
    return {
        "d_forecast": tuple(-g for g in s.d_forecast),
        "d_second": tuple(-g for g in s.d_second),
        "d_hidden": _times(-1, s.d_hidden),
        "d_first": _times(-1, s.d_first),
    }


def no_mask(p: Params) -> dict[str, Value]:
    s = _solved(p)
    columns, gradients = tuple(zip(*p.inputs, strict=True)), tuple(zip(*s.d_activations, strict=True))
    d_first = tuple(
        tuple(sum((x * g for x, g in zip(xs, gs, strict=True) if x), ZERO) for gs in gradients) for xs in columns
    )
    return {"d_hidden": s.d_activations, "d_first": d_first, "stepped": _moved(p, d_first, s.d_second)}


def ascent(p: Params) -> dict[str, Value]:
    s = _solved(p)
    return {"stepped": _moved(p, _times(-1, s.d_first), tuple(-g for g in s.d_second))}


def other_class(p: Params) -> dict[str, Value]:
    return {"probability": tuple(1 - q for q in _solved(p).probability)}


def softmax(p: Params) -> dict[str, Value]:
    powers = [math.exp(f) for f in _solved(p).forecast]
    return {"probability": tuple(e / sum(powers) for e in powers)}


def swapped_labels(p: Params) -> dict[str, Value]:
    s = _solved(p)
    return {
        "log_loss": -math.fsum(math.log(1 - q) for q in s.chosen) / p.observations,
        "d_logits": tuple((q - 1 + t) / p.observations for q, t in zip(s.probability, p.labels, strict=True)),
    }


def summed_log_loss(p: Params) -> dict[str, Value]:
    s = _solved(p)
    return {"log_loss": s.log_loss * p.observations, "d_logits": tuple(g * p.observations for g in s.d_logits)}


def reversed_logits(p: Params) -> dict[str, Value]:
    return {"d_logits": tuple(-g for g in _solved(p).d_logits)}


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
        "ascent": ascent,
        "other_class": other_class,
        "softmax": softmax,
        "swapped_labels": swapped_labels,
        "summed_log_loss": summed_log_loss,
        "reversed_logits": reversed_logits,
    },
)
