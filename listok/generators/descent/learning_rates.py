"""Tell which sequences of learning rates satisfy the conditions of Robbins and Monro, and which condition fails."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from listok.generators import formulas as fm
from listok.generators.answers import Choice, Matching, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.formulas import Formula
from listok.generators.ratios import fits
from listok.generators.remember import remembers_last
from listok.generators.values import BadParams, Value

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)
T = fm.Variable("t")
FAILS = ("none", "first", "second", "both")
ENDS = ("lower", "upper", "both", "neither")


@dataclass(frozen=True)
class Rate:
    """The sequence c * q^t * e^(-k t) / ((t + a)^p * (ln t)^s)."""

    c: Fraction
    p: Fraction = ZERO
    a: int = 0
    s: int = 0
    q: Fraction = ONE
    k: int = 0

    def __post_init__(self) -> None:
        if not self.c or not fits(self.c, 0, 1000, 10**4):
            raise BadParams("c must be above 0 and at most 1000, with a denominator up to 10000")
        if not fits(self.p, 0, 10, 100):
            raise BadParams("p must be from 0 to 10, with a denominator up to 100")
        if not 0 <= self.a <= 1000 or not 0 <= self.k <= 10 or not -3 <= self.s <= 3:
            raise BadParams("a must be 0 to 1000, k 0 to 10, and s -3 to 3")
        if not self.q or not fits(self.q, 0, 1, 1000):
            raise BadParams("q must be above 0 and at most 1, with a denominator up to 1000")

    @property
    def formula(self) -> Formula:
        """The sequence as it is printed."""
        return _formula(self)


@functools.lru_cache(maxsize=2**12)
def _formula(rate: Rate) -> Formula:
    """Few sequences are drawn, so they come again and again; printers, too, know them by their identity."""
    base = fm.Sum((T, fm.Constant(Fraction(rate.a)))) if rate.a else T
    top: list[fm.Node] = [fm.Power(fm.Constant(rate.q), T)] if rate.q < 1 else []
    if rate.k:
        top.append(fm.Call("exp", (fm.scaled(-rate.k, T),)))
    top += _logs(-rate.s)
    bottom = _logs(rate.s)
    if rate.p == HALF:
        bottom.insert(0, fm.Call("sqrt", (base,)))
    elif rate.p:
        bottom.insert(0, base if rate.p == 1 else fm.Power(base, fm.Constant(rate.p)))
    if rate.c != 1 or not top:
        top.insert(0, fm.Constant(rate.c))
    over = _product(top)
    return Formula.of(fm.Quotient(over, _product(bottom)) if bottom else over)


def _product(factors: Sequence[fm.Node]) -> fm.Node:
    return factors[0] if len(factors) == 1 else fm.Product(tuple(factors))


def _logs(power: int) -> list[fm.Node]:
    log = fm.Call("ln", (T,))
    return [log if power == 1 else fm.Power(log, fm.Constant(Fraction(power)))] if power > 0 else []


def _latex(value: Fraction) -> str:
    if 10**4 % value.denominator == 0:
        return str(float(value)).removesuffix(".0")
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _power(value: Fraction) -> str:
    return str(float(value)).removesuffix(".0") if 10**4 % value.denominator == 0 else str(value)


def _log_latex(power: int) -> str:
    return "" if power <= 0 else "\\ln t" if power == 1 else f"\\ln^{{{power}}} t"


def _halves(power: str, logs: int, scale: str = "1") -> tuple[str, str]:
    """What stands above and under the line in scale / (t^power * (ln t)^logs), in the texts' LaTeX."""
    top = f"{scale.removeprefix('1')} {_log_latex(-logs)}".strip() or scale
    bottom = {"0": "", "1": "t"}.get(power, f"t^{{{power}}}") + (" " + _log_latex(logs) if logs > 0 else "")
    return top, bottom.strip()


def _series(power: str, logs: int) -> str:
    """1 / (t^power * (ln t)^logs) on one line: in a fraction the power would be too small to read."""
    top, bottom = _halves(power, logs)
    if not bottom:
        return top
    return f"{f'({top})' if logs < 0 else top} / {f'({bottom})' if logs > 0 else bottom}"


