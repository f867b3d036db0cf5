"""Judge statements about stochastic gradient descent, and find the cycle it ends in when its step is constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from listok.generators.answers import Choices, Number, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, shortens
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.statements import dull
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

# The questions that are to be answered in words, and the statements that would answer them.
ANSWERING = {
    "valleys": ("noise_escapes", "start_matters", "annealing_helps", "always_global", "noise_only_harms"),
    "global": ("noise_escapes", "restarts_help", "annealing_helps", "start_matters", "always_global",
               "noise_only_harms", "restarts_guarantee", "momentum_guarantees"),
    "constant": ("constant_hovers", "smaller_closer", "optimum_not_still", "decreasing_converges", "averaging_helps",
                 "constant_converges", "faster_decay_better", "larger_closer", "agreeing_data"),
}  # fmt: skip
QUESTIONS = tuple(ANSWERING)


@dataclass(frozen=True)
class Params(Checked):
    """Which `question` is to be answered in words; names of the statements printed; the `targets` a_i of the losses
    (w - a_i)^2; the constant step `eta`, with which SGD settles; the weight `start` before the first step."""

    question: Annotated[str, OneOf(QUESTIONS)]
    statements: Annotated[tuple[str, ...], Size(2, 15), OneOf(STATEMENTS), Distinct()]
    targets: Annotated[Row, Size(2, 6), Within(-1000, 1000, finest=1000)]
    eta: Annotated[Fraction, Within(0, 1, finest=1000, strict=True)]
    start: Annotated[Fraction, Within(-1000, 1000, finest=1000)]

    @property
    def about_valleys(self) -> bool:
        return self.question == "valleys"

    @property
    def about_global(self) -> bool:
        return self.question == "global"

    @property
    def about_constant(self) -> bool:
        return self.question == "constant"


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
    def jumps(self) -> bool:
        """Whether a step goes beyond its target."""
        return self.pull > 1

    @property
    def shortens(self) -> bool:
        return shortens(self.total, len(self.cycle_steps))


# By level: shares 1 - 2 eta of the way to its target that a step leaves; below 0 it jumps over the target.
KEPT = {1: ("1/2",), 2: ("1/2", "1/3"), 3: ("-1/2", "-1/3")}


def draw(d: Draw, level: int) -> Params:
    """A cycle of whole points first: the targets that lead from each of them to the next are whole, too."""
    question = d.choice(QUESTIONS)
    bank = [[name for name in names if name not in ANSWERING[question]] for names in (TRUE, FALSE)]
    size = (4, 5, 9)[level - 1]
    count = d.integer(1, size - 1)
    names = {*d.distinct(bank[0], count), *d.distinct(bank[1], size - count)}

    kept, length = Fraction(d.choice(KEPT[level])), (2, 3, 4)[level - 1]
    grid = kept.denominator - kept.numerator  # points this far apart have whole targets
    reach = (9, 9, 15)[level - 1]
    offset = d.integer(0, grid - 1)
    cycle = d.distinct([c for c in range(-reach, reach + 1) if c % grid == offset], length)
    targets = [(c - kept * last) / (1 - kept) for c, last in zip(cycle, (cycle[-1], *cycle), strict=False)]
    # A step leaves the share `kept` of the way to the cycle; from far outside of it the first pass lowers the loss.
    outside = 1 if cycle[-1] * length > sum(cycle) else -1
    start = cycle[-1] + outside * d.integer(1, 2) * kept.denominator ** (length - 1)
    return Params(
        question=question,
        statements=tuple(name for name in STATEMENTS if name in names),
        targets=tuple(targets),
        eta=(1 - kept) / 2,
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
    if len(set(p.targets)) < len(p.targets):
        return "two targets are equal"
    if any(step.w == step.target for step in s.steps):
        return "a step of the first pass starts at its own target: its gradient is 0"
    if abs(s.first_pass[-1] - s.optimum) >= abs(p.start - s.optimum):
        return "the first pass raises the mean loss"
    return dull(p.statements, TRUE)


EXERCISE = Exercise(
    number=17,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5.7, 7.2, 9.1),
    parts={
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "why": Open(points=2),
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
    version=2,
    carry=("radius",),
)
