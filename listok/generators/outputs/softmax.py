"""Turn logits into probabilities by softmax, compute the log loss, and see how softmax continues the sigmoid."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from listok.generators.answers import Choices, Expression, Matrix, Number
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.formulas import Formula, linear
from listok.generators.ratios import fits
from listok.generators.values import BadParams, Value

TRUE = ("order", "sharpen", "positive", "smooth", "shift", "log_sum", "differences")
FALSE = ("value", "scale", "majority", "negative", "proportional", "flatten", "independent")
SHAPES = {1: (2, 3), 2: (2, 4), 3: (3, 4)}


@dataclass(frozen=True)
class Params:
    """`logits` of observations (rows) for classes (columns), the true `classes` numbered from 1; the two outputs of
    the small net as coefficients of its inputs and then the constant, and the output `asked` for, 1 or 2; the
    statements to judge."""

    logits: tuple[tuple[Fraction, ...], ...]
    classes: tuple[int, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]
    asked: int
    statements: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.logits) <= 6 or not 2 <= len(self.logits[0]) <= 6:
            raise BadParams("logits must hold 1 to 6 rows of 2 to 6 numbers")
        if len({len(row) for row in self.logits}) > 1:
            raise BadParams("all rows of logits must be equally long")
        if not all(fits(z, -8, 8, 1000) for row in self.logits for z in row):
            raise BadParams("logits must lie between -8 and 8, with denominators up to 1000")
        if len(self.classes) != len(self.logits) or not all(1 <= c <= self.count for c in self.classes):
            raise BadParams(f"classes must hold a number from 1 to {self.count} for each row of logits")
        if len(self.first) != len(self.second) or not 2 <= len(self.first) <= 4:
            raise BadParams("first and second must hold equally many numbers, 2 to 4: coefficients and a constant")
        if any(abs(w) > 1000 for w in (*self.first, *self.second)):
            raise BadParams("first and second must lie between -1000 and 1000")
        if self.asked not in (1, 2):
            raise BadParams("asked must be 1 or 2")
        unknown = [name for name in self.statements if name not in TRUE + FALSE]
        if unknown or not self.statements or len(set(self.statements)) < len(self.statements):
            raise BadParams(f"statements must be different names among {', '.join(TRUE + FALSE)}")

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.logits[0])

    @property
    def observations(self) -> int:
        """How many observations there are."""
        return len(self.logits)

    @functools.cached_property
    def floats(self) -> tuple[tuple[float, ...], ...]:
        """The logits as floats."""
        return tuple([tuple(map(float, row)) for row in self.logits])

    @functools.cached_property
    def losses(self) -> list[float]:
        """What each observation adds to the loss."""
        return _losses(self, [_shares(row) for row in self.floats])

    @property
    def first_output(self) -> Formula:
        """The first logit of the small net as a formula of its inputs."""
        return _affine(self.first)

    @property
    def second_output(self) -> Formula:
        """The second logit of the small net as a formula of its inputs."""
        return _affine(self.second)

    @property
    def other(self) -> int:
        """The output that is not asked for."""
        return 3 - self.asked


@dataclass(frozen=True)
class Row:
    """An observation: exponents of its logits, their sum, the probabilities, the probability `chosen` of its true
    class `label`, and minus the logarithm of that."""

    i: int
    logits: tuple[Fraction, ...]
    exponents: tuple[float, ...]
    total: float
    probabilities: tuple[float, ...]
    label: int
    chosen: float
    surprise: float


@dataclass(frozen=True)
class Solution:
    """`loss_sum` over the observations, its mean `loss`; `link` is the logit of one sigmoid; `soft` the true ones of
    the statements."""

    rows: tuple[Row, ...]
    probabilities: tuple[tuple[float, ...], ...]
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


def _inputs(count: int) -> tuple[str, ...]:
    return ("x",) if count == 1 else tuple(f"x{i}" for i in range(1, count + 1))


@functools.lru_cache(maxsize=1024)
def _affine(weights: tuple[int, ...]) -> Formula:
    """The formula of a neuron with these coefficients and this constant, the last."""
    *coefficients, constant = weights
    return Formula.of(linear(zip(coefficients, _inputs(len(coefficients)), strict=True), constant))


def _difference(p: Params) -> tuple[int, ...]:
    return tuple(a - b if p.asked == 1 else b - a for a, b in zip(p.first, p.second, strict=True))


def solve(p: Params) -> Solution:
    """Exponents over their sum, row by row; the sigmoid's logit is the difference of the two softmax logits."""
    exponents = np.exp(np.array(p.floats))
    totals = exponents.sum(axis=1)
    shares = exponents / totals[:, None]
    chosen = shares[np.arange(p.observations), np.array(p.classes) - 1]
    surprises = -np.log(chosen)
    probabilities = tuple(map(tuple, shares.tolist()))
    sums, hits = totals.tolist(), chosen.tolist()
    columns = (p.logits, exponents.tolist(), sums, probabilities, p.classes, hits, surprises.tolist())
    return Solution(
        rows=tuple(
            Row(i, logits, tuple(exps), total, shares, label, share, surprise)
            for i, (logits, exps, total, shares, label, share, surprise) in enumerate(zip(*columns, strict=True), 1)
        ),
        probabilities=probabilities,
        loss_sum=float(surprises.sum()),
        loss=float(surprises.mean()),
        link=_affine(_difference(p)),
        soft=tuple(name for name in p.statements if name in TRUE),
    )


