"""Derive the update of a logistic regression, make one step of descent, and see what it does to the log loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Annotated, TypeAlias

from listok.generators.answers import Expression, Vector
from listok.generators.bounds import Checked, NonZero, OneOf, Positive, Size, Within
from listok.generators.decimals import in_full
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.activations import sigmoid
from listok.generators.toolkit.losses import log_loss, log_loss_of_sum
from listok.generators.values import Value

Number: TypeAlias = Fraction | float

LARGEST_SUM = 5
SHORTEST_STEP = 0.005


@dataclass(frozen=True)
class Params(Checked):
    """The inputs and labels of all observations; the weight `w` of the input and the intercept `b`, or, with `logs`,
    the numbers whose natural logarithms these are; the learning rate; the weight `asked` for in the rule, w or b."""

    xs: Annotated[tuple[int, ...], Size(1, 4), Within(-10, 10), NonZero()]
    ys: Annotated[tuple[int, ...], Size(1, 4), OneOf((0, 1))]
    w: Annotated[Fraction, Within(-20, 20, finest=1000), NonZero()]
    b: Annotated[Fraction, Within(-20, 20, finest=1000)]
    logs: bool
    eta: Annotated[Fraction, Positive(), Within(0, 10, finest=1000)]
    asked: Annotated[str, OneOf(("w", "b"))]

    def rules(self) -> Iterator[str]:
        if len(self.xs) != len(self.ys):
            yield "xs and ys must hold equally many numbers"
        if self.logs and not (self.w > 0 and self.b > 0):
            yield "w and b must be above 0, because their logarithms are the weights"
        if self.asked == "b" and not self.intercept:
            yield "the rule for b is asked, but there is no intercept"

    @property
    def intercept(self) -> bool:
        return self.b != (1 if self.logs else 0)

    @property
    def several(self) -> bool:
        return len(self.xs) > 1

    @property
    def by_w(self) -> bool:
        """Whether the rule for w is asked for."""
        return self.asked == "w"


@dataclass(frozen=True)
class Forecast:
    """The sum `z` of an observation, e to the power of it `odds`, and the probability `p` of 1, before the step."""

    x: int
    z: Number
    odds: Number
    p: Number


@dataclass(frozen=True)
class Pull:
    """What an observation adds to the gradient before the mean is taken: `miss` = p - y by b, `product` = (p - y) x
    by w."""

    x: int
    y: int
    miss: Number
    product: Number


@dataclass(frozen=True)
class Outcome:
    """The probability `p` of 1 and the loss `before` the step; the sum `z`, the probability `q` and the loss `after`
    it."""

    x: int
    y: int
    p: Number
    before: float
    z: float
    q: float
    after: float


@dataclass(frozen=True)
class Solution:
    """One record for each observation; `slope` and `shift` are the derivatives of the loss by w and b; `step` holds the
    new w, and the new b if there is an intercept; `loss` is the loss before the step and after it."""

    rule: Formula
    forecasts: tuple[Forecast, ...]
    probabilities: tuple[Number, ...]
    pulls: tuple[Pull, ...]
    slope: Number
    shift: Number
    step: tuple[float, ...]
    outcomes: tuple[Outcome, ...]
    loss: tuple[float, float]

    @property
    def fell(self) -> bool:
        return self.loss[1] < self.loss[0]

    @property
    def grew(self) -> bool:
        return self.loss[1] > self.loss[0]


INPUTS = (-3, -2, 2, 3)  # at 1 nobody would notice that the input is forgotten, at -1 it looks like a step uphill
EXACT = tuple(
    (x, Fraction(w)) for size, ratios in ((2, "2 3 1/2 1/3 3/4 4/3"), (3, "2 1/2")) for x in (size, -size)
    for w in ratios.split()
)  # fmt: skip
"""Inputs and numbers whose logarithms are weights, for which odds and probabilities are short."""


def draw(d: Draw, level: int) -> Params:
    """One observation and a logarithm for a weight; then an intercept and decimals; then two observations."""
    if level == 1:
        x, w = d.choice(EXACT)
        return Params((x,), (d.integer(0, 1),), w, ONE, True, Fraction(d.integer(5, 100), 100), "w")
    fine = 20 if level == 2 else 10
    return Params(
        xs=d.distinct(INPUTS, level - 1),
        ys=d.integers(level - 1, 0, 1),
        w=d.step(-1, 1, fine, exclude=(0,)),
        b=d.step(-1, 1, fine, exclude=(0,)),
        logs=False,
        eta=Fraction(d.integer(1, 5), 10),
        asked="w" if d.flip() else "b",
    )


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    downhill: bool = True,
    inputs: bool = True,
    squared: bool = False,
    mean: bool = True,
    base: float = math.e,
) -> Solution:
    """Forward, the gradient, the step, and forward again.

    A mistake changes one thing: a step that does not go `downhill`; in the gradient `inputs` are forgotten, the error
    is `squared`, or there is no `mean`; another `base` of the logarithms in the loss.
    """
    w, b = (math.log(p.w), math.log(p.b)) if p.logs else (p.w, p.b)
    forecasts = []
    for x in p.xs:
        z = w * x + b
        odds = p.w**x * p.b if p.logs else math.exp(z)
        forecasts.append(Forecast(x, z, odds, odds / (1 + odds)))
    probabilities = given.get("probabilities", tuple(forecast.p for forecast in forecasts))

    pulls = []
    for x, y, chance in zip(p.xs, p.ys, probabilities, strict=True):
        miss = chance - y
        if squared:
            miss *= chance * (1 - chance)
        pulls.append(Pull(x, y, miss, miss * x if inputs else miss))
    share = Fraction(1, len(p.xs)) if mean else ONE
    slope = share * sum(pull.product for pull in pulls)
    shift = share * sum(pull.miss for pull in pulls)

    eta = p.eta if downhill else -p.eta
    moved = (float(w - eta * slope), float(b - eta * shift)) if p.intercept else (float(w - eta * slope),)
    step = given.get("step", moved)

    new_w, new_b = step if p.intercept else (*step, ZERO)
    outcomes = []
    unit = math.log(base)
    for forecast, y, chance in zip(forecasts, p.ys, probabilities, strict=True):
        before = log_loss(chance, y) if "probabilities" in given else log_loss_of_sum(forecast.z, y)
        new_z = float(new_w * forecast.x + new_b)
        after = log_loss_of_sum(new_z, y)
        outcomes.append(Outcome(forecast.x, y, chance, before / unit, new_z, sigmoid(new_z), after / unit))

    return Solution(
        rule=rule(p, eta * share, inputs, squared),
        forecasts=tuple(forecasts),
        probabilities=probabilities,
        pulls=tuple(pulls),
        slope=slope,
        shift=shift,
        step=step,
        outcomes=tuple(outcomes),
        loss=(fmean(outcome.before for outcome in outcomes), fmean(outcome.after for outcome in outcomes)),
    )


def rule(p: Params, rate: Fraction, inputs: bool, squared: bool) -> Formula:
    """The new weight as a formula of the old ones and of all observations."""
    sign, size = "-" if rate > 0 else "+", in_full(abs(rate), 4) or f"({abs(rate)})"
    text = p.asked
    for i in range(1, len(p.xs) + 1):
        x, y = (f"x{i}", f"y{i}") if p.several else ("x", "y")
        chance = f"sigmoid(w*{x} + b)" if p.intercept else f"sigmoid(w*{x})"
        text += f" {sign} {size}*({chance} - {y})"
        text += f"*{chance}*(1 - {chance})" if squared else ""
        text += f"*{x}" if p.by_w and inputs else ""
    return Formula(text)


def check(p: Params, s: Solution) -> str | None:
    if any(abs(float(forecast.z)) > LARGEST_SUM for forecast in s.forecasts):
        return f"a sum z is beyond {LARGEST_SUM} in size, so that the probability is almost 0 or 1"
    gradient = (s.slope, s.shift) if p.intercept else (s.slope,)
    if any(abs(float(p.eta * derivative)) < SHORTEST_STEP for derivative in gradient):
        return "a weight moves by less than what three decimal places show well"
    return None


def without_intercept(p: Params) -> Params | None:
    return replace(p, b=ONE if p.logs else ZERO, asked="w") if p.intercept else None


def losses_of_ones(p: Params, s: Solution) -> tuple[float, float] | None:
    """The loss as if all labels were 1; it is right where they are."""
    if all(p.ys):
        return None
    return fmean(log_loss_of_sum(f.z, 1) for f in s.forecasts), fmean(log_loss_of_sum(o.z, 1) for o in s.outcomes)


def summed_losses(p: Params, s: Solution) -> tuple[float, float] | None:
    count = len(p.xs)
    return (count * s.loss[0], count * s.loss[1]) if count > 1 else None


EXERCISE = Exercise(
    number=16,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(4.6, 6.3, 9.7),
    version=2,
    parts={
        "rule": Expression(points=2),
        "probabilities": Vector(digits=3, points=1),
        "step": Vector(digits=3, points=2),
        "loss": Vector(digits=3, points=2),
    },
    mistakes={
        "uphill": wrong(downhill=False),
        "no_input": wrong(inputs=False),
        "squared_error": wrong(squared=True),
        "summed": wrong(mean=False, credit=HALF),
        # what follows from wrong probabilities is carried forward
        "negated": instead(probabilities=lambda p, s: tuple(1 - chance for chance in s.probabilities)),
        "no_one": instead(probabilities=lambda p, s: tuple(forecast.odds for forecast in s.forecasts)),
        "no_intercept": wrong(without_intercept, spoils="probabilities"),
        "losses_summed": instead(loss=summed_losses, credit=HALF),
        "ones": instead(loss=losses_of_ones),
        "decimal_log": wrong(base=10, credit=HALF),
    },
    carry=("step", "loss"),
)
