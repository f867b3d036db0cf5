"""Fit one weight by least squares, then by six kinds of gradient descent, a few steps of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any

from listok.generators.answers import Number, Vector
from listok.generators.bounds import Checked, NonZero, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ZERO, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.descent import AdamStep, GradientStep, MomentumStep, RmspropStep, moving_average
from listok.generators.toolkit.linear import dot
from listok.generators.values import BadParams

Floats = tuple[float, ...]


@dataclass(frozen=True)
class Observation:
    i: int
    x: Fraction
    y: Fraction


@dataclass(frozen=True)
class Params(Checked):
    """Observations `xs`, `ys`; the start `w0`; the step `eta`; `order` of the observations (from 1), one for each step
    of SGD; the other stochastic methods take the first `few` of them. `alpha` is the momentum, `rho` averages the
    squares in RMSprop, `beta1` and `beta2` are Adam's."""

    xs: Annotated[Row, Size(2, 6), Within(-1000, 1000, finest=1000), NonZero()]
    ys: Annotated[Row, Size(2, 6), Within(-1000, 1000, finest=1000)]
    w0: Annotated[Fraction, Within(-1000, 1000, finest=1000)]
    eta: Annotated[Fraction, Positive(), Within(0, 10, finest=10**6)]
    alpha: Annotated[Fraction, Within(0, 1, finest=10**6, strict=True)]
    rho: Annotated[Fraction, Within(0, 1, finest=10**6, strict=True)]
    beta1: Annotated[Fraction, Within(0, 1, finest=10**6, strict=True)]
    beta2: Annotated[Fraction, Within(0, 1, finest=10**6, strict=True)]
    gd_count: Annotated[int, Within(1, 8)]
    order: Annotated[tuple[int, ...], Size(2, 8)]
    few: int

    def rules(self) -> Iterator[str]:
        if len(self.xs) != len(self.ys):
            yield "xs and ys must hold equally many numbers"
        if not all(1 <= i <= len(self.xs) for i in self.order):
            yield f"order must hold numbers of observations, 1 to {len(self.xs)}"
        if not 2 <= self.few <= len(self.order):
            yield f"few must be from 2 to the length of order, {len(self.order)}"

    @property
    def first(self) -> tuple[int, ...]:
        """The observations that all stochastic methods but SGD take."""
        return self.order[: self.few]

    @property
    def visits(self) -> tuple[Observation, ...]:
        """The observations in the order of the steps."""
        data = self.observations
        return tuple([data[i - 1] for i in self.order])

    @property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(Observation(i, x, y) for i, (x, y) in enumerate(zip(self.xs, self.ys, strict=True), 1))


@dataclass(frozen=True)
class SgdVisit:
    seen: Observation
    step: GradientStep


@dataclass(frozen=True)
class MomentumVisit:
    seen: Observation
    step: MomentumStep


@dataclass(frozen=True)
class RmspropVisit:
    seen: Observation
    step: RmspropStep


@dataclass(frozen=True)
class AdamVisit:
    seen: Observation
    step: AdamStep


@dataclass(frozen=True)
class Solution:
    """`slope` and `shift` are those of L'(w), which is linear; the weights after each step of each method."""

    sum_xy: Fraction
    sum_xx: Fraction
    ols: Fraction
    slope: Fraction
    shift: Fraction
    gd: Row
    gd_steps: tuple[GradientStep, ...]
    sgd: Row
    sgd_visits: tuple[SgdVisit, ...]
    momentum: Row
    momentum_visits: tuple[MomentumVisit, ...]
    nesterov: Row
    nesterov_visits: tuple[MomentumVisit, ...]
    rmsprop: Floats
    rmsprop_visits: tuple[RmspropVisit, ...]
    adam: Floats
    adam_visits: tuple[AdamVisit, ...]

    @property
    def approaching(self) -> bool:
        """Whether every step of gradient descent brings the weight closer to the least-squares solution."""
        return all(abs(step.next - self.ols) < abs(step.w - self.ols) for step in self.gd_steps)


# By level.
ALPHAS = {1: ("0.5", "0.8", "0.9"), 2: ("0.8", "0.9"), 3: ("0.9",)}
RHOS = {1: ("0.5", "0.75", "0.8", "0.9"), 2: ("0.8", "0.9"), 3: ("0.9",)}
BETAS1 = {1: ("0.5", "0.8"), 2: ("0.8", "0.9"), 3: ("0.9",)}
BETAS2 = {1: ("0.8", "0.9", "0.95"), 2: ("0.9", "0.95"), 3: ("0.9", "0.95")}
TENTH, TWENTIETH = Fraction("0.1"), Fraction("0.05")
SHORT = ((1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1))