def oracle(p: Params) -> Solution:
    """A probability is one over the sum of exponents of differences; a loss is a log-sum-exp less the true logit."""
    rows = []
    for i, (logits, label) in enumerate(zip(p.logits, p.classes, strict=True), 1):
        zs = [float(z) for z in logits]
        exps = tuple(math.e**z for z in zs)
        total = math.fsum(exps)
        shares = _odds(zs)
        surprise = math.log(total) - zs[label - 1]
        rows.append(Row(i, logits, exps, total, shares, label, math.exp(-surprise), surprise))
    names = _inputs(len(p.first) - 1)
    at_zero = _odds_logarithm(p, [0] * len(names))
    slopes = [_odds_logarithm(p, [int(i == j) for i in range(len(names))]) - at_zero for j in range(len(names))]
    return Solution(
        rows=tuple(rows),
        probabilities=tuple(row.probabilities for row in rows),
        loss_sum=math.fsum(row.surprise for row in rows),
        loss=math.fsum(row.surprise / len(rows) for row in rows),
        link=Formula.of(linear(zip(slopes, names, strict=True), at_zero)),
        soft=tuple(name for name in p.statements if _holds(name)),
    )


def _odds(zs: Sequence[float]) -> tuple[float, ...]:
    """Softmax by differences of logits, which cannot overflow to a wrong share."""
    return tuple(1 / math.fsum(math.exp(other - z) for other in zs) for z in zs)


def _odds_logarithm(p: Params, x: Sequence[int]) -> int:
    """The logarithm of the odds of the asked class in the small net at an input: the affine function of the input
    that a sigmoid must be given, told by its values."""
    first, second = (sum(w * v for w, v in zip(net, (*x, 1), strict=True)) for net in (p.first, p.second))
    return (first, second)[p.asked - 1] - (second, first)[p.asked - 1]


def _near(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(ours, theirs, strict=True))


LAWS: Mapping[str, Callable[[list[float]], bool]] = {
    "order": lambda z: sorted(range(len(z)), key=z.__getitem__) == sorted(range(len(z)), key=_odds(z).__getitem__),
    "sharpen": lambda z: _odds([50 * v for v in z])[z.index(max(z))] > 0.999,
    "positive": lambda z: min(_odds(z)) > 0,
    "smooth": lambda z: all(q < s for q, s in zip(_odds(z), _odds([z[0] + 1e-3, *z[1:]])[:1], strict=False)),
    "shift": lambda z: _near(_odds(z), _odds([v + 3 for v in z])),
    "log_sum": lambda z: max(z) < math.log(sum(map(math.exp, z))) <= max(z) + math.log(len(z)),
    "differences": lambda z: math.isclose(_odds(z)[0] / _odds(z)[1], math.exp(z[0] - z[1])),
    "value": lambda z: math.isclose(max(_odds(z)), max(z)),
    "scale": lambda z: _near(_odds(z), _odds([2 * v for v in z])),
    "majority": lambda z: max(_odds(z)) > 0.5,
    "negative": lambda z: all(q == 0 for q, v in zip(_odds(z), z, strict=True) if v < 0),
    "proportional": lambda z: math.isclose(_odds(z)[0] / _odds(z)[1], z[0] / z[1]),
    "flatten": lambda z: max(_odds([50 * v for v in z])) < 1 / len(z) + 0.001,
    "independent": lambda z: _near(_odds(z)[1:], _odds([z[0] + 1, *z[1:]])[1:]),
}
"""Each statement as a test on logits; a statement is true when it holds on all of `TRIALS`."""

