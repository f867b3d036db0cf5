"""Tell which extra inputs let one step neuron compute XOR, choose its weights, and write its boundary as a formula."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Annotated

from listok.generators.answers import Choices, Expression, Open, Predicate
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import ZERO, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, function_plot
from listok.generators.formulas import Constant, Formula, Node, Power, Product, Quotient, Variable, evaluate, linear
from listok.generators.mistakes import failing, instead, wrong
from listok.generators.toolkit import logic
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.linear import dot
from listok.generators.values import BadParams

FEATURES = {
    "product": "x1*x2",
    "square_of_difference": "(x1 - x2)^2",
    "distance": "abs(x1 - x2)",
    "maximum": "max(x1, x2)",
    "minimum": "min(x1, x2)",
    "square_of_sum": "(x1 + x2)^2",
    "size_of_sum": "abs(x1 + x2)",
    "square_times": "x1^2*x2",
    "product_of_squares": "x1^2*x2^2",
    "shifted_product": "x1*(x2 - 1)",
    "square": "x1^2",
    "sum": "x1 + x2",
    "weighted_sum": "2*x1 + 3*x2",
    "sum_of_squares": "x1^2 + x2^2",
    "difference_of_squares": "x1^2 - x2^2",
    "cube_of_difference": "(x1 - x2)^3",
    "extremes": "max(x1, x2) + min(x1, x2)",
}
"""Candidates for a third input."""

STEEP = ("product", "square_times", "product_of_squares")
"""Candidates for whose weights level 3 alone asks."""

Point = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Params(Checked):
    """Both inputs are `low` or `high`; the function is 1 where they differ or, with `equal`, where they are equal.
    `features` are the candidates for a third input, `feature` the one for which weights are asked. The neuron whose
    boundary is asked has the constant and the weights `neuron` and the third input x1^`power` x2."""

    low: Annotated[Fraction, Within(-10, 10, finest=2)]
    high: Annotated[Fraction, Within(-10, 10, finest=2)]
    equal: bool
    features: Annotated[tuple[str, ...], Size(2, 10), OneOf(tuple(FEATURES)), Distinct()]
    feature: Annotated[str, OneOf(tuple(FEATURES))]
    neuron: Annotated[Row, Size(4, 4), Within(-100, 100, finest=10)]
    power: Annotated[int, Within(1, 3)]

    def rules(self) -> Iterator[str]:
        if self.low >= self.high:
            yield "low must be below high"
        if not (self.neuron[2] or self.neuron[3]):
            yield "the neuron must see x2: its third or its fourth number must not be 0"

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple((a, b) for a in (self.low, self.high) for b in (self.low, self.high))

    @property
    def table(self) -> logic.Table:
        """The function at the four points."""
        return tuple(int((a == b) == self.equal) for a, b in self.points)

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(map(Target, self.points, self.table))

    @property
    def third(self) -> Formula:
        return Formula(FEATURES[self.feature])

    @property
    def curved(self) -> Formula:
        """The third input of the neuron whose boundary is asked."""
        return Formula.of(Product((powered(self.power), Variable("x2"))))

    @property
    def plot(self) -> Scene:
        return boundary_plot(self.neuron, self.power, self.points)

    @property
    def factor(self) -> Formula:
        """What x2 is multiplied with in that sum, the third input put in."""
        return Formula.of(linear([(self.neuron[3], powered(self.power))], self.neuron[2], constant_first=True))

    @property
    def rest(self) -> Formula:
        """The other terms of that sum."""
        return Formula.of(linear([(self.neuron[1], "x1")], self.neuron[0], constant_first=True))

    @property
    def neuron_sum(self) -> Formula:
        """The sum of that neuron."""
        return Formula.of(linear([(w, f"x{i}") for i, w in enumerate(self.neuron[1:], 1)], self.neuron[0]))


@cache
def boundary_plot(neuron: Row, power: int, points: tuple[Point, ...]) -> Scene:
    """The boundary of a neuron, with the four inputs: full where the neuron gives 1."""
    b0, b1, b2, b3 = map(float, neuron)
    low, high = float(points[0][0]) - 2, float(points[-1][0]) + 2
    curve, curves = list[tuple[float, float]](), []
    for i in range(801):
        x = low + (high - low) * i / 800
        below = b2 + b3 * x**power
        y = -(b0 + b1 * x) / below if abs(below) > 1e-9 else math.inf
        if low - 1 <= y <= high + 1:
            curve.append((x, y))
        elif curve:
            curves.append(curve)
            curve = []
    if power == 1 and b3 and b0 * b3 == b1 * b2:  # the boundary is two lines, of which one is upright
        curves.append([(-b2 / b3, low), (-b2 / b3, high)])
    marks = [(a, b, dot(neuron, (1, a, b, a**power * b)) > 0) for a, b in points]
    return function_plot([*curves, curve], marks, (low, high), (low, high), xlabel="x_1", ylabel="x_2", size=(60, 60))


def powered(power: int) -> Node:
    """The formula x1^power."""
    return Variable("x1") if power == 1 else Power(Variable("x1"), Constant(Fraction(power)))


@dataclass(frozen=True)
class Target:
    x: Point
    y: int


@dataclass(frozen=True)
class Judgement:
    """A candidate: its `values` at (low, low), (low, high), (high, low), (high, high); their sum over the points where
    the inputs are equal, and over those where they differ."""

    name: str
    values: Row
    alike: Fraction
    unlike: Fraction

    @property
    def works(self) -> bool:
        return self.alike != self.unlike

    @property
    def formula(self) -> Formula:
        return Formula(FEATURES[self.name])


@dataclass(frozen=True)
class TableRow:
    x: Point
    third: Fraction
    z: Fraction
    y: int


@dataclass(frozen=True)
class Solution:
    """`weights` are the constant and the three weights of a neuron whose sum is `margin` where the function is 1, and
    -`margin` where it is 0; `alike` and `unlike` are the feature's sums as in a judgement. Where the boundary is
    `crossed`, it is two `lines`, x1 = one number and x2 = the other."""

    judgements: tuple[Judgement, ...]
    possible: tuple[str, ...]
    alike: Fraction
    unlike: Fraction
    margin: Fraction
    weights: Row
    rows: tuple[TableRow, ...]
    boundary: Formula
    crossed: bool
    lines: Row

    @property
    def pull(self) -> Fraction:
        """What w3 times the difference of the feature's sums must be."""
        return self.weights[3] * (self.alike - self.unlike)

    @property
    def weights_sum(self) -> Formula:
        return logic.written(self.weights)


