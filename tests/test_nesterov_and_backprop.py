"""Both ways of moving the weights of a chain, against exact differences, and a case worked by pencil."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from listok.generators.backprop.nesterov_and_backprop import EXERCISE, FALSE, STATEMENTS, TRUE, Params
from listok.generators.exact import ONE, Fraction
from listok.generators.oracles.nesterov_and_backprop import holds
from listok.generators.values import BadParams

TINY = Fraction(1, 10**6)


def forecast(p: Params, weights: Any) -> Fraction:
    o = p.x
    for k, w in enumerate(weights, 1):
        o = w * o
        if k < len(weights) and o <= 0:
            o = p.leak * o
    return o


def shifted(weights: Any, k: int, by: Fraction) -> list[Fraction]:
    return [w + by * (i == k) for i, w in enumerate(weights)]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_steps_are_exact_differences(level: int) -> None:
    """The forecast is linear in each weight while no sum changes its sign, the loss a quadratic of it."""
    for seed in range(12):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution

        def loss(weights: Any, p: Params = p) -> Fraction:
            return (forecast(p, weights) - p.y) ** 2 / 2

        n = len(p.weights)
        for k in range(n):
            up, down = (loss(shifted(p.weights, k, by)) for by in (TINY, -TINY))
            assert s.together[k] == p.weights[k] - p.eta * (up - down) / (2 * TINY)
        # In turn: each shift is the one together, times the product of the moved later weights over the old ones.
        for k in range(n):
            factor = ONE
            for later in range(k + 1, n):
                factor *= s.in_turn[later] / p.weights[later]
            assert s.in_turn[k] - p.weights[k] == factor * (s.together[k] - p.weights[k])
        assert s.losses == (loss(p.weights), loss(s.together), loss(s.in_turn))
        assert max(s.losses[1:]) < s.losses[0]
        assert s.better == ("together" if s.losses[1] < s.losses[2] else "in_turn")


HAND = Params(ONE, Fraction(21), (ONE, ONE), ONE, Fraction(1, 20), (TRUE[0], FALSE[0]))


def test_a_case_by_pencil() -> None:
    variant = EXERCISE.with_params(HAND).verify()
    s = variant.solution
    assert [list(row) for row in (s.together, s.in_turn)] == [[2, 2], [3, 2]]
    assert list(s.losses) == [200, Fraction(289, 2), Fraction(225, 2)]
    assert s.ratio == 2
    assert s.better == "in_turn"
    assert list(variant.mistakes["fresh"]["in_turn"]) == [Fraction(29, 10), 2]  # the residual would be -19


def test_an_exact_forecast_has_nothing_to_compare() -> None:
    with pytest.raises(BadParams, match="nothing to compare"):
        EXERCISE.with_params(replace(HAND, y=ONE))


def test_a_step_that_is_too_long_is_dull() -> None:
    variant = EXERCISE.with_params(replace(HAND, eta=Fraction(1, 2))).verify()
    assert "does not lower the loss" in str(variant.dull)
    assert variant.solution.rises


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_hold_in_experiments(name: str) -> None:
    assert holds(name) == (name in TRUE)