def draw(d: Draw, level: int) -> Params:
    """Small whole numbers, chosen so that the decimals of the steps stay short."""
    nonzero = tuple(y for y in range(-9, 10) if y)
    eta = d.choice((TENTH, TWENTIETH))
    if level < 3:
        x1, x2 = d.shuffled((1, 2) if eta == TENTH else (1, 3))
        xs = [x1 * d.sign(), x2 * d.sign()]
        ys = [d.choice(nonzero)]
        # an even sum of products is halved without a rest
        ys.append(d.choice([y for y in nonzero if eta == TENTH or (y - ys[0]) % 2 == 0]))
    else:
        xs = [x * d.sign() for x in d.choice(SHORT)]
        ys = [d.choice(nonzero), d.choice(nonzero)]
        part = dot(xs[:2], ys)
        ys.append(d.choice([y for y in nonzero if (part + xs[2] * y) % 3 == 0]))
    three = d.shuffled((1, 2, 3))
    order = ((1, 2, 1), (1, 2, 1, 2), three + three[:2])[level - 1]
    return Params(
        xs=tuple(map(Fraction, xs)),
        ys=tuple(map(Fraction, ys)),
        w0=Fraction(0 if level == 1 else d.integer(-2, 2, exclude=(0,))),
        eta=eta,
        alpha=Fraction(d.choice(ALPHAS[level])),
        rho=Fraction(d.choice(RHOS[level])),
        beta1=Fraction(d.choice(BETAS1[level])),
        beta2=Fraction(d.choice(BETAS2[level])),
        gd_count=(2, 3, 3)[level - 1],
        order=order,
        few=(2, 2, 3)[level - 1],
    )


def gradients_on(visits: Sequence[Observation], two: int = 2) -> list[Callable[[Any], Any]]:
    """The derivatives of (y - w x)^2 by w, one for each observation."""

    def gradient(seen: Observation) -> Callable[[Any], Any]:
        return lambda w: -two * seen.x * (seen.y - w * seen.x)

    return [gradient(seen) for seen in visits]


def by_momentum(p: Params, two: int = 2, **change: Any) -> tuple[MomentumStep, ...]:
    return descent.momentum(gradients_on(p.visits[: p.few], two), p.w0, p.eta, p.alpha, **change)


def by_rmsprop(p: Params, **change: Any) -> tuple[RmspropStep, ...]:
    return descent.rmsprop(gradients_on(p.visits[: p.few]), float(p.w0), float(p.eta), float(p.rho), **change)


def by_adam(p: Params, **change: Any) -> tuple[AdamStep, ...]:
    betas = float(p.beta1), float(p.beta2)
    return descent.adam(gradients_on(p.visits[: p.few]), float(p.w0), float(p.eta), betas, **change)


def weights(steps: tuple[Any, ...]) -> tuple[Any, ...]:
    """The weight after each step."""
    return tuple([step.next for step in steps])


def solve(p: Params, *, two: int = 2, mean: bool = True) -> Solution:
    """Least squares, then each method from the start.

    A mistake forgets the factor `two` of the gradient (RMSprop and Adam divide it away again) or the `mean` in the
    loss. What goes wrong within one method is a change of that method.
    """
    start = p.visits[0]
    if start.y == p.w0 * start.x:
        raise BadParams(f"RMSprop divides 0 by 0: the gradient of observation {start.i} is 0 at step 1")

    sum_xy = dot(p.xs, p.ys)
    sum_xx = dot(p.xs, p.xs)
    share = Fraction(two, len(p.xs)) if mean else Fraction(two)
    slope, shift = share * sum_xx, -share * sum_xy

    gd = descent.gradient_descent([lambda w: slope * w + shift] * p.gd_count, p.w0, p.eta)
    sgd = descent.gradient_descent(gradients_on(p.visits, two), p.w0, p.eta)
    momentum = by_momentum(p, two)
    nesterov = by_momentum(p, two, ahead=1)
    rmsprop = by_rmsprop(p)
    adam = by_adam(p)
    return Solution(
        sum_xy=sum_xy,
        sum_xx=sum_xx,
        ols=sum_xy / sum_xx,
        slope=slope,
        shift=shift,
        gd=weights(gd),
        gd_steps=gd,
        sgd=weights(sgd),
        sgd_visits=tuple(map(SgdVisit, p.visits, sgd)),
        momentum=weights(momentum),
        momentum_visits=tuple(map(MomentumVisit, p.visits, momentum)),
        nesterov=weights(nesterov),
        nesterov_visits=tuple(map(MomentumVisit, p.visits, nesterov)),
        rmsprop=weights(rmsprop),
        rmsprop_visits=tuple(map(RmspropVisit, p.visits, rmsprop)),
        adam=weights(adam),
        adam_visits=tuple(map(AdamVisit, p.visits, adam)),
    )


