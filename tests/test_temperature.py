"""Probabilities at a temperature against decimal arithmetic, and the limits against extreme temperatures."""

from __future__ import annotations

import dataclasses
import math
from decimal import Decimal, localcontext

import pytest

from listok.generators.exact import Fraction
from listok.generators.layers.temperature import EXERCISE, Params, solve
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(12)]


def probabilities(logits: tuple[Fraction, ...], temperature: Fraction | float) -> list[float]:
    """Softmax by decimal powers of e, with digits enough for any temperature used here."""
    with localcontext() as context:
        context.prec = 40
        heat = Fraction(temperature)
        scaled = [z / heat for z in logits]
        powers = [(Decimal(z.numerator) / Decimal(z.denominator)).exp() for z in scaled]
        total = sum(powers)
        return [float(power / total) for power in powers]


def entropy(shares: tuple[float, ...]) -> float:
    return -sum(p * math.log(p) for p in shares if p)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)
def test_distributions(variant):
    p, s = variant.params, variant.solution
    assert list(s.hot) == pytest.approx(probabilities(p.logits, p.hot_temperature))
    assert list(s.plain) == pytest.approx(probabilities(p.logits, 1))
    assert list(s.cold) == pytest.approx(probabilities(p.logits, p.cold_temperature))
    assert list(map(float, s.freezing)) == pytest.approx(probabilities(p.logits, 0.002), abs=1e-12)
    assert list(map(float, s.boiling)) == pytest.approx(probabilities(p.logits, 10**9), abs=1e-7)
    assert entropy(s.hot) > entropy(s.plain) > entropy(s.cold)
    shares = probabilities(p.logits, s.odds)
    assert shares[p.likely - 1] / shares[p.rare - 1] == pytest.approx(p.ratio)


def test_a_tie_at_the_top_is_shared():
    p = Params((Fraction(2), Fraction(0), Fraction(2)), Fraction(4), Fraction(1, 2), 1, 2, 5, True)
    assert solve(p).freezing == (Fraction(1, 2), 0, Fraction(1, 2))


def test_a_token_that_is_far_behind_is_solved_both_ways():
    p = Params((Fraction(20), Fraction(-20), Fraction(20)), Fraction(4), Fraction(1, 20), 1, 2, 5, False)
    assert EXERCISE.with_params(p).verify().solution.cold == (0.5, 0, 0.5)


def test_bad_numbers_are_refused():
    p = VARIANTS[0].params
    with pytest.raises(BadParams, match="larger logit"):
        dataclasses.replace(p, likely=p.rare, rare=p.likely)
    with pytest.raises(BadParams, match="temperatures"):
        dataclasses.replace(p, cold_temperature=Fraction(2))


def test_dull_temperatures_are_taken_with_a_reason():
    p = VARIANTS[0].params
    flat = EXERCISE.with_params(
        dataclasses.replace(p, hot_temperature=Fraction(100), logits=tuple(z / 10 for z in p.logits))
    )
    assert "all but uniform" in flat.dull
    assert list(flat.verify().solution.hot) == pytest.approx(probabilities(flat.params.logits, 100))


def test_books_temperatures():
    """T = 10, 1, 0.1: the cold bot always says the likeliest word, as far as three decimal places tell."""
    p = Params(tuple(map(Fraction, (1, 2, 5))), Fraction(10), Fraction(1, 10), 3, 2, 20, varied=True)
    variant = EXERCISE.with_params(p).verify()
    assert "cold distribution is all but certain" in variant.dull
    s = variant.solution
    # e^-0.4 and e^-0.3 are 0.6703 and 0.7408, e^-4 and e^-3 are 0.0183 and 0.0498
    assert [round(q, 3) for q in s.hot] == [0.278, 0.307, 0.415]
    assert [round(q, 3) for q in s.plain] == [0.017, 0.047, 0.936]
    assert s.cold == pytest.approx((math.exp(-40), math.exp(-30), 1), rel=1e-9)
    assert s.odds == pytest.approx(3 / math.log(20))
    assert variant.asked("cold").mistakes.keys() == {"multiplied", "minus", "linear"}
    assert EXERCISE.parts["cold"].accepts("0; 0; 1", variant.asked("cold")).score == 1
