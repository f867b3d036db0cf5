"""A third way to the answers of the recurrent exercise: the error as a function of the weights, and its differences."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from listok.generators.exact import ZERO, Fraction
from listok.generators.recurrent.rnn_there_and_back import EXERCISE, Params
from listok.generators.values import BadParams


def error(p: Params, v: float, w: float, u: float) -> float:
    """The mean of the squares, in floats."""
    leak, ys = float(p.leak), [float(y) for y in p.ys]
    h, total = float(p.start), 0.0
    for before, now in itertools.pairwise(ys):
        z = v * before + w * h
        h = z if z > 0 else leak * z
        q = u * h
        total += ((q if q > 0 else leak * q) - now) ** 2
    return total / (len(ys) - 1)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_gradients_agree_with_differences(level: int) -> None:
    step = 1e-5
    for seed in range(25):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        weights = [float(p.v), float(p.w), float(p.u)]
        assert float(s.error) == pytest.approx(error(p, *weights), rel=1e-12)
        for place, gradient in enumerate((s.by_input, s.by_recurrent, s.by_output)):
            more, less = list(weights), list(weights)
            more[place] += step
            less[place] -= step
            slope = (error(p, *more) - error(p, *less)) / (2 * step)
            assert slope == pytest.approx(float(gradient), rel=1e-5, abs=1e-5)
            assert float(s.updated[place]) == pytest.approx(weights[place] - float(p.eta) * float(gradient), rel=1e-12)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_step_of_descent_descends(level: int) -> None:
    for seed in range(60):
        variant = EXERCISE.variant(seed, level)
        after = error(variant.params, *map(float, variant.solution.updated))
        assert after < float(variant.solution.error)
        assert variant.solution.descends
        assert variant.solution.error_after == pytest.approx(after)


def test_solved_with_a_pencil() -> None:
    half = Fraction(1, 2)
    params = Params(tuple(map(Fraction, (4, 2, 6, 1))), ZERO, half, half, Fraction(1), ZERO, Fraction(3, 100))
    solution = EXERCISE.with_params(params).solution
    assert solution.states == solution.forecasts == tuple(map(Fraction, (2, 2, 4)))
    assert solution.error == Fraction(25, 3)
    # misses 0, -4, 3; the states' derivatives by w are 0, 2, 3, and by v are 4, 4, 8
    assert solution.by_output == Fraction(8, 3)
    assert solution.by_recurrent == Fraction(2, 3)
    assert solution.by_input == Fraction(16, 3)
    assert solution.updated == (Fraction(17, 50), Fraction(12, 25), Fraction(23, 25))


def test_a_state_before_the_first_counts_from_the_first_moment_on() -> None:
    half = Fraction(1, 2)
    weights = half, half, Fraction(-1)
    params = Params(tuple(map(Fraction, (4, 6, 1))), Fraction(-4), *weights, Fraction(1), Fraction(1, 100))
    solution = EXERCISE.with_params(params).verify().solution
    # h = 2 - 2, then 3 + 0; misses are 0 - 6 and -3 - 1; the states' derivatives by w are -4, -2, and by v are 4, 8
    assert solution.states == (0, 3)
    assert solution.forecasts == (0, -3)
    assert solution.error == 26
    assert solution.by_output == -12
    assert solution.by_recurrent == -32
    assert solution.by_input == 56


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_gradient_by_the_input_weight_needs_the_way_back_through_time(level: int) -> None:
    """The identity v dL/dv = u dL/du, which would spare it, does not hold, and a cut recursion gives other numbers."""
    for seed in range(60):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        assert s.by_input != s.by_output
        assert p.v * s.by_input != p.u * s.by_output
        assert variant.mistakes["truncated"].keys() == {"by_recurrent", "by_input", "updated"}


@pytest.mark.parametrize("level", [2, 3])
def test_the_activation_matters(level: int) -> None:
    for seed in range(60):
        variant = EXERCISE.variant(seed, level)
        assert any(step.z < 0 for step in variant.solution.steps)
        assert "by_input" in variant.mistakes["slopes_ignored"]


def test_a_dead_state_stops_the_gradient() -> None:
    for seed in range(20):
        steps = EXERCISE.variant(seed, 2).solution.steps
        assert sum(step.h == 0 for step in steps) == 1
        assert all(step.dv == 0 and step.dw == 0 for step in steps if step.h == 0)


def test_bad_numbers_get_a_reason() -> None:
    variant = EXERCISE.variant(0, 1)
    with pytest.raises(BadParams, match="w must not be 0"):
        variant.changed({"w": 0})
    with pytest.raises(BadParams, match="leak"):
        variant.changed({"leak": 2})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ys": [2, 2, 3, "9/2"], "v": 1, "w": "1/2", "u": 1, "leak": 1}, "every forecast is exact"),
        ({"ys": [8, 4, 4, 7], "v": 2, "w": "1/2", "u": "1/2", "leak": 0}, "all hidden states are equal"),
        ({"ys": [4, -2, 6, 1], "v": 1, "w": "1/2", "u": 1, "leak": 0}, "taken exactly at 0"),
        ({"ys": [4, -6, -6, 1], "v": 1, "w": "1/2", "u": 1, "leak": 0}, "fewer than two states"),
        ({"ys": [4, 2, 6, 1], "v": 1, "w": "1/2", "u": -1, "leak": 0}, "the gradient by v is 0"),
        ({"ys": [4, 2, 6, 1], "v": 1, "w": "1/2", "u": "1/2", "leak": 0}, "without the activation's slopes"),
        ({"ys": [4, -2, 6, 1], "v": 1, "w": "1/2", "u": 1, "leak": 1}, "back through time"),
        ({"ys": [4, -2, 6, 1], "start": 2, "v": 1, "w": "1/2", "u": 1, "leak": 1, "eta": 1}, "does not lower"),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    assert reason in str(EXERCISE.variant(0, 1).changed({"start": 0, "eta": "1/100"} | changes).verify().dull)


def test_books_weights_with_one_state_alive() -> None:
    """Weights of 1/2 and ReLU; the first input is 0, where the sum is exactly 0, and the third state is dead."""
    half = Fraction(1, 2)
    params = Params(tuple(map(Fraction, (0, 2, -3, 1))), ZERO, half, half, half, ZERO, Fraction(1, 10))
    variant = EXERCISE.with_params(params).verify()
    assert "taken exactly at 0" in str(variant.dull)
    solution = variant.solution
    assert [step.z for step in solution.steps] == [0, 1, -1]
    assert solution.states == (0, 1, 0)
    assert solution.forecasts == (0, half, 0)
    assert solution.error == (4 + Fraction(49, 4) + 1) / 3
    # only the second moment lets anything back: its delta is 2/3 * 7/2, the states' derivatives are 2 by v and 0 by w
    assert solution.by_output == Fraction(7, 3)
    assert solution.by_recurrent == 0
    assert solution.by_input == Fraction(7, 3)
    assert solution.updated == (half - Fraction(7, 30), half, half - Fraction(7, 30))
