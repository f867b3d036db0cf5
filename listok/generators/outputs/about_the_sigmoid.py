"""Use symmetry, derivative, inverse and limits of the sigmoid, stretch and shift it, and read one off a plot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from listok.generators import formulas as fm
from listok.generators.answers import Choices, Expression, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, function_plot, sampled
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.sigmoids import Curve, stretched
from listok.generators.toolkit.statements import dull

TRUE = (
    "complement", "even_slope", "logistic", "log_slope", "quarter", "log_half", "logit", "odds", "tanh",
    "arctan_symmetric", "softplus", "steep_step", "left_tail", "log_concave",
)  # fmt: skip
FALSE = (
    "odd", "odd_slope", "one_minus_square", "half_slope", "logit_swapped", "reached", "doubled", "arctan_logistic",
    "softsign_range", "flat_limit", "reciprocal_log", "log_zero",
)  # fmt: skip
IDENTITIES = TRUE + FALSE


def written(k: int, r: Fraction) -> str:
    """The point k s + ln r in LaTeX."""
    several = {1: "s", -1: "-s", 0: ""}.get(k, f"{k}s")
    if r == 1:
        return several or "0"
    log = f"\\ln {r}" if r.denominator == 1 else f"\\ln \\frac{{{r.numerator}}}{{{r.denominator}}}"
    return f"{several} + {log}" if several else log


@dataclass(frozen=True)
class Point(Checked):
    """The point t = k s + ln r, where s is the number whose sigmoid is known."""

    k: Annotated[int, Within(-3, 3)]
    r: Annotated[Fraction, Positive(), Within(0, 100, finest=100)]

    @property
    def written(self) -> str:
        return written(self.k, self.r)


@dataclass(frozen=True)
class Params(Checked):
    """The value `p` of the sigmoid at s; the `points` at which its value is to be found; the curve `g` given by a
    formula and the curve `h` given by a plot; the value `reached` by g; the `spots` at which g, made ever steeper, is
    looked at; the statements to judge."""

    p: Annotated[Fraction, Within(0, 1, finest=100, strict=True)]
    points: Annotated[tuple[Point, ...], Size(1, 6)]
    g: Curve
    reached: Annotated[Fraction, Within(-200, 200, finest=100)]
    spots: Annotated[Row, Size(1, 6), Within(-100, 100, finest=100), Distinct()]
    h: Curve
    statements: Annotated[tuple[str, ...], Size(2, 14), OneOf(IDENTITIES), Distinct()]

    def rules(self) -> Iterator[str]:
        if not 0 < (self.reached - self.g.floor) / self.g.height < 1:
            yield "reached must lie strictly between the bounds of g, which it does not reach elsewhere"

    @property
    def several_points(self) -> bool:
        return len(self.points) > 1

    @property
    def builds(self) -> bool:
        """Whether one of the points builds on s."""
        return any(point.k for point in self.points)

    @property
    def whole_points(self) -> bool:
        """Whether the marked points of the plot have whole abscissas."""
        return all(t.denominator == 1 for t in (self.h.left, self.h.centre, self.h.right))

    @property
    def xticks(self) -> tuple[int, ...]:
        return tuple(range(math.floor(self.h.left) - 3, math.ceil(self.h.right) + 4))

    @property
    def yticks(self) -> tuple[int, ...]:
        low, high = sorted((self.h.floor, self.h.top))
        return tuple(range(math.ceil(min(ZERO, low)) - 1, math.floor(max(ZERO, high)) + 2))

    @property
    def picture(self) -> Scene:
        """The curve h, its asymptotes, and the tangent in its centre."""
        h = self.h
        start, end = self.xticks[0], self.xticks[-1]
        low, high = sorted((h.floor, h.top))
        return function_plot(
            (sampled(h.at, start, end, 96),),
            ((h.left, h.left_bound, True), (h.centre, h.middle, True), (h.right, h.right_bound, True)),
            (start, end),
            (min(ZERO, low) - 1, max(ZERO, high) + 1),
            dashed=(
                ((start, low), (end, low)),
                ((start, high), (end, high)),
                ((h.left, h.left_bound), (h.right, h.right_bound)),
            ),
            xticks=self.xticks,
            yticks=self.yticks,
            xlabel="t",
            ylabel="h",
            size=(96.0, 50.0),
        )

    @property
    def graphs(self) -> Scene:
        """The curve g and its derivative."""
        g = self.g
        start, end = (float(g.centre + side * 6 / abs(g.rate)) for side in (-1, 1))
        steepest = g.height * g.rate / 4
        low, high = min(ZERO, g.floor, g.top, steepest), max(ZERO, g.floor, g.top, steepest)
        margin = (high - low) / 10
        far, near = self._beside(Fraction(4)), self._beside(Fraction(5, 4))
        return function_plot(
            (sampled(g.at, start, end, 96), sampled(g.slope_at, start, end, 96)),
            ((g.centre, g.middle, True), (g.centre, steepest, False)),
            (start, end),
            (low - margin, high + margin),
            dashed=(((start, g.floor), (end, g.floor)), ((start, g.top), (end, g.top))),
            labels=((far, g.at(far), "g"), (near, g.slope_at(near), "g'")),
            xlabel="t",
            ylabel="y",
            numbers_below=True,
            size=(80.0, 55.0),
        )

    def _beside(self, distance: Fraction) -> float:
        """A place for a label on `graphs`, so many widths 1/|a| to the right or to the left of the centre: where the
        two curves are farther apart, but not at the vertical axis, before which its numbers stand."""
        axis = -self.g.centre * abs(self.g.rate)
        sides = [side for side in (1, -1) if not -HALF < axis - side * distance < Fraction(5, 4)]
        places = [float(self.g.centre + side * distance / abs(self.g.rate)) for side in sides]
        return max(places, key=lambda t: abs(self.g.at(t) - self.g.slope_at(t)))


@dataclass(frozen=True)
class Found:
    """What is found of a point k s + ln r: e to the power of it, and the sigmoid there."""

    k: int
    r: Fraction
    odds: Fraction
    sigma: Fraction

    @property
    def written(self) -> str:
        return written(self.k, self.r)

    @property
    def known(self) -> bool:
        """Whether it builds on s."""
        return self.k != 0


@dataclass(frozen=True)
class Spot:
    """A spot, the sum `z` = a t + b there, and what the ever steeper curve tends to."""

    t: Fraction
    z: Fraction
    limit: Fraction

    @property
    def right(self) -> bool:
        return self.z > 0

    @property
    def middle(self) -> bool:
        return self.z == 0

    @property
    def left(self) -> bool:
        return self.z < 0


@dataclass(frozen=True)
class Solution:
    """`odds` is e^s; `known` holds sigma(-s), sigma'(s), sigma'(-s) and (ln sigma)'(s); `slope` is g' as a formula of
    y = g; `centre` holds t, g and g' there; `share` is the value of sigma where g is `reached`, `share_odds` that
    over 1 less it; `tangent` is the slope of the tangent on the plot, and `read` the rate of h that follows."""

    odds: Fraction
    known: Row
    values: tuple[Found, ...]
    logs: Row
    limits: Row
    slope: Formula
    centre: Row
    share: Fraction
    share_odds: Fraction
    inverse: Formula
    steps: tuple[Spot, ...]
    steep: Row
    tangent: Fraction
    read: Fraction
    curve: Formula
    identities: tuple[str, ...]


RATIOS = (1, 2, 3, 4, 5)
LOGARITHMS = tuple(map(Fraction, ("2", "3", "4", "5", "6", "1/2", "1/3", "1/4", "2/3", "3/2")))
RATES = tuple(map(Fraction, ("2", "3", "4", "1/2", "1/3")))
READ_RATES = tuple(map(Fraction, ("2", "1", "2/3", "1/2")))


def draw(d: Draw, level: int) -> Params:
    """The first level has rising curves; later they may fall, and s is doubled and negated under the sigmoid."""
    u, v = d.distinct(RATIOS, 2)
    ks = ((0,), (0, 1, -1), (0, 1, -1, 2 * d.sign()))[level - 1]
    ratios = d.distinct(LOGARITHMS[:5] if level == 1 else LOGARITHMS, len(ks))
    points = tuple(Point(k, r) for k, r in zip(ks, ratios, strict=True))

    m = d.integer(2, 4)  # the share of the height at which g is reached is m or 1 of m + 1
    height = (m + 1) * d.integer(1, 10 // (m + 1)) * (d.sign() if level == 3 else 1)
    rate = d.choice(RATES[:3] if level == 1 else RATES) * (d.sign() if level > 1 else 1)
    # the centre is whole, and so is the shift
    middle = d.integer(-4, 4, exclude=(0,)) * rate.denominator
    floor = d.integer(-5, 5, exclude=(0,))
    g = Curve(Fraction(height), rate, -rate * middle, Fraction(floor))
    share = Fraction(d.choice((1, m)), m + 1)
    distances = d.distinct(range(1, 7), (1, 2, 4)[level - 1])
    side = d.sign()  # distances go to both sides in turn
    spots = d.shuffled([Fraction(middle + side * n * (-1) ** i) for i, n in enumerate((0, *distances))])

    read = d.choice(READ_RATES) * (d.sign() if level > 1 else 1)
    h_height, h_floor = Fraction(d.integer(2, 6)), Fraction(d.integer(-4, 3, exclude=(0,)))
    h = Curve(h_height, read, -read * d.integer(-4, 4, exclude=(0,)), h_floor)

    size = (4, 6, 12)[level - 1]
    true = d.integer(2, size - 2)
    names = {*d.distinct(TRUE, true), *d.distinct(FALSE, size - true)}
    return Params(
        p=Fraction(u, u + v),
        points=points,
        g=g,
        reached=g.floor + share * g.height,
        spots=spots,
        h=h,
        statements=tuple(name for name in IDENTITIES if name in names),
    )


def solve(
    p: Params,
    *,
    half: bool = True,
    inner: bool = True,
    flipped: bool = False,
    unturned: bool = False,
    opposite: bool = False,
    floored: bool = True,
    bare: bool = False,
) -> Solution:
    """e^s, then everything as a fraction of it; the copy g by its share sigma = (g - c) / A.

    A mistake changes one thing: in the middle of a step there is no `half`, the `inner` derivative a is forgotten, the
    odds are `flipped`, a negative rate is taken for a positive one (`unturned`), the shift has the `opposite` sign, the
    curve is not `floored`, or neither that nor stretched (`bare`).
    """
    odds = p.p / (1 - p.p)
    sigma_slope = p.p * (1 - p.p)

    values = []
    for point in p.points:
        e = odds**point.k * point.r
        values.append(Found(point.k, point.r, e, 1 / (1 + e) if flipped else e / (1 + e)))

    g = p.g
    height, floor = ONE if bare else g.height, g.floor if floored and not bare else ZERO
    a = g.rate if inner else ONE
    first, last = (floor, floor + height) if g.rate > 0 or unturned else (floor + height, floor)
    centre = (-g.shift if not opposite else g.shift) / g.rate
    share = (p.reached - g.floor) / g.height
    share_odds = (1 - share) / share if flipped else share / (1 - share)

    steps = []
    for t in p.spots:
        z = g.rate * t + g.shift
        side = abs(g.rate) * (t - g.centre) if unturned else z
        part = ONE if side > 0 else ZERO if side < 0 or not half else HALF
        steps.append(Spot(t, z, floor + part * height))

    h = p.h
    tangent = (h.right_bound - h.left_bound) / (h.right - h.left)
    read = tangent * 4 / h.height if inner else tangent
    shift = read * h.centre if opposite else -read * h.centre
    return Solution(
        odds=odds,
        known=(1 - p.p, sigma_slope, sigma_slope, 1 - p.p),
        values=tuple(values),
        logs=tuple(value.sigma for value in values),
        limits=(first, last),
        slope=by_value(height, a, floor),
        centre=(centre, floor + height / 2, a * height / 4),
        share=share,
        share_odds=share_odds,
        inverse=Formula.of(fm.linear([(1 / a, f"ln({share_odds})")], -g.shift / a)),
        steps=tuple(steps),
        steep=tuple(step.limit for step in steps),
        tangent=tangent,
        read=read,
        curve=stretched(h.height, read, shift, h.floor if floored else ZERO),
        identities=tuple(name for name in p.statements if name in TRUE),
    )


def by_value(height: Fraction, rate: Fraction, floor: Fraction) -> Formula:
    """The slope of a curve as a formula of its value y: a A sigma (1 - sigma), where sigma = (y - c) / A."""
    above, below = fm.linear([(1, "y")], -floor), fm.linear([(-1, "y")], floor + height, constant_first=True)
    rising = rate * height > 0
    if floor + height <= 0:  # -1 - y is written as y + 1, and its minus goes to the front
        below, rising = fm.linear([(1, "y")], -floor - height), not rising
    size = fm.Constant(abs(rate / height))
    product = fm.Product((above, below) if size.value == 1 else (size, above, below))
    return Formula.of(product if rising else fm.Negation(product))


def check(p: Params, s: Solution) -> str | None:
    if p.p == HALF:
        return "s is 0, where sigma(s) and sigma(-s) are the same"
    if len(set(s.logs)) < len(s.logs):
        return "two points have one and the same value"
    if not any(step.z for step in s.steps):
        return "all spots are the centre of the curve"
    return dull(p.statements, TRUE)


EXERCISE = Exercise(
    number=11,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8, 10.2, 12.9),
    parts={
        "known": Vector(points=2, alike=True),
        "logs": Vector(points=2, alike=True),
        "limits": Vector(),
        "slope": Expression(variables=("y",), points=2),
        "centre": Vector(points=2),
        "inverse": Expression(points=2),
        "steep": Vector(points=2),
        "curve": Expression(variables=("t",), points=2),
        "identities": Choices(among="statements", options=IDENTITIES, points=2),
        "graphs": Open(space=70, points=2),
    },
    mistakes={
        "odd": instead(known=lambda p, s: (-p.p, s.known[1], s.known[2], -p.p)),
        "odd_slope": instead(known=lambda p, s: (s.known[0], s.known[1], -s.known[2], s.known[3])),
        "reciprocal": instead(known=lambda p, s: (*s.known[:3], 1 / p.p)),
        "odds_alone": instead(logs=lambda p, s: tuple(value.odds for value in s.values)),
        "flipped": wrong(flipped=True),
        "unturned": wrong(unturned=True),
        "no_half": wrong(half=False, spoils="steep"),
        "no_floor": wrong(floored=False),
        "bare": wrong(bare=True),
        "no_inner": wrong(inner=False),
        "opposite": wrong(opposite=True),
    },
)