def check(p: Params, s: Solution) -> str | None:
    if s.sum_xy == 0:
        return "the sum of x*y is 0, so the least-squares weight is 0 without any work"
    kept = 1 - p.eta * s.slope
    if kept == 0:
        return "gradient descent hits the optimum in one step: eta * (2/n) * (sum of x^2) is exactly 1"
    if abs(kept) >= 1:
        return f"gradient descent diverges: |1 - eta * (2/n) * (sum of x^2)| = {abs(kept)}, it must be below 1"
    steepest = 2 * (1 + p.alpha) / (1 + 2 * p.alpha)  # beyond it Nesterov's momentum diverges
    for i in sorted(set(p.order)):
        pull = 2 * p.eta * p.xs[i - 1] ** 2
        if pull == 1:
            return f"SGD hits the best weight for observation {i} in one step: 2 * eta * x^2 is exactly 1"
        if pull >= 2:
            return f"SGD diverges: |1 - 2 * eta * x^2| = {abs(1 - pull)} for observation {i}, it must be below 1"
        if pull >= steepest:
            return f"Nesterov's momentum diverges: eta and alpha are too large for observation {i}"
    methods: dict[str, Sequence[Any]] = {
        "gradient descent": s.gd_steps,
        "SGD": [visit.step for visit in s.sgd_visits],
        "momentum": [visit.step for visit in s.momentum_visits],
        "Nesterov's momentum": [visit.step for visit in s.nesterov_visits],
        "RMSprop": [visit.step for visit in s.rmsprop_visits],
        "Adam": [visit.step for visit in s.adam_visits],
    }
    for method, steps in methods.items():
        for t, step in enumerate(steps, 1):
            if step.g == 0 or (isinstance(step.g, float) and abs(step.g) < 1e-9):
                return f"the gradient is 0 at step {t} of {method}: there is nothing to compute"
    return None


def mean_of_ratios(p: Params) -> Fraction:
    return sum((y / x for x, y in zip(p.xs, p.ys, strict=True)), ZERO) / len(p.xs)


def on_all_data(p: Params, s: Solution) -> Row:
    """As many steps as SGD takes, against the gradient of the whole loss."""
    return weights(descent.gradient_descent([lambda w: s.slope * w + s.shift] * len(p.order), p.w0, p.eta))


def from_the_start(p: Params) -> Row:
    """SGD whose gradients are all taken at w_0."""
    stale = [gradient(p.w0) for gradient in gradients_on(p.visits)]
    return tuple(p.w0 - p.eta * total for total in accumulate(stale))


EXERCISE = Exercise(
    number=15,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(18, 22.6, 34),
    parts={
        "ols": Number(),
        "gd": Vector(points=2),
        "sgd": Vector(points=2),
        "momentum": Vector(points=2),
        "nesterov": Vector(points=2),
        "rmsprop": Vector(digits=3, points=2),
        "adam": Vector(digits=3, points=3),
    },
    mistakes={
        "ratios_averaged": instead(ols=lambda p, s: mean_of_ratios(p)),
        "products_averaged": instead(ols=lambda p, s: s.sum_xy / len(p.xs)),
        "no_two": wrong(two=1, credit=HALF),
        "summed": wrong(mean=False, credit=HALF),
        "full_gradient": instead(sgd=on_all_data),
        "stale_gradient": instead(sgd=lambda p, s: from_the_start(p)),
        "damped": instead(
            momentum=lambda p, s: weights(by_momentum(p, gather=moving_average)),
            nesterov=lambda p, s: weights(by_momentum(p, gather=moving_average, ahead=1)),
        ),
        "forgotten_velocity": instead(momentum=lambda p, s: s.sgd[: p.few]),
        "no_lookahead": instead(nesterov=lambda p, s: s.momentum),
        "looks_back": instead(nesterov=lambda p, s: weights(by_momentum(p, ahead=-1))),
        "no_root": instead(rmsprop=lambda p, s: weights(by_rmsprop(p, root=lambda v: v))),
        "squares_summed": instead(rmsprop=lambda p, s: weights(by_rmsprop(p, average=lambda v, g2, rho: v + g2))),
        "uncorrected": instead(adam=lambda p, s: weights(by_adam(p, correction=lambda beta, t: 1))),
        "late_count": instead(adam=lambda p, s: weights(by_adam(p, correction=lambda beta, t: 1 - beta ** (t + 1)))),
        "no_powers": instead(adam=lambda p, s: weights(by_adam(p, correction=lambda beta, t: 1 - beta))),
    },
)
