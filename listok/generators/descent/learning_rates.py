"""Tell which sequences of learning rates satisfy the conditions of Robbins and Monro, and which condition fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import Matching, Vector
from listok.generators.bounds import Checked, NonZero, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import series
from listok.generators.toolkit.series import Rate

FAILS = ("none", "first", "second")
ENDS = ("lower", "upper", "both", "neither")


@dataclass(frozen=True)
class Family(Checked):
    """Learning rates with an unknown number p: lambda * (s0 / (s0 + t))^(slope * p + offset), or, where `logs` are not
    empty but (m, k), lambda / (t^(slope * p + offset) * (ln t)^(m p + k))."""

    slope: Annotated[Fraction, Within(-100, 100, finest=100), NonZero()]
    offset: Annotated[Fraction, Within(-100, 100, finest=100)] = ZERO
    logs: Annotated[Row, Size(0, 2), Within(-100, 100, finest=100)] = ()

    def rules(self) -> Iterator[str]:
        if len(self.logs) == 1:
            yield "logs are two numbers, m and k, or none"

    @property
    def exponent(self) -> str:
        return series.line_of(self.slope, self.offset)

    @property
    def equation(self) -> str:
        if not self.logs:
            return f"\\eta_t = \\lambda \\left(\\frac{{s_0}}{{s_0 + t}}\\right)^{{{self.exponent}}}"
        power, (m, k) = series.to_the("t", self.exponent), self.logs
        if m == 0 > k:
            return "\\eta_t = " + series.over(["\\lambda", series.log_to_the(series.in_latex(-k))], [power])
        return "\\eta_t = " + series.over(["\\lambda"], [power, series.log_to_the(series.line_of(m, k))])


@dataclass(frozen=True)
class Params(Checked):
    """The sequences to judge, and the families for which a number p is asked."""

    rates: Annotated[tuple[Rate, ...], Size(2, 10)]
    families: Annotated[tuple[Family, ...], Size(1, 4)]

    @property
    def sequences(self) -> tuple[str, ...]:
        return tuple(rate.equation for rate in self.rates)

    @property
    def equations(self) -> tuple[str, ...]:
        return tuple(family.equation for family in self.families)

    @property
    def shifted(self) -> bool:
        """Whether s0 stands in a family."""
        return not all(family.logs for family in self.families)

    @property
    def one_family(self) -> bool:
        return len(self.families) == 1


@dataclass(frozen=True)
class Verdict:
    """One sequence, which is geometric or behaves as 1 / (t^power * (ln t)^logs), `logs` empty where there is no
    logarithm; its squares have the exponent `squared`. Whether the `first` condition holds, and the `second`."""

    geometric: bool
    power: Fraction
    logs: tuple[int, ...]
    squared: Fraction
    first: bool
    second: bool

    @property
    def series(self) -> str:
        return series.on_one_line(self.power, sum(self.logs))

    @property
    def squares(self) -> str:
        return series.on_one_line(self.squared, 2 * sum(self.logs))


@dataclass(frozen=True)
class Interval:
    """`half` and `one`: the p at which the exponent of a family is 1/2 and 1; `at_half` and `at_one`: whether both
    conditions hold there, where the exponent of the logarithm (if there is one) is `logs`."""

    family: Family
    half: Fraction
    one: Fraction
    logs: Row
    at_half: bool
    at_one: bool

    @property
    def has_logs(self) -> bool:
        return bool(self.logs)


@dataclass(frozen=True)
class Solution:
    """`bounds` holds two numbers for each family."""

    verdicts: tuple[Verdict, ...]
    fails: tuple[str, ...]
    intervals: tuple[Interval, ...]
    bounds: Row
    ends: tuple[str, ...]


SCALES = tuple(map(Fraction, ("0.01", "0.05", "0.1", "0.2", "0.5", "1", "2", "3", "5", "10")))
POWERS = {
    "none": ("0.6", "0.7", "0.75", "0.8", "0.9", "2/3"),
    "first": ("1.1", "1.2", "1.5", "2", "3", "4/3"),
    "second": ("0.2", "0.25", "0.3", "0.4", "1/3"),
}
LOGS_CHANGE_NOTHING = {
    "none": (("3/4", 1), ("0.8", 2), ("0.8", -1), ("0.9", -1), ("0.7", 1)),
    "first": (("1.5", 1), ("2", 1), ("2", -1), ("1.5", -1), ("3", -2)),
    "second": (("0.25", 1), ("0.4", 2), ("0.3", -1), ("0.4", -1), ("0", 1)),
}
LOGS_DECIDE = {
    "none": (("1/2", 1), ("1/2", 2), ("1", 1), ("1", -1), ("1", -2)),
    "first": (("1", 2), ("1", 3)),
    "second": (("1/2", -1), ("1/2", -2), ("1/2", -3)),
}
KINDS = {
    "none": ("reciprocal", "power", "shifted"),
    "first": ("geometric", "power", "shifted"),
    "second": ("constant", "root", "power", "shifted"),
}
RATIOS = tuple(map(Fraction, ("0.5", "0.8", "0.9", "0.95", "0.99")))

COUNTS = {1: (4, 0, 2), 2: (6, 4, 2), 3: (7, 5, 3)}
"""How many sequences, how many of them with logarithms, and how many families there are."""

SLOPES = tuple(map(Fraction, ("1", "2", "3", "4", "5", "1/2", "1/3")))
TURNED = tuple(map(Fraction, ("3/2", "2", "5/2", "3", "4")))
LOGS_OF_FAMILIES = ((0, 1), (0, 2), (0, -1), (2, 0), (3, -1), (4, -2))
"""Pairs (m, k): the exponent of the logarithm is m r + k, where r is that of t. Both ends belong to the interval for
the first, neither for the last two."""


def draw(d: Draw, level: int) -> Params:
    count, with_logs, families = COUNTS[level]
    groups = d.shuffled((*FAILS, *(d.choice(FAILS) for _ in range(count - 3))))
    # Each sequence is of a kind of its own: none is another one times a factor.
    rates: list[Rate] = []
    for i, group in enumerate(groups):
        table = LOGS_DECIDE if level == 3 and i % 2 else LOGS_CHANGE_NOTHING
        taken = [(rate.p, rate.s) for rate in rates]
        rates.append(log_rate(d, table[group], taken) if i < with_logs else plain_rate(d, group, rates))
    log_kinds = d.distinct(LOGS_OF_FAMILIES, families)
    return Params(d.shuffled(rates), d.shuffled([family(d, level, *log_kinds[i], i == 0) for i in range(families)]))


def log_rate(d: Draw, table: tuple[tuple[str, int], ...], taken: list[tuple[Fraction, int]]) -> Rate:
    pairs = [(Fraction(power), s) for power, s in table]
    power, s = d.choice([pair for pair in pairs if pair not in taken])
    return Rate(d.choice(SCALES), power, s=s)


def plain_rate(d: Draw, group: str, others: list[Rate]) -> Rate:
    """One without a logarithm; no other of its group is of its kind."""
    taken = [kind_of(rate) for rate in others if rate.s == 0 and group_of(rate) == group]
    kind, c = d.choice([kind for kind in KINDS[group] if kind not in taken]), d.choice(SCALES)
    power = d.choice([power for power in map(Fraction, POWERS[group]) if power not in [rate.p for rate in others]])
    match kind:
        case "geometric":
            return Rate(c, q=d.choice(RATIOS)) if d.flip() else Rate(c, k=d.integer(1, 3))
        case "constant":
            return Rate(c)
        case "reciprocal":
            return Rate(c, ONE)
        case "root":
            return Rate(c, HALF, d.integer(0, 4))
        case _:
            return Rate(c, power, d.integer(1, 9) if kind == "shifted" else 0)


def kind_of(rate: Rate) -> str:
    """The kind of a sequence without a logarithm."""
    if rate.geometric:
        return "geometric"
    return {ZERO: "constant", HALF: "root", ONE: "reciprocal"}.get(rate.p, "shifted" if rate.a else "power")


def family(d: Draw, level: int, m: int, k: int, plain: bool) -> Family:
    """The exponent of a `plain` one grows with p, at level 1 it is a multiple of p; at level 3 there are logarithms."""
    if level == 1:
        return Family(d.choice(SLOPES)) if plain else Family(-ONE, d.choice(TURNED))
    m, k = (m, k) if level == 3 else (0, 0)
    slope = Fraction(1 if m else d.integer(2, 5)) * (1 if plain else -1 if level == 2 else d.sign())
    low, high = (2, 6) if slope < 0 else (-4, 4)
    offset = Fraction(d.integer(low, high, exclude=(0,)), 2 if m else d.choice((2, 3)))
    return Family(slope, offset, (m * slope, m * offset + k) if level == 3 else ())


def conditions(power: Fraction, logs: Fraction | int) -> tuple[bool, bool]:
    """Whether the sum of 1 / (t^power * (ln t)^logs) is infinite, and that of the squares finite (Robbins and Monro
    1951)."""
    return not series.is_finite(power, logs), series.is_finite(2 * power, 2 * logs)


def robbins_monro(rate: Rate) -> tuple[bool, bool]:
    """The conditions on a sequence."""
    return (False, True) if rate.geometric else conditions(rate.p, rate.s)


def group_of(rate: Rate, judge: Callable[[Rate], tuple[bool, bool]] = robbins_monro) -> str:
    """Which condition fails; never both, as the squares of a sequence with a finite sum have a finite sum too."""
    first, second = judge(rate)
    return "none" if first and second else "second" if first else "first"


def solve(
    p: Params,
    *,
    judge: Callable[[Rate], tuple[bool, bool]] = robbins_monro,
    least: Fraction = HALF,
    most: Fraction = ONE,
) -> Solution:
    """Each sequence by its exponents; the intervals of p where the exponent of a family goes from 1/2 to 1.

    A mistake changes how it would `judge` a sequence, or the `least` and `most` exponent that it takes for good.
    """
    verdicts = []
    for rate in p.rates:
        first, second = judge(rate)
        verdicts.append(Verdict(rate.geometric, rate.p, (rate.s,) if rate.s else (), 2 * rate.p, first, second))

    intervals = []
    for family in p.families:
        half, one = (least - family.offset) / family.slope, (most - family.offset) / family.slope
        logs = tuple(family.logs[0] * end + family.logs[1] for end in (half, one) if family.logs)
        at_half, at_one = (all(conditions(r, s)) for r, s in zip((HALF, ONE), logs or (ZERO, ZERO), strict=True))
        intervals.append(Interval(family, half, one, logs, at_half, at_one))
    return Solution(
        verdicts=tuple(verdicts),
        fails=tuple(group_of(rate, judge) for rate in p.rates),
        intervals=tuple(intervals),
        bounds=tuple(end for interval in intervals for end in sorted((interval.half, interval.one))),
        ends=tuple(map(belonging, intervals)),
    )


def belonging(interval: Interval) -> str:
    """Which ends belong to an interval."""
    lower, upper = interval.at_half, interval.at_one
    if interval.half > interval.one:
        lower, upper = upper, lower
    names = {(True, True): "both", (True, False): "lower", (False, True): "upper", (False, False): "neither"}
    return names[lower, upper]


def check(p: Params, s: Solution) -> str | None:
    if len({replace(rate, c=ONE) for rate in p.rates}) < len(p.rates):
        return "two sequences differ by a factor only"
    for i, rate in enumerate(p.rates, 1):
        if rate.p == 0 and rate.s < 0 and not rate.geometric:
            return f"sequence {i} grows: nobody would take it for learning rates"
    if len(set(s.fails)) == 1:
        return "all the sequences behave alike"
    if len({tuple(sorted((interval.half, interval.one))) for interval in s.intervals}) < len(s.intervals):
        return "two intervals are the same"
    if len(s.ends) > 1 and len(set(s.ends)) == 1:
        return "all intervals have the same ends"
    return None


def vanishing(rate: Rate) -> tuple[bool, bool]:
    """The conditions of one who takes any rates that tend to 0 for good ones."""
    return True, rate.geometric or rate.p > 0 or rate.s > 0


def exponents_only(p: Params, s: Solution) -> Row | None:
    """The limits of the exponents, which are no mistake where the exponents are p itself."""
    limits = (HALF, ONE) * len(p.families)
    return limits if limits != s.bounds else None


EXERCISE = Exercise(
    number=18,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(4.1, 5.2, 6.9),
    version=2,
    parts={
        "fails": Matching(options=FAILS, items="sequences", shuffle=False, points=3),
        "bounds": Vector(points=2),
        "ends": Matching(options=ENDS, items="equations", shuffle=False),
    },
    mistakes={
        "swapped": wrong(judge=lambda p: lambda rate: robbins_monro(rate)[::-1], spoils="fails"),
        "vanishing_enough": wrong(judge=lambda p: vanishing, least=ZERO, spoils="fails bounds"),
        "exponent_only": instead(bounds=exponents_only),
        "square_forgotten": wrong(least=ONE, most=2 * ONE, spoils="bounds"),
    },
)
