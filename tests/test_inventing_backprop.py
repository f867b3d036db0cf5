"""The chain against differences of its own loss, taken with steps so short that they are exact to ten digits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from listok.generators.backprop.inventing_backprop import EXERCISE, Params
from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(12)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)
NANO = Fraction(1, 10**12)


def forecast(p: Params, weights: Any) -> Any:
    o = p.x
    for w, kind in zip(weights, p.kinds, strict=True):
        h = w * o
        o = {"none": h, "square": h * h, "leaky": max(h, p.leak * h)}[kind]
    return o


def loss(p: Params, weights: Any) -> Any:
    return (forecast(p, weights) - p.y) ** 2 / 2


def nudged(p: Params, k: int, by: Fraction) -> list[Fraction]:
    return [w + by * (j == k) for j, w in enumerate(p.weights)]


@by_variant
def test_the_gradient_is_that_of_the_loss(variant: Any) -> None:
    p, s = variant.params, variant.solution
    for k, g in enumerate(s.gradient):
        slope = (loss(p, nudged(p, k, NANO)) - loss(p, nudged(p, k, -NANO))) / (2 * NANO)
        assert float(g) == pytest.approx(float(slope), rel=1e-9)
    assert loss(p, s.updated) < loss(p, p.weights)


@by_variant
def test_letters_give_the_numbers(variant: Any) -> None:
    p, s = variant.params, variant.solution
    letters = {"x": p.x, "r": s.residual} | {f"w{k}": w for k, w in enumerate(p.weights, 1)}
    assert evaluate(s.formula, {n: letters[n] for n in s.formula.variables}) == forecast(p, p.weights)
    letters |= {f"o{k}": o for k, o in enumerate(s.forward, 1)} | {f"s{step.k}": step.slope for step in s.steps}
    assert evaluate(s.chain, {n: letters[n] for n in s.chain.variables}) == s.gradient[p.asked - 1]


@by_variant
def test_shared_factors_divide_both_derivatives(variant: Any) -> None:
    p, s = variant.params, variant.solution
    for (i, j), name in zip(p.pairs, s.repeated, strict=True):
        shared = set(p.products[int(name.removeprefix("to_")) - 1].split())
        of_i, of_j = (set(p.products[k - 1].split()) | {"x" if k == 1 else f"o_{k - 1}"} for k in (i, j))
        assert shared == of_i & of_j


def test_multiplications_are_those_of_a_walk() -> None:
    for n in (2, 3, 10):
        s = EXERCISE.solve(replace(VARIANTS[0].params, long=n))
        assert s.counts == (sum(2 * k + 1 for k in range(n)), n + 2 * (n - 1))


def test_the_books_chain_without_functions() -> None:
    """x = 1, all weights 1/2, y = 1 and no function: the forecast is 1/8, and each derivative is r / 4."""
    half = Fraction(1, 2)
    p = replace(VARIANTS[0].params, x=Fraction(1), y=Fraction(1), weights=(half,) * 3, kinds=("none",) * 3)
    s = EXERCISE.with_params(p).verify().solution
    assert s.gradient == (Fraction(-7, 32),) * 3


def test_a_sum_at_the_kink_takes_the_derivative_of_the_left() -> None:
    p = replace(VARIANTS[0].params, weights=(Fraction(1), Fraction(2), Fraction(3)), kinds=("leaky", "none", "none"))
    s = EXERCISE.with_params(replace(p, x=Fraction(-4))).verify().solution
    assert s.steps[0].slope == p.leak
    exact = EXERCISE.with_params(replace(p, y=s.forward[-1], x=Fraction(-4))).verify()
    assert "exact" in str(exact.dull)


def test_bad_numbers_are_refused() -> None:
    p = VARIANTS[0].params
    with pytest.raises(BadParams, match="as many names"):
        replace(p, kinds=("none",) * 4)
    with pytest.raises(BadParams, match="the smaller first"):
        replace(p, pairs=((2, 1),))
    with pytest.raises(BadParams, match="number of a weight"):
        replace(p, asked=4)
