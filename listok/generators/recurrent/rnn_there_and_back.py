"""Run a recurrent cell over a short series and back: states, forecasts, error, gradients, and a step of descent."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from listok.generators.answers import Number, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, recurrent_cell
from listok.generators.ratios import fits, ratio, ratios, shortens
from listok.generators.remember import remembers_last
from listok.generators.values import BadParams, Value

Numbers = tuple[Fraction, ...]
HALF, ZERO, ONE, TWO = Fraction(1, 2), Fraction(0), Fraction(1), Fraction(2)

# Triples v, w, u under which states and forecasts stay about as large as the series.
WEIGHTS = ((ONE, HALF, HALF), (ONE, HALF, ONE), (ONE, ONE, HALF), (TWO, HALF, HALF), (HALF, HALF, TWO))
SMALL = ((HALF, HALF, HALF), (HALF, HALF, ONE))
LOOSE = ((HALF, ONE, HALF), (HALF, ONE, ONE), (ONE, -HALF, HALF), (ONE, -HALF, ONE), (TWO, -HALF, HALF))
CHOICES = (WEIGHTS + SMALL + LOOSE, WEIGHTS + SMALL, WEIGHTS + SMALL)


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
        if not all(fits(number, -1000, 1000, 1000) for number in (*self.ys, self.v, self.w, self.u)):
            raise BadParams("ys and the weights must lie between -1000 and 1000, with denominators up to 1000")
        if 0 in (self.v, self.w, self.u):
            raise BadParams("no weight may be 0")
        if not fits(self.leak, 0, 1, 100):
            raise BadParams("leak must lie between 0 (ReLU) and 1 (no activation), with a denominator up to 100")
        if not self.eta or not fits(self.eta, 0, 10, 10**6):
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

    @property
    def shortens(self) -> bool:
        return shortens(self.squares, len(self.steps))


def draw(d: Draw, level: int) -> Params:
    count = 4 if level == 3 else 3
    leak = (d.choice((ZERO, ONE)), HALF, ZERO)[level - 1]
    v, w, u = d.choice(CHOICES[level - 1])
    # early values are multiples of higher powers of two, so that halving weights keep the states short
    ys = [d.integer(1, 6) * 4, *(d.integer(1, 10) * 2 for _ in range(count - 1)), d.integer(1, 16)]
    if level == 1 and leak:
        ys, u = [y * d.sign() for y in ys], u * d.sign()
    if leak == HALF:
        ys[-1] *= d.sign()  # leaky ReLU can forecast a number below zero, ReLU cannot
    if level > 1:
        # one input pulls its state, not the first one, below zero
        turned = d.integer(1, count - 1)
        h = ZERO
        for y in ys[:turned]:
            h = v * y + w * h
        ys[turned] = -2 * (math.floor(w * h / (2 * v)) + d.integer(1, 4))
    # Small enough for a step to lower the error, as gradients run to hundreds (at the last level part of them is
    # stopped); a third of a sum times 3/10000 is short, and so is a fourth times 1/500.
    eta = Fraction(d.choice((2, 4, 6)), 1000) if count == 4 else Fraction(d.choice((3, 6, 9)), 10_000)
    return Params(tuple(map(Fraction, ys)), v, w, u, leak, eta)


class Pass(NamedTuple):
    """A pass over time in whole numbers, multiples of 1/`scale`, for each moment; `errors` are the misses times f'(q).
    The gradients by v, w and u are multiples of 1/`finest`."""

    scale: int
    zs: tuple[int, ...]
    hs: tuple[int, ...]
    qs: tuple[int, ...]
    forecasts: tuple[int, ...]
    errors: tuple[int, ...]
    dvs: tuple[int, ...]
    dws: tuple[int, ...]
    squares: Fraction
    gradients: tuple[int, int, int]
    finest: int


def _run(p: Params, *, inputs: Sequence[Fraction] | None = None, whole: bool = True, slopes: bool = True) -> Pass:
    """The pass over time, derivatives of the state carried along. Mistakes change one thing: other `inputs` (fewer of
    them mean that forecasts are fed on), the recursion of derivatives cut (`whole`), f' taken as 1 (`slopes`)."""
    # In whole numbers, as fractions are slow. A number has met at most two weights and two leaks for each moment gone
    # by (forecasts fed on meet two), and one more leak in an error: no division below leaves a remainder.
    part = math.lcm(p.v.denominator, p.w.denominator, p.u.denominator)
    up, down = p.leak.as_integer_ratio()
    scale = math.lcm(*(y.denominator for y in p.ys)) * (part * down) ** (2 * p.count + 1)
    v, w, u = (weight.numerator * (part // weight.denominator) for weight in (p.v, p.w, p.u))
    ys = [y.numerator * (scale // y.denominator) for y in p.ys]
    given = ys[:-1] if inputs is None else [y.numerator * (scale // y.denominator) for y in inputs]

    h = dv = dw = forecast = squares = 0
    moments = []
    for t, target in enumerate(ys[1:]):
        x = given[t] if t < len(given) else forecast
        z = (v * x + w * h) // part
        dv, dw = (x + w * dv // part, h + w * dw // part) if whole else (x, h)
        h = z if z > 0 else up * z // down
        q = u * h // part
        forecast = q if q > 0 else up * q // down
        error = forecast - target
        squares += error * error
        if slopes and z <= 0:
            dv, dw = up * dv // down, up * dw // down
        if slopes and q <= 0:
            error = up * error // down
        moments.append((z, h, q, forecast, error, dv, dw))
    zs, hs, qs, forecasts, errors, dvs, dws = zip(*moments, strict=True)
    by_input, by_recurrent, by_output = (sum(map(operator.mul, errors, factors)) for factors in (dvs, dws, hs))
    return Pass(
        scale, zs, hs, qs, forecasts, errors, dvs, dws, Fraction(squares, scale**2),
        (2 * u * by_input, 2 * u * by_recurrent, 2 * part * by_output), p.count * part * scale**2,
    )  # fmt: skip


@remembers_last
def _right(p: Params) -> Pass:
    """The pass without a mistake, from which most mistakes start."""
    return _run(p)


def _moved(p: Params, gradients: Sequence[int], finest: int) -> Numbers:
    """The weights after a step against these gradients, given in multiples of 1/`finest`."""
    up, down = p.eta.as_integer_ratio()
    return tuple([
        ratio(weight.numerator * down * finest - weight.denominator * up * g, weight.denominator * down * finest)
        for weight, g in zip((p.v, p.w, p.u), gradients, strict=True)
    ])  # fmt: skip


def solve(p: Params) -> Solution:
    right = _right(p)
    rows = (right.zs, right.hs, right.qs, right.forecasts, right.dvs, right.dws)
    zs, states, qs, forecasts, dvs, dws = (ratios(row, right.scale) for row in rows)
    slopes, out_slopes = ([ONE if z > 0 else p.leak for z in row] for row in (right.zs, right.qs))
    deltas = ratios((2 * error for error in right.errors), p.count * right.scale)
    steps = map(
        Step, range(1, p.count + 1), p.ys, (ZERO, *states), zs, states, qs, forecasts, p.ys[1:], slopes, out_slopes,
        deltas, (ZERO, *dvs), (ZERO, *dws), dvs, dws,
    )  # fmt: skip
    by_input, by_recurrent, by_output = ratios(right.gradients, right.finest)
    return Solution(
        tuple(steps), states, forecasts, right.squares, right.squares / p.count, by_output, by_recurrent, by_input,
        _moved(p, right.gradients, right.finest),
    )  # fmt: skip


def oracle(p: Params) -> Solution:
    """Backpropagation through time: errors flow from the last moment to the first; f(z) is the larger of z and
    leak * z. The derivatives of states are sums over all paths from an earlier moment."""
    # The cell stretches with its series: `stretch` times longer values are whole all the way, whatever the weights.
    count, eta, (a, b) = len(p.ys) - 1, p.eta, p.leak.as_integer_ratio()
    m = math.lcm(*(weight.denominator for weight in (p.v, p.w, p.u)))
    v, w, u = int(p.v * m), int(p.w * m), int(p.u * m)
    stretch = (m * b) ** (2 * count + 2) * math.lcm(*(y.denominator for y in p.ys))
    ys = [int(y * stretch) for y in p.ys]

    zs, hs, qs, forecasts = [], [0], [], []
    for y in ys[:-1]:
        zs.append((w * hs[-1] + v * y) // m)
        hs.append(max(zs[-1], zs[-1] * a // b))
        qs.append(hs[-1] * u // m)
        forecasts.append(max(qs[-1], qs[-1] * a // b))
    slopes, out_slopes = ([b if z > 0 else a for z in row] for row in (zs, qs))
    misses = [f - y for f, y in zip(forecasts, ys[1:], strict=True)]
    deltas = [2 * miss * slope // b for miss, slope in zip(misses, out_slopes, strict=True)]

    future = grad_v = grad_w = grad_u = 0
    for t in reversed(range(count)):
        grad_u += deltas[t] * hs[t + 1]
        at_sum = (deltas[t] * u // m + future) * slopes[t] // b
        grad_v, grad_w = grad_v + at_sum * ys[t], grad_w + at_sum * hs[t]
        future = at_sum * w // m

    dvs, dws = [0], [0]
    paths_v: list[int] = []
    paths_w: list[int] = []
    for y, h, slope in zip(ys, hs, slopes, strict=False):
        paths_v = [path * slope // b for path in (*(path * w // m for path in paths_v), y)]
        paths_w = [path * slope // b for path in (*(path * w // m for path in paths_w), h)]
        dvs.append(sum(paths_v))
        dws.append(sum(paths_w))

    states, moved, by_v, by_w = (ratios(row, stretch) for row in (hs, forecasts, dvs, dws))
    out = Fraction(a, b)
    steps = tuple(
        Step(
            t + 1, p.ys[t], states[t], z, states[t + 1], q, moved[t], p.ys[t + 1],
            Fraction(1) if zs[t] > 0 else out, Fraction(1) if qs[t] > 0 else out, delta,
            by_v[t], by_w[t], by_v[t + 1], by_w[t + 1],
        )
        for t, (z, q, delta) in enumerate(
            zip(ratios(zs, stretch), ratios(qs, stretch), ratios(deltas, count * stretch), strict=True)
        )
    )  # fmt: skip
    squares = Fraction(sum(miss**2 for miss in misses), stretch**2)
    gradients = ratios((grad_v, grad_w, grad_u), count * stretch**2)
    updated = tuple(weight - g * eta for weight, g in zip((p.v, p.w, p.u), gradients, strict=True))
    by_input, by_recurrent, by_output = gradients
    return Solution(
        steps, states[1:], moved, squares, squares / count, by_output, by_recurrent, by_input, updated
    )  # fmt: skip


def check(p: Params, s: Solution) -> str | None:
    if p.leak != 1 and any(step.z == 0 for step in s.steps):
        return "the activation is taken exactly at 0, where it has no derivative"
    if p.relu and sum(step.h > 0 for step in s.steps[1:]) < min(2, p.count - 1):
        return "fewer than two states after the first are positive, so little flows back"
    if len({step.h for step in s.steps}) == 1:
        return "all hidden states are equal, so that a mixed-up step would go unnoticed"
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


def _answers(p: Params, gradients: Sequence[int], finest: int) -> dict[str, Value]:
    by_input, by_recurrent, by_output = ratios(gradients, finest)
    updated = _moved(p, gradients, finest)
    return {"by_output": by_output, "by_recurrent": by_recurrent, "by_input": by_input, "updated": updated}


def _other_inputs(p: Params, inputs: Sequence[Fraction]) -> dict[str, Value]:
    run = _run(p, inputs=inputs)
    states, forecasts = ratios(run.hs, run.scale), ratios(run.forecasts, run.scale)
    forward = {"states": states, "forecasts": forecasts, "error": run.squares / p.count}
    return forward | _answers(p, run.gradients, run.finest)


def free_running(p: Params) -> Mapping[str, Value]:
    return _other_inputs(p, p.ys[:1])


def shifted(p: Params) -> Mapping[str, Value]:
    return _other_inputs(p, p.ys[1:])


def summed(p: Params) -> Mapping[str, Value]:
    right = _right(p)
    return {"error": right.squares} | _answers(p, [p.count * g for g in right.gradients], right.finest)


def without_two(p: Params) -> Mapping[str, Value]:
    right = _right(p)
    return _answers(p, right.gradients, 2 * right.finest)


def _other_backward(p: Params, run: Pass) -> dict[str, Value]:
    """What a fault of the backward pass spoils; a gradient that comes out right all the same is not reported."""
    changed = [g != right for g, right in zip(run.gradients, _right(p).gradients, strict=True)]
    wrong = {
        name: ratio(g, run.finest)
        for name, g, differs in zip(("by_input", "by_recurrent", "by_output"), run.gradients, changed, strict=True)
        if differs
    }
    return wrong | ({"updated": _moved(p, run.gradients, run.finest)} if wrong else {})


def truncated(p: Params) -> Mapping[str, Value]:
    return _other_backward(p, _run(p, whole=False))


def slopes_ignored(p: Params) -> Mapping[str, Value]:
    if p.linear or min(*_right(p).zs, *_right(p).qs) > 0:
        return {}
    return _other_backward(p, _run(p, slopes=False))


def uphill(p: Params) -> Mapping[str, Value]:
    right = _right(p)
    return {"updated": _moved(p, [-g for g in right.gradients], right.finest)}


def _slope(p: Params, value: Fraction) -> Fraction:
    """f'(z), told by the sign of z, of u h, or of what f makes of it."""
    return ONE if value > 0 else p.leak


def _deltas(p: Params, s: Solution) -> Numbers:
    """dL/dq for each moment, from states and forecasts whatever they are."""
    moments = zip(s.states, s.forecasts, p.ys[1:], strict=True)
    return tuple([2 * (f - y) * _slope(p, p.u * h) / p.count for h, f, y in moments])


def _through_time(p: Params, s: Solution, factors: Numbers) -> Fraction:
    """The gradient by the weight of these factors in the sums z, from states and forecasts whatever they are."""
    grown = total = ZERO
    for h, factor, delta in zip(s.states, factors, _deltas(p, s), strict=True):
        grown = _slope(p, h) * (factor + p.w * grown)
        total += delta * p.u * grown
    return total


CARRY: Mapping[str, Callable[[Params, Solution], Value]] = {
    "forecasts": lambda p, s: tuple(p.u * h * _slope(p, p.u * h) for h in s.states),
    "error": lambda p, s: sum((f - y) ** 2 for f, y in zip(s.forecasts, p.ys[1:], strict=True)) / p.count,
    "by_output": lambda p, s: sum((d * h for d, h in zip(_deltas(p, s), s.states, strict=True)), ZERO),
    "by_recurrent": lambda p, s: _through_time(p, s, (ZERO, *s.states[:-1])),
    "by_input": lambda p, s: _through_time(p, s, p.ys[:-1]),
    "updated": lambda p, s: (p.v - p.eta * s.by_input, p.w - p.eta * s.by_recurrent, p.u - p.eta * s.by_output),
}

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
    credit={"summed": HALF, "without_two": HALF},
    carry=CARRY,
)
