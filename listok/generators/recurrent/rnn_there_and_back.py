"""Run a recurrent cell over a short series and back: states, forecasts, error, gradients, and a step of descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
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
    """The series `ys` from y_0 on; the state `start` before it; weights `v` (input), `w` (recurrent), `u` (output); the
    activation's slope `leak` to the left of zero (0 is ReLU, 1 is no activation); the learning rate `eta`."""

    ys: Annotated[Row, Size(3, 8), Within(-1000, 1000, finest=1000)]
    start: Annotated[Fraction, Within(-1000, 1000, finest=1000)]
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
    """`updated` holds the new v, w, u, with which the error is `error_after`."""

    steps: tuple[Step, ...]
    states: Row
    forecasts: Row
    squares: Fraction
    error: Fraction
    by_output: Fraction
    by_recurrent: Fraction
    by_input: Fraction
    updated: Row
    error_after: float

    @property
    def descends(self) -> bool:
        """Whether the step lowers the error."""
        return self.error_after < self.error

    @property
    def shortens(self) -> bool:
        return shortens(self.squares, len(self.steps))


TWO = Fraction(2)
INPUT = (ONE, -ONE, HALF)
RECURRENT = {1: (HALF, -HALF, ONE, -ONE), 2: (HALF, -HALF, ONE, -ONE), 3: (ONE, -ONE)}
OUTPUT = {1: (-ONE, HALF, -HALF, TWO), 2: (HALF, TWO), 3: (HALF, -HALF, Fraction(3, 2), Fraction(-3, 2))}
"""Weights by level. None makes forecasts of states as they are, ReLU lets no negative forecast through, and what leaky
ReLU halves is halved by no recurrent weight."""

SIZES = {1: range(2, 13, 2), 2: range(2, 9, 2), 3: range(4, 21, 4)}
"""Of the sums z_t, by level."""

RATES = tuple(map(Fraction, ("0.1", "0.05", "0.02", "0.01")))
LARGEST_MOVE = 1
"""No weight moves farther in a step: a long one may lower the error because it kills the cell."""
FARTHEST_INPUT, FARTHEST_MISS = 14, 9


def draw(d: Draw, level: int) -> Params:
    """Sums z_t that are short are drawn first; the series is what leads to them.

    No activation at the first level, ReLU that stops one state at the second, at the third a leaky ReLU.
    """
    count, leak = ((2, ONE), (4, ZERO), (5, HALF))[level - 1]
    v, w, u = d.choice(INPUT), d.choice(RECURRENT[level]), d.choice(OUTPUT[level])
    start = Fraction(d.choice((2, 4) if level < 3 else (4, 8)) * (d.sign() if level != 2 else 1))
    if level == 1:
        negative = [d.flip() for _ in range(count)]
    else:
        # were one of the first two states stopped by ReLU, too little would pass from h_0 through time
        stopped = (d.choice((2, 3)),) if level == 2 else d.distinct(range(count), d.choice((2, 3)))
        negative = [t in stopped for t in range(count)]

    h, ys = start, list[Fraction]()
    for below in negative:
        sums = []
        for size in SIZES[level]:
            z = Fraction(-size if below else size)
            y = (z - w * h) / v
            near = not ys or 0 < abs(leaky_relu(u * h, leak) - y) <= FARTHEST_MISS
            if near and y not in ys and 0 < abs(y) <= FARTHEST_INPUT:
                sums.append((z, y))
        if not sums:
            return draw(d, level)
        z, y = d.choice(sums)
        ys.append(y)
        h = leaky_relu(z, leak)
    ys.append(leaky_relu(u * h, leak) - d.integer(-5, 5, exclude=(0,)))
    return with_a_good_rate(Params(tuple(ys), start, v, w, u, leak, RATES[-1]))


def with_a_good_rate(p: Params) -> Params:
    """These parameters with the largest of the rates with which the step lowers the error."""
    s = solve(p)
    for eta in RATES:
        gradient = s.by_input, s.by_recurrent, s.by_output
        updated = descent.step((p.v, p.w, p.u), gradient, eta)
        if eta * max(map(abs, gradient)) <= LARGEST_MOVE and error_of(p, updated) < s.error:
            return replace(p, eta=eta)
    return p


def error_of(p: Params, weights: Row) -> Fraction:
    """The mean of the squares that the cell has with other weights v, w, u."""
    v, w, u = weights
    h, squares = p.start, ZERO
    for x, y in pairwise(p.ys):
        h = leaky_relu(v * x + w * h, p.leak)
        squares += (leaky_relu(u * h, p.leak) - y) ** 2
    return squares / (len(p.ys) - 1)


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

    h, dv, dw, forecast = p.start, ZERO, ZERO, ZERO
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
    updated = descent.step((p.v, p.w, p.u), (by_v, by_w, by_u), p.eta if downhill else -p.eta)
    return Solution(
        steps=tuple(steps),
        states=tuple(step.h for step in steps),
        forecasts=tuple(step.forecast for step in steps),
        squares=squares,
        error=share * squares,
        by_output=by_u,
        by_recurrent=by_w,
        by_input=by_v,
        updated=updated,
        error_after=float(error_of(p, updated)),
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
    if not p.linear and solve(p, slopes=False).by_input == s.by_input:
        return "the gradient by v is the same as without the activation's slopes"
    if p.v * s.by_input == p.u * s.by_output:
        # always so where h_0 is 0: the forecasts depend on v and u by their product alone
        return "v dL/dv = u dL/du, so that nothing need go back through time for v"
    if s.by_input == s.by_output:
        return "the gradients by v and by u are equal"
    if not s.descends:
        return "the step does not lower the error"
    return None


EXERCISE = Exercise(
    number=48,
    version=2,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5.9, 8.8, 11.2),
    parts={
        "states": Vector(points=2),
        "forecasts": Vector(points=1),
        "error": Number(points=1),
        "by_output": Number(points=2),
        "by_recurrent": Number(points=3),
        "by_input": Number(points=3),
        "updated": Vector(points=1, alike=True),
    },
    mistakes={
        "free_running": wrong(inputs=lambda p: p.ys[:1], spoils=ALL),
        "shifted": wrong(inputs=lambda p: p.ys[1:], spoils=ALL),
        "summed": wrong(mean=False, credit=HALF),
        "without_two": wrong(two=1, credit=HALF),
        "from_zero": wrong(lambda p: replace(p, start=ZERO)),
        "truncated": wrong(through_time=False, spoils="by_recurrent by_input updated"),
        "slopes_ignored": wrong(slopes=False),
        "uphill": wrong(downhill=False),
    },
    carry=("forecasts", "error", "by_output", "by_recurrent", "by_input", "updated"),
)
