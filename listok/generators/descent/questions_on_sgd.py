"""Judge statements about stochastic gradient descent, and find the cycle it ends in when its step is constant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm

from listok.generators.answers import Choices, Number, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.ratios import fits, shortens
from listok.generators.values import BadParams, Value

TRUE = (
    "noise_escapes", "restarts_help", "annealing_helps", "start_matters", "constant_hovers", "smaller_closer",
    "unbiased", "batch_variance", "cheap_step", "loss_may_rise", "optimum_not_still", "agreeing_data",
    "decreasing_converges", "averaging_helps", "shuffling_helps", "parabola_diverges", "sum_like_mean",
)  # fmt: skip
FALSE = (
    "always_global", "constant_converges", "every_step_down", "zero_gradient_stops", "convex_many_ends",
    "large_batch_noisier", "epoch_one_step", "faster_decay_better", "larger_closer", "noise_only_harms",
    "momentum_guarantees", "biased", "restarts_guarantee", "scale_free", "order_irrelevant", "double_batch_halves",
    "zero_means_minimum",
)  # fmt: skip
STATEMENTS = TRUE + FALSE
ZERO = Fraction(0)


@dataclass(frozen=True)
class Params:
    """Names of the statements printed; the `targets` a_i of the losses (w - a_i)^2; the constant step `eta`; the weight
    `start` before the first step."""

    statements: tuple[str, ...]
    targets: tuple[Fraction, ...]
    eta: Fraction
    start: Fraction

    def __post_init__(self) -> None:
        if not 2 <= len(self.statements) <= 15 or len(set(self.statements)) < len(self.statements):
            raise BadParams("statements must name 2 to 15 different statements")
        for name in self.statements:
            if name not in STATEMENTS:
                near = difflib.get_close_matches(name, STATEMENTS, 1, 0)[0]
                raise BadParams(f"unknown statement {name!r}; did you mean {near!r}?")
        if not 2 <= len(self.targets) <= 6:
            raise BadParams("targets must hold 2 to 6 numbers")
        if not all(fits(v, -1000, 1000, 1000) for v in (*self.targets, self.start)):
            raise BadParams("targets and start must lie between -1000 and 1000, with denominators up to 1000")
        if self.eta.denominator > 1000:
            raise BadParams("eta must have a denominator up to 1000")

    @property
    def n(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Step:
    """A step of the first pass: from `w` towards `target`."""

    t: int
    target: Fraction
    w: Fraction
    next: Fraction


@dataclass(frozen=True)
class Solution:
    """`kept` is 1 - 2 eta; a whole pass turns w into `pass_slope` * w + `pass_shift`, and `fixed` is the weight that a
    pass leaves where it was, the last point of the cycle. `gaps` are the distances of its points to the optimum."""

    true_ones: tuple[str, ...]
    total: Fraction
    optimum: Fraction
    kept: Fraction
    pull: Fraction
    first_pass: tuple[Fraction, ...]
    steps: tuple[Step, ...]
    pass_slope: Fraction
    pass_shift: Fraction
    fixed: Fraction
    cycle: tuple[Fraction, ...]
    cycle_steps: tuple[Step, ...]
    gaps: tuple[Fraction, ...]
    radius: Fraction

    @property
    def shortens(self) -> bool:
        return shortens(self.total, len(self.cycle))


def draw(d: Draw, level: int) -> Params:
    size = (5, 6, 8)[level - 1]
    count = d.integer(2, size - 2)
    names = {*d.distinct(TRUE, count), *d.distinct(FALSE, size - count)}
    etas = ("1/4", "1/3"), ("1/4", "1/3", "3/4"), ("1/4", "1/3", "3/4", "2/3")
    numbers = d.distinct(range(-9, 10), level + 2)
    return Params(
        statements=tuple(name for name in STATEMENTS if name in names),
        targets=tuple(map(Fraction, numbers[1:])),
        eta=Fraction(d.choice(etas[level - 1])),
        start=Fraction(numbers[0]),
    )


def _pass(p: Params, start: Fraction, pull: Fraction) -> tuple[Fraction, ...]:
    """The weights of one pass from `start`, each step covering the share `pull` of the way to its target."""
    (u, v), bottom = pull.as_integer_ratio(), lcm(start.denominator, *[a.denominator for a in p.targets])
    # In whole numbers over one denominator, which every step multiplies by v.
    w, ws = start.numerator * (bottom // start.denominator), []
    for a in p.targets:
        w = (v - u) * w + u * a.numerator * (bottom // a.denominator)
        bottom *= v
        ws.append(Fraction(w, bottom))
    return tuple(ws)


def _fixed(p: Params, pull: Fraction) -> Fraction:
    """The weight that a pass leaves unchanged; a pass is affine, so it is found from the pass of 0."""
    return _pass(p, ZERO, pull)[-1] / (1 - (1 - pull) ** p.n)


def _steps(p: Params, start: Fraction, ws: tuple[Fraction, ...]) -> tuple[Step, ...]:
    return tuple(
        Step(t, a, w, after) for t, (a, w, after) in enumerate(zip(p.targets, (start, *ws), ws, strict=False), 1)
    )


def solve(p: Params) -> Solution:
    pull = 2 * p.eta
    if not 0 < pull < 2:
        raise BadParams(f"with eta = {p.eta} SGD does not settle: |1 - 2 eta| must be below 1, so 0 < eta < 1")
    total = sum(p.targets, Fraction(0))
    optimum = total / p.n
    first, fixed = _pass(p, p.start, pull), _fixed(p, pull)
    cycle = _pass(p, fixed, pull)
    gaps = tuple(abs(w - optimum) for w in cycle)
    slope = (1 - pull) ** p.n
    return Solution(
        tuple(name for name in p.statements if name in TRUE), total, optimum, 1 - pull, pull,
        first, _steps(p, p.start, first), slope, fixed * (1 - slope), fixed,
        cycle, _steps(p, fixed, cycle), gaps, max(gaps),
    )  # fmt: skip


def oracle(p: Params) -> Solution:
    """Weighted sums in closed form: after many passes the weight is the average of the targets met, each older one
    counting q = 1 - 2 eta times less."""
    n, q = len(p.targets), 1 - 2 * p.eta
    if abs(q) >= 1:
        raise BadParams("the powers of 1 - 2 eta do not tend to 0")
    powers = [q**k for k in range(n + 1)]
    reached = [
        powers[t] * p.start + (1 - q) * sum(powers[t - j - 1] * p.targets[j] for j in range(t)) for t in range(n + 1)
    ]
    cycle = [sum(powers[k] * p.targets[i - k] for k in range(n)) * (1 - q) / (1 - powers[n]) for i in range(n)]
    mean = sum(cycle, Fraction(0)) / n  # a pass returns to its start, so its gradients, 2 (w - a), add up to 0
    gaps = [max(w - mean, mean - w) for w in cycle]
    return Solution(
        true_ones=tuple(name for name in p.statements if name not in FALSE),
        total=mean * n, optimum=mean, kept=q, pull=1 - q,
        first_pass=tuple(reached[1:]),
        steps=tuple(Step(t + 1, p.targets[t], reached[t], reached[t + 1]) for t in range(n)),
        pass_slope=powers[n], pass_shift=reached[n] - powers[n] * p.start, fixed=cycle[-1], cycle=tuple(cycle),
        cycle_steps=tuple(Step(t + 1, p.targets[t], cycle[t - 1], cycle[t]) for t in range(n)),
        gaps=tuple(gaps), radius=max(gaps),
    )  # fmt: skip


def check(p: Params, s: Solution) -> str | None:
    if p.eta == Fraction(1, 2):
        return "eta = 1/2 jumps straight to the target of each observation: there is nothing to compute"
    if len(set(p.targets)) == 1:
        return "all targets are equal: the cycle is a single point"
    if not s.true_ones or len(s.true_ones) == len(p.statements):
        return "the statements are all true or all false"
    if any(step.w == step.target for step in s.steps):
        return "a step of the first pass starts at its own target: its gradient is 0"
    return None


def effort(p: Params, _s: Solution) -> int:
    return 2 * len(p.statements) + 12 * p.n


def no_two(p: Params) -> Mapping[str, Value]:
    cycle = _pass(p, _fixed(p, p.eta), p.eta)
    optimum = sum(p.targets, Fraction(0)) / p.n
    return {
        "first_pass": _pass(p, p.start, p.eta), "cycle": cycle, "radius": max(abs(w - optimum) for w in cycle),
    }  # fmt: skip


def uphill(p: Params) -> Mapping[str, Value]:
    return {"first_pass": _pass(p, p.start, -2 * p.eta)}


def summed(p: Params) -> Mapping[str, Value]:
    return {"optimum": sum(p.targets, Fraction(0))}


def last_wins(p: Params) -> Mapping[str, Value]:
    return {"optimum": p.targets[-1]}


def converges(p: Params) -> Mapping[str, Value]:
    optimum = sum(p.targets, Fraction(0)) / p.n
    return {"cycle": (optimum,) * p.n, "radius": Fraction(0)}


def from_optimum(p: Params) -> Mapping[str, Value]:
    return {"cycle": _pass(p, sum(p.targets, Fraction(0)) / p.n, 2 * p.eta)}


def diameter(p: Params) -> Mapping[str, Value]:
    cycle = _pass(p, _fixed(p, 2 * p.eta), 2 * p.eta)
    return {"radius": max(cycle) - min(cycle)}


EXERCISE = Exercise(
    number=17,
    name="questions-on-sgd",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "statements": Choices("true_ones", among="statements", points=2),
        "optimum": Number("optimum"),
        "first_pass": Vector("first_pass", points=2),
        "cycle": Vector("cycle", points=3),
        "radius": Number("radius"),
    },
    mistakes={
        "summed": summed,
        "last_wins": last_wins,
        "no_two": no_two,
        "uphill": uphill,
        "converges": converges,
        "from_optimum": from_optimum,
        "diameter": diameter,
    },
    carry={"radius": lambda p, s: max(abs(point - s.optimum) for point in s.cycle)},
)
