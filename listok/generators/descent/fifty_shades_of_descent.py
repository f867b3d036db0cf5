"""Fit one weight by least squares, then by descent: plain, stochastic, with momentum and with adaptive steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any

from listok.generators.answers import Number, Vector
from listok.generators.bounds import Checked, NonZero, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ZERO, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.mistakes import Mistake, instead, wrong
from listok.generators.toolkit import descent
from listok.generators.toolkit.descent import AdamStep, GradientStep, MomentumStep, RmspropStep, moving_average
from listok.generators.toolkit.linear import dot
from listok.generators.toolkit.observations import (
    AdamVisit,
    MomentumVisit,
    Observation,
    RmspropVisit,
    SgdVisit,
    Visit,
    gradients_on,
    lowers,
    observations,
)
from listok.generators.values import BadParams

Floats = tuple[float, ...]

MOMENTUM, NESTEROV = HEAVY = ("momentum", "nesterov")
RMSPROP, ADAM = ADAPTIVE = ("rmsprop", "adam")


@dataclass(frozen=True)
class Params(Checked):
    """Observations `xs`, `ys`; the start `w0`; the step `eta`; `order` of the observations (from 1), one for each step
    of SGD; the other stochastic methods take the first `few` of them. These are one with a velocity, `heavy`, and one
    with `adaptive` steps. `alpha` is the momentum, `rho` averages the squares in RMSprop, `beta1` and `beta2` are
    Adam's."""

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
    heavy: Annotated[str, OneOf(HEAVY)]
    adaptive: Annotated[str, OneOf(ADAPTIVE)]

    def rules(self) -> Iterator[str]:
        if len(self.xs) != len(self.ys):
            yield "xs and ys must hold equally many numbers"
        if not all(1 <= i <= len(self.xs) for i in self.order):
            yield f"order must hold numbers of observations, 1 to {len(self.xs)}"
        if not 2 <= self.few <= len(self.order):
            yield f"few must be from 2 to the length of order, {len(self.order)}"

    @property
    def nesterov(self) -> bool:
        return self.heavy == NESTEROV

    @property
    def adam(self) -> bool:
        return self.adaptive == ADAM

    @property
    def first(self) -> tuple[int, ...]:
        """The observations that all stochastic methods but SGD take."""
        return self.order[: self.few]

    @property
    def visits(self) -> tuple[Observation, ...]:
        """The observations in the order of the steps."""
        return tuple([self.observations[i - 1] for i in self.order])

    @property
    def observations(self) -> tuple[Observation, ...]:
        return observations(self.xs, self.ys)


@dataclass(frozen=True)
class Solution:
    """`slope` and `shift` are those of L'(w), which is linear; the weights after each step of each method, `inertia` of
    the one with a velocity, `scaled` of the adaptive one, one of whose lists of visits is empty."""

    sum_xy: Fraction
    sum_xx: Fraction
    ols: Fraction
    slope: Fraction
    shift: Fraction
    gd: Row
    gd_steps: tuple[GradientStep, ...]
    sgd: Row
    sgd_visits: tuple[SgdVisit, ...]
    inertia: Row
    inertia_visits: tuple[MomentumVisit, ...]
    scaled: Floats
    rmsprop_visits: tuple[RmspropVisit, ...]
    adam_visits: tuple[AdamVisit, ...]

    @property
    def approaching(self) -> bool:
        """Whether every step of gradient descent brings the weight closer to the least-squares solution."""
        return all(abs(step.next - self.ols) < abs(step.w - self.ols) for step in self.gd_steps)

    @property
    def sgd_descends(self) -> bool:
        """Whether every step of SGD lowers the loss of its observation."""
        return all(map(lowers, self.sgd_visits))

    @property
    def inertia_overshoots(self) -> bool:
        """Whether a step with a velocity raises the loss of its observation."""
        return not all(map(lowers, self.inertia_visits))

    @property
    def scaled_overshoots(self) -> bool:
        """Whether an adaptive step raises the loss of its observation."""
        return not all(map(lowers, self.adaptive_visits))

    @property
    def adaptive_visits(self) -> tuple[Visit, ...]:
        return *self.rmsprop_visits, *self.adam_visits


# By level.
ALPHAS = {1: ("0.5", "0.8", "0.9"), 2: ("0.8", "0.9"), 3: ("0.9",)}
RHOS = {1: ("0.5", "0.75", "0.8", "0.9"), 2: ("0.8", "0.9"), 3: ("0.9",)}
BETAS1 = {1: ("0.5", "0.8"), 2: ("0.8", "0.9"), 3: ("0.9",)}
BETAS2 = {1: ("0.8", "0.9", "0.95"), 2: ("0.9", "0.95"), 3: ("0.9", "0.95")}
TENTH, TWENTIETH = Fraction("0.1"), Fraction("0.05")
SHORT = ((1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1))


def draw(d: Draw, level: int) -> Params:
    """Small whole numbers, chosen so that the decimals of the steps stay short.

    The first level has the plainer methods, the third those with a second thought: a look ahead, corrected averages.
    """
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
    order = ((1, 2), (1, 2, 1), three + three[:1])[level - 1]
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
        few=2,
        heavy=(MOMENTUM, d.choice(HEAVY), NESTEROV)[level - 1],
        adaptive=(RMSPROP, d.choice(ADAPTIVE), ADAM)[level - 1],
    )


