"""Shrink one coefficient by ridge regression and choose the strength of the penalty by leave-one-out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations
from math import gcd
from typing import Annotated, TypeAlias

from listok.generators.answers import Choice, Expression, Number
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, Fraction, shortens
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.formulas import Constant, Formula, Quotient, Variable, evaluate, linear, scaled
from listok.generators.mistakes import instead, wrong
from listok.generators.tidiness import short
from listok.generators.values import BadParams, Value

Real: TypeAlias = Fraction | float

TRENDS = ("decreases", "increases", "same")
SHAPES = {1: (3, 14, 15), 2: (4, 12, 20), 3: (6, 11, 20)}
"""For each level the number of observations, the largest of them, and the largest denominator of the penalty."""

FLIPPED = {1: (0, 1), 2: (0, 1), 3: (1, 2)}
"""How many observations have the other sign than their sum."""

LARGEST_PENALTY = 20
SCALES = {1: (1, 2, 10), 2: (1, 2, 3, 5, 10), 3: (1, 2, 3, 5, 10)}

LAMBDA = Variable("lambda")


@dataclass(frozen=True)
class Params(Checked):
    """Observations `ys` of a quantity forecast by one constant."""

    ys: Annotated[tuple[int, ...], Size(3, 7), Within(-(10**4), 10**4)]


@dataclass(frozen=True)
class Fold:
    """Observation `i`, put aside: its value `y`, the sum `rest` of the others, and two products for the sums."""

    i: int
    y: int
    rest: int
    product: int
    square: int


@dataclass(frozen=True)
class Solution:
    """`total` is the sum of the observations; `fold_size` of them are left in a fold; in terms of u = 1/(fold_size +
    lambda) the leave-one-out error has its minimum at u = `products`/`squares` = `u`, `reciprocal` is 1/u. The `final`
    coefficient is a float only where a student's own formula gives one."""

    total: int
    fold_size: int
    mean: Fraction
    beta: Formula
    trend: str
    folds: tuple[Fold, ...]
    products: int
    squares: int
    u: Fraction
    reciprocal: Fraction
    penalty: Fraction
    final: Real

    @property
    def shortens(self) -> bool:
        return shortens(self.total, len(self.folds))

    @property
    def penalized(self) -> bool:
        """Whether the chosen penalty is above zero, so that the coefficient shrinks."""
        return self.penalty > 0

    @property
    def positive(self) -> bool:
        """Whether the coefficient is above zero, so that shrinking makes it smaller."""
        return self.total > 0


@cache
def short_rows(level: int) -> tuple[tuple[int, ...], ...]:
    """Rows of different numbers whose penalty and final coefficient are short, and whose sum is above zero.

    From the end backwards: with T the sum and P = T^2 - Q, where Q is the sum of squares, the final coefficient is
    P / ((n - 1) T), and n + lambda is T over it.
    """
    n, largest, finest = SHAPES[level]
    found = []
    for sizes in combinations(range(1, largest + 1), n):
        for turned in chain.from_iterable(combinations(sizes, count) for count in FLIPPED[level]):
            ys = [-y if y in turned else y for y in sizes]
            total, products = sum(ys), sum(ys) ** 2 - sum(y * y for y in ys)
            if total <= 0 or products <= 0 or gcd(*ys) > 1:
                continue
            final = Fraction(products, (n - 1) * total)
            penalty = total / final - n
            if penalty <= LARGEST_PENALTY and penalty.denominator <= finest and short(final):
                found.append(tuple(ys))
    return tuple(found)


def draw(d: Draw, level: int) -> Params:
    """A short row times a scale, which the penalty does not notice. The higher the level,
    the more sums are below zero."""
    scale = d.choice(SCALES[level]) * (1 if d.below(6) < 5 - level else -1)
    return Params(tuple(scale * y for y in d.shuffled(d.choice(short_rows(level)))))


def once(_count: int) -> int:
    """How often the penalty is counted beside so many squares: once, as they are added and not averaged."""
    return 1


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    times: Callable[[int], int] = once,
    fold_size: int | None = None,
) -> Solution:
    """The leave-one-out error is a parabola in u = 1/(n - 1 + lambda): its vertex gives the penalty.

    A mistake changes one thing: how many `times` the penalty is counted, or the `fold_size`.
    """
    n, total = len(p.ys), sum(p.ys)
    if total == 0:
        raise BadParams("the observations sum to 0, so the coefficient is 0 whatever the penalty")
    beta = given.get("beta", shrunk(total, n, times(n)))

    m = n - 1 if fold_size is None else fold_size
    folds = []
    for i, y in enumerate(p.ys, 1):
        s = total - y
        folds.append(Fold(i, y, s, y * s, s * s))
    products = sum(fold.product for fold in folds)
    squares = sum(fold.square for fold in folds)
    if products <= 0:
        raise BadParams("the leave-one-out error falls for ever as the penalty grows: no best penalty exists")

    u = Fraction(products, squares)
    penalty = given.get("penalty", (1 / u - m) / times(m))
    return Solution(
        total=total,
        fold_size=m,
        mean=Fraction(total, n),
        beta=beta,
        trend="decreases" if total > 0 else "increases",
        folds=tuple(folds),
        products=products,
        squares=squares,
        u=u,
        reciprocal=1 / u,
        penalty=penalty,
        final=evaluate(beta, {"lambda": penalty}),
    )


def shrunk(total: int, n: int, times: int) -> Formula:
    """The coefficient total / (n + times * lambda)."""
    denominator = linear([(times, LAMBDA)], n, constant_first=True)
    return Formula.of(scaled(1 if total > 0 else -1, Quotient(Constant(Fraction(abs(total))), denominator)))


def check(p: Params, s: Solution) -> str | None:
    if s.penalty == 0:
        return "all observations are equal, so no penalty is needed"
    return None


def average_of_penalties(p: Params) -> Mapping[str, Value]:
    """The mean of the penalties that are best for each fold alone, s/y - (n - 1); there is none where an observation
    is 0, nor a coefficient with it where n + lambda is 0."""
    if 0 in p.ys:
        return {}
    n, total = len(p.ys), sum(p.ys)
    penalty = sum(Fraction(total - y, y) - (n - 1) for y in p.ys) / n
    return {"penalty": penalty} if n + penalty else {}


EXERCISE = Exercise(
    number=32,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5.2, 6.8, 8.6),
    version=2,
    parts={
        "mean": Number(points=1),
        "formula": Expression("beta", points=2),
        "trend": Choice(options=TRENDS, shuffle=False, points=1),
        "penalty": Number(points=4),
        "final": Number(points=1),
    },
    mistakes={
        "undivided": instead(mean=lambda p, s: Fraction(s.total), credit=HALF),
        "one_fewer": instead(mean=lambda p, s: Fraction(s.total, s.fold_size)),
        # The final coefficient comes out right, as a penalty counted twice is chosen twice as small. With three
        # observations that penalty is the one of `averaged_loss`, so it would not tell which mistake was made.
        "doubled": instead(
            beta=lambda p, s: shrunk(s.total, len(p.ys), 2),
            penalty=lambda p, s: s.penalty / 2 if len(p.ys) > 3 else None,
        ),
        "averaged_loss": wrong(times=lambda p: lambda count: count),
        "full_folds": wrong(fold_size=lambda p: len(p.ys)),
        "averaged_folds": wrong(given=average_of_penalties),
    },
    carry=("final",),
)