@dataclass(frozen=True)
class Params:
    """The sequences, and the family lambda * (s0 / (s0 + t))^(slope * p + offset), or, where `logs` is not 0,
    lambda / (t^(slope * p + offset) * (ln t)^logs), with an unknown number p."""

    rates: tuple[Rate, ...]
    slope: Fraction
    offset: Fraction
    logs: int

    def __post_init__(self) -> None:
        if not 2 <= len(self.rates) <= 10:
            raise BadParams("rates must hold 2 to 10 sequences")
        if not 0 < abs(self.slope) <= 100 or abs(self.offset) > 100 or not -3 <= self.logs <= 3:
            raise BadParams("slope must not be 0, slope and offset lie between -100 and 100, logs between -3 and 3")
        if self.slope.denominator > 100 or self.offset.denominator > 100:
            raise BadParams("slope and offset must have denominators up to 100")

    @property
    def formulas(self) -> tuple[Formula, ...]:
        return tuple(rate.formula for rate in self.rates)

    @property
    def exponent(self) -> str:
        k, m = self.slope, self.offset
        size = "" if abs(k.numerator) == 1 else str(abs(k.numerator))
        term = f"{size}p" if k.denominator == 1 else f"\\frac{{{size}p}}{{{k.denominator}}}"
        if k < 0 < m:
            return f"{_latex(m)} - {term}"
        tail = f" {'+' if m > 0 else '-'} {_latex(abs(m))}" if m else ""
        return f"{'-' if k < 0 else ''}{term}{tail}"

    @property
    def family(self) -> str:
        if self.logs:
            top, bottom = _halves(self.exponent, self.logs, "\\lambda")
            return f"\\frac{{{top}}}{{{bottom}}}"
        return f"\\lambda \\left(\\frac{{s_0}}{{s_0 + t}}\\right)^{{{self.exponent}}}"

    @property
    def series(self) -> str:
        return _series("r", self.logs)

    @property
    def squares(self) -> str:
        return _series("2r", 2 * self.logs)


@dataclass(frozen=True)
class Verdict:
    """The conditions on one sequence, which behaves as 1 / (t^power * (ln t)^logs), or decays `geometrically`."""

    i: int
    geometric: bool
    power: Fraction
    logs: int
    first: bool
    second: bool

    @property
    def series(self) -> str:
        return _series(_power(self.power), self.logs)

    @property
    def squares(self) -> str:
        return _series(_power(2 * self.power), 2 * self.logs)


@dataclass(frozen=True)
class Solution:
    """`at_half` and `at_one`: whether the conditions hold where the exponent is 1/2 and where it is 1."""

    verdicts: tuple[Verdict, ...]
    fails: tuple[str, ...]
    half: Fraction
    one: Fraction
    at_half: bool
    at_one: bool
    bounds: tuple[Fraction, ...]
    ends: str


SCALES = tuple(Fraction(c) for c in ("0.01", "0.05", "0.1", "0.2", "0.5", "1", "2", "3", "5", "10"))
POWERS = {
    "none": tuple(Fraction(p) for p in ("0.6", "0.7", "0.75", "0.8", "0.9", "1", "2/3")),
    "first": tuple(Fraction(p) for p in ("1.1", "1.2", "1.5", "2", "3", "4/3")),
    "second": tuple(Fraction(p) for p in ("0", "0.2", "0.25", "0.3", "0.4", "0.5", "1/3")),
}
WITH_LOGS = {
    "none": ((HALF, 1), (HALF, 2), (ONE, 1), (ONE, -1), (ONE, -2), (Fraction(4, 5), -1), (Fraction(3, 4), 1)),
    "first": ((ONE, 2), (ONE, 3), (Fraction(2), -1), (Fraction(3, 2), 1), (Fraction(3, 2), -1)),
    "second": ((HALF, -1), (HALF, -2), (Fraction(1, 4), 1), (Fraction(2, 5), 2), (Fraction(1, 3), -1)),
}
RATIOS = tuple(Fraction(q) for q in ("0.5", "0.8", "0.9", "0.95", "0.99"))


def draw(d: Draw, level: int) -> Params:
    groups = d.shuffled((*FAILS[:3], *(d.choice(FAILS[:3]) for _ in range(level))))
    rates = []
    for i, group in enumerate(groups):
        c = d.choice(SCALES)
        if level == 3 and i % 2:
            power, s = d.choice(WITH_LOGS[group])
            rates.append(Rate(c, power, s=s))
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


@remembers_last
def solve(p: Params) -> Solution:
    verdicts = []
    for i, rate in enumerate(p.rates, 1):
        geometric = rate.q < 1 or rate.k > 0
        first = not geometric and (rate.p < 1 or (rate.p == 1 and rate.s <= 1))
        second = geometric or 2 * rate.p > 1 or (2 * rate.p == 1 and 2 * rate.s > 1)
        verdicts.append(Verdict(i, geometric, rate.p, rate.s, first, second))
    fails = tuple(FAILS[(not v.first) + 2 * (not v.second)] for v in verdicts)
    half, one = (HALF - p.offset) / p.slope, (1 - p.offset) / p.slope
    at_half, at_one = 2 * p.logs > 1, p.logs <= 1
    at_lower, at_upper = (at_half, at_one) if p.slope > 0 else (at_one, at_half)
    ends = "both" if at_lower and at_upper else "lower" if at_lower else "upper" if at_upper else "neither"
    return Solution(tuple(verdicts), fails, half, one, at_half, at_one, tuple(sorted((half, one))), ends)


