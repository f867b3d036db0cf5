"""Shrink one coefficient by ridge regression and choose the strength of the penalty by leave-one-out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from listok.generators.answers import Choice, Expression, Number
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.formulas import Constant, Formula, Negation, Node, Product, Quotient, Sum, Variable, evaluate
from listok.generators.ratios import ratio, shortens
from listok.generators.values import BadParams, Value

TRENDS = ("decreases", "increases", "same")
SIZES = {1: 3, 2: 4, 3: 5}
LARGEST = {1: 24, 2: 12, 3: 12}
"""The fewer the observations, the larger they may be, or there would not be enough different ones."""

SCALES = (1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100)
CANDIDATES = 4
LAMBDA = Variable("lambda")


@dataclass(frozen=True)
class Params:
    """Observations `ys` of a quantity forecast by one constant."""

    ys: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.ys) <= 7:
            raise BadParams("ys must hold 3 to 7 whole numbers")
        if any(abs(y) > 10**4 for y in self.ys):
            raise BadParams("ys must lie between -10000 and 10000")

    @property
    def n(self) -> int:
        """How many observations there are."""
        return len(self.ys)


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
    lambda) the leave-one-out error has its minimum at u = `products`/`squares` = `u`."""

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
    final: Fraction

    @property
    def shortens(self) -> bool:
        return shortens(self.total, self.fold_size + 1)

    @property
    def positive(self) -> bool:
        """Whether the coefficient is above zero, so that shrinking makes it smaller."""
        return self.total > 0


def draw(d: Draw, level: int) -> Params:
    """Of a few candidates the one whose penalty has the smallest denominator, times a scale, which the penalty does
    not notice; negative totals are as frequent as positive ones."""
    n = SIZES[level]
    best: tuple[int, tuple[int, ...]] | None = None
    ys: list[int] = []
    for _ in range(CANDIDATES):
        ys = list(d.integers(n, 1, LARGEST[level]))
        if level == 3:
            ys[ys.index(min(ys))] *= -1
        total, squares = sum(ys), sum(y * y for y in ys)
        if len(set(ys)) > 1 and total**2 > squares and total > 0:
            top, bottom = n * squares - total**2, total**2 - squares
            candidate = bottom // math.gcd(top, bottom), tuple(ys)
            best = candidate if best is None else min(best, candidate)
    scale = d.sign() * d.choice(SCALES)
    # Where every candidate was unlucky, the last one goes on and is refused.
    return Params(tuple(scale * y for y in (best[1] if best else ys)))


def solve(p: Params) -> Solution:
    """The leave-one-out error is a parabola in u = 1/(n - 1 + lambda): its vertex gives the penalty."""
    n, total = p.n, sum(p.ys)
    folds = tuple([Fold(i, y, total - y, y * (total - y), (total - y) ** 2) for i, y in enumerate(p.ys, 1)])
    products, squares = sum([f.product for f in folds]), sum([f.square for f in folds])
    if total == 0:
        raise BadParams("the observations sum to 0, so the coefficient is 0 whatever the penalty")
    if products <= 0:
        raise BadParams("the leave-one-out error falls for ever as the penalty grows: no best penalty exists")
    reciprocal = Fraction(squares, products)
    penalty = reciprocal - (n - 1)
    return Solution(
        total=total,
        fold_size=n - 1,
        mean=Fraction(total, n),
        beta=_shrunk(total, n),
        trend="decreases" if total > 0 else "increases",
        folds=folds,
        products=products,
        squares=squares,
        u=Fraction(products, squares),
        reciprocal=reciprocal,
        penalty=penalty,
        final=total / (n + penalty),
    )


def _shrunk(total: int, n: int, weight: int = 1) -> Formula:
    """total / (n + weight * lambda), as a tree: there is nothing to read in it."""
    penalty: Node = LAMBDA if weight == 1 else Product((Constant(ratio(weight, 1)), LAMBDA))
    tree = Quotient(Constant(ratio(abs(total), 1)), Sum((Constant(ratio(n, 1)), penalty)))
    return Formula.of(Negation(tree) if total < 0 else tree)


