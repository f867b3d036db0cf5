"""Fit one weight by least squares, then by six kinds of gradient descent, a few steps of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from listok.generators.answers import Number, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.ratios import fits, ratio, ratios
from listok.generators.remember import remembers_last
from listok.generators.values import BadParams, Value

Numbers = tuple[Fraction, ...]
ZERO, TENTH, TWENTIETH = Fraction(0), Fraction(1, 10), Fraction(1, 20)

# In hundredths, by level.
ALPHAS = {1: (50, 80, 90), 2: (80, 90), 3: (90,)}
RHOS = {1: (50, 75, 80, 90), 2: (80, 90), 3: (90,)}
BETAS1 = {1: (50, 80), 2: (80, 90), 3: (90,)}
BETAS2 = {1: (80, 90, 95), 2: (90, 95), 3: (90, 95)}


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
        if not all(fits(number, -1000, 1000, 1000) for number in (*self.xs, *self.ys, self.w0)):
            raise BadParams("xs, ys and w0 must lie between -1000 and 1000, with denominators up to 1000")
        if 0 in self.xs:
            raise BadParams("no x may be 0: its observation would give a zero gradient")
        if not self.eta or not fits(self.eta, 0, 10, 10**6):
            raise BadParams("eta must be above 0 and at most 10, with a denominator up to 1000000")
        for name, value in (("alpha", self.alpha), ("rho", self.rho), ("beta1", self.beta1), ("beta2", self.beta2)):
            if value in (0, 1) or not fits(value, 0, 1, 10**6):
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
    nonzero = tuple(y for y in range(-9, 10) if y)
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
        alpha=ratio(d.choice(ALPHAS[level]), 100),
        rho=ratio(d.choice(RHOS[level]), 100),
        beta1=ratio(d.choice(BETAS1[level]), 100),
        beta2=ratio(d.choice(BETAS2[level]), 100),
        gd_count=(2, 3, 3)[level - 1],
        order=order,
        few=(2, 2, 3)[level - 1],
    )


@remembers_last
def _whole(p: Params) -> tuple[int, dict[int, tuple[int, int]], int]:
    """The least common denominator s of the data and the start; s x and s y of the observations by number; s w0."""
    s = math.lcm(*(number.denominator for number in (*p.xs, *p.ys, p.w0)))
    xs, ys = ([a.numerator * (s // a.denominator) for a in row] for row in (p.xs, p.ys))
    return s, dict(enumerate(zip(xs, ys, strict=True), 1)), p.w0.numerator * (s // p.w0.denominator)


def _descend(p: Params, rate: Fraction, count: int) -> tuple[list[int], int]:
    """The start and the weights after steps against `rate` times half the gradient of the sum of squares: numerators,
    and their common denominator."""
    s, data, w = _whole(p)
    up, down = rate.numerator, rate.denominator * s * s
    kept, push = down - up * sum([x * x for x, _ in data.values()]), up * sum([x * y for x, y in data.values()])
    unit = s * down**count  # each step divides by `down`: so it leaves no remainder
    ws = [w * (unit // s)]
    for _ in range(count):
        ws.append((kept * ws[-1] + push * unit) // down)
    return ws, unit


class Walk(NamedTuple):
    """Steps on single observations: for each the point where the gradient is taken, the gradient, the velocity and the
    new weight, as numerators over `unit`."""

    unit: int
    steps: list[tuple[int, int, int, int]]

    @property
    def weights(self) -> Numbers:
        return ratios([w for *_, w in self.steps], self.unit)


def _walk(
    p: Params, count: int, *, rate: Fraction, alpha: Fraction = ZERO, look: Fraction = ZERO, stale: bool = False
) -> Walk:
    """SGD (`alpha` 0), momentum (`look` 0) and Nesterov (`look` = `alpha`) with the step `rate`; a stale gradient is
    taken at the start."""
    s, data, w = _whole(p)
    (up, down), (kept, part) = rate.as_integer_ratio(), alpha.as_integer_ratio()
    square = s * s
    unit = s * (square * down * part) ** count  # each step divides by this factor: so it leaves no remainder
    start = w = w * (unit // s)
    h, steps = 0, []
    ahead = look.numerator * (part // look.denominator)
    for i in p.order[:count]:
        x, y = data[i]
        at = start if stale else w - ahead * h // part
        g = 2 * x * (x * at - y * unit) // square
        h = kept * h // part + up * g // down
        w -= h
        steps.append((at, g, h, w))
    return Walk(unit, steps)


def _visit_steps(p: Params, walk: Walk) -> tuple[VisitStep, ...]:
    steps, unit = [], walk.unit
    w, last = p.w0, ZERO
    for t, (i, (at, g, h, new)) in enumerate(zip(p.order, walk.steps, strict=False), 1):
        point, moved, after = ratio(at, unit), ratio(h, unit), ratio(new, unit)
        steps.append(VisitStep(t, i, p.xs[i - 1], p.ys[i - 1], w, point, ratio(g, unit), last, moved, after))
        w, last = after, moved
    return tuple(steps)


def _adaptive(p: Params, method: str) -> tuple[AdaptiveStep, ...]:
    adam = method == "Adam"
    w, m, v = float(p.w0), 0.0, 0.0
    eta, beta1, beta2 = float(p.eta), float(p.beta1), float(p.beta2 if adam else p.rho)
    steps = []
    for t, i in enumerate(p.first, 1):
        exact_x, exact_y = p.xs[i - 1], p.ys[i - 1]
        x, y = float(exact_x), float(exact_y)
        g = -2 * x * (y - w * x)
        new_m = beta1 * m + (1 - beta1) * g if adam else g
        new_v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = (new_m / (1 - beta1**t), new_v / (1 - beta2**t)) if adam else (new_m, new_v)
        if v_hat == 0:
            raise BadParams(f"{method} divides 0 by 0: the gradient of observation {i} is 0 at step {t}")
        after = w - eta * m_hat / math.sqrt(v_hat)
        steps.append(AdaptiveStep(t, i, exact_x, exact_y, w, g, m, new_m, v, new_v, m_hat, v_hat, after))
        w, m, v = after, new_m, new_v
    return tuple(steps)


def solve(p: Params) -> Solution:
    scale, data, _ = _whole(p)
    xx, xy = sum([x * x for x, _ in data.values()]), sum([x * y for x, y in data.values()])
    square = scale * scale
    numerators, unit = _descend(p, 2 * p.eta / p.n, p.gd_count)
    path = ratios(numerators, unit)
    gradients = ratios([2 * (xx * w - xy * unit) for w in numerators[:-1]], p.n * square * unit)
    gd_steps = tuple(map(GradientStep, range(1, p.gd_count + 1), path, gradients, path[1:]))
    sgd, momentum, nesterov = (
        _visit_steps(p, _walk(p, count, rate=p.eta, alpha=alpha, look=look))
        for count, alpha, look in ((p.sgd_count, ZERO, ZERO), (p.few, p.alpha, ZERO), (p.few, p.alpha, p.alpha))
    )
    rmsprop, adam = _adaptive(p, "RMSprop"), _adaptive(p, "Adam")
    return Solution(
        ratio(xy, square), ratio(xx, square), ratio(xy, xx),
        ratio(2 * xx, p.n * square), ratio(-2 * xy, p.n * square),
        path[1:], gd_steps,
        tuple([step.next for step in sgd]), sgd,
        tuple([step.next for step in momentum]), momentum,
        tuple([step.next for step in nesterov]), nesterov,
        tuple([step.next for step in rmsprop]), rmsprop,
        tuple([step.next for step in adam]), adam,
    )  # fmt: skip


def oracle(p: Params) -> Solution:
    """Around the optima: each gradient is a curvature times the distance to an optimum, and momentum is a recursion
    over three weights; the averages of RMSprop and Adam are written out as weighted sums."""
    n = len(p.xs)
    optima = [y / x for x, y in zip(p.xs, p.ys, strict=True)]
    pulls = [x * x for x in p.xs]  # half the curvature round each optimum
    total = sum(pulls, ZERO)
    best = sum((pull * w for pull, w in zip(pulls, optima, strict=True)), ZERO) / total
    curvature = 2 * total / n
    # The distance to the best weight shrinks by the same factor every time; numerators only, over k^t.
    (j, k), gap = (1 - p.eta * curvature).as_integer_ratio(), p.w0 - best
    (a, b), (c, d) = best.as_integer_ratio(), gap.as_integer_ratio()
    path = [ratio(a * d * k**t + b * c * j**t, b * d * k**t) for t in range(p.gd_count + 1)]
    slopes = [ratio(2 * total.numerator * c * j**t, total.denominator * n * d * k**t) for t in range(p.gd_count)]
    gd = tuple(GradientStep(t + 1, path[t], slopes[t], path[t + 1]) for t in range(p.gd_count))

    # One observation pulls a weight w by eta * 2 x^2 (w - y / x) = `rate` w - `push`.
    rates = [2 * p.eta * pull for pull in pulls]
    pushes = [rate * w for rate, w in zip(rates, optima, strict=True)]
    part = math.lcm(*(number.denominator for number in (*rates, *pushes)))
    whole_rates, whole_pushes = [int(part * rate) for rate in rates], [int(part * push) for push in pushes]

    def exact(count: int, alpha: Fraction, nesterov: bool) -> tuple[VisitStep, ...]:
        top, bottom = alpha.as_integer_ratio()
        grain = (part * bottom) ** count * p.w0.denominator  # numerators over this stay whole for so many steps
        eta_top, eta_bottom = p.eta.as_integer_ratio()
        ws, steps = [int(p.w0 * grain)] * 2, []
        for t, i in enumerate(p.order[:count], 1):
            drift = top * (ws[-1] - ws[-2]) // bottom
            at = ws[-1] + drift if nesterov else ws[-1]
            move = (whole_rates[i - 1] * at - whole_pushes[i - 1] * grain) // part
            ws.append(ws[-1] + drift - move)
            older, old, new = ws[-3:]
            w, point, last, h, after = ratios((old, at, older - old, old - new, new), grain)
            g = ratio(move * eta_bottom, grain * eta_top)
            steps.append(VisitStep(t, i, p.xs[i - 1], p.ys[i - 1], w, point, g, last, h, after))
        return tuple(steps)

    def adaptive(adam: bool) -> tuple[AdaptiveStep, ...]:
        decay1, decay2 = (float(p.beta1), float(p.beta2)) if adam else (0.0, float(p.rho))
        w, eta, gs = float(p.w0), float(p.eta), []
        steps: list[AdaptiveStep] = []
        for t, i in enumerate(p.order[: p.few]):
            gs.append(2 * float(pulls[i - 1]) * (w - float(optima[i - 1])))
            firsts = [decay1 ** (t - s) for s in range(t + 1)]
            seconds = [decay2 ** (t - s) for s in range(t + 1)]
            m = sum([c * g for c, g in zip(firsts, gs, strict=True)])
            v = sum([c * g * g for c, g in zip(seconds, gs, strict=True)])
            if v == 0:
                raise BadParams("all gradients of an adaptive method are 0")
            before = (steps[-1].m, steps[-1].v) if steps else (0.0, 0.0)
            m_hat, v_hat = (m / sum(firsts), v / sum(seconds)) if adam else (m, (1 - decay2) * v)
            after = w - eta * m_hat * v_hat**-0.5
            m, v = (1 - decay1) * m, (1 - decay2) * v
            steps.append(
                AdaptiveStep(
                    t + 1, i, p.xs[i - 1], p.ys[i - 1], w, gs[-1], before[0], m, before[1], v, m_hat, v_hat, after
                )
            )  # fmt: skip
            w = after
        return tuple(steps)

    sgd, momentum = exact(len(p.order), ZERO, False), exact(p.few, p.alpha, False)
    nesterov, rmsprop, adam = exact(p.few, p.alpha, True), adaptive(False), adaptive(True)
    return Solution(
        sum_xy=best * total, sum_xx=total, ols=best, slope=curvature, shift=-curvature * best,
        gd=tuple(path[1:]), gd_steps=gd,
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
    steepest = 2 * (1 + p.alpha) / (1 + 2 * p.alpha)  # beyond it Nesterov's momentum diverges
    for i in sorted(set(p.order)):
        pull = 2 * p.eta * p.xs[i - 1] * p.xs[i - 1]
        if pull == 1:
            return f"SGD hits the best weight for observation {i} in one step: 2 * eta * x^2 is exactly 1"
        if pull >= 2:
            return f"SGD diverges: |1 - 2 * eta * x^2| = {abs(1 - pull)} for observation {i}, it must be below 1"
        if pull >= steepest:
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
            if not g or (type(g) is float and abs(g) < 1e-9):
                return f"the gradient is 0 at step {t} of {method}: there is nothing to compute"
    return None


def effort(p: Params, _s: Solution) -> int:
    return 4 * p.n + 5 * p.gd_count + 5 * p.sgd_count + (6 + 8 + 10 + 14) * p.few


def _adapt(p: Params, step: Callable[[int, float, float, float], tuple[float, float, float]]) -> tuple[float, ...]:
    """Weights when `step(t, g, m, v)` gives the new averages and the move in units of eta."""
    w, eta, m, v = float(p.w0), float(p.eta), 0.0, 0.0
    ws = []
    for t, i in enumerate(p.first, 1):
        x, y = float(p.xs[i - 1]), float(p.ys[i - 1])
        g = 2 * x * (w * x - y)
        m, v, move = step(t, g, m, v)
        w -= eta * move
        ws.append(w)
    return tuple(ws)


def _full(p: Params, factor: Fraction, count: int) -> Numbers:
    """Steps along `factor` times half the gradient of the sum of squares."""
    numerators, unit = _descend(p, factor * p.eta, count)
    return ratios(numerators[1:], unit)


def ratios_averaged(p: Params) -> Mapping[str, Value]:
    return {"ols": sum((y / x for x, y in zip(p.xs, p.ys, strict=True)), Fraction(0)) / p.n}


def products_averaged(p: Params) -> Mapping[str, Value]:
    s, data, _ = _whole(p)
    return {"ols": ratio(sum([x * y for x, y in data.values()]), p.n * s * s)}


def no_two(p: Params) -> Mapping[str, Value]:
    """RMSprop and Adam divide the factor away again."""
    return {
        "gd": _full(p, Fraction(1, p.n), p.gd_count),
        "sgd": _walk(p, p.sgd_count, rate=p.eta / 2).weights,
        "momentum": _walk(p, p.few, rate=p.eta / 2, alpha=p.alpha).weights,
        "nesterov": _walk(p, p.few, rate=p.eta / 2, alpha=p.alpha, look=p.alpha).weights,
    }


def damped(p: Params) -> Mapping[str, Value]:
    rate = (1 - p.alpha) * p.eta
    return {
        "momentum": _walk(p, p.few, rate=rate, alpha=p.alpha).weights,
        "nesterov": _walk(p, p.few, rate=rate, alpha=p.alpha, look=p.alpha).weights,
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
    "products_averaged": products_averaged,
    "no_two": no_two,
    "summed": lambda p: {"gd": _full(p, Fraction(2), p.gd_count)},
    "full_gradient": lambda p: {"sgd": _full(p, Fraction(2, p.n), p.sgd_count)},
    "stale_gradient": lambda p: {"sgd": _walk(p, p.sgd_count, rate=p.eta, stale=True).weights},
    "damped": damped,
    "forgotten_velocity": lambda p: {"momentum": _walk(p, p.few, rate=p.eta).weights},
    "no_lookahead": lambda p: {"nesterov": _walk(p, p.few, rate=p.eta, alpha=p.alpha).weights},
    "looks_back": lambda p: {"nesterov": _walk(p, p.few, rate=p.eta, alpha=p.alpha, look=-p.alpha).weights},
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
    credit={"no_two": Fraction(1, 2), "summed": Fraction(1, 2)},
)
