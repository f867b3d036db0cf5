"""Logistic regression against differences of its loss, in decimal arithmetic."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import pytest
from conftest import differing

from listok.generators.descent.logistic_regression import EXERCISE, Params
from listok.generators.exact import Fraction
from listok.generators.exact import Fraction as Plain
from listok.generators.formulas import evaluate
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(15)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)
LOGARITHMS = Params((2, -1), (1, 0), Fraction(3), Fraction(1, 2), logs=True, eta=Fraction(1), asked="w")


def decimal(value: Any) -> Decimal:
    top, bottom = Plain(value).as_integer_ratio() if isinstance(value, float) else value.as_integer_ratio()
    return Decimal(top) / Decimal(bottom)


def weights(p: Params) -> list[Decimal]:
    """The weight and the intercept in decimals."""
    return [decimal(value).ln() if p.logs else decimal(value) for value in (p.w, p.b)]


def loss(p: Params, w: Decimal, b: Decimal) -> Decimal:
    """The mean of ln(1 + e^-z) where y is 1 and of ln(1 + e^z) where it is 0."""
    total = Decimal(0)
    for x, y in zip(p.xs, p.ys, strict=True):
        z = w * x + b
        total += (1 + (-z if y else z).exp()).ln()
    return total / len(p.xs)


@by_variant
def test_the_step_follows_differences_of_the_loss(variant: Any) -> None:
    p, s = variant.params, variant.solution
    with localcontext() as context:
        context.prec = 50
        w, b = weights(p)
        h = Decimal("1e-15")
        slope = (loss(p, w + h, b) - loss(p, w - h, b)) / (2 * h)
        shift = (loss(p, w, b + h) - loss(p, w, b - h)) / (2 * h)
        assert float(slope) == pytest.approx(float(s.slope), abs=1e-12)
        assert float(shift) == pytest.approx(float(s.shift), abs=1e-12)
        new_w, new_b = w - decimal(p.eta) * slope, b - decimal(p.eta) * shift
        assert s.step == pytest.approx([float(new_w), float(new_b)][: len(s.step)], abs=1e-12)
        after = loss(p, new_w, new_b if p.intercept else Decimal(0))
        assert s.loss == pytest.approx([float(loss(p, w, b)), float(after)], abs=1e-12)
        assert s.fell == (after < loss(p, w, b))


@by_variant
def test_the_rule_makes_the_step(variant: Any) -> None:
    p, s = variant.params, variant.solution
    values = dict(zip(("w", "b") if p.intercept else ("w",), map(float, weights(p)), strict=False))
    for i, (x, y) in enumerate(zip(p.xs, p.ys, strict=True), 1):
        values |= {f"x{i}": x, f"y{i}": y} if p.several else {"x": x, "y": y}
    assert set(s.rule.variables) == set(values)
    assert float(evaluate(s.rule, values)) == pytest.approx(s.step[0 if p.by_w else 1])


def test_logarithms_give_fractions() -> None:
    s = EXERCISE.with_params(LOGARITHMS).solution
    assert s.probabilities == (Fraction(9, 11), Fraction(1, 7))  # e^z is 9/2 and 1/6
    assert s.slope == (Fraction(-2, 11) * 2 - Fraction(1, 7)) / 2
    assert s.shift == (Fraction(-2, 11) + Fraction(1, 7)) / 2
    assert differing(EXERCISE, LOGARITHMS) == []


def test_three_observations_and_a_step_too_long() -> None:
    p = Params((3, -2, 1), (1, 1, 0), Fraction(1), Fraction(-1, 2), logs=False, eta=Fraction(10), asked="b")
    variant = EXERCISE.with_params(p).verify()
    assert not variant.solution.fell
    assert variant.solution.rule.variables == ("b", "w", "x1", "x2", "x3", "y1", "y2", "y3")


def test_equal_rules_are_taken_however_they_are_written() -> None:
    variant = VARIANTS[0]
    eta = variant.params.eta
    for text in (f"w + {eta}*x*(y - 1/(1 + exp(-w*x)))", f"w - {eta}*x*(exp(w*x)/(1 + exp(w*x)) - y)"):
        assert EXERCISE.parts["rule"].accepts(text, variant.asked("rule")).score == 1


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(BadParams, match="equally many"):
        replace(LOGARITHMS, ys=(1,))
    with pytest.raises(BadParams, match="logarithms"):
        replace(LOGARITHMS, w=Fraction(-3))
    with pytest.raises(BadParams, match="no intercept"):
        replace(LOGARITHMS, b=Fraction(1), asked="b")
    with pytest.raises(BadParams, match="ys cannot hold 2"):
        replace(LOGARITHMS, ys=(1, 2))


def test_dull_numbers_are_taken_with_the_reason() -> None:
    certain = EXERCISE.with_params(replace(LOGARITHMS, xs=(6, -1))).verify()
    assert "almost 0 or 1" in str(certain.dull)
    short = EXERCISE.with_params(replace(LOGARITHMS, eta=Fraction(1, 100))).verify()
    assert "three decimal places" in str(short.dull)


@pytest.mark.parametrize(("y", "loss"), [(1, 0.0), (0, 200.0)])
def test_a_probability_of_almost_one_keeps_its_loss(y: int, loss: float) -> None:
    """The probability is 1 to the last digit of a float; what the step changes is 0 or 10 times 10."""
    p = Params((10,), (y,), Fraction(20), Fraction(0), logs=False, eta=Fraction(1), asked="w")
    s = EXERCISE.with_params(p).verify().solution
    assert s.loss[0] == pytest.approx(loss)
    assert s.step == pytest.approx((20 if y else 10,))
    assert s.loss[1] == pytest.approx(loss / 2)
    assert s.fell is not bool(y)
    assert not s.grew


def test_a_step_as_long_as_it_likes_has_a_loss_after_it() -> None:
    p = Params((10, 9), (1, 0), Fraction(-2, 5), Fraction(0), logs=False, eta=Fraction(10), asked="w")
    s = EXERCISE.with_params(p).verify().solution
    assert s.step == pytest.approx((47.5038,), abs=1e-4)  # the miss of the first is -0.982, of the second 0.0266
    assert s.loss[1] == pytest.approx(9 * s.step[0] / 2)
    assert s.grew