def draw(d: Draw, level: int) -> Params:
    codes = (((0, 1),), ((-1, 1), (0, 2)), ((1, 2), (-1, 2), (-2, 1), (1, 3), (-1, 0), (-2, 0)))[level - 1]
    low, high = map(Fraction, d.choice(codes))
    names = d.shuffled(tuple(FEATURES))
    works = [name for name in names if judged(name, low, high).works]
    fails = [name for name in names if name not in works]
    count = (3, 6, 10)[level - 1]
    right = d.integer(level, count - level)
    # Nothing that is the same at the four points, such as x1 x2 and min(x1, x2) of 0 and 1, stands in two questions.
    shown = {judged(name, low, high).values for name in works[:right]}
    others = [name for name in works[right:] if judged(name, low, high).values not in shown]
    tame = [name for name in others if level == 3 or name not in STEEP]
    features = d.shuffled((*works[:right], *fails[: count - right]))
    power = d.integer(2, 3) if level == 3 else 1
    constant = d.step(-3, 3, 2, exclude=(0,)) if level == 1 else Fraction(d.integer(-5, 5, exclude=(0,)))
    w = d.integers(3, *((-3, 3) if level == 1 else (-6, 6)), exclude=(0,))
    return Params(low, high, d.flip(), features, d.choice(tame or works), (constant, *map(Fraction, w)), power)


def judged(name: str, low: Fraction, high: Fraction) -> Judgement:
    """A candidate at the four points."""
    formula = Formula(FEATURES[name])
    points = product((low, high), repeat=2)
    a, b, c, d = (Fraction(evaluate(formula, {"x1": x1, "x2": x2})) for x1, x2 in points)
    return Judgement(name, (a, b, c, d), a + d, b + c)


