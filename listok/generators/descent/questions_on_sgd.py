"""Judge statements about stochastic gradient descent, and find the cycle it ends in when its step is constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from listok.generators.answers import Choices, Number, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, shortens
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.values import Value

TRUE = (
    "noise_escapes",
    "restarts_help",
    "annealing_helps",
    "start_matters",
    "constant_hovers",
    "smaller_closer",
    "unbiased",
    "batch_variance",
    "cheap_step",
    "loss_may_rise",
    "optimum_not_still",
    "agreeing_data",
    "decreasing_converges",
    "averaging_helps",
    "shuffling_helps",
    "parabola_diverges",
    "sum_like_mean",
)
FALSE = (
    "always_global",
    "constant_converges",
    "every_step_down",
    "zero_gradient_stops",
    "convex_many_ends",
    "large_batch_noisier",
    "epoch_one_step",
    "faster_decay_better",
    "larger_closer",
    "noise_only_harms",
    "momentum_guarantees",
    "biased",
    "restarts_guarantee",
    "scale_free",
    "order_irrelevant",
    "double_batch_halves",
    "zero_means_minimum",
)
STATEMENTS = TRUE + FALSE


@dataclass(frozen=True)
class Params(Checked):
    """Names of the statements printed; the `targets` a_i of the losses (w - a_i)^2; the constant step `eta`, with which
    SGD settles; the weight `start` before the first step."""

    statements: Annotated[tuple[str, ...], Size(2, 15), OneOf(STATEMENTS), Distinct()]
    targets: Annotated[Row, Size(2, 6), Within(-1000, 1000, finest=1000)]
    eta: Annotated[Fraction, Within(0, 1, finest=1000, strict=True)]
    start: Annotated[Fraction, Within(-1000, 1000, finest=1000)]


@dataclass(frozen=True)
class Step:
    """From `w` towards `target`."""

    target: Fraction
    w: Fraction
    next: Fraction


@dataclass(frozen=True)
class Solution:
    """`pull` is 2 eta and `kept` 1 - 2 eta; a whole pass turns w into `pass_slope` * w + `pass_shift`, and `fixed` is
    the weight that a pass leaves where it was, the last point of the cycle. `gaps` are the distances of its points to
    the optimum."""

    true_ones: tuple[str, ...]
    total: Fraction
    optimum: Fraction
    pull: Fraction
    kept: Fraction
    first_pass: Row
    steps: tuple[Step, ...]
    pass_slope: Fraction
    pass_shift: Fraction
    fixed: Fraction
    cycle: Row
    cycle_steps: tuple[Step, ...]
    gaps: Row
    radius: Fraction

    @property
    def shortens(self) -> bool:
        return shortens(self.total, len(self.cycle_steps))


ETAS = tuple(map(Fraction, ("1/4", "1/3", "3/4", "2/3")))


def draw(d: Draw, level: int) -> Params:
    size = (5, 6, 8)[level - 1]
    count = d.integer(2, size - 2)
    names = {*d.distinct(TRUE, count), *d.distinct(FALSE, size - count)}
    start, *targets = d.distinct(range(-9, 10), level + 2)
    return Params(
        statements=tuple(name for name in STATEMENTS if name in names),
        targets=tuple(map(Fraction, targets)),
        eta=d.choice(ETAS[: level + 1]),
        start=Fraction(start),
    )


def run(w: Fraction, targets: Row, pull: Fraction) -> tuple[Step, ...]:
    """A pass of SGD from w: each step goes the share `pull` of the way to its target."""
    steps = []
    for a in targets:
        after = w - pull * (w - a)
        steps.append(Step(a, w, after))
        w = after
    return tuple(steps)


def weights(steps: tuple[Step, ...]) -> Row:
    return tuple([step.next for step in steps])


def solve(p: Params, *, given: Mapping[str, Value] = NOTHING, two: int = 2) -> Solution:
    """The mean; a pass; the weight that a pass leaves where it was, and a pass from there.

    A mistake forgets the factor `two` of the derivative, 2 (w - a).
    """
    total = sum(p.targets, ZERO)
    optimum = given.get("optimum", total / len(p.targets))

    pull = two * p.eta
    kept = 1 - pull
    steps = run(p.start, p.targets, pull)

    slope, shift = ONE, ZERO
    for a in p.targets:
        slope, shift = kept * slope, kept * shift + pull * a
    fixed = shift / (1 - slope)
    cycle_steps = run(fixed, p.targets, pull)
    cycle = given.get("cycle", weights(cycle_steps))

    gaps = tuple([abs(w - optimum) for w in cycle])
    return Solution(
        true_ones=tuple(name for name in p.statements if name in TRUE),
        total=total,
        optimum=optimum,
        pull=pull,
        kept=kept,
        first_pass=weights(steps),
        steps=steps,
        pass_slope=slope,
        pass_shift=shift,
        fixed=fixed,
        cycle=cycle,
        cycle_steps=cycle_steps,
        gaps=gaps,
        radius=max(gaps),
    )


def check(p: Params, s: Solution) -> str | None:
    if p.eta == HALF:
        return "eta = 1/2 jumps straight to the target of each observation: there is nothing to compute"
    if len(set(p.targets)) == 1:
        return "all targets are equal: the cycle is a single point"
    if not s.true_ones or len(s.true_ones) == len(p.statements):
        return "the statements are all true or all false"
    if any(step.w == step.target for step in s.steps):
        return "a step of the first pass starts at its own target: its gradient is 0"
    return None


EXERCISE = Exercise(
    number=17,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5.5, 8.2, 11),
    parts={
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "optimum": Number(),
        "first_pass": Vector(points=2),
        "cycle": Vector(points=3),
        "radius": Number(),
    },
    mistakes={
        "summed": instead(optimum=lambda p, s: s.total),
        "last_wins": instead(optimum=lambda p, s: p.targets[-1]),
        "no_two": wrong(two=1),
        "uphill": instead(first_pass=lambda p, s: weights(run(p.start, p.targets, -s.pull))),
        "converges": instead(cycle=lambda p, s: (s.optimum,) * len(p.targets), radius=lambda p, s: ZERO),
        "from_optimum": instead(cycle=lambda p, s: weights(run(s.optimum, p.targets, s.pull))),
        "diameter": instead(radius=lambda p, s: max(s.cycle) - min(s.cycle)),
    },
    carry=("radius",),
)