TRIALS = ([1.0, 2.0, -1.0], [0.5, 0.25, 0.75, -0.5], [-2.0, 3.0], [2.0, 1.5, 1.75, 1.25])


@functools.cache
def _holds(name: str) -> bool:
    return all(LAWS[name](list(trial)) for trial in TRIALS)


def check(p: Params, s: Solution) -> str | None:
    if any(row.count(row[0]) == p.count for row in p.logits):
        return "all logits of an observation are equal, so its probabilities are trivial"
    if not s.soft:
        return "none of the statements is true"
    if not any(_difference(p)[:-1]):
        return "the two outputs of the small net differ by a constant, so the probability does not depend on the input"
    return None


def effort(p: Params, s: Solution) -> int:
    """Operations: an exponent and a share per logit, a logarithm per observation, a difference per weight, a thought
    per statement."""
    return 2 * p.observations * p.count + 2 * p.observations + len(p.first) + len(p.statements)


def _losses(p: Params, rows: Sequence[Sequence[float]]) -> list[float]:
    return [-math.log(row[c - 1]) for row, c in zip(rows, p.classes, strict=True)]


def _shares(row: Sequence[float]) -> list[float]:
    exps = list(map(math.exp, row))
    total = sum(exps)
    return [e / total for e in exps]


def no_exponent(p: Params) -> Mapping[str, Value]:
    """Logits divided by their sum; the loss of negative shares does not exist, so only the shares are told."""
    fine = math.lcm(*[z.denominator for row in p.logits for z in row])
    rows = [[z.numerator * (fine // z.denominator) for z in row] for row in p.logits]
    totals = list(map(sum, rows))
    if 0 in totals:
        return {}
    shares = [[z / total if z else 0.0 for z in row] for row, total in zip(rows, totals, strict=True)]  # never -0.0
    return {"probabilities": tuple(map(tuple, shares))}


def sigmoids(p: Params) -> Mapping[str, Value]:
    """The sigmoid of every logit by itself."""
    rows = tuple([tuple([1 / (1 + math.exp(-z)) for z in row]) for row in p.floats])
    return {"probabilities": rows, "loss": sum(_losses(p, rows)) / p.observations}


def columns(p: Params) -> Mapping[str, Value]:
    """Exponents divided by the sum over observations instead of classes."""
    rows = tuple(zip(*[_shares(column) for column in zip(*p.floats, strict=True)], strict=True))
    return {"probabilities": rows, "loss": sum(_losses(p, rows)) / p.observations}


def summed(p: Params) -> Mapping[str, Value]:
    return {"loss": sum(p.losses)}


def decimal_log(p: Params) -> Mapping[str, Value]:
    return {"loss": sum(p.losses) / p.observations / math.log(10)}


def likeliest(p: Params) -> Mapping[str, Value]:
    """The logarithm of the largest probability in place of the true class's."""
    return {"loss": -sum(math.log(max(_shares(row))) for row in p.floats) / p.observations}


def alone(p: Params) -> Mapping[str, Value]:
    return {"link": _affine(p.first if p.asked == 1 else p.second)}


def reversed_difference(p: Params) -> Mapping[str, Value]:
    return {"link": _affine(tuple(-w for w in _difference(p)))}


EXERCISE = Exercise(
    number=13,
    name="softmax",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "probabilities": Matrix("probabilities", digits=3, points=3),
        "loss": Number("loss", digits=3, points=2),
        "sigmoid": Expression("link", points=2),
        "soft": Choices("soft", among="statements", points=2),
    },
    mistakes={
        "no_exponent": no_exponent,
        "sigmoids": sigmoids,
        "columns": columns,
        "summed": summed,
        "decimal_log": decimal_log,
        "likeliest": likeliest,
        "alone": alone,
        "reversed_difference": reversed_difference,
    },
    credit={"summed": Fraction(1, 2), "decimal_log": Fraction(1, 2)},
    carry={"loss": lambda p, s: sum(_losses(p, s.probabilities)) / p.observations},
)