def _diverges(log2_terms: tuple[float, float, float]) -> bool:
    """Whether a series of positive decreasing terms f(t) diverges, by Cauchy's condensation: it does so together with
    the sum of b_n = 2^n f(2^n). Takes log2 f(2^n) at n = 64, 128, 256 and fits log2 b_n = const + rate * n - logs *
    log2 n, which is exact for the families here."""
    b64, b128, b256 = (value + n for value, n in zip(log2_terms, (64, 128, 256), strict=True))
    if b256 < -(10**5):
        return False
    logs = b256 - 3 * b128 + 2 * b64
    rate = (b128 - b64 + logs) / 64
    return rate > 1e-6 or (rate > -1e-6 and logs < 1 + 1e-6)


def _both(power: float, logs: int, shift: int = 0, q: float = 1.0, k: int = 0) -> tuple[bool, bool]:
    """Whether the sum of a sequence is infinite, and that of its squares finite, from its values far away."""
    terms = [
        2.0**n * (math.log2(q) - k * math.log2(math.e)) - power * math.log2(2.0**n + shift) - logs * math.log2(n)
        for n in (64, 128, 256)
    ]
    once, twice = (terms[0], terms[1], terms[2]), (2 * terms[0], 2 * terms[1], 2 * terms[2])
    return _diverges(once), not _diverges(twice)


def oracle(p: Params) -> Solution:
    """Measure how fast the terms fall instead of comparing exponents; the family is tried at its two limits."""
    found = [_both(float(rate.p), rate.s, rate.a, float(rate.q), rate.k) for rate in p.rates]
    names = {(True, True): "none", (False, True): "first", (True, False): "second", (False, False): "both"}
    limits = [p.slope.denominator * (e - p.offset) / p.slope.numerator for e in (HALF, ONE)]
    holds = [all(_both(float(p.slope * x + p.offset), p.logs)) for x in limits]
    order = (0, 1) if limits[0] < limits[1] else (1, 0)
    ends = {(True, True): "both", (True, False): "lower", (False, True): "upper", (False, False): "neither"}
    return Solution(
        tuple(
            Verdict(i + 1, rate.q * Fraction(1, 2**rate.k) != 1, rate.p, rate.s, *found[i])
            for i, rate in enumerate(p.rates)
        ),
        tuple(names[pair] for pair in found),
        limits[0], limits[1], holds[0], holds[1],
        (limits[order[0]], limits[order[1]]),
        ends[holds[order[0]], holds[order[1]]],
    )  # fmt: skip


def check(p: Params, s: Solution) -> str | None:
    if len(set(p.rates)) < len(p.rates):
        return "the same sequence stands twice"
    for i, rate in enumerate(p.rates, 1):
        if rate.p == 0 and rate.s < 0 and rate.q == 1 and rate.k == 0:
            return f"sequence {i} grows: nobody would take it for learning rates"
    if len(set(s.fails)) == 1:
        return "all the sequences behave alike"
    if p.slope == 1 and p.offset == 0:
        return "the exponent is p itself, so there is no inequality to solve"
    return None


def effort(p: Params, _s: Solution) -> int:
    return 4 * len(p.rates) + 2 * sum(rate.s != 0 for rate in p.rates) + 6 + 4 * (p.logs != 0)


def swapped(p: Params) -> Mapping[str, Value]:
    other = {"none": "none", "first": "second", "second": "first", "both": "both"}
    return {"fails": tuple(other[name] for name in solve(p).fails)}


def vanishing_enough(p: Params) -> Mapping[str, Value]:
    """Taking any steps that tend to zero for good ones."""
    constant = Rate(ONE)
    return {
        "fails": tuple("second" if Rate(ONE, r.p, 0, r.s, r.q, r.k) == constant else "none" for r in p.rates),
        "bounds": tuple(sorted(((0 - p.offset) / p.slope, (1 - p.offset) / p.slope))),
    }


def exponent_only(p: Params) -> Mapping[str, Value]:
    return {"bounds": (HALF, ONE)}


def square_forgotten(p: Params) -> Mapping[str, Value]:
    """Taking the second sum for one that converges only with an exponent above 2, read as the other limit."""
    return {"bounds": tuple(sorted(((1 - p.offset) / p.slope, (2 - p.offset) / p.slope)))}


EXERCISE = Exercise(
    number=18,
    name="learning-rates",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "fails": Matching("fails", options=FAILS, items="formulas", shuffle=False, points=3),
        "bounds": Vector("bounds", points=2),
        "ends": Choice("ends", options=ENDS, shuffle=False),
    },
    mistakes={
        "swapped": swapped,
        "vanishing_enough": vanishing_enough,
        "exponent_only": exponent_only,
        "square_forgotten": square_forgotten,
    },
)
