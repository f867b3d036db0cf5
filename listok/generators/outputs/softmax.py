"""Turn logits into probabilities by softmax, compute the log loss, and see how softmax continues the sigmoid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import Choices, Expression, Matrix, Number
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, Fraction, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.formulas import Formula, linear
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.activations import sigmoid, softmax
from listok.generators.values import Value

TRUE = ("order", "sharpen", "positive", "smooth", "shift", "log_sum", "differences")
FALSE = ("value", "scale", "majority", "negative", "proportional", "flatten", "independent")
SHAPES = {1: (2, 3), 2: (2, 4), 3: (3, 4)}

Floats = tuple[float, ...]


@dataclass(frozen=True)
class Params(Checked):
    """`logits` of observations (rows) for classes (columns), the true `classes` numbered from 1; the two outputs of
    the small net as coefficients of its inputs and then the constant, and the output `asked` for, 1 or 2; the
    statements to judge."""

    logits: Annotated[Rows, Size(1, 6, each=(2, 6)), Within(-8, 8, finest=1000)]
    classes: Annotated[tuple[int, ...], Size(1, 6)]
    first: Annotated[tuple[int, ...], Size(2, 4), Within(-1000, 1000)]
    second: Annotated[tuple[int, ...], Size(2, 4), Within(-1000, 1000)]
    asked: Annotated[int, OneOf((1, 2))]
    statements: Annotated[tuple[str, ...], Size(1, 14), OneOf(TRUE + FALSE), Distinct()]

    def rules(self) -> Iterator[str]:
        count = len(self.logits[0])
        if len(self.classes) != len(self.logits) or not all(1 <= c <= count for c in self.classes):
            yield f"classes must hold a number from 1 to {count} for each row of logits"
        if len(self.first) != len(self.second):
            yield "first and second must hold equally many numbers: coefficients and a constant"

    @property
    def first_output(self) -> Formula:
        """The first logit of the small net as a formula of its inputs."""
        return affine(self.first)

    @property
    def second_output(self) -> Formula:
        """The second logit of the small net as a formula of its inputs."""
        return affine(self.second)

    @property
    def other(self) -> int:
        """The output that is not asked for."""
        return 3 - self.asked

    @property
    def difference(self) -> tuple[int, ...]:
        """Coefficients and constant of the output asked for, less those of the other."""
        z, other = (self.first, self.second) if self.asked == 1 else (self.second, self.first)
        return tuple(a - b for a, b in zip(z, other, strict=True))


@dataclass(frozen=True)
class Row:
    """An observation: exponents of its logits, their sum, the probabilities, the probability `chosen` of its true
    class `label`, and minus the logarithm of that."""

    i: int
    logits: tuple[Fraction, ...]
    exponents: Floats
    total: float
    probabilities: Floats
    label: int
    chosen: float
    surprise: float


@dataclass(frozen=True)
class Solution:
    """`loss_sum` over the observations, its mean `loss`; `link` is the logit of one sigmoid; `soft` the true ones of
    the statements."""

    rows: tuple[Row, ...]
    probabilities: tuple[Floats, ...]
    loss_sum: float
    loss: float
    link: Formula
    soft: tuple[str, ...]


def draw(d: Draw, level: int) -> Params:
    """Distinct whole logits at the first level, halves later; at least one true class is not the likeliest."""
    rows, count = SHAPES[level]
    step = 1 if level == 1 else 2
    logits = []
    for _ in range(rows):
        units = list(d.distinct(range(-2, 4) if level == 1 else range(-4, 5), count))
        if sum(units) == 0:
            units[units.index(max(units))] += 1
        logits.append(units)
    classes = [d.integer(1, count) for _ in range(rows)]
    if all(row[c - 1] == max(row) for row, c in zip(logits, classes, strict=True)):
        spoiled = d.below(rows)
        classes[spoiled] = classes[spoiled] % count + 1
    inputs = 1 if level == 1 else 2
    pairs = [_two(d) for _ in range(inputs + 1)]
    true = d.integer(1, 3)
    statements = d.distinct(TRUE, true) + d.distinct(FALSE, 4 + (level > 1) - true)
    return Params(
        logits=tuple(tuple(Fraction(unit, step) for unit in row) for row in logits),
        classes=tuple(classes),
        first=tuple(a for a, _ in pairs),
        second=tuple(b for _, b in pairs),
        asked=1 if level == 1 else d.integer(1, 2),
        statements=statements,
    )


def _two(d: Draw) -> tuple[int, int]:
    """Two different coefficients, neither of them zero."""
    first, second = d.distinct((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5), 2)
    return first, second


def affine(weights: tuple[int, ...]) -> Formula:
    """The formula of a neuron with these coefficients and this constant, the last."""
    *coefficients, constant = weights
    names = ("x",) if len(coefficients) == 1 else [f"x{i}" for i in range(1, len(coefficients) + 1)]
    return Formula.of(linear(zip(coefficients, names, strict=True), constant))


def of_class(probabilities: Floats, label: int) -> float:
    """The probability of the true class."""
    return probabilities[label - 1]


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    choose: Callable[[Floats, int], float] = of_class,
    log: Callable[[float], float] = math.log,
) -> Solution:
    """Softmax row by row; the loss needs the probability of each true class; sigma's logit is a difference of logits.

    A mistake changes the probability that it would `choose` of a row, or the logarithm `log`.
    """
    rows = []
    for i, (logits, label) in enumerate(zip(p.logits, p.classes, strict=True), 1):
        exponents = tuple(math.exp(z) for z in logits)
        total = sum(exponents)
        ours = tuple(e / total for e in exponents)
        probabilities = given["probabilities"][i - 1] if "probabilities" in given else ours
        chosen = choose(probabilities, label)
        rows.append(Row(i, logits, exponents, total, probabilities, label, chosen, -log(chosen)))

    loss_sum = sum(row.surprise for row in rows)
    return Solution(
        rows=tuple(rows),
        probabilities=tuple(row.probabilities for row in rows),
        loss_sum=loss_sum,
        loss=loss_sum / len(rows),
        link=affine(p.difference),
        soft=tuple(name for name in p.statements if name in TRUE),
    )


def check(p: Params, s: Solution) -> str | None:
    if any(len(set(row)) == 1 for row in p.logits):
        return "all logits of an observation are equal, so its probabilities are trivial"
    if not s.soft:
        return "none of the statements is true"
    if not any(p.difference[:-1]):
        return "the two outputs of the small net differ by a constant, so the probability does not depend on the input"
    return None


def shares_of_logits(p: Params) -> tuple[Floats, ...] | None:
    """Each row of logits divided by its own sum; there are no such shares of a sum of 0."""
    if not all(map(sum, p.logits)):
        return None
    return tuple(tuple(float(z / sum(row)) for z in row) for row in p.logits)


def sigmoids(p: Params) -> tuple[Floats, ...]:
    return tuple(tuple(map(sigmoid, row)) for row in p.logits)


def softmax_of_columns(p: Params) -> tuple[Floats, ...]:
    return tuple(zip(*map(softmax, zip(*p.logits, strict=True)), strict=True))


EXERCISE = Exercise(
    number=13,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(9.3, 11.7, 15.6),
    parts={
        "probabilities": Matrix(digits=3, points=3),
        "loss": Number(digits=3, points=2),
        "sigmoid": Expression("link", points=2),
        "soft": Choices(among="statements", points=2),
    },
    mistakes={
        # the loss of negative shares does not exist, so only the shares are told
        "no_exponent": instead(probabilities=lambda p, s: shares_of_logits(p)),
        "sigmoids": wrong(given=lambda p: {"probabilities": sigmoids(p)}),
        "columns": wrong(given=lambda p: {"probabilities": softmax_of_columns(p)}),
        "summed": instead(loss=lambda p, s: s.loss_sum, credit=HALF),
        "decimal_log": wrong(log=lambda p: math.log10, credit=HALF),
        "likeliest": wrong(choose=lambda p: lambda row, label: max(row), spoils="loss"),
        "alone": instead(link=lambda p, s: affine(p.first if p.asked == 1 else p.second)),
        "reversed_difference": wrong(lambda p: replace(p, asked=p.other)),
    },
    carry=("loss",),
)
