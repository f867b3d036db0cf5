"""Take a layer of sigmoids, or of their relatives, forwards and backwards: place by place, exact at logarithms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from listok.generators.answers import Choices, Matrix, Open
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, Fraction, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.mistakes import instead
from listok.generators.toolkit.layers import activation_d_input
from listok.generators.toolkit.linear import entrywise, transposed
from listok.generators.values import Value

TRUE = {
    "sigmoid": ("product", "difference", "two_sides", "exponent"),
    "tanh": ("one_minus_square", "conjugates", "doubled"),
    "scaled": ("stretched", "stretched_difference", "inner"),
}
"""Formulas of the derivative that hold for each kind of layer."""

FALSE = {
    "sigmoid": ("one_minus_square", "matrix", "no_upstream", "of_sums", "on_its_side", "of_upstream"),
    "tanh": ("product", "difference", "no_upstream", "of_sums", "matrix", "of_upstream"),
    "scaled": ("product", "no_inner", "no_height", "matrix", "no_upstream", "of_sums"),
}
FORMULAS = tuple(dict.fromkeys(name for bank in (TRUE, FALSE) for names in bank.values() for name in names))


@dataclass(frozen=True)
class Params(Checked):
    """The layer A = f(Z), f of a `kind`: sigma(z), tanh z, or `height` sigma(`inner` z). The `odds` are e to the power
    of what stands in the sigmoid (2z for tanh z = 2 sigma(2z) - 1); `upstream` is dL/dA; `formulas` are the names of
    those that are offered."""

    kind: Annotated[str, OneOf(tuple(TRUE))]
    height: Annotated[int, Within(1, 100)]
    inner: Annotated[int, Within(1, 100)]
    odds: Annotated[Rows, Size(1, 6, each=(1, 6)), Positive(), Within(0, 1000, finest=1000)]
    upstream: Annotated[Rows, Size(1, 6, each=(1, 6)), Within(-1000, 1000, finest=1000)]
    formulas: Annotated[tuple[str, ...], Size(2, 10), OneOf(FORMULAS), Distinct()]

    def rules(self) -> Iterator[str]:
        if (len(self.odds), len(self.odds[0])) != (len(self.upstream), len(self.upstream[0])):
            yield "odds and upstream must be of one shape"
        if self.scaled != (self.height > 2 and self.inner > 1) or (not self.scaled and self.height + self.inner > 2):
            yield "height must be above 2 and inner above 1 where kind is scaled, and both 1 elsewhere"
        if any(name not in TRUE[self.kind] + FALSE[self.kind] for name in self.formulas):
            yield f"formulas for {self.kind} are {', '.join(TRUE[self.kind] + FALSE[self.kind])}"

    @property
    def sigmoid(self) -> bool:
        return self.kind == "sigmoid"

    @property
    def tanh(self) -> bool:
        return self.kind == "tanh"

    @property
    def scaled(self) -> bool:
        return self.kind == "scaled"

    @property
    def exponent(self) -> int:
        """What z is multiplied by inside the sigmoid."""
        return 2 if self.tanh else self.inner

    @property
    def gain(self) -> int:
        """What the derivative of the sigmoid is multiplied by."""
        return self.height * self.inner

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.inner, self.height)

    @property
    def logarithms(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(map(logarithm, row)) for row in self.odds)


def logarithm(odds: Fraction) -> str:
    """The natural logarithm in LaTeX, with a minus in front where the number is one over another."""
    if odds == 1:
        return "0"
    if odds.numerator == 1:
        return f"-\\ln {odds.denominator}"
    return f"\\ln {odds}" if odds.denominator == 1 else f"\\ln \\frac{{{odds.numerator}}}{{{odds.denominator}}}"


@dataclass(frozen=True)
class Solution:
    """A = f(Z), f'(Z), dL/dZ, and the names of the formulas that hold."""

    outputs: Rows
    slopes: Rows
    gradient: Rows
    right: tuple[str, ...]


KINDS = {1: "sigmoid", 2: "tanh", 3: "scaled"}
SHAPES = {1: ((2, 2),), 2: ((2, 4), (4, 2)), 3: ((2, 5), (5, 2))}
ODDS = {
    1: tuple(map(Fraction, ("1", "2", "3", "4", "1/2", "1/3", "1/4"))),
    2: tuple(map(Fraction, ("2", "3", "4", "5", "9", "1/2", "1/3", "1/4", "1/5", "1/9"))),
    3: tuple(map(Fraction, ("1", "2", "3", "4", "9", "3/2", "1/2", "1/3", "1/4", "1/9", "2/3"))),
}


