"""Run a recurrent cell over a short series and back: states, forecasts, error, gradients, and a step of descent."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from listok.generators.answers import Number, Vector
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, recurrent_cell
from listok.generators.values import BadParams, Value

Numbers = tuple[Fraction, ...]
HALF, ZERO, ONE, TWO = Fraction(1, 2), Fraction(0), Fraction(1), Fraction(2)

# Triples v, w, u under which states and forecasts stay about as large as the series.
WEIGHTS = ((ONE, HALF, HALF), (ONE, HALF, ONE), (ONE, ONE, HALF), (TWO, HALF, HALF), (HALF, HALF, TWO))
SMALL = ((HALF, HALF, HALF), (HALF, HALF, ONE))
LOOSE = ((HALF, ONE, HALF), (HALF, ONE, ONE), (ONE, -HALF, HALF), (ONE, -HALF, ONE), (TWO, -HALF, HALF))
CHOICES = (WEIGHTS + SMALL + LOOSE, WEIGHTS, WEIGHTS + SMALL)


@dataclass(frozen=True)
class Params:
    """The series `ys` from y_0 on; weights `v` (input), `w` (recurrent), `u` (output); the activation's slope `leak`
    to the left of zero (0 is ReLU, 1 is no activation); the learning rate `eta`."""

    ys: Numbers
    v: Fraction
    w: Fraction
    u: Fraction
    leak: Fraction
    eta: Fraction

    def __post_init__(self) -> None:
        if not 3 <= len(self.ys) <= 8:
            raise BadParams("ys must hold 3 to 8 values, the first of which is only an input")
        if any(abs(number) > 1000 or number.denominator > 1000 for number in (*self.ys, self.v, self.w, self.u)):
            raise BadParams("ys and the weights must lie between -1000 and 1000, with denominators up to 1000")
        if 0 in (self.v, self.w, self.u):
            raise BadParams("no weight may be 0")
        if not 0 <= self.leak <= 1 or self.leak.denominator > 100:
            raise BadParams("leak must lie between 0 (ReLU) and 1 (no activation), with a denominator up to 100")
        if not 0 < self.eta <= 10 or self.eta.denominator > 10**6:
            raise BadParams("eta must be above 0 and at most 10, with a denominator up to 1000000")

    @property
    def count(self) -> int:
        """How many forecasts are made, T."""
        return len(self.ys) - 1

    @property
    def relu(self) -> bool:
        return self.leak == 0

    @property
    def leaky(self) -> bool:
        return 0 < self.leak < 1

    @property
    def linear(self) -> bool:
        return self.leak == 1

    @property
    def cell(self) -> Scene:
        return recurrent_cell("y_{t-1}", "h_t", r"\hat y_t", (self.v, self.w, self.u))


@dataclass(frozen=True)
class Step:
    """Moment t: the input `x`, the state before it `last`, the sum `z`, the state `h`, `q` = u h and the forecast;
    `slope` = f'(z), `out_slope` = f'(q), `delta` = dL/dq; `last_dv`, `last_dw`, `dv`, `dw` are the derivatives of the
    state before and of the state by v and w."""

    t: int
    x: Fraction
    last: Fraction
    z: Fraction
    h: Fraction
    q: Fraction
    forecast: Fraction
    target: Fraction
    slope: Fraction
    out_slope: Fraction
    delta: Fraction
    last_dv: Fraction
    last_dw: Fraction
    dv: Fraction
    dw: Fraction

    @property
    def miss(self) -> Fraction:
        return self.forecast - self.target

    @property
    def square(self) -> Fraction:
        return self.miss * self.miss

    @property
    def by_u(self) -> Fraction:
        return self.delta * self.h

    @property
    def by_w(self) -> Fraction:
        return self.delta * self.dw

    @property
    def by_v(self) -> Fraction:
        return self.delta * self.dv


@dataclass(frozen=True)
class Solution:
    """`updated` holds the new v, w, u."""

    steps: tuple[Step, ...]
    states: Numbers
    forecasts: Numbers
    squares: Fraction
    error: Fraction
    by_output: Fraction
    by_recurrent: Fraction
    by_input: Fraction
    updated: Numbers


def draw(d: Draw, level: int) -> Params:
    count = 4 if level == 3 else 3
    leak = (d.choice((ZERO, ONE)), HALF, ZERO)[level - 1]
    v, w, u = d.choice(CHOICES[level - 1])
    # early values are multiples of higher powers of two, so that halving weights keep the states short
    ys = [d.integer(1, 4) * 4, *(d.integer(1, 8) * 2 for _ in range(count - 1)), d.integer(1, 12)]
    if level == 1 and leak:
        ys, u = [y * d.sign() for y in ys], u * d.sign()
    elif level > 1:
        # one input pulls its state, not the first one, below zero
        turned = d.integer(1, count - 1)
        h = ZERO
        for y in ys[:turned]:
            h = v * y + w * h
        ys[turned] = -2 * (math.floor(w * h / (2 * v)) + d.integer(1, 3))
    # a third of a sum times 3/100 is short, and so is a fourth times 1/50
    eta = d.choice((Fraction(3, 100), Fraction(3, 50)) if count == 3 else (Fraction(1, 50), Fraction(1, 25)))
    return Params(tuple(map(Fraction, ys)), v, w, u, leak, eta)


def _run(p: Params, *, inputs: Sequence[Fraction] | None = None, whole: bool = True, slopes: bool = True) -> list[Step]:
    """The pass over time, derivatives of the state carried along. Mistakes change one thing: other `inputs` (fewer of
    them mean that forecasts are fed on), the recursion of derivatives cut (`whole`), f' taken as 1 (`slopes`)."""
    given = p.ys[:-1] if inputs is None else inputs
    h, dv, dw, forecast = ZERO, ZERO, ZERO, ZERO
    steps = []
    for t in range(1, len(p.ys)):
        x = given[t - 1] if t <= len(given) else forecast
        z = p.v * x + p.w * h
        new, slope = (z, ONE) if z > 0 else (p.leak * z, p.leak)
        q = p.u * new
        forecast, out_slope = (q, ONE) if q > 0 else (p.leak * q, p.leak)
        back, out_back = (slope, out_slope) if slopes else (ONE, ONE)
        delta = 2 * out_back * (forecast - p.ys[t]) / p.count
        new_dv = back * (x + p.w * dv if whole else x)
        new_dw = back * (h + p.w * dw if whole else h)
        steps.append(Step(t, x, h, z, new, q, forecast, p.ys[t], slope, out_slope, delta, dv, dw, new_dv, new_dw))
        h, dv, dw = new, new_dv, new_dw
    return steps


