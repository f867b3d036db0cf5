"""Fit one weight by least squares, then by six kinds of gradient descent, a few steps of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from listok.generators.answers import Number, Vector
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.values import BadParams, Value

Numbers = tuple[Fraction, ...]
TENTH, TWENTIETH, HALF = Fraction(1, 10), Fraction(1, 20), Fraction(1, 2)


@dataclass(frozen=True)
class Observation:
    i: int
    x: Fraction
    y: Fraction


@dataclass(frozen=True)
class Params:
    """Observations `xs`, `ys`; the start `w0`; the step `eta`; `order` of the observations (from 1), one for each step
    of SGD; the other stochastic methods take the first `few` of them. `alpha` is the momentum, `rho` averages the
    squares in RMSprop, `beta1` and `beta2` are Adam's."""

    xs: tuple[Fraction, ...]
    ys: tuple[Fraction, ...]
    w0: Fraction
    eta: Fraction
    alpha: Fraction
    rho: Fraction
    beta1: Fraction
    beta2: Fraction
    gd_count: int
    order: tuple[int, ...]
    few: int

    def __post_init__(self) -> None:
        if not 2 <= len(self.xs) <= 6 or len(self.xs) != len(self.ys):
            raise BadParams("xs and ys must hold equally many numbers, 2 to 6 of them")
        if any(abs(v) > 1000 or v.denominator > 1000 for v in (*self.xs, *self.ys, self.w0)):
            raise BadParams("xs, ys and w0 must lie between -1000 and 1000, with denominators up to 1000")
        if 0 in self.xs:
            raise BadParams("no x may be 0: its observation would give a zero gradient")
        if not 0 < self.eta <= 10 or self.eta.denominator > 10**6:
            raise BadParams("eta must be above 0 and at most 10, with a denominator up to 1000000")
        for name, value in (("alpha", self.alpha), ("rho", self.rho), ("beta1", self.beta1), ("beta2", self.beta2)):
            if not 0 < value < 1 or value.denominator > 10**6:
                raise BadParams(f"{name} must lie strictly between 0 and 1, with a denominator up to 1000000")
        if not 1 <= self.gd_count <= 8 or not 2 <= len(self.order) <= 8:
            raise BadParams("gd_count must be 1 to 8, and order must hold 2 to 8 numbers of observations")
        if not all(1 <= i <= len(self.xs) for i in self.order):
            raise BadParams(f"order must hold numbers of observations, 1 to {len(self.xs)}")
        if not 2 <= self.few <= len(self.order):
            raise BadParams(f"few must be from 2 to the length of order, {len(self.order)}")

    @property
    def n(self) -> int:
        return len(self.xs)

    @property
    def sgd_count(self) -> int:
        return len(self.order)

    @property
    def first(self) -> tuple[int, ...]:
        return self.order[: self.few]

    @property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(Observation(i, x, y) for i, (x, y) in enumerate(zip(self.xs, self.ys, strict=True), 1))

    def visits(self, count: int) -> tuple[tuple[int, Fraction, Fraction], ...]:
        """The first `count` visits of a stochastic method, as (number, x, y)."""
        return tuple((i, self.xs[i - 1], self.ys[i - 1]) for i in self.order[:count])


@dataclass(frozen=True)
class GradientStep:
    t: int
    w: Fraction
    g: Fraction
    next: Fraction


@dataclass(frozen=True)
class VisitStep:
    """A step on one observation: the gradient `g` is taken at `at` (which is `w`, but for Nesterov), `last` is the
    velocity before the step and `h` after it; SGD has `h` = eta * g."""

    t: int
    i: int
    x: Fraction
    y: Fraction
    w: Fraction
    at: Fraction
    g: Fraction
    last: Fraction
    h: Fraction
    next: Fraction


@dataclass(frozen=True)
class AdaptiveStep:
    """A step on one observation with the averages before and after it; `m_hat` and `v_hat` are what the step uses
    (in RMSprop the gradient and the average of squares themselves)."""

    t: int
    i: int
    x: Fraction
    y: Fraction
    w: float
    g: float
    m_last: float
    m: float
    v_last: float
    v: float
    m_hat: float
    v_hat: float
    next: float


