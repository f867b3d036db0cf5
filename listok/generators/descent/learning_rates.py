"""Tell which sequences of learning rates satisfy the conditions of Robbins and Monro, and which condition fails."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from listok.generators import formulas as fm
from listok.generators.answers import Choice, Matching, Vector
from listok.generators.bounds import Checked, NonZero, Positive, Size, Within
from listok.generators.decimals import in_full
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row
from listok.generators.exercise import Exercise
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong

FAILS = ("none", "first", "second", "both")
ENDS = ("lower", "upper", "both", "neither")
TWO = Fraction(2)


@dataclass(frozen=True)
class Rate(Checked):
    """The sequence c * q^t * e^(-k t) / ((t + a)^p * (ln t)^s)."""

    c: Annotated[Fraction, Positive(), Within(0, 1000, finest=10**4)]
    p: Annotated[Fraction, Within(0, 10, finest=100)] = ZERO
    a: Annotated[int, Within(0, 1000)] = 0
    s: Annotated[int, Within(-3, 3)] = 0
    q: Annotated[Fraction, Positive(), Within(0, 1, finest=1000)] = ONE
    k: Annotated[int, Within(0, 10)] = 0

    @property
    def geometric(self) -> bool:
        return self.q < 1 or self.k > 0

    @property
    def formula(self) -> Formula:
        """The sequence as it is printed."""
        return formula_of(self)


@dataclass(frozen=True)
class Params(Checked):
    """The sequences, and the family lambda * (s0 / (s0 + t))^(slope * p + offset), or, where `logs` is not 0,
    lambda / (t^(slope * p + offset) * (ln t)^logs), with an unknown number p."""

    rates: Annotated[tuple[Rate, ...], Size(2, 10)]
    slope: Annotated[Fraction, Within(-100, 100, finest=100), NonZero()]
    offset: Annotated[Fraction, Within(-100, 100, finest=100)]
    logs: Annotated[int, Within(-3, 3)]

    @property
    def formulas(self) -> tuple[Formula, ...]:
        return tuple(rate.formula for rate in self.rates)

    @property
    def exponent(self) -> str:
        return exponent_of(self.slope, self.offset)

    @property
    def family(self) -> str:
        if self.logs == 0:
            return f"\\lambda \\left(\\frac{{s_0}}{{s_0 + t}}\\right)^{{{self.exponent}}}"
        top, bottom = above_and_below(self.exponent, self.logs, "\\lambda")
        return f"\\frac{{{top}}}{{{bottom}}}"

    @property
    def series(self) -> str:
        return on_one_line("r", self.logs)

    @property
    def squares(self) -> str:
        return on_one_line("2r", 2 * self.logs)


@dataclass(frozen=True)
class Verdict:
    """The conditions on one sequence, which behaves as 1 / (t^power * (ln t)^logs), or decays `geometrically`."""

    geometric: bool
    power: Fraction
    logs: int
    first: bool
    second: bool

    @property
    def series(self) -> str:
        return on_one_line(number(self.power), self.logs)

    @property
    def squares(self) -> str:
        return on_one_line(number(2 * self.power), 2 * self.logs)


@dataclass(frozen=True)
class Solution:
    """`half` and `one`: the p at which the exponent is 1/2 and 1; `at_half` and `at_one`: whether the conditions hold
    there."""

    verdicts: tuple[Verdict, ...]
    fails: tuple[str, ...]
    half: Fraction
    one: Fraction
    at_half: bool
    at_one: bool
    bounds: Row
    ends: str


# --- how sequences are printed ------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2**12)  # few sequences are drawn, so they come again and again
def formula_of(rate: Rate) -> Formula:
    t = fm.Variable("t")
    base = fm.Sum((t, fm.Constant(Fraction(rate.a)))) if rate.a else t
    top: list[fm.Node] = []
    bottom: list[fm.Node] = []
    if rate.q < 1:
        top.append(fm.Power(fm.Constant(rate.q), t))
    if rate.k:
        top.append(fm.Call("exp", (fm.scaled(-rate.k, t),)))
    if rate.p == HALF:
        bottom.append(fm.Call("sqrt", (base,)))
    elif rate.p:
        bottom.append(power_of(base, rate.p))
    if rate.s:
        (top if rate.s < 0 else bottom).append(power_of(fm.Call("ln", (t,)), Fraction(abs(rate.s))))
    if rate.c != 1 or not top:
        top.insert(0, fm.Constant(rate.c))
    over = product(top)
    return Formula.of(fm.Quotient(over, product(bottom)) if bottom else over)


def power_of(base: fm.Node, exponent: Fraction) -> fm.Node:
    return base if exponent == 1 else fm.Power(base, fm.Constant(exponent))


def product(factors: Sequence[fm.Node]) -> fm.Node:
    return factors[0] if len(factors) == 1 else fm.Product(tuple(factors))


def number(value: Fraction) -> str:
    """A number that is not negative, on one line."""
    return in_full(value, 4) or str(value)


def exponent_of(slope: Fraction, offset: Fraction) -> str:
    """slope * p + offset in LaTeX, the term with a plus first."""

    def fraction(value: Fraction) -> str:
        return in_full(value, 4) or f"\\frac{{{value.numerator}}}{{{value.denominator}}}"

    size = abs(slope)
    top = "p" if size.numerator == 1 else f"{size.numerator}p"
    term = top if size.denominator == 1 else f"\\frac{{{top}}}{{{size.denominator}}}"
    if slope < 0 < offset:
        return f"{fraction(offset)} - {term}"
    first = f"-{term}" if slope < 0 else term
    if offset == 0:
        return first
    return f"{first} {'+' if offset > 0 else '-'} {fraction(abs(offset))}"


def above_and_below(power: str, logs: int, scale: str = "") -> tuple[str, str]:
    """What stands above and under the line in scale / (t^power * (ln t)^logs), in LaTeX; nothing under it for 1."""
    log = "\\ln t" if abs(logs) == 1 else f"\\ln^{{{abs(logs)}}} t"
    t = {"0": "", "1": "t"}.get(power, f"t^{{{power}}}")
    top = [scale, log if logs < 0 else ""]
    bottom = [t, log if logs > 0 else ""]
    return " ".join(filter(None, top)) or "1", " ".join(filter(None, bottom))


def on_one_line(power: str, logs: int) -> str:
    """1 / (t^power * (ln t)^logs) with a slash: in a fraction the power would be too small to read."""
    top, bottom = above_and_below(power, logs)
    if not bottom:
        return top
    return f"{f'({top})' if logs < 0 else top} / {f'({bottom})' if logs > 0 else bottom}"


# --- the exercise -------------------------------------------------------------------------------------------------

SCALES = tuple(map(Fraction, ("0.01", "0.05", "0.1", "0.2", "0.5", "1", "2", "3", "5", "10")))
POWERS = {
    "none": tuple(map(Fraction, ("0.6", "0.7", "0.75", "0.8", "0.9", "1", "2/3"))),
    "first": tuple(map(Fraction, ("1.1", "1.2", "1.5", "2", "3", "4/3"))),
    "second": tuple(map(Fraction, ("0", "0.2", "0.25", "0.3", "0.4", "0.5", "1/3"))),
}
WITH_LOGS = {
    "none": (("1/2", 1), ("1/2", 2), ("1", 1), ("1", -1), ("1", -2), ("4/5", -1), ("3/4", 1)),
    "first": (("1", 2), ("1", 3), ("2", -1), ("3/2", 1), ("3/2", -1)),
    "second": (("1/2", -1), ("1/2", -2), ("1/4", 1), ("2/5", 2), ("1/3", -1)),
}
RATIOS = tuple(map(Fraction, ("0.5", "0.8", "0.9", "0.95", "0.99")))


def draw(d: Draw, level: int) -> Params:
    groups = d.shuffled((*FAILS[:3], *(d.choice(FAILS[:3]) for _ in range(level))))
    rates = []
    for i, group in enumerate(groups):
        c = d.choice(SCALES)
        if level == 3 and i % 2:
            exponent, s = d.choice(WITH_LOGS[group])
            rates.append(Rate(c, Fraction(exponent), s=s))
        elif level > 1 and group == "first" and d.flip():
            rates.append(Rate(c, q=d.choice(RATIOS)) if d.flip() else Rate(c, k=d.integer(1, 3)))
        else:
            power = d.choice(POWERS[group])
            rates.append(Rate(c, power, d.integer(0, 3 * level) if power else 0))
    if level == 1 and d.flip():
        slope, offset = Fraction(d.choice(("2", "3", "4", "5", "1/2", "1/3"))), ZERO
    else:
        slope = Fraction(d.integer(2, 5) * (-1 if level == 1 else d.sign()))
        low, high = (2, 6) if slope < 0 else (-4, 4)
        offset = Fraction(d.integer(low, high, exclude=(0,)), 2)
    return Params(d.shuffled(rates), slope, offset, d.choice((-1, 1, 2)) if level == 3 else 0)


def is_finite(power: Fraction, logs: int) -> bool:
    """Whether the sum of 1 / (t^power * (ln t)^logs) is finite; the logarithm decides at the border only."""
    return power > 1 or (power == 1 and logs > 1)


def robbins_monro(rate: Rate) -> tuple[bool, bool]:
    """Whether the sum of the rates is infinite, and that of their squares finite (Robbins and Monro 1951)."""
    if rate.geometric:
        return False, True
    return not is_finite(rate.p, rate.s), is_finite(2 * rate.p, 2 * rate.s)


def solve(
    p: Params,
    *,
    judge: Callable[[Rate], tuple[bool, bool]] = robbins_monro,
    least: Fraction = HALF,
    most: Fraction = ONE,
) -> Solution:
    """Each sequence by its exponents; the interval of p where the exponent of the family goes from 1/2 to 1.

    A mistake changes how it would `judge` a sequence, or the `least` and `most` exponent that it takes for good.
    """
    verdicts = []
    for rate in p.rates:
        first, second = judge(rate)
        verdicts.append(Verdict(rate.geometric, rate.p, rate.s, first, second))
    failing = {(True, True): "none", (False, True): "first", (True, False): "second", (False, False): "both"}

    half, one = (least - p.offset) / p.slope, (most - p.offset) / p.slope
    at_half, at_one = (all(judge(Rate(ONE, exponent, s=p.logs))) for exponent in (HALF, ONE))
    at_lower, at_upper = (at_half, at_one) if half < one else (at_one, at_half)
    belonging = {(True, True): "both", (True, False): "lower", (False, True): "upper", (False, False): "neither"}
    return Solution(
        verdicts=tuple(verdicts),
        fails=tuple(failing[verdict.first, verdict.second] for verdict in verdicts),
        half=half,
        one=one,
        at_half=at_half,
        at_one=at_one,
        bounds=tuple(sorted((half, one))),
        ends=belonging[at_lower, at_upper],
    )


def check(p: Params, s: Solution) -> str | None:
    if len(set(p.rates)) < len(p.rates):
        return "the same sequence stands twice"
    for i, rate in enumerate(p.rates, 1):
        if rate.p == 0 and rate.s < 0 and not rate.geometric:
            return f"sequence {i} grows: nobody would take it for learning rates"
    if len(set(s.fails)) == 1:
        return "all the sequences behave alike"
    if p.slope == 1 and p.offset == 0:
        return "the exponent is p itself, so there is no inequality to solve"
    return None


def vanishing(rate: Rate) -> tuple[bool, bool]:
    """The conditions of one who takes any rates that tend to 0 for good ones."""
    return True, rate.geometric or rate.p > 0 or rate.s > 0


EXERCISE = Exercise(
    number=18,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(3.4, 4.25, 5.4),
    parts={
        "fails": Matching(options=FAILS, items="formulas", shuffle=False, points=3),
        "bounds": Vector(points=2),
        "ends": Choice(options=ENDS, shuffle=False),
    },
    mistakes={
        "swapped": wrong(judge=lambda p: lambda rate: robbins_monro(rate)[::-1]),
        "vanishing_enough": wrong(judge=lambda p: vanishing, least=ZERO, spoils="fails bounds"),
        "exponent_only": instead(bounds=lambda p, s: (HALF, ONE)),
        "square_forgotten": wrong(least=ONE, most=TWO),
    },
)