def solve(p: Params, *, with_third: bool = True, moved: bool = True) -> Solution:
    """Every candidate is judged by two sums; then weights for one of them, and the boundary of another neuron.

    A mistake takes the boundary without the third input, or loses the minus of what is moved to the other side.
    """
    judgements = tuple(judged(name, p.low, p.high) for name in p.features)

    own = judged(p.feature, p.low, p.high)
    spread = own.alike - own.unlike
    if not spread:
        raise BadParams(f"no neuron computes the function with the third input {FEATURES[p.feature]}")
    # The sums z at points with equal inputs, less those at the others: x1 and x2 cancel, and w3 remains.
    sign = 1 if p.equal else -1
    w3 = 4 * sign / spread
    f = own.values
    heights = [1 if y else -1 for y in p.table]
    rest = [z - w3 * value for z, value in zip(heights, f, strict=True)]
    w2 = (rest[1] - rest[0]) / (p.high - p.low)
    w1 = (rest[2] - rest[0]) / (p.high - p.low)
    margin = scale((w1, w2, w3))
    w = (rest[0] - (w1 + w2) * p.low, w1, w2, w3)
    weights = tuple(margin * n for n in w)
    sums = [Fraction(dot(weights, (1, *x, value))) for x, value in zip(p.points, f, strict=True)]

    b0, b1, b2, b3 = p.neuron if with_third else (*p.neuron[:3], ZERO)
    if not b2 and not b3:
        raise BadParams("this boundary is no function of x1")
    crossed = p.power == 1 and bool(b3) and b0 * b3 == b1 * b2
    return Solution(
        judgements=judgements,
        possible=tuple(judgement.name for judgement in judgements if judgement.works),
        alike=own.alike,
        unlike=own.unlike,
        margin=margin,
        weights=weights,
        rows=tuple(map(TableRow, p.points, f, sums, map(step, sums))),
        boundary=border(p.power, (b0, b1, b2, b3), -1 if moved else 1),
        crossed=crossed,
        lines=(-b2 / b3, -b1 / b3) if crossed else (),
    )


def border(power: int, neuron: Row, sign: int) -> Formula:
    """x2 on the boundary, the terms without it taken with a sign; one number where the boundary is two lines."""
    b0, b1, b2, b3 = neuron
    if power == 1 and b3 and b0 * b3 == b1 * b2:
        return Formula.of(linear([], sign * b1 / b3))
    top = linear([(sign * b1, "x1")], sign * b0, constant_first=True)
    return Formula.of(Quotient(top, linear([(b3, powered(power))], b2, constant_first=True)))


def scale(weights: Row) -> Fraction:
    """What turns weights into whole numbers without a common divisor."""
    bottom = math.lcm(*(w.denominator for w in weights))
    return Fraction(bottom, math.gcd(*(int(w * bottom) for w in weights)))


def weights_work(p: Params, numbers: Row) -> Fraction:
    """How far a constant and three weights compute the function."""
    values = judged(p.feature, p.low, p.high).values
    sums = [dot(numbers, (1, *x, value)) for x, value in zip(p.points, values, strict=True)]
    return logic.share_right(p.table, tuple(map(step, sums)))


def check(p: Params, s: Solution) -> str | None:
    if tuple(row.third for row in s.rows) in [judgement.values for judgement in s.judgements]:
        return "the third input that has weights is one of the candidates"
    if p.power == 1 and p.feature == "product":
        return "the neuron with the boundary shows weights for the other"
    if len(s.possible) in (0, len(p.features)):
        return "all candidates are of one kind"
    if any(abs(w) > 12 for w in s.weights):
        return "the weights are large"
    if s.crossed:
        return "the boundary is two straight lines"
    if not all(p.neuron):
        return "a number of the neuron is 0"
    if 0 in [dot(p.neuron, (1, *x, x[0] ** p.power * x[1])) for x in p.points]:
        return "an input lies on the boundary"
    return None


EXERCISE = Exercise(
    number=6,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(7.6, 9.6, 12.5),
    parts={
        "possible": Choices(options=tuple(FEATURES), among="features", points=2),
        "weights": Predicate(test=weights_work, points=2),
        "boundary": Expression(variables=("x1",), points=2),
        "why": Open(points=2),
    },
    mistakes={
        "half_third": instead(weights=failing(weights_work, lambda p, s: (*s.weights[:3], s.weights[3] / 2))),
        "on_border": instead(
            weights=failing(weights_work, lambda p, s: (s.weights[0] - s.margin, *s.weights[1:]))
        ),
        "opposite": instead(weights=failing(weights_work, lambda p, s: tuple(-w for w in s.weights))),
        "without_third": wrong(with_third=False, spoils="boundary"),
        "lost_minus": wrong(moved=False, spoils="boundary"),
    },
)