@dataclass(frozen=True)
class Solution:
    sum_xy: Fraction
    sum_xx: Fraction
    ols: Fraction
    slope: Fraction
    shift: Fraction
    gd: tuple[Fraction, ...]
    gd_steps: tuple[GradientStep, ...]
    sgd: tuple[Fraction, ...]
    sgd_steps: tuple[VisitStep, ...]
    momentum: tuple[Fraction, ...]
    momentum_steps: tuple[VisitStep, ...]
    nesterov: tuple[Fraction, ...]
    nesterov_steps: tuple[VisitStep, ...]
    rmsprop: tuple[float, ...]
    rmsprop_steps: tuple[AdaptiveStep, ...]
    adam: tuple[float, ...]
    adam_steps: tuple[AdaptiveStep, ...]


def draw(d: Draw, level: int) -> Params:
    nonzero = tuple(y for y in range(-7, 8) if y)
    if level < 3:
        eta = d.choice((TENTH, TWENTIETH))
        x1, x2 = d.shuffled((1, 2) if eta == TENTH else (1, 3))
        xs = [x1 * d.sign(), x2 * d.sign()]
        ys = [d.choice(nonzero), 0]
        # an even sum of products keeps the decimals of the steps short
        ys[1] = d.choice([y for y in nonzero if eta == TENTH or (y - ys[0]) % 2 == 0])
    else:
        eta = d.choice((TENTH, TWENTIETH))
        xs = [x * d.sign() for x in d.choice(((1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1)))]
        ys = [d.choice(nonzero), d.choice(nonzero)]
        part = xs[0] * ys[0] + xs[1] * ys[1]
        ys.append(d.choice([y for y in nonzero if (part + xs[2] * y) % 3 == 0]))
    order = ((1, 2, 1), (1, 2, 1, 2), (*(order := d.shuffled((1, 2, 3))), *order[:2]))[level - 1]
    return Params(
        xs=tuple(map(Fraction, xs)),
        ys=tuple(map(Fraction, ys)),
        w0=Fraction(0 if level == 1 else d.integer(-2, 2, exclude=(0,))),
        eta=eta,
        alpha=d.choice((Fraction(4, 5), Fraction(9, 10))) if level == 1 else Fraction(9, 10),
        rho=d.choice((HALF, Fraction(3, 4))) if level == 1 else Fraction(9, 10),
        beta1=HALF if level == 1 else Fraction(9, 10),
        beta2=d.choice((Fraction(9, 10), Fraction(4, 5) if level == 1 else Fraction(19, 20))),
        gd_count=(2, 3, 3)[level - 1],
        order=order,
        few=(2, 2, 3)[level - 1],
    )


def _moves(p: Params, count: int, alpha: Fraction | int, look: Fraction | int) -> tuple[VisitStep, ...]:
    """SGD (alpha 0), momentum (look 0) and Nesterov (look alpha), by their definition."""
    steps = []
    w, h = p.w0, Fraction(0)
    for t, (i, x, y) in enumerate(p.visits(count), 1):
        at = w - look * h if look else w
        g = -2 * x * (y - at * x)
        new = alpha * h + p.eta * g if alpha else p.eta * g
        steps.append(VisitStep(t, i, x, y, w, at, g, h, new, w - new))
        w, h = w - new, new
    return tuple(steps)


def _adaptive(p: Params, method: str) -> tuple[AdaptiveStep, ...]:
    adam = method == "Adam"
    w, m, v = float(p.w0), 0.0, 0.0
    eta, beta1, beta2 = float(p.eta), float(p.beta1), float(p.beta2 if adam else p.rho)
    steps = []
    for t, (i, x, y) in enumerate(p.visits(p.few), 1):
        g = -2 * float(x) * (float(y) - w * float(x))
        new_m = beta1 * m + (1 - beta1) * g if adam else g
        new_v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = (new_m / (1 - beta1**t), new_v / (1 - beta2**t)) if adam else (new_m, new_v)
        if v_hat == 0:
            raise BadParams(f"{method} divides 0 by 0: the gradient of observation {i} is 0 at step {t}")
        after = w - eta * m_hat / math.sqrt(v_hat)
        steps.append(AdaptiveStep(t, i, x, y, w, g, m, new_m, v, new_v, m_hat, v_hat, after))
        w, m, v = after, new_m, new_v
    return tuple(steps)


