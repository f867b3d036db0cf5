"""The conditions of Robbins and Monro on series whose behaviour is known, and the printed formulas against them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from listok.generators.descent.learning_rates import EXERCISE, Params, Rate
from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate, parse_formula
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
    v = EXERCISE.with_params(Params((rate, other), Fraction(2), Fraction(0), 0)).verify()
    assert v.solution.fails[0] == fails


@pytest.mark.parametrize("level", [1, 2, 3])
def test_printed_formulas_are_the_sequences(level: int) -> None:
    for seed in range(30):
        for rate in EXERCISE.variant(seed, level).verify().params.rates:
            for t in (2, 5, 19):
                printed = evaluate(parse_formula(rate.formula.source), {"t": t})
                value = float(rate.c) * float(rate.q) ** t * math.exp(-rate.k * t)
                value /= (t + rate.a) ** float(rate.p) * math.log(t) ** rate.s
                assert math.isclose(float(printed), value, rel_tol=1e-9), rate.formula.source


def holds(exponent: float, logs: int) -> bool:
    """The conditions by the integral test in u = ln t, where e^((1 - exponent) u) / u^logs is integrated."""

    def infinite(rate: float, power: float) -> bool:
        return rate > 0 or (rate == 0 and power <= 1)

    return infinite(1 - exponent, logs) and not infinite(1 - 2 * exponent, 2 * logs)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_interval_is_where_the_conditions_hold(level: int) -> None:
    for seed in range(40):
        v = EXERCISE.variant(seed, level)
        p, s = v.params, v.solution
        low, high = s.bounds
        gap = (high - low) / 100
        points = (low - gap, low, low + gap, high - gap, high, high + gap)
        tried = {x: holds(float(p.slope * x + p.offset), p.logs) for x in points}
        ends = {(True, True): "both", (True, False): "lower", (False, True): "upper", (False, False): "neither"}
        assert (tried[low - gap], tried[low + gap], tried[high - gap], tried[high + gap]) == (False, True, True, False)
        assert ends[tried[low], tried[high]] == s.ends


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
    rates = (Rate(ONE), Rate(ONE, ONE))
    assert Params(rates, Fraction(slope), Fraction(offset), 0).exponent == exponent


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slope": 0}, "slope must not be 0"),
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
        ({"slope": 1, "offset": 0}, "no inequality"),
        ({"rates": [{"c": 1, "p": 1}, {"c": 1, "p": 1}]}, "twice"),
        ({"rates": [{"c": 1, "p": 1}, {"c": 2, "p": 1}]}, "alike"),
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
    variant = EXERCISE.with_params(Params(rates, ONE, Fraction(0), 0)).verify()
    assert "no inequality" in str(variant.dull)
    assert variant.solution.fails == ("none", "second", "second", "first", "first")
    assert variant.solution.bounds == (Fraction(1, 2), 1)
    assert variant.solution.ends == "upper"
    asked = variant.asked("bounds")
    assert EXERCISE.parts["bounds"].accepts("0.5; 1", asked).score == 1
    assert "exponent_only" not in asked.mistakes  # here it is the right answer