def _sum(numbers: Iterable[Fraction]) -> Fraction:
    return sum(numbers, ZERO)


def _gradients(p: Params, steps: Sequence[Step]) -> tuple[Fraction, Fraction, Fraction]:
    """The gradients by v, w and u."""
    return p.u * _sum(s.by_v for s in steps), p.u * _sum(s.by_w for s in steps), _sum(s.by_u for s in steps)


def _moved(p: Params, by_input: Fraction, by_recurrent: Fraction, by_output: Fraction) -> Numbers:
    return (p.v - p.eta * by_input, p.w - p.eta * by_recurrent, p.u - p.eta * by_output)


# Most mistakes start from the right solution; it is remembered for them.
@functools.lru_cache(maxsize=8)
def _right(p: Params) -> Solution:
    steps = _run(p)
    squares = _sum(s.square for s in steps)
    by_input, by_recurrent, by_output = _gradients(p, steps)
    return Solution(
        tuple(steps), tuple(s.h for s in steps), tuple(s.forecast for s in steps),
        squares, squares / p.count, by_output, by_recurrent, by_input,
        _moved(p, by_input, by_recurrent, by_output),
    )  # fmt: skip


def solve(p: Params) -> Solution:
    return _right(p)


def oracle(p: Params) -> Solution:
    """Backpropagation through time: errors flow from the last moment to the first; f(z) is the larger of z and
    leak * z. The derivatives of states are sums over all paths from an earlier moment."""
    count, ys = len(p.ys) - 1, p.ys
    zs, hs, qs, forecasts = [], [ZERO], [], []
    for y in ys[:-1]:
        zs.append(p.w * hs[-1] + p.v * y)
        hs.append(max(zs[-1], p.leak * zs[-1]))
        qs.append(hs[-1] * p.u)
        forecasts.append(max(qs[-1], p.leak * qs[-1]))
    slopes = [h / z if z else p.leak for h, z in zip(hs[1:], zs, strict=True)]
    out_slopes = [f / q if q else p.leak for f, q in zip(forecasts, qs, strict=True)]
    misses = [f - y for f, y in zip(forecasts, ys[1:], strict=True)]
    deltas = [2 * m * g / count for m, g in zip(misses, out_slopes, strict=True)]

    future, grad_v, grad_w, grad_u = ZERO, ZERO, ZERO, ZERO
    for t in reversed(range(count)):
        grad_u += deltas[t] * hs[t + 1]
        at_sum = (deltas[t] * p.u + future) * slopes[t]
        grad_v, grad_w = grad_v + at_sum * ys[t], grad_w + at_sum * hs[t]
        future = at_sum * p.w

    dvs, dws = [ZERO], [ZERO]
    for t in range(count):
        path, total_v, total_w = slopes[t], ZERO, ZERO
        for s in range(t, -1, -1):
            total_v, total_w = total_v + path * ys[s], total_w + path * hs[s]
            path *= p.w * slopes[s - 1] if s else 0
        dvs.append(total_v)
        dws.append(total_w)
    steps = tuple(
        Step(
            t + 1, ys[t], hs[t], zs[t], hs[t + 1], qs[t], forecasts[t], ys[t + 1], slopes[t], out_slopes[t],
            deltas[t], dvs[t], dws[t], dvs[t + 1], dws[t + 1],
        )
        for t in range(count)
    )  # fmt: skip
    squares = sum((m**2 for m in misses), ZERO)
    updated = tuple(weight - g * p.eta for weight, g in ((p.v, grad_v), (p.w, grad_w), (p.u, grad_u)))
    return Solution(steps, tuple(hs[1:]), tuple(forecasts), squares, squares / count, grad_u, grad_w, grad_v, updated)