def solve(p: Params) -> Solution:
    sum_xx = sum((x * x for x in p.xs), Fraction(0))
    sum_xy = sum((x * y for x, y in zip(p.xs, p.ys, strict=True)), Fraction(0))
    slope, shift = 2 * sum_xx / p.n, -2 * sum_xy / p.n
    gd_steps = []
    w = p.w0
    for t in range(1, p.gd_count + 1):
        g = slope * w + shift
        gd_steps.append(GradientStep(t, w, g, w - p.eta * g))
        w = gd_steps[-1].next
    sgd, momentum = _moves(p, p.sgd_count, 0, 0), _moves(p, p.few, p.alpha, 0)
    nesterov = _moves(p, p.few, p.alpha, p.alpha)
    rmsprop, adam = _adaptive(p, "RMSprop"), _adaptive(p, "Adam")
    return Solution(
        sum_xy, sum_xx, sum_xy / sum_xx, slope, shift,
        tuple(s.next for s in gd_steps), tuple(gd_steps),
        tuple(s.next for s in sgd), sgd,
        tuple(s.next for s in momentum), momentum,
        tuple(s.next for s in nesterov), nesterov,
        tuple(s.next for s in rmsprop), rmsprop,
        tuple(s.next for s in adam), adam,
    )  # fmt: skip


def oracle(p: Params) -> Solution:
    """Around the optima: each gradient is a curvature times the distance to an optimum, and momentum is a recursion
    over three weights; the averages of RMSprop and Adam are written out as weighted sums."""
    n = len(p.xs)
    curvature = sum((x * x for x in p.xs), Fraction(0)) * 2 / n
    best = sum((y / x * (2 * x * x / n) for x, y in zip(p.xs, p.ys, strict=True)), Fraction(0)) / curvature
    kept, gap, path = 1 - p.eta * curvature, p.w0 - best, [p.w0]
    gd = []
    for t in range(p.gd_count):
        path.append(best + kept ** (t + 1) * gap)
        gd.append(GradientStep(t + 1, path[t], (path[t] - path[t + 1]) / p.eta, path[t + 1]))

    def exact(count: int, alpha: Fraction, nesterov: bool) -> tuple[VisitStep, ...]:
        ws, steps = [p.w0, p.w0], []
        for t, i in enumerate(p.order[:count]):
            x, y = p.xs[i - 1], p.ys[i - 1]
            drift = alpha * (ws[-1] - ws[-2])
            at = ws[-1] + drift if nesterov else ws[-1]
            pull = 2 * x * x * (at - y / x)
            ws.append(ws[-1] + drift - p.eta * pull)
            steps.append(VisitStep(t + 1, i, x, y, ws[-2], at, pull, ws[-3] - ws[-2], ws[-2] - ws[-1], ws[-1]))
        return tuple(steps)

    def adaptive(adam: bool) -> tuple[AdaptiveStep, ...]:
        decay1, decay2 = (float(p.beta1), float(p.beta2)) if adam else (0.0, float(p.rho))
        w, gs = float(p.w0), []
        steps: list[AdaptiveStep] = []
        for t, i in enumerate(p.order[: p.few]):
            x, y = p.xs[i - 1], p.ys[i - 1]
            gs.append(2 * float(x * x) * (w - float(y / x)))
            firsts = [decay1 ** (t - s) for s in range(t + 1)]
            seconds = [decay2 ** (t - s) for s in range(t + 1)]
            m = sum(c * g for c, g in zip(firsts, gs, strict=True))
            v = sum(c * g * g for c, g in zip(seconds, gs, strict=True))
            if v == 0:
                raise BadParams("all gradients of an adaptive method are 0")
            before = (steps[-1].m, steps[-1].v) if steps else (0.0, 0.0)
            m_hat, v_hat = (m / sum(firsts), v / sum(seconds)) if adam else (m, (1 - decay2) * v)
            after = w - float(p.eta) * m_hat * v_hat**-0.5
            m, v = (1 - decay1) * m, (1 - decay2) * v
            steps.append(AdaptiveStep(t + 1, i, x, y, w, gs[-1], before[0], m, before[1], v, m_hat, v_hat, after))
            w = after
        return tuple(steps)

    sgd, momentum = exact(len(p.order), Fraction(0), False), exact(p.few, p.alpha, False)
    nesterov, rmsprop, adam = exact(p.few, p.alpha, True), adaptive(False), adaptive(True)
    return Solution(
        sum_xy=best * curvature * n / 2, sum_xx=curvature * n / 2, ols=best, slope=curvature, shift=-curvature * best,
        gd=tuple(path[1:]), gd_steps=tuple(gd),
        sgd=tuple(s.next for s in sgd), sgd_steps=sgd,
        momentum=tuple(s.next for s in momentum), momentum_steps=momentum,
        nesterov=tuple(s.next for s in nesterov), nesterov_steps=nesterov,
        rmsprop=tuple(s.next for s in rmsprop), rmsprop_steps=rmsprop,
        adam=tuple(s.next for s in adam), adam_steps=adam,
    )  # fmt: skip


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
        if pull * (1 + 2 * p.alpha) >= 2 * (1 + p.alpha):
            return f"Nesterov's momentum diverges: eta and alpha are too large for observation {i}"
    gradients: dict[str, list[Fraction | float]] = {
        "gradient descent": [step.g for step in s.gd_steps],
        "SGD": [step.g for step in s.sgd_steps],
        "momentum": [step.g for step in s.momentum_steps],
        "Nesterov's momentum": [step.g for step in s.nesterov_steps],
        "RMSprop": [step.g for step in s.rmsprop_steps],
        "Adam": [step.g for step in s.adam_steps],
    }
    for method, gs in gradients.items():
        for t, g in enumerate(gs, 1):
            if g == 0 or (isinstance(g, float) and abs(g) < 1e-9):
                return f"the gradient is 0 at step {t} of {method}: there is nothing to compute"
    return None


