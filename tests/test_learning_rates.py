"""The conditions of Robbins and Monro on series whose behaviour is known, and the printed formulas against them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from listok.generators.descent.learning_rates import EXERCISE, Family, Params
from listok.generators.exact import Fraction
from listok.generators.toolkit.series import Rate
from listok.generators.values import BadParams

ONE = Fraction(1)
KNOWN = [
    (Rate(ONE, ONE), "none"),
    (Rate(Fraction(1, 10), Fraction(3, 10)), "second"),
    (Rate(ONE, Fraction(1, 2)), "second"),
    (Rate(ONE, Fraction(2)), "first"),
    (Rate(ONE, k=1), "first"),
    (Rate(Fraction(5), q=Fraction(99, 100)), "first"),
    (Rate(Fraction(2)), "second"),
    (Rate(Fraction(3), Fraction(3, 4), 7), "none"),
    (Rate(ONE, ONE, s=1), "none"),
    (Rate(ONE, ONE, s=2), "first"),
    (Rate(ONE, ONE, s=-1), "none"),
    (Rate(ONE, Fraction(1, 2), s=1), "none"),
    (Rate(ONE, Fraction(1, 2), s=-1), "second"),
    (Rate(ONE, Fraction(101, 100), s=-3), "first"),
    (Rate(ONE, Fraction(99, 100), s=3), "none"),
]


@pytest.mark.parametrize(("rate", "fails"), KNOWN)
def test_known_series(rate: Rate, fails: str) -> None:
    other = Rate(ONE, Fraction(3)) if fails != "first" else Rate(ONE)
    v = EXERCISE.with_params(Params((rate, other), (Family(Fraction(2)),))).verify()
    assert v.solution.fails[0] == fails


SIGNS = (
    ("\\eta_t = ", ""),
    (" \\cdot", ""),
    ("\\left(\\frac{s_0}{s_0 + t}\\right)", "(7 / (7 + t))"),
    ("\\lambda", "5"),
    (" + ", "+"),
    (" - ", "-"),
)
STRUCTURES = (
    (r"\\ln\^\{([^{}]*)\} t", r"log(t)**(\1)"),
    (r"\\ln t", "log(t)"),
    (r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))"),
    (r"\^\{([^{}]*)\}", r"**(\1)"),
)


def computed(equation: str, **letters: float) -> float:
    """A printed right side, by Python: LaTeX with its signs replaced, from the inside out."""
    for sign, python in SIGNS:
        equation = equation.replace(sign, python)
    while re.search(r"[{}\\]", equation):
        for structure, python in STRUCTURES:
            equation = re.sub(structure, python, equation)
    code = re.sub(r"(\d)([tp])", r"\1*\2", equation.replace(" / ", "/").replace("7 + t", "7+t").replace(" ", "*"))
    return float(eval(code, {"log": math.log, "sqrt": math.sqrt, "e": math.e, **letters}))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_printed_formulas_are_the_sequences(level: int) -> None:
    for seed in range(30):
        p = EXERCISE.variant(seed, level).verify().params
        for t in (2, 5, 19):
            for rate in p.rates:
                value = float(rate.c) * float(rate.q) ** t * math.exp(-rate.k * t)
                value /= (t + rate.a) ** float(rate.p) * math.log(t) ** rate.s
                assert math.isclose(computed(rate.equation, t=t), value, rel_tol=1e-9), rate.equation
            for family in p.families:
                x = 1.3
                r = float(family.slope) * x + float(family.offset)
                m, k = map(float, family.logs or (0, 0))
                value = 5 / t**r / math.log(t) ** (m * x + k) if family.logs else 5 * (7 / (7 + t)) ** r
                assert math.isclose(computed(family.equation, t=t, p=x), value, rel_tol=1e-9), family.equation


@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_two_sequences_differ_by_a_factor_and_every_verdict_is_right_somewhere(level: int) -> None:
    ends = set()
    for seed in range(60):
        variant = EXERCISE.variant(seed, level)
        printed = [replace(rate, c=ONE).equation for rate in variant.params.rates]
        assert len(set(printed)) == len(printed)
        assert sum(rate.p == 0 and not rate.s and not rate.geometric for rate in variant.params.rates) <= 1
        assert set(variant.solution.fails) == {"none", "first", "second"}
        assert len(set(variant.solution.ends)) > 1
        ends |= set(variant.solution.ends)
    assert ends == ({"lower", "upper", "both", "neither"} if level == 3 else {"lower", "upper"})


def holds(exponent: float, logs: float) -> bool:
    """The conditions by the integral test in u = ln t, where e^((1 - exponent) u) / u^logs is integrated."""

    def infinite(rate: float, power: float) -> bool:
        return rate > 1e-12 or (abs(rate) <= 1e-12 and power <= 1 + 1e-12)

    return infinite(1 - exponent, logs) and not infinite(1 - 2 * exponent, 2 * logs)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_intervals_are_where_the_conditions_hold(level: int) -> None:
    names = {(True, True): "both", (True, False): "lower", (False, True): "upper", (False, False): "neither"}
    for seed in range(40):
        v = EXERCISE.variant(seed, level)
        bounds = iter(v.solution.bounds)
        for family, ends in zip(v.params.families, v.solution.ends, strict=True):
            low, high = next(bounds), next(bounds)
            m, k = family.logs or (Fraction(0), Fraction(0))
            gap = (high - low) / 100
            points = (low - gap, low, low + gap, high - gap, high, high + gap)
            tried = {x: holds(float(family.slope * x + family.offset), float(m * x + k)) for x in points}
            around = tried[low - gap], tried[low + gap], tried[high - gap], tried[high + gap]
            assert around == (False, True, True, False)
            assert names[tried[low], tried[high]] == ends


@pytest.mark.parametrize(
    ("slope", "offset", "exponent"),
    [
        ("2", "0", "2p"),
        ("1/3", "0", r"\frac{p}{3}"),
        ("-1", "0", "-p"),
        ("-2", "3/2", "1.5 - 2p"),
        ("2/3", "-1/2", r"\frac{2p}{3} - 0.5"),
        ("-4", "-1/3", r"-4p - \frac{1}{3}"),
    ],
)
def test_the_exponent_is_printed_as_one_writes_it(slope: str, offset: str, exponent: str) -> None:
    assert Family(Fraction(slope), Fraction(offset)).exponent == exponent


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"families": [{"slope": 0}]}, "slope must not be 0"),
        ({"families": [{"slope": 1, "logs": [1]}]}, "logs are two numbers"),
        ({"rates": [{"c": 0, "p": 1}, {"c": 2, "p": 2}]}, "c must be above 0"),
        ({"rates": [{"c": 1, "q": 0}, {"c": 2, "p": 2}]}, "q must be above 0"),
        ({"rates": [{"c": 1, "q": 2}, {"c": 2, "p": 2}]}, "q must lie between 0 and 1"),
    ],
)
def test_numbers_out_of_bounds_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0).changed(changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"families": [{"slope": 2}, {"slope": 2}]}, "same"),
        ({"families": [{"slope": 2}, {"slope": 2, "logs": [0, -1]}]}, "two intervals are the same"),
        ({"families": [{"slope": 2}, {"slope": 3}]}, "the same ends"),
        ({"rates": [{"c": 1, "p": 1}, {"c": 1, "p": 1}]}, "a factor only"),
        ({"rates": [{"c": 1, "p": 1}, {"c": 2, "p": 1}]}, "a factor only"),
        ({"rates": [{"c": 1, "p": 1}, {"c": 2, "p": "3/4"}]}, "alike"),
        ({"rates": [{"c": 1, "s": -1}, {"c": 2, "p": 1}]}, "grows"),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    assert reason in str(EXERCISE.variant(0).changed(changes).verify().dull)


def test_books_sequences() -> None:
    """1/t, 0.1/t^0.3, 1/sqrt(t), 1/t^2, e^-t, and lambda (s0 / (s0 + t))^p."""
    rates = (
        Rate(ONE, ONE),
        Rate(Fraction("0.1"), Fraction("0.3")),
        Rate(ONE, Fraction(1, 2)),
        Rate(ONE, Fraction(2)),
        Rate(ONE, k=1),
    )
    variant = EXERCISE.with_params(Params(rates, (Family(ONE),))).verify()
    assert variant.dull is None
    s = variant.solution
    assert s.fails == ("none", "second", "second", "first", "first")
    assert s.bounds == (Fraction(1, 2), 1)
    assert s.ends == ("upper",)
    asked = variant.asked("bounds")
    assert EXERCISE.parts["bounds"].accepts("0.5; 1", asked).score == 1
    assert "exponent_only" not in asked.mistakes  # here it is the right answer