def draw(d: Draw, level: int) -> Params:
    kind = KINDS[level]
    rows, columns = d.choice(SHAPES[level])
    holding = d.integer(1, 3)
    names = {*d.distinct(TRUE[kind], holding), *d.distinct(FALSE[kind], (4, 6, 7)[level - 1] - holding)}
    flat = d.distinct(ODDS[level], rows * columns)
    return Params(
        kind=kind,
        height=d.choice((3, 5, 10)) if level == 3 else 1,
        inner=d.choice((2, 4)) if level == 3 else 1,
        odds=tuple(flat[i * columns : (i + 1) * columns] for i in range(rows)),
        upstream=tuple(
            tuple(Fraction(d.integer(-9, 9, exclude=(-1, 0, 1))) for _ in range(columns)) for _ in range(rows)
        ),
        formulas=tuple(name for name in FORMULAS if name in names),
    )


def solve(p: Params, *, given: Mapping[str, Value] = NOTHING) -> Solution:
    """The outputs; the slopes by the outputs alone; place by place back."""
    A = given.get("outputs", entrywise(lambda m: output(p, m), p.odds))
    slopes = given.get("slopes", entrywise(lambda a: slope(p, a), A))
    return Solution(
        outputs=A,
        slopes=slopes,
        gradient=activation_d_input(p.upstream, slopes),
        right=tuple(name for name in p.formulas if name in TRUE[p.kind]),
    )


def output(p: Params, m: Fraction) -> Fraction:
    """f(z) where the sigmoid inside has the odds m."""
    return (m - 1) / (m + 1) if p.tanh else p.height * m / (1 + m)


def slope(p: Params, a: Fraction) -> Fraction:
    """f'(z) where f(z) = a."""
    return 1 - a**2 if p.tanh else p.inner * a * (p.height - a) / p.height


def check(p: Params, s: Solution) -> str | None:
    if not all(map(all, p.upstream)):
        return "an output does not act on the loss"
    if len({m > 1 for row in p.odds for m in row}) == 1:
        return "all sums have the same sign, so that a mixed-up sign would go unnoticed"
    if not s.right or len(s.right) == len(p.formulas):
        return "the formulas are all right or all wrong"
    return None


def on_its_side(matrix: Rows) -> Rows | None:
    """The transposed matrix, where that is another one that can be told from a matter of writing."""
    return transposed(matrix) if len(matrix) > 1 and len(matrix[0]) > 1 else None


EXERCISE = Exercise(
    number=21,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5, 6.7, 8.6),
    parts={
        "outputs": Matrix(points=1, alike=True),
        "slopes": Matrix(points=2, alike=True),
        "gradient": Matrix(points=2, alike=True),
        "formulas": Choices("right", among="formulas", options=FORMULAS, points=2),
        "why": Open(points=2),
    },
    mistakes={
        "odds": instead(outputs=lambda p, s: p.odds),
        "other_sign": instead(outputs=lambda p, s: entrywise(lambda m: output(p, ONE / m), p.odds)),
        "flat": instead(outputs=lambda p, s: entrywise(lambda a: a / p.height, s.outputs) if p.scaled else None),
        "half_of_it": instead(slopes=lambda p, s: entrywise(lambda a: p.height - a, s.outputs)),
        "as_sigmoid": instead(slopes=lambda p, s: None if p.sigmoid else entrywise(lambda a: a * (1 - a), s.outputs)),
        "at_odds": instead(slopes=lambda p, s: entrywise(lambda m: slope(p, m), p.odds)),
        "no_inner": instead(
            slopes=lambda p, s: entrywise(lambda g: g / p.inner, s.slopes) if p.scaled else None, credit=HALF
        ),
        "no_upstream": instead(gradient=lambda p, s: s.slopes),
        "by_outputs": instead(gradient=lambda p, s: activation_d_input(p.upstream, s.outputs)),
        "on_its_side": instead(gradient=lambda p, s: on_its_side(s.gradient), credit=HALF),
    },
    carry=("slopes", "gradient"),
)
