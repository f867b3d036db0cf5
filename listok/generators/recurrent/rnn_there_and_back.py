"""Run a recurrent cell over a short series and back: states, forecasts, error, gradients, and a step of descent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from listok.generators.answers import Number, Vector
from listok.generators.bounds import Checked, NonZero, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, shortens
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, recurrent_cell
from listok.generators.mistakes import ALL, wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.activations import leaky_relu, leaky_relu_slope
from listok.generators.values import Value


@dataclass(frozen=True)
class Params(Checked):
    """The series `ys` from y_0 on; weights `v` (input), `w` (recurrent), `u` (output); the activation's slope `leak` to
    the left of zero (0 is ReLU, 1 is no activation); the learning rate `eta`."""

    ys: Annotated[Row, Size(3, 8), Within(-1000, 1000, finest=1000)]
    v: Annotated[Fraction, Within(-1000, 1000, finest=1000), NonZero()]
    w: Annotated[Fraction, Within(-1000, 1000, finest=1000), NonZero()]
    u: Annotated[Fraction, Within(-1000, 1000, finest=1000), NonZero()]
    leak: Annotated[Fraction, Within(0, 1, finest=100)]
    eta: Annotated[Fraction, Positive(), Within(0, 10, finest=10**6)]

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
    states: Row
    forecasts: Row
    squares: Fraction
    error: Fraction
    by_output: Fraction
    by_recurrent: Fraction
    by_input: Fraction
    updated: Row

    @property
    def shortens(self) -> bool:
        return shortens(self.squares, len(self.steps))


# Triples v, w, u under which states and forecasts stay about as large as the series.
TWO = Fraction(2)
STEADY = (
    (ONE, HALF, HALF),
    (ONE, HALF, ONE),
    (ONE, ONE, HALF),
    (TWO, HALF, HALF),
    (HALF, HALF, TWO),
    (HALF, HALF, HALF),
    (HALF, HALF, ONE),
)
LOOSE = ((HALF, ONE, HALF), (HALF, ONE, ONE), (ONE, -HALF, HALF), (ONE, -HALF, ONE), (TWO, -HALF, HALF))


def draw(d: Draw, level: int) -> Params:
    count = 4 if level == 3 else 3
    leak = (d.choice((ZERO, ONE)), HALF, ZERO)[level - 1]
    v, w, u = d.choice(STEADY + LOOSE if level == 1 else STEADY)
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


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    inputs: Row | None = None,
    through_time: bool = True,
    slopes: bool = True,
    two: int = 2,
    mean: bool = True,
    downhill: bool = True,
) -> Solution:
    """Forward in time, the derivatives of the state carried along.

    A mistake changes one thing: the `inputs` (where they end, forecasts are fed on), no recursion `through_time`,
    `slopes` taken as 1, the factor `two` forgotten, no `mean`, a step that does not go `downhill`.
    """
    inputs = p.ys[:-1] if inputs is None else inputs
    share = Fraction(1, len(p.ys) - 1) if mean else ONE
    states, forecasts = given.get("states"), given.get("forecasts")

    h = dv = dw = forecast = ZERO
    steps = []
    for t, y in enumerate(p.ys[1:], start=1):
        x = inputs[t - 1] if t <= len(inputs) else forecast
        last, last_dv, last_dw = h, dv, dw
        z = p.v * x + p.w * last
        h = states[t - 1] if states else leaky_relu(z, p.leak)
        q = p.u * h
        forecast = forecasts[t - 1] if forecasts else leaky_relu(q, p.leak)

        slope = leaky_relu_slope(h, p.leak) if slopes else ONE  # h has the sign of z
        out_slope = leaky_relu_slope(q, p.leak) if slopes else ONE
        dv = slope * (x + p.w * last_dv) if through_time else slope * x
        dw = slope * (last + p.w * last_dw) if through_time else slope * last
        delta = two * share * (forecast - y) * out_slope
        steps.append(Step(t, x, last, z, h, q, forecast, y, slope, out_slope, delta, last_dv, last_dw, dv, dw))

    squares = sum((step.square for step in steps), ZERO)
    by_v = given.get("by_input", p.u * sum((step.by_v for step in steps), ZERO))
    by_w = given.get("by_recurrent", p.u * sum((step.by_w for step in steps), ZERO))
    by_u = given.get("by_output", sum((step.by_u for step in steps), ZERO))
    eta = p.eta if downhill else -p.eta
    return Solution(
        steps=tuple(steps),
        states=tuple(step.h for step in steps),
        forecasts=tuple(step.forecast for step in steps),
        squares=squares,
        error=share * squares,
        by_output=by_u,
        by_recurrent=by_w,
        by_input=by_v,
        updated=descent.step((p.v, p.w, p.u), (by_v, by_w, by_u), eta),
    )


def check(p: Params, s: Solution) -> str | None:
    if not p.linear and any(step.z == 0 for step in s.steps):
        return "the activation is taken exactly at 0, where its derivative is a convention"
    if p.relu and sum(step.h > 0 for step in s.steps[1:]) < min(2, len(s.steps) - 1):
        return "fewer than two states after the first are positive, so little flows back"
    if len(set(s.states)) == 1:
        return "all hidden states are equal, so that a mixed-up step would go unnoticed"
    if s.error == 0:
        return "every forecast is exact, there is nothing to learn"
    for name, gradient in (("v", s.by_input), ("w", s.by_recurrent), ("u", s.by_output)):
        if gradient == 0:
            return f"the gradient by {name} is 0"
    return None


EXERCISE = Exercise(
    number=48,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.8, 11, 13.75),
    parts={
        "states": Vector(points=2),
        "forecasts": Vector(points=1),
        "error": Number(points=1),
        "by_output": Number(points=2),
        "by_recurrent": Number(points=3),
        "by_input": Number(points=3),
        "updated": Vector(points=1),
    },
    mistakes={
        "free_running": wrong(inputs=lambda p: p.ys[:1], spoils=ALL),
        "shifted": wrong(inputs=lambda p: p.ys[1:], spoils=ALL),
        "summed": wrong(mean=False, credit=HALF),
        "without_two": wrong(two=1, credit=HALF),
        "truncated": wrong(through_time=False),
        "slopes_ignored": wrong(slopes=False),
        "uphill": wrong(downhill=False),
    },
    carry=("forecasts", "error", "by_output", "by_recurrent", "by_input", "updated"),
)
