"""Turn logits into probabilities by softmax, compute the log loss, and see how softmax continues the sigmoid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated, TypeAlias

from listok.generators.answers import Choices, Expression, Matrix, Number, Open
from listok.generators.bounds import Checked, Distinct, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ZERO, Fraction, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.formulas import Call, Constant, Formula, linear, signed
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.activations import sigmoid, softmax
from listok.generators.toolkit.losses import logarithm
from listok.generators.values import Value

TRUE = ("order", "sharpen", "positive", "smooth", "shift", "log_sum", "differences")
FALSE = ("value", "scale", "majority", "negative", "proportional", "flatten", "independent")

# The questions that are to be answered in words, and the statements that would answer them.
ANSWERING = {"limit": ("sharpen", "flatten", "positive"), "name": ("order", "value", "log_sum", "positive")}
QUESTIONS = tuple(ANSWERING)

# The logarithms that sheets give where logits are logarithms themselves.
LOGARITHMS = {2: Fraction("0.693"), 3: Fraction("1.099"), 5: Fraction("1.609")}
HUGE = 20
"""Beyond this size exponents of logits are no numbers for a calculator."""

Quantity: TypeAlias = Fraction | float
Quantities: TypeAlias = tuple[Quantity, ...]


def logarithm_by_table(number: Quantity) -> Quantity:
    """The natural logarithm added up from those of the table; a float where they do not suffice."""
    if number <= 0:
        return logarithm(number)
    total, (top, bottom) = ZERO, number.as_integer_ratio()
    for prime, value in LOGARITHMS.items():
        while top % prime == 0:
            top, total = top // prime, total + value
        while bottom % prime == 0:
            bottom, total = bottom // prime, total - value
    return total if top == bottom == 1 else logarithm(number)


@dataclass(frozen=True)
class Params(Checked):
    """`logits` of observations (rows) for classes (columns), or, with `logs`, the whole numbers whose natural
    logarithms these are; the true `classes` numbered from 1; the two outputs of the small net as coefficients of its
    inputs and then the constant, and the output `asked` for, 1 or 2; the statements to judge; the `question` to answer
    in words."""

    logits: Annotated[Rows, Size(1, 6, each=(2, 6)), Within(-5000, 5000, finest=1000)]
    logs: bool
    classes: Annotated[tuple[int, ...], Size(1, 6)]
    first: Annotated[tuple[int, ...], Size(2, 4), Within(-1000, 1000)]
    second: Annotated[tuple[int, ...], Size(2, 4), Within(-1000, 1000)]
    asked: Annotated[int, OneOf((1, 2))]
    statements: Annotated[tuple[str, ...], Size(1, 14), OneOf(TRUE + FALSE), Distinct()]
    question: Annotated[str, OneOf(QUESTIONS)]

    def rules(self) -> Iterator[str]:
        count = len(self.logits[0])
        if len(self.classes) != len(self.logits) or not all(1 <= c <= count for c in self.classes):
            yield f"classes must hold a number from 1 to {count} for each row of logits"
        if len(self.first) != len(self.second):
            yield "first and second must hold equally many numbers: coefficients and a constant"
        numbers = [number for row in self.logits for number in (*row, sum(row, ZERO))]
        whole = all(number.denominator == 1 and number > 0 for number in numbers)
        if self.logs and not (whole and all(isinstance(logarithm_by_table(number), Fraction) for number in numbers)):
            yield "with logs, the numbers and the sums of rows must be products of 2, 3 and 5"

    @property
    def shown(self) -> tuple[tuple[Formula, ...], ...]:
        """The logits as they are printed."""
        return tuple([tuple([self._shown(number) for number in row]) for row in self.logits])

    def _shown(self, number: Fraction) -> Formula:
        if self.logs and number != 1:
            return Formula.of(Call("ln", (Constant(number),)))
        return Formula.of(signed(ZERO if self.logs else number))

    @property
    def huge(self) -> bool:
        """Whether the exponent of a logit is beyond a calculator."""
        return not self.logs and any(abs(z) > HUGE for row in self.logits for z in row)

    @property
    def about_limit(self) -> bool:
        return self.question == "limit"

    @property
    def about_name(self) -> bool:
        return self.question == "name"

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
    """An observation: its logits, less the largest where these are `huge`; their exponents and the sum of these; the
    probability `chosen` of its true class `label`, and minus the logarithm of that."""

    reduced: Quantities
    exponents: Quantities
    total: Quantity
    label: int
    chosen: Quantity
    surprise: Quantity

    @property
    def probabilities(self) -> Quantities:
        return tuple([exponent / self.total for exponent in self.exponents])


@dataclass(frozen=True)
class Solution:
    """`loss_sum` over the observations, its mean `loss`; `link` is the logit of one sigmoid; `soft` the true ones of
    the statements."""

    rows: tuple[Row, ...]
    probabilities: tuple[Quantities, ...]
    loss_sum: Quantity
    loss: Quantity
    link: Formula
    soft: tuple[str, ...]


# Exponents of three logits that are logarithms: of products of 2, 3 and 5, with probabilities of up to three places.
TRIPLES = tuple(
    triple for triple in combinations((1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16), 3) if sum(triple) in (8, 10, 20)
)


def draw(d: Draw, level: int) -> Params:
    """Logarithms; then halves; then numbers whose exponents overflow. A true class is not the likeliest."""
    logits: list[list[int]]
    if level == 1:
        step, logits = 1, [list(d.shuffled(triple)) for triple in d.distinct(TRIPLES, 2)]
    elif level == 2:
        step, logits = 2, [list(d.distinct(range(-4, 6), 3)) for _ in range(2)]
    else:
        step, far = 1, d.sign() * d.choice((800, 1000, 2000))
        logits = [[far + z for z in d.distinct(range(-3, 4), 3)] for _ in range(3)]
    count = len(logits[0])
    classes = [d.integer(1, count) for _ in logits]
    if all(row[c - 1] == max(row) for row, c in zip(logits, classes, strict=True)):
        spoiled = d.below(len(logits))
        classes[spoiled] = classes[spoiled] % count + 1

    question = d.choice(QUESTIONS)
    known = (*ANSWERING[question], "shift") if level == 3 else ANSWERING[question]
    bank = [[name for name in names if name not in known] for names in (TRUE, FALSE)]
    true = d.integer(1, 3)
    pairs = [_two(d) for _ in range(2 if level == 1 else 3)]
    return Params(
        logits=tuple(tuple(Fraction(unit, step) for unit in row) for row in logits),
        logs=level == 1,
        classes=tuple(classes),
        first=tuple(a for a, _ in pairs),
        second=tuple(b for _, b in pairs),
        asked=1 if level == 1 else d.integer(1, 2),
        statements=d.distinct(bank[0], true) + d.distinct(bank[1], 4 + (level > 1) - true),
        question=question,
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


def of_class(probabilities: Quantities, label: int) -> Quantity:
    """The probability of the true class."""
    return probabilities[label - 1]


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    choose: Callable[[Quantities, int], Quantity] = of_class,
    log: Callable[[Quantity], Quantity] | None = None,
) -> Solution:
    """Softmax row by row; the loss needs the probability of each true class; sigma's logit is a difference of logits.

    A mistake changes the probability that it would `choose` of a row, or the logarithm `log`.
    """
    log = log or (logarithm_by_table if p.logs else logarithm)
    rows, found = [], []
    for i, (logits, label) in enumerate(zip(p.logits, p.classes, strict=True)):
        z = values(p, logits)
        top = max(z) if p.huge else 0
        reduced = tuple([logit - top for logit in z])
        exponents = logits if p.logs else tuple([math.exp(logit) for logit in reduced])
        total = sum(exponents)
        ours = tuple([exponent / total for exponent in exponents])
        probabilities = given["probabilities"][i] if "probabilities" in given else ours
        chosen = choose(probabilities, label)
        found.append(probabilities)
        rows.append(Row(() if p.logs else reduced, exponents, total, label, chosen, -log(chosen)))

    loss_sum = sum(row.surprise for row in rows)
    return Solution(
        rows=tuple(rows),
        probabilities=tuple(found),
        loss_sum=loss_sum,
        loss=loss_sum / len(rows),
        link=affine(p.difference),
        soft=tuple(name for name in p.statements if name in TRUE),
    )


def values(p: Params, logits: tuple[Fraction, ...]) -> Quantities:
    """A row of logits as numbers."""
    return tuple([math.log(number) for number in logits]) if p.logs else logits


def check(p: Params, s: Solution) -> str | None:
    if any(len(set(row)) == 1 for row in p.logits):
        return "all logits of an observation are equal, so its probabilities are trivial"
    if any(len(set(row)) < len(row) for row in p.logits):
        return "two logits of an observation are equal"
    sharing = {tuple(sorted(round(float(chance), 9) for chance in row)) for row in s.probabilities}
    if len(sharing) < len(p.logits):
        return "two observations have the same probabilities, up to their order"
    if not s.soft:
        return "none of the statements is true"
    if not any(p.difference[:-1]):
        return "the two outputs of the small net differ by a constant, so the probability does not depend on the input"
    return None


def shares_of_logits(p: Params, _s: Solution) -> tuple[Quantities, ...] | None:
    """Each row of logits divided by its own sum; there are no such shares of a sum of 0."""
    rows = [values(p, row) for row in p.logits]
    if not all(map(sum, rows)):
        return None
    return tuple([tuple([float(z / sum(row)) for z in row]) for row in rows])


def sigmoids(p: Params) -> tuple[Quantities, ...]:
    return tuple([tuple(map(sigmoid, values(p, row))) for row in p.logits])


def softmax_of_columns(p: Params) -> tuple[Quantities, ...]:
    rows = [values(p, row) for row in p.logits]
    return tuple(zip(*map(softmax, zip(*rows, strict=True)), strict=True))


EXERCISE = Exercise(
    number=13,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(6.1, 9.1, 11.6),
    parts={
        "probabilities": Matrix(digits=3, points=3),
        "loss": Number(digits=2, points=2),
        "sigmoid": Expression("link", points=2),
        "soft": Choices(among="statements", points=2),
        "why": Open(points=2),
    },
    mistakes={
        # the loss of negative shares does not exist, so only the shares are told
        "no_exponent": instead(probabilities=shares_of_logits),
        "sigmoids": wrong(given=lambda p: {"probabilities": sigmoids(p)}),
        "columns": wrong(given=lambda p: {"probabilities": softmax_of_columns(p)}),
        "summed": instead(loss=lambda p, s: s.loss_sum, credit=HALF),
        "decimal_log": wrong(log=lambda p: math.log10, credit=HALF),
        "likeliest": wrong(choose=lambda p: lambda row, label: max(row), spoils="loss"),
        "alone": instead(link=lambda p, s: affine(p.first if p.asked == 1 else p.second)),
        "reversed_difference": wrong(lambda p: replace(p, asked=p.other)),
    },
    version=2,
    carry=("loss",),
)