def effort(p: Params, _s: Solution) -> int:
    return 4 * p.n + 5 * p.gd_count + 5 * p.sgd_count + (6 + 8 + 10 + 14) * p.few


def _descend(p: Params, slope: Fraction, shift: Fraction, count: int) -> Numbers:
    ws = [p.w0]
    for _ in range(count):
        ws.append(ws[-1] - p.eta * (slope * ws[-1] + shift))
    return tuple(ws[1:])


def _carry(
    p: Params, count: int, *, alpha: Fraction | int, look: Fraction | int = 0, gain: Fraction | int = 1,
    stale: bool = False,
) -> Numbers:  # fmt: skip
    """Steps along `alpha` h + `gain` eta g; a stale gradient is taken at the start."""
    ws, h, rate = [p.w0], Fraction(0), 2 * gain * p.eta
    for _, x, y in p.visits(count):
        at = p.w0 if stale else ws[-1] - look * h if look else ws[-1]
        step = rate * x * (at * x - y)
        h = alpha * h + step if alpha else step
        ws.append(ws[-1] - h)
    return tuple(ws[1:])


def _adapt(p: Params, step: Callable[[int, float, float, float], tuple[float, float, float]]) -> tuple[float, ...]:
    """Weights when `step(t, g, m, v)` gives the new averages and the move in units of eta."""
    ws, m, v = [float(p.w0)], 0.0, 0.0
    for t, (_, x, y) in enumerate(p.visits(p.few), 1):
        g = 2 * float(x) * (ws[-1] * float(x) - float(y))
        m, v, move = step(t, g, m, v)
        ws.append(ws[-1] - float(p.eta) * move)
    return tuple(ws[1:])


def _totals(p: Params) -> tuple[Fraction, Fraction]:
    pairs = tuple(zip(p.xs, p.ys, strict=True))
    return sum((x * x for x, _ in pairs), Fraction(0)), -sum((x * y for x, y in pairs), Fraction(0))


