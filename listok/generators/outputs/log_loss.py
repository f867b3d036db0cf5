"""Write down the log loss of a sample, tell whether it has a minimum, and find it where the answer is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from listok.generators import formulas as fm
from listok.generators.answers import Choice, Choices, Expression, Matching, Open, Vector
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, Fraction
from listok.generators.exercise import Exercise
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.statements import dull

TRUE = (
    "separable_none", "scaling", "convex", "zero_weights", "above_zero", "mean_forecast", "copies", "penalty",
    "constant_model", "confident_mistake", "moved_inputs", "between_finite",
)  # fmt: skip
FALSE = (
    "gradient_somewhere_zero", "zero_reached", "descent_stops", "one_border", "bounded", "sum_moves", "all_right_zero",
    "mixed_point", "base_moves", "without_intercept", "swapped_labels",
)  # fmt: skip
STATEMENTS = TRUE + FALSE

KINDS = ("finite", "zero", "positive")
WAYS = ("up", "down", "finite")

EACH = 2
"""Observations at every point of a small sample."""


@dataclass(frozen=True)
class Group(Checked):
    """`size` observations at one and the same x, `ones` of them with y = 1."""

    x: Annotated[int, Within(-100, 100)]
    size: Annotated[int, Within(2, 100)]
    ones: Annotated[int, Positive(), Within(1, 99)]

    def rules(self) -> Iterator[str]:
        if self.ones >= self.size:
            yield "there must be observations of both classes"

    @property
    def zeros(self) -> int:
        return self.size - self.ones


@dataclass(frozen=True)
class Params(Checked):
    """The first sample, inputs and labels; the second, two groups; for each of the small samples the numbers of ones
    among `EACH` observations at x = 1, 2, ...; the statements to judge."""

    xs: Annotated[tuple[int, ...], Size(2, 8), Within(-100, 100)]
    ys: Annotated[tuple[int, ...], Size(2, 8), OneOf((0, 1))]
    left: Group
    right: Group
    samples: Annotated[tuple[tuple[int, ...], ...], Size(2, 8, each=(2, 6)), Within(0, EACH)]
    statements: Annotated[tuple[str, ...], Size(2, 14), OneOf(STATEMENTS), Distinct()]

    def rules(self) -> Iterator[str]:
        if len(self.xs) != len(self.ys):
            yield "xs and ys must hold equally many numbers"
        if len(set(self.xs)) < 2:
            yield "xs must hold two different numbers"
        if len(set(self.ys)) < 2:
            yield "ys must hold both classes"
        if not self.left.x < self.right.x:
            yield "the x of the left group must be below that of the right one"
        if any(sum(sample) in (0, EACH * len(sample)) for sample in self.samples):
            yield "samples must hold observations of both classes"

    @property
    def points(self) -> tuple[int, ...]:
        """The points of the small samples."""
        return tuple(range(1, len(self.samples[0]) + 1))

    @property
    def span(self) -> int:
        """The distance of the groups."""
        return self.right.x - self.left.x

    @property
    def total(self) -> int:
        return self.left.size + self.right.size

    @property
    def from_zero(self) -> bool:
        """Whether one of the groups stands at x = 0, where its logarithm is the intercept."""
        return 0 in (self.left.x, self.right.x)

    @property
    def each(self) -> int:
        return EACH


@dataclass(frozen=True)
class Term:
    """An observation of the first sample."""

    x: int
    y: int

    @property
    def one(self) -> bool:
        return self.y == 1


@dataclass(frozen=True)
class Verdict:
    """Of a sample: the first and the last point with zeros, and with ones, and whether there is a least value of L
    (`finite`), or L comes near to zero, or to a `positive` number."""

    zeros: tuple[int, int]
    ones: tuple[int, int]
    kind: str

    @property
    def finite(self) -> bool:
        return self.kind == "finite"

    @property
    def zero(self) -> bool:
        return self.kind == "zero"

    @property
    def positive(self) -> bool:
        return self.kind == "positive"

    @property
    def up(self) -> bool:
        """Whether the ones lie to the right, unless the classes overlap."""
        return self.zeros[1] <= self.ones[0]

    @property
    def shared(self) -> int:
        """Where both classes meet, if they only touch."""
        return self.zeros[1] if self.up else self.zeros[0]


@dataclass(frozen=True)
class Fit:
    """The share of ones in a group, which is the best forecast there, and its odds share / (1 - share)."""

    share: Fraction
    odds: Fraction

    @property
    def rest(self) -> Fraction:
        """The share of zeros."""
        return 1 - self.share


@dataclass(frozen=True)
class Solution:
    """`first` judges the first sample; `borders` holds the inputs between which its border lies, zeros if there is
    none; `ratio` is that of the odds of the right group to those of the left one; `lowest` is the least log loss of the
    second sample."""

    terms: tuple[Term, ...]
    loss: Formula
    first: Verdict
    borders: tuple[int, int]
    direction: str
    verdicts: tuple[Verdict, ...]
    minimiser: tuple[str, ...]
    fits: tuple[Fit, ...]
    ratio: Fraction
    weight: Formula
    intercept: Formula
    lowest: Formula
    true_ones: tuple[str, ...]


def draw(d: Draw, level: int) -> Params:
    """Later levels have more observations, classes that touch in a point, and groups at other x than 0 and 1."""
    count = (3, 5, 7)[level - 1]
    xs = d.distinct(range(1, 10) if level == 1 else range(-5, 10 if level == 2 else 20), count)
    cut, up = sorted(xs)[d.integer(1, count - 1)], d.flip()
    ys = tuple(int((x >= cut) == up) for x in xs)

    start = 0 if level < 3 else d.choice((-2, -1, 1, 2))
    end = start + (1 if level == 1 else d.integer(2, 3) if level == 2 else d.integer(1, 3))
    (a, b), (e, f) = (d.distinct((1, 2, 3, 4, 5), 2) for _ in range(2))

    length = 3 if level < 3 else 4
    more = {2: (d.choice(KINDS), "positive"), 3: (*d.distinct(KINDS, 2), "finite", "positive", "positive")}
    kinds = d.shuffled((*KINDS[:2], *more.get(level, ())))
    size = (3, 7, 12)[level - 1]
    true = d.integer(1 + (level > 1), size - 1 - (level > 1))
    names = {*d.distinct(TRUE, true), *d.distinct(FALSE, size - true)}
    return Params(
        xs=xs,
        ys=ys,
        left=Group(start, a + b, a),
        right=Group(end, e + f, e),
        samples=tuple(_sample(d, kind, length) for kind in kinds),
        statements=tuple(name for name in STATEMENTS if name in names),
    )


def _sample(d: Draw, kind: str, length: int) -> tuple[int, ...]:
    """Numbers of ones at each point: apart, touching in one point, or overlapping."""
    cut = d.integer(1, length - 1) if kind == "zero" else d.integer(0, length - 1)
    if kind == "finite":
        first = d.integer(0, 2)  # ones on both sides of a zero, or the other way round, or a rest at two points
        counts = list(d.integers(length, 0, EACH))
        i, j = sorted(d.distinct(range(length), 2))
        counts[i], counts[j] = ((2, 0), (1, 1), (0, 2))[first]
    elif kind == "zero":
        counts = [0] * cut + [EACH] * (length - cut)
    else:
        counts = [0] * cut + [1] + [EACH] * (length - cut - 1)
    return tuple(counts if d.flip() else [EACH - c for c in counts])


def verdict(zeros: Sequence[int], ones: Sequence[int]) -> Verdict:
    """Whether the log loss of a sample has a least value: by how far the classes reach into each other. The points
    where there are zeros, and where there are ones, go up; they are not all one and the same."""
    ends = (zeros[0], zeros[-1]), (ones[0], ones[-1])
    gap = max(ones[0] - zeros[-1], zeros[0] - ones[-1])
    return Verdict(*ends, "zero" if gap > 0 else "positive" if gap == 0 else "finite")


def solve(
    p: Params,
    *,
    mean: bool = True,
    one: int = 1,
    constant: bool = True,
    flipped: bool = False,
    odds: bool = True,
) -> Solution:
    """The loss term by term; the gap between the classes; the groups' shares of ones, which the sigmoid can match.

    A mistake changes one thing: no `mean`; `one` is the label that is taken for 1; no `constant` in the sum; the odds
    `flipped`; shares in place of `odds`.
    """
    logs = []
    for x, y in zip(p.xs, p.ys, strict=True):
        z = Formula.of(fm.linear([(int(constant), "w0"), (x, "w1")]))
        logs.append(f"ln(sigmoid({z}))" if y == one else f"ln(1 - sigmoid({z}))")
    share = Fraction(1, len(p.xs)) if mean else ONE

    first = verdict(*(sorted(x for x, label in zip(p.xs, p.ys, strict=True) if label == y) for y in (0, 1)))
    between = (first.zeros[1], first.ones[0]) if first.up else (first.ones[1], first.zeros[0])

    verdicts = tuple(
        verdict(
            [x for x, count in enumerate(counts, 1) if count < EACH], [x for x, count in enumerate(counts, 1) if count]
        )
        for counts in p.samples
    )

    fits = []
    for group in (p.left, p.right):
        part = Fraction(group.ones, group.size)
        ratio = part if not odds else (1 - part) / part if flipped else part / (1 - part)
        fits.append(Fit(part, ratio))
    left, right = fits
    weight = fm.linear([(Fraction(1, p.span), f"ln({right.odds / left.odds})")])
    logits = [f"ln({fit.odds})" for fit in fits]
    intercept = fm.linear([(Fraction(p.right.x, p.span), logits[0]), (Fraction(-p.left.x, p.span), logits[1])])

    pieces = []
    for group, fit in zip((p.left, p.right), fits, strict=True):
        pieces += [f"{group.ones}*ln({fit.share})", f"{group.zeros}*ln({1 - fit.share})"]
    return Solution(
        terms=tuple(map(Term, p.xs, p.ys)),
        loss=Formula(f"-({share})*({' + '.join(logs)})" if mean else f"-({' + '.join(logs)})"),
        first=first,
        borders=between if first.zero else (0, 0),
        direction="finite" if first.finite else "up" if first.up else "down",
        verdicts=verdicts,
        minimiser=tuple(v.kind for v in verdicts),
        fits=tuple(fits),
        ratio=right.odds / left.odds,
        weight=Formula.of(weight),
        intercept=Formula.of(intercept),
        lowest=Formula(f"-({' + '.join(pieces)})/{p.total}" if mean else f"-({' + '.join(pieces)})"),
        true_ones=tuple(name for name in p.statements if name in TRUE),
    )


def check(p: Params, s: Solution) -> str | None:
    if len(set(p.xs)) < len(p.xs):
        return "two observations of the first sample have one and the same x"
    if not s.first.zero:
        return "no border separates the classes of the first sample"
    if len(set(s.minimiser)) == 1:
        return "all small samples are of one kind"
    if 1 in (s.fits[0].odds, s.fits[1].odds, s.ratio):
        return "a logarithm in the estimates is 0"
    if s.fits[0].odds * s.fits[1].odds == 1:
        return "the two groups mirror each other"
    return dull(p.statements, TRUE)


def pooled(p: Params) -> Formula:
    """The least log loss of a model without x: one share for all."""
    share = Fraction(p.left.ones + p.right.ones, p.total)
    return Formula(f"-({share}*ln({share}) + {1 - share}*ln({1 - share}))")


EXERCISE = Exercise(
    number=12,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(9.1, 11.5, 14.5),
    parts={
        "loss": Expression(variables=("w0", "w1"), points=2),
        "borders": Vector(points=1),
        "direction": Choice(options=WAYS, shuffle=False, points=1),
        "minimiser": Matching(options=KINDS, items="samples", shuffle=False, points=2),
        "weight": Expression(points=2),
        "intercept": Expression(points=1),
        "lowest": Expression(points=2),
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "why": Open(points=2),
    },
    mistakes={
        "summed": wrong(mean=False, credit=HALF),
        "other_label": wrong(one=0),
        "no_constant": wrong(constant=False),
        "whole_range": instead(borders=lambda p, s: (min(p.xs), max(p.xs))),
        "negated": instead(borders=lambda p, s: (-s.borders[1], -s.borders[0])),
        "flipped": wrong(flipped=True),
        "shares": wrong(odds=False, spoils="weight intercept"),
        "alone": instead(weight=lambda p, s: Formula.of(fm.linear([(Fraction(1, p.span), f"ln({s.fits[1].odds})")]))),
        "pooled": instead(lowest=lambda p, s: pooled(p)),
    },
)