def by_inertia(p: Params, two: int = 2, ahead: int | None = None, **change: Any) -> tuple[MomentumStep, ...]:
    look = int(p.nesterov) if ahead is None else ahead
    return descent.momentum(gradients_on(p.visits[: p.few], two), p.w0, p.eta, p.alpha, ahead=look, **change)


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
        raise BadParams(f"the adaptive method divides 0 by 0: the gradient of observation {start.i} is 0 at step 1")

    sum_xy = dot(p.xs, p.ys)
    sum_xx = dot(p.xs, p.xs)
    share = Fraction(two, len(p.xs)) if mean else Fraction(two)
    slope, shift = share * sum_xx, -share * sum_xy

    gd = descent.gradient_descent([lambda w: slope * w + shift] * p.gd_count, p.w0, p.eta)
    sgd = descent.gradient_descent(gradients_on(p.visits, two), p.w0, p.eta)
    inertia = by_inertia(p, two)
    rmsprop = () if p.adam else by_rmsprop(p)
    adam = by_adam(p) if p.adam else ()
    seen = p.visits[: p.few]
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
        inertia=weights(inertia),
        inertia_visits=tuple(map(MomentumVisit, seen, inertia)),
        scaled=weights(rmsprop or adam),
        rmsprop_visits=tuple(map(RmspropVisit, seen, rmsprop)),
        adam_visits=tuple(map(AdamVisit, seen, adam)),
    )


def check(p: Params, s: Solution) -> str | None:
    if s.sum_xy == 0:
        return "the sum of x*y is 0, so the least-squares weight is 0 without any work"
    kept = 1 - p.eta * s.slope
    if kept == 0:
        return "gradient descent hits the optimum in one step: eta * (2/n) * (sum of x^2) is exactly 1"
    if abs(kept) >= 1:
        return f"gradient descent diverges: |1 - eta * (2/n) * (sum of x^2)| = {abs(kept)}, it must be below 1"
    for i in sorted(set(p.order)):
        pull = 2 * p.eta * p.xs[i - 1] ** 2
        if pull == 1:
            return f"SGD hits the best weight for observation {i} in one step: 2 * eta * x^2 is exactly 1"
        if pull >= 2:
            return f"SGD diverges: |1 - 2 * eta * x^2| = {abs(1 - pull)} for observation {i}, it must be below 1"
    methods: dict[str, Sequence[Any]] = {
        "gradient descent": s.gd_steps,
        "SGD": [visit.step for visit in s.sgd_visits],
        "Nesterov's momentum" if p.nesterov else "momentum": [visit.step for visit in s.inertia_visits],
        "Adam" if p.adam else "RMSprop": [visit.step for visit in s.adaptive_visits],
    }
    for method, steps in methods.items():
        for t, step in enumerate(steps, 1):
            if step.g == 0 or (isinstance(step.g, float) and abs(step.g) < 1e-9):
                return f"the gradient is 0 at step {t} of {method}: there is nothing to compute"
    if s.inertia_overshoots or s.scaled_overshoots:
        return "a step is so long that it raises the loss of the observation that it sees"
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


def by_rmsprop_instead(**change: Any) -> Mistake:
    """RMSprop with something changed, where it is asked for."""
    return instead(scaled=lambda p, s: None if p.adam else weights(by_rmsprop(p, **change)))


def by_adam_instead(**change: Any) -> Mistake:
    """Adam with something changed, where it is asked for."""
    return instead(scaled=lambda p, s: weights(by_adam(p, **change)) if p.adam else None)


EXERCISE = Exercise(
    number=15,
    draw=draw,
    solve=solve,
    check=check,
    version=2,
    minutes=(10, 12.9, 16.2),
    parts={
        "ols": Number(),
        "gd": Vector(points=2),
        "sgd": Vector(points=2),
        "inertia": Vector(points=3),
        "scaled": Vector(digits=3, points=3),
    },
    mistakes={
        "ratios_averaged": instead(ols=lambda p, s: mean_of_ratios(p)),
        "products_averaged": instead(ols=lambda p, s: s.sum_xy / len(p.xs)),
        "no_two": wrong(two=1, credit=HALF),
        "summed": wrong(mean=False, credit=HALF),
        "full_gradient": instead(sgd=on_all_data),
        "stale_gradient": instead(sgd=lambda p, s: from_the_start(p)),
        "damped": instead(inertia=lambda p, s: weights(by_inertia(p, gather=moving_average))),
        "forgotten_velocity": instead(inertia=lambda p, s: s.sgd[: p.few]),
        "no_lookahead": instead(inertia=lambda p, s: weights(by_inertia(p, ahead=0)) if p.nesterov else None),
        "looks_back": instead(inertia=lambda p, s: weights(by_inertia(p, ahead=-1)) if p.nesterov else None),
        "no_root": by_rmsprop_instead(root=lambda v: v),
        "squares_summed": by_rmsprop_instead(average=lambda v, g2, rho: v + g2),
        "uncorrected": by_adam_instead(correction=lambda beta, t: 1),
        "late_count": by_adam_instead(correction=lambda beta, t: 1 - beta ** (t + 1)),
        "no_powers": by_adam_instead(correction=lambda beta, t: 1 - beta),
    },
)