def _full(p: Params, factor: Fraction, count: int) -> Numbers:
    """Steps along `factor` times half the gradient of the sum of squares."""
    slope, shift = _totals(p)
    return _descend(p, factor * slope, factor * shift, count)


def ratios_averaged(p: Params) -> Mapping[str, Value]:
    return {"ols": sum((y / x for x, y in zip(p.xs, p.ys, strict=True)), Fraction(0)) / p.n}


def no_two(p: Params) -> Mapping[str, Value]:
    """RMSprop and Adam divide the factor away again."""
    return {
        "gd": _full(p, Fraction(1, p.n), p.gd_count),
        "sgd": _carry(p, p.sgd_count, alpha=0, gain=HALF),
        "momentum": _carry(p, p.few, alpha=p.alpha, gain=HALF),
        "nesterov": _carry(p, p.few, alpha=p.alpha, look=p.alpha, gain=HALF),
    }


def damped(p: Params) -> Mapping[str, Value]:
    gain = 1 - p.alpha
    return {
        "momentum": _carry(p, p.few, alpha=p.alpha, gain=gain),
        "nesterov": _carry(p, p.few, alpha=p.alpha, look=p.alpha, gain=gain),
    }


def _unusual_rmsprop(p: Params, kept: float, fresh: float, power: float) -> dict[str, Value]:
    """RMSprop with v = `kept` v + `fresh` g^2 that divides by v to the given power."""

    def step(_t: int, g: float, m: float, v: float) -> tuple[float, float, float]:
        v = kept * v + fresh * g * g
        return m, v, g / v**power if v else 0.0

    return {"rmsprop": _adapt(p, step)}


def _unusual_adam(p: Params, power: Callable[[int], int]) -> dict[str, Value]:
    """Adam whose corrections raise the betas to `power(t)`; power 0 stands for no correction."""
    beta1, beta2 = float(p.beta1), float(p.beta2)

    def step(t: int, g: float, m: float, v: float) -> tuple[float, float, float]:
        m, v, k = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g, power(t)
        scale = math.sqrt(1 - beta2**k) / (1 - beta1**k) if k else 1.0
        return m, v, scale * m / math.sqrt(v) if v else 0.0

    return {"adam": _adapt(p, step)}


MISTAKES: dict[str, Callable[[Params], Mapping[str, Value]]] = {
    "ratios_averaged": ratios_averaged,
    "products_averaged": lambda p: {"ols": -_totals(p)[1] / p.n},
    "no_two": no_two,
    "summed": lambda p: {"gd": _full(p, Fraction(2), p.gd_count)},
    "full_gradient": lambda p: {"sgd": _full(p, Fraction(2, p.n), p.sgd_count)},
    "stale_gradient": lambda p: {"sgd": _carry(p, p.sgd_count, alpha=0, stale=True)},
    "damped": damped,
    "forgotten_velocity": lambda p: {"momentum": _carry(p, p.few, alpha=0)},
    "no_lookahead": lambda p: {"nesterov": _carry(p, p.few, alpha=p.alpha)},
    "looks_back": lambda p: {"nesterov": _carry(p, p.few, alpha=p.alpha, look=-p.alpha)},
    "no_root": lambda p: _unusual_rmsprop(p, float(p.rho), 1 - float(p.rho), 1.0),
    "squares_summed": lambda p: _unusual_rmsprop(p, 1.0, 1.0, 0.5),
    "uncorrected": lambda p: _unusual_adam(p, lambda t: 0),
    "late_count": lambda p: _unusual_adam(p, lambda t: t + 1),
    "no_powers": lambda p: _unusual_adam(p, lambda t: 1),
}

EXERCISE = Exercise(
    number=15,
    name="fifty-shades-of-descent",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "ols": Number("ols"),
        "gd": Vector("gd", points=2),
        "sgd": Vector("sgd", points=2),
        "momentum": Vector("momentum", points=2),
        "nesterov": Vector("nesterov", points=2),
        "rmsprop": Vector("rmsprop", digits=3, points=2),
        "adam": Vector("adam", digits=3, points=3),
    },
    mistakes=MISTAKES,
)