def oracle(p: Params) -> Solution:
    """Every minimum is the vertex of a parabola drawn through three of its values, straight from the definition."""
    ys, n = p.ys, len(p.ys)

    def error(u: int) -> int:
        return sum((ys[i] - u * sum(ys[:i] + ys[i + 1 :])) ** 2 for i in range(n))

    left, middle, right = (sum((y - b) ** 2 for y in ys) for b in (-1, 0, 1))
    mean = _vertex(left, middle, right)
    u = _vertex(error(-1), error(0), error(1))
    if mean == 0 or u <= 0:
        raise BadParams("no best penalty exists")
    penalty = 1 / u - n + 1
    # The objective is multiplied by the denominator of the penalty, so that its three values are whole.
    scale, weight = penalty.denominator, penalty.numerator
    final = _vertex(*(scale * sum((y - b) ** 2 for y in ys) + weight * b * b for b in (-1, 0, 1)))
    rest = [sum(other for j, other in enumerate(ys) if j != i) for i in range(n)]
    return Solution(
        total=sum(ys),
        fold_size=len(ys[1:]),
        mean=mean,
        # The penalty adds lambda to the leading coefficient of the parabola, which is half its second difference.
        beta=Formula.of(
            Quotient(
                Constant(Fraction(left - right, 4)), Sum((Constant(Fraction(left + right, 2) - middle), LAMBDA))
            )
        ),
        trend="increases" if final > mean else "decreases" if final < mean else "same",
        folds=tuple(Fold(i + 1, ys[i], rest[i], ys[i] * rest[i], rest[i] * rest[i]) for i in range(n)),
        products=sum(ys) ** 2 - sum(y * y for y in ys),
        squares=(n - 2) * sum(ys) ** 2 + sum(y * y for y in ys),
        u=u,
        reciprocal=1 / u,
        penalty=penalty,
        final=final,
    )


def _vertex(left: int, middle: int, right: int) -> Fraction:
    """Where a parabola with these values at -1, 0 and 1 has its vertex."""
    return Fraction(left - right, 2 * (left + right - 2 * middle))


def check(p: Params, s: Solution) -> str | None:
    if s.penalty == 0:
        return "all observations are equal, so no penalty is needed"
    return None


def effort(p: Params, s: Solution) -> int:
    """Operations: sums, two products and a difference per fold, and a few fractions."""
    return 6 * p.n + 8


def _sums(p: Params) -> tuple[int, int, int, Fraction]:
    """The size, the total, and the right penalty and sum of squares that wrong ways are told by."""
    total, squares = sum(p.ys), sum(y * y for y in p.ys)
    return p.n, total, squares, Fraction(p.n * squares - total**2, total**2 - squares)


def undivided(p: Params) -> Mapping[str, Value]:
    return {"mean": Fraction(sum(p.ys))}


def one_fewer(p: Params) -> Mapping[str, Value]:
    return {"mean": Fraction(sum(p.ys), p.n - 1)}


def doubled(p: Params) -> Mapping[str, Value]:
    n, total, _, penalty = _sums(p)
    # The final coefficient comes out right, as a penalty counted twice is chosen twice as small. With three
    # observations that penalty is the one of `averaged_loss`, so it would not tell which mistake was made.
    wrong: dict[str, Value] = {"beta": _shrunk(total, n, 2)}
    return wrong | ({"penalty": penalty / 2} if n > 3 else {})


def averaged_loss(p: Params) -> Mapping[str, Value]:
    n, total, _, penalty = _sums(p)
    penalty /= n - 1
    return {
        "beta": _shrunk(total, n, n),
        "penalty": penalty,
        "final": total / (n + n * penalty),
    }


def full_folds(p: Params) -> Mapping[str, Value]:
    n, total, _, penalty = _sums(p)
    return {"penalty": penalty - 1, "final": total / (n + penalty - 1)}


def averaged_folds(p: Params) -> Mapping[str, Value]:
    """Each fold's own best penalty is (total - y)/y - (n - 1); they are averaged."""
    if 0 in p.ys:
        return {}
    total = sum(p.ys)
    product = math.prod(p.ys)
    sum_with_penalty = Fraction(total * sum([product // y for y in p.ys]), product * p.n)
    if sum_with_penalty == 0:
        return {}
    return {"penalty": sum_with_penalty - p.n, "final": total / sum_with_penalty}


EXERCISE = Exercise(
    number=32,
    name="ridge-leave-one-out",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "mean": Number("mean", points=1),
        "formula": Expression("beta", points=2),
        "trend": Choice("trend", options=TRENDS, shuffle=False, points=1),
        "penalty": Number("penalty", points=4),
        "final": Number("final", points=1),
    },
    mistakes={
        "undivided": undivided,
        "one_fewer": one_fewer,
        "doubled": doubled,
        "averaged_loss": averaged_loss,
        "full_folds": full_folds,
        "averaged_folds": averaged_folds,
    },
    credit={"undivided": Fraction(1, 2)},
    carry={"final": lambda p, s: evaluate(s.beta, {"lambda": s.penalty})},
)