def check(p: Params, s: Solution) -> str | None:
    if p.leak != 1 and any(step.z == 0 for step in s.steps):
        return "the activation is taken exactly at 0, where it has no derivative"
    if p.relu and sum(step.h > 0 for step in s.steps[1:]) < min(2, p.count - 1):
        return "fewer than two states after the first are positive, so little flows back"
    if s.error == 0:
        return "every forecast is exact, there is nothing to learn"
    for name, gradient in (("v", s.by_input), ("w", s.by_recurrent), ("u", s.by_output)):
        if gradient == 0:
            return f"the gradient by {name} is 0"
    return None


def effort(p: Params, s: Solution) -> int:
    """Products and sums of both passes and of the step; a slope other than 1 costs one more product each time."""
    turned = sum((step.slope != 1) + (step.out_slope != 1) for step in s.steps)
    return 14 * p.count + 6 + (2 * p.count if p.leak != 1 else 0) + 2 * turned


def _answers(p: Params, by_input: Fraction, by_recurrent: Fraction, by_output: Fraction) -> dict[str, Value]:
    updated = _moved(p, by_input, by_recurrent, by_output)
    return {"by_output": by_output, "by_recurrent": by_recurrent, "by_input": by_input, "updated": updated}


def _other_inputs(p: Params, inputs: Sequence[Fraction]) -> dict[str, Value]:
    steps = _run(p, inputs=inputs)
    return {
        "states": tuple(s.h for s in steps),
        "forecasts": tuple(s.forecast for s in steps),
        "error": _sum(s.square for s in steps) / p.count,
    } | _answers(p, *_gradients(p, steps))


def free_running(p: Params) -> Mapping[str, Value]:
    return _other_inputs(p, p.ys[:1])


def shifted(p: Params) -> Mapping[str, Value]:
    return _other_inputs(p, p.ys[1:])


def summed(p: Params) -> Mapping[str, Value]:
    s, n = _right(p), p.count
    return {"error": s.squares} | _answers(p, n * s.by_input, n * s.by_recurrent, n * s.by_output)


def without_two(p: Params) -> Mapping[str, Value]:
    s = _right(p)
    return _answers(p, s.by_input / 2, s.by_recurrent / 2, s.by_output / 2)


def _other_backward(p: Params, steps: Sequence[Step]) -> dict[str, Value]:
    """What a fault of the backward pass spoils; a gradient that comes out right all the same is not reported."""
    right = _right(p)
    wrong = _answers(p, *_gradients(p, steps))
    return {name: value for name, value in wrong.items() if value != getattr(right, name)}


def truncated(p: Params) -> Mapping[str, Value]:
    return _other_backward(p, _run(p, whole=False))


def slopes_ignored(p: Params) -> Mapping[str, Value]:
    if all(s.slope == s.out_slope == 1 for s in _right(p).steps):
        return {}
    return _other_backward(p, _run(p, slopes=False))


def uphill(p: Params) -> Mapping[str, Value]:
    s = _right(p)
    return {"updated": _moved(p, -s.by_input, -s.by_recurrent, -s.by_output)}


EXERCISE = Exercise(
    number=48,
    name="rnn-there-and-back",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    effort=effort,
    check=check,
    parts={
        "states": Vector("states", points=2),
        "forecasts": Vector("forecasts", points=1),
        "error": Number("error", points=1),
        "by_output": Number("by_output", points=2),
        "by_recurrent": Number("by_recurrent", points=3),
        "by_input": Number("by_input", points=3),
        "updated": Vector("updated", points=1),
    },
    mistakes={
        "free_running": free_running,
        "shifted": shifted,
        "summed": summed,
        "without_two": without_two,
        "truncated": truncated,
        "slopes_ignored": slopes_ignored,
        "uphill": uphill,
    },
)
