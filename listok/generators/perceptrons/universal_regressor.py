"""Approximate a curve by a staircase, build the staircase of step neurons, and choose how many steps it needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Annotated

from listok.generators.answers import Choices, Number, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Number as Tick
from listok.generators.figures import Scene, function_plot, sampled, ticks
from listok.generators.formulas import Formula, linear
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.statements import dull
from listok.generators.values import Value

TRUE = (
    "two_make_step", "steeper_more", "uneven_steps", "sigmoid_steep", "relu_pieces", "existence_only", "linear_fails",
    "zero_slopes",
)  # fmt: skip
FALSE = (
    "exact", "whole_line", "fixed_size", "identity_enough", "learned", "four_times", "at_middles", "squares", "outside",
)  # fmt: skip
STATEMENTS = TRUE + FALSE

# Those of the last level seldom divide the length of the interval.
ACCURACIES = tuple(tuple(map(Fraction, row.split())) for row in ("1 1/2 1/5", "2 1 1/2 2/5", "7/10 9/10 11/10 13/10"))


@dataclass(frozen=True)
class Curve(Checked):
    """f(x) = c_0 + c_1 x + c_2 x^2 + c_3 x^3 + inverse / x, the coefficients from the constant on."""

    coefficients: Annotated[Row, Size(1, 4), Within(-100, 100, finest=100)]
    inverse: Annotated[Fraction, Within(-1000, 1000, finest=100)]

    def rules(self) -> Iterator[str]:
        if self.inverse and any(self.coefficients[2:]):
            yield "beside 1/x there may be a linear function, but no powers"

    @property
    def formula(self) -> Formula:
        powers = [(c, f"x^{k}" if k > 1 else "x") for k, c in enumerate(self.coefficients)][:0:-1]
        over = (1 if self.inverse > 0 else -1, f"({abs(self.inverse)})/x") if self.inverse else (0, "x")
        return Formula.of(linear([*powers, over], self.coefficients[0]))

    @property
    def derivative(self) -> Formula:
        powers = [(k * c, f"x^{k - 1}" if k > 2 else "x") for k, c in enumerate(self.coefficients)][:1:-1]
        over = (-1 if self.inverse > 0 else 1, f"({abs(self.inverse)})/x^2") if self.inverse else (0, "x")
        return Formula.of(linear([*powers, over], self.coefficients[1] if len(self.coefficients) > 1 else 0))

    def at(self, x: Fraction) -> Fraction:
        powers = sum((c * x**k for k, c in enumerate(self.coefficients)), ZERO)
        return powers + self.inverse / x if self.inverse else powers

    def slope_at(self, x: Fraction) -> Fraction:
        powers = sum((k * c * x ** (k - 1) for k, c in enumerate(self.coefficients) if k), ZERO)
        return powers - self.inverse / x**2 if self.inverse else powers

    def bend(self) -> Fraction | None:
        """Where the slope of a cubic function is largest or smallest; there is no such point for others."""
        if len(self.coefficients) < 4 or not self.coefficients[3]:
            return None
        return -self.coefficients[2] / (3 * self.coefficients[3])


@dataclass(frozen=True)
class Params(Checked):
    """The curve from `left` to `right`, the number `count` of steps, the point `x` to look at, the `accuracy` that is
    wanted, and the statements to judge."""

    f: Curve
    left: Annotated[Fraction, Within(-100, 100, finest=100)]
    right: Annotated[Fraction, Within(-100, 100, finest=100)]
    count: Annotated[int, Within(2, 12)]
    x: Annotated[Fraction, Within(-100, 100, finest=1000)]
    accuracy: Annotated[Fraction, Positive(), Within(0, 100, finest=10_000)]
    statements: Annotated[tuple[str, ...], Size(2, 14), OneOf(STATEMENTS), Distinct()]

    def rules(self) -> Iterator[str]:
        if not self.left < self.x <= self.right:
            yield "x must lie to the right of the left end, and not beyond the right end"
        if self.f.inverse and self.left <= 0 <= self.right:
            yield "there is a term with 1/x, so 0 must lie outside the interval"

    @property
    def width(self) -> Fraction:
        """Of one step."""
        return self.length / self.count

    @property
    def length(self) -> Fraction:
        """Of the whole interval."""
        return self.right - self.left

    @property
    def bends(self) -> bool:
        """Whether the slope may be steepest inside the interval."""
        bend = self.f.bend()
        return bend is not None and self.left < bend < self.right

    @property
    def borders(self) -> Row:
        return tuple(self.left + i * self.width for i in range(self.count + 1))

    @property
    def picture(self) -> Scene:
        """The curve, the borders, and the first step."""
        return self._plot(1)

    @property
    def staircase(self) -> Scene:
        """The curve and all its steps."""
        return self._plot(self.count)

    @property
    def yticks(self) -> tuple[Tick, ...]:
        return tuple(ticks(*self._yrange))

    @property
    def _curve(self) -> Sequence[tuple[float, float]]:
        return sampled(lambda x: float(self.f.at(Fraction(x))), float(self.left), float(self.right), 96)

    @property
    def _yrange(self) -> tuple[Fraction, Fraction]:
        """From below the curve and zero to above them."""
        ys = [Fraction(y) for _, y in self._curve]
        low, high = min(ZERO, *ys), max(ZERO, *ys)
        margin = (high - low) / 12
        return low - margin, high + margin

    def _plot(self, steps: int) -> Scene:
        bottom, top = self._yrange
        low, high = bottom + (top - bottom) / 14, top - (top - bottom) / 14
        middles = [(border + self.width / 2, self.f.at(border + self.width / 2)) for border in self.borders[:steps]]
        sides = [((x, low), (x, high)) for x in self.borders]
        return function_plot(
            (self._curve, *(((x - self.width / 2, y), (x + self.width / 2, y)) for x, y in middles)),
            [(x, y, True) for x, y in middles],
            (self.left - self.width / 2, self.right + self.width / 2),
            (bottom, top),
            dashed=sides,
            xticks=self.borders,
            yticks=self.yticks,
            numbers_below=True,
            size=(90.0, 50.0),
        )


@dataclass(frozen=True)
class Step:
    """A step from one border to the next: the point in between at which its height is taken."""

    start: Fraction
    end: Fraction
    middle: Fraction
    height: Fraction


@dataclass(frozen=True)
class Jump:
    """From the height before a border to that after it."""

    before: Fraction
    after: Fraction

    @property
    def weight(self) -> Fraction:
        return self.after - self.before


@dataclass(frozen=True)
class Solution:
    """`number` is that of the step with x in it; `exact` is f(x); `slopes` are the values of |f'| of which `steepest`
    is the largest; `bound` is the number of steps before it is rounded up to `enough`; `neurons` counts hidden ones,
    with a pair for every step, and with shared borders."""

    steps: tuple[Step, ...]
    heights: Row
    number: int
    value: Fraction
    exact: Fraction
    error: Fraction
    weights: Row
    slopes: Row
    steepest: Fraction
    bound: Fraction
    enough: int
    neurons: tuple[int, int]
    true_ones: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return self.bound == self.enough

    @property
    def jumps(self) -> tuple[Jump, ...]:
        """Outside of the interval the staircase is zero."""
        return tuple(starmap(Jump, pairwise((ZERO, *self.heights, ZERO))))


def draw(d: Draw, level: int) -> Params:
    """A parabola; then a cubic function or 1/x; then a curve that turns, looked at on a border of its steps."""
    count, width = (3, 4, 6)[level - 1], 2
    c0 = d.integer(-5, 5)
    if level == 1:
        f = Curve((Fraction(c0), Fraction(d.integer(-4, 4)), Fraction(d.choice((1, 2, -1)))), ZERO)
        left = d.integer(-2, 2)
    elif level == 2 and d.flip():
        f = Curve((Fraction(c0), Fraction(d.integer(-2, 2))), Fraction(d.choice((24, 48, 72)) * d.sign()))
        left = 1
    elif level == 2:
        f = Curve((Fraction(c0), Fraction(d.integer(-6, 6)), ZERO, Fraction(d.sign(), d.choice((1, 2)))), ZERO)
        left = -d.choice((2, 3, 4))
    else:
        f = Curve((Fraction(c0), Fraction(d.integer(-9, 9)), Fraction(d.integer(-2, 2)), HALF * d.sign()), ZERO)
        left = -d.integer(4, 8)
    start = left + width * d.below(count)
    x = Fraction(start + width) if level == 3 else start + d.choice((HALF, Fraction(3, 2)))
    size = (4, 9, 11)[level - 1]
    true = d.integer(1 + (level > 1), min(size - 2, len(TRUE)))
    names = {*d.distinct(TRUE, true), *d.distinct(FALSE, size - true)}
    return Params(
        f=f,
        left=Fraction(left),
        right=Fraction(left + width * count),
        count=count,
        x=x,
        accuracy=d.choice(ACCURACIES[level - 1]),
        statements=tuple(name for name in STATEMENTS if name in names),
    )


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    at: Fraction = HALF,
    late: bool = False,
    half: bool = True,
    length: bool = True,
    up: bool = True,
) -> Solution:
    """The heights in the middles; the step with x in it; the jumps at the borders; the steps that half a width needs.

    A mistake changes one thing: `at` which share of a step its height is taken, a border that counts for the step
    after it (`late`), the distance to the middle taken as a whole width, not `half` of it, the `length` of the
    interval forgotten, a number of steps that is not rounded `up`.
    """
    width = p.width
    steps = []
    for start, end in pairwise(p.borders):
        middle = start + at * width
        steps.append(Step(start, end, middle, p.f.at(middle)))
    heights = given.get("heights", tuple(step.height for step in steps))

    number = math.ceil((p.x - p.left) / width)
    if late:
        number = min(math.floor((p.x - p.left) / width) + 1, p.count)
    value = given.get("value", heights[number - 1])
    exact = p.f.at(p.x)

    jumps = (heights[0], *(after - before for before, after in pairwise(heights)), -heights[-1])

    bend = p.f.bend()
    places = [p.left, p.right]
    if bend is not None and p.bends:
        places.append(bend)
    slopes = tuple(abs(p.f.slope_at(place)) for place in places)
    steepest = max(slopes)
    bound = steepest * (p.length if length else ONE) / ((2 if half else 1) * p.accuracy)
    enough = given.get("enough", max(1, math.ceil(bound) if up else math.floor(bound)))
    return Solution(
        steps=tuple(steps),
        heights=heights,
        number=number,
        value=value,
        exact=exact,
        error=abs(exact - value),
        weights=jumps,
        slopes=slopes,
        steepest=steepest,
        bound=bound,
        enough=enough,
        neurons=(2 * enough, enough + 1),
        true_ones=tuple(name for name in p.statements if name in TRUE),
    )


def check(p: Params, s: Solution) -> str | None:
    if 0 in s.weights:
        return "a neuron has the output weight 0"
    if s.error == 0:
        return "the staircase is exact at x"
    start, end = p.borders[s.number - 1], p.borders[s.number]
    if p.f.at(start) == s.value == p.f.at(end):
        return "a height taken at either end of the step is right as well"
    if s.enough > 1000:
        return "the accuracy asks for more than a thousand steps"
    return dull(p.statements, TRUE)


def at_neighbour(p: Params, s: Solution) -> Fraction:
    """The height of the step before or after that with x in it."""
    return s.heights[s.number] if s.number < p.count else s.heights[s.number - 2]


EXERCISE = Exercise(
    number=9,
    version=2,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(7, 8.9, 11.5),
    parts={
        "heights": Vector(points=2),
        "value": Number(points=1),
        "error": Number(points=1),
        "weights": Vector(points=3),
        "enough": Number(points=2),
        "neurons": Vector(points=1),
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "proof": Open(points=2),
    },
    mistakes={
        "left_ends": wrong(at=ZERO),
        "right_ends": wrong(at=ONE),
        "late_border": wrong(late=True),
        "neighbour": instead(value=at_neighbour, error=lambda p, s: abs(s.exact - at_neighbour(p, s))),
        "heights_again": instead(weights=lambda p, s: (*s.heights, -s.heights[-1])),
        "not_closed": instead(weights=lambda p, s: (*s.weights[:-1], ZERO), credit=HALF),
        "whole_width": wrong(half=False),
        "no_length": wrong(length=False),
        "rounded_down": wrong(up=False),
        "one_short": instead(neurons=lambda p, s: (2 * s.enough, s.enough), credit=HALF),
    },
    carry=("value", "error", "weights", "neurons"),
)
