"""The forecast and the formula, checked by running the network with NumPy at many inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from listok.generators.exact import Fraction
from listok.generators.formulas import Formula, equivalent, evaluate
from listok.generators.perceptrons.picture_to_formula import EXERCISE, Params
from listok.generators.values import BadParams


def run(p: Params, x: np.ndarray) -> float:
    hidden = np.array([[float(w) for w in row] for row in p.hidden])
    output = np.array([float(v) for v in p.output])
    return float(np.maximum(0, np.maximum(0, x @ hidden) @ output + float(p.bias)))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_network_agrees_with_value_and_formula(level: int) -> None:
    rng = np.random.default_rng(level)
    for seed in range(15):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        assert run(p, np.array(p.x)) == pytest.approx(float(s.value))
        for x in rng.integers(-20, 20, (8, len(p.x))):
            point = {f"x{i + 1}": Fraction(int(n)) for i, n in enumerate(x)}
            assert run(p, x) == pytest.approx(float(evaluate(s.formula, point)))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_one_or_two_of_three_units_are_alive_and_the_weather_is_possible(level: int) -> None:
    alive, rained, arrows = set(), set(), set()
    for seed in range(40):
        variant = EXERCISE.variant(seed, level)
        x = variant.params.x
        alive.add(sum(unit.h > 0 for unit in variant.solution.units))
        rained.add(x[1])
        assert not (level > 1 and x[1] == 1 and x[2] < 0)
        arrows.add(sum(len(unit.terms) for unit in variant.solution.units))
    assert alive == {1, 2}
    assert rained == {0, 1}
    assert arrows == {3 * (level + 1) - (level == 3)}  # at the last level one arrow is missing


def test_books_numbers() -> None:
    p = Params(
        (10, 1, 20),
        tuple(tuple(map(Fraction, row)) for row in (("5", "-2"), ("-60", "-80"), ("0.5", "2"))),
        (Fraction(1), Fraction("0.2")),
        Fraction(4),
    )
    off = EXERCISE.with_params(p).verify()
    assert off.dull == "all hidden units are off, so the inputs do not matter"
    assert [unit.z for unit in off.solution.units] == [0, -60]  # 50 - 60 + 10 and -20 - 80 + 40
    assert off.solution.value == 4
    variant = EXERCISE.with_params(Params((10, 0, -8), p.hidden, p.output, p.bias)).verify()
    assert variant.solution.value == 50
    asked = variant.asked("formula")
    key = EXERCISE.parts["formula"]
    assert key.accepts("max(0; 4 + max(0; 5x1 - 60x2 + 0,5x3) + 0,2 max(0; -2x1 - 80x2 + 2x3))", asked).score == 1
    assert key.accepts("max(0, 4 + 5x1 - 60x2 + 0.5x3)", asked).score == 0
    assert isinstance(variant.solution.formula, Formula)


def test_mistakes_by_pencil() -> None:
    """The hidden sums are 50 - 4 = 46 and -20 - 16 = -36."""
    hidden = tuple(tuple(map(Fraction, row)) for row in (("5", "-2"), ("-60", "-80"), ("0.5", "2")))
    variant = EXERCISE.with_params(Params((10, 0, -8), hidden, (Fraction(1), Fraction("0.2")), Fraction(4)))
    assert [unit.z for unit in variant.solution.units] == [46, -36]
    wrong = variant.mistakes
    assert wrong["no_hidden_relu"]["value"] == 4 + 46 - Fraction("7.2")
    assert wrong["wrong_coding"] == {"value": 4}  # with rain, both hidden sums are below zero
    assert wrong["swapped_units"] == {"value": 4 + Fraction("0.2") * 46}
    assert set(wrong["no_output_relu"]) == {"formula"}
    inside = "max(0; max(0; 5x1 - 60x2 + 0,5x3 + 4) + 0,2 max(0; -2x1 - 80x2 + 2x3 + 4))"
    assert equivalent(wrong["constant_inside"]["formula"], Formula(inside))
    assert ("constant_inside", "value") in variant.blind_mistakes  # 46 + 4 either way: the second unit stays off


@pytest.mark.parametrize(
    ("changes", "value", "reason"),
    [
        ({"x": [10, 0], "hidden": [[1, 2], [3, 4]], "output": [1, -1], "bias": 30}, 20, "all hidden units are on"),
        ({"x": [10, 0], "hidden": [[1, -2], [3, 4]], "output": [-1, 1], "bias": 5}, 0, "the forecast is 0"),
        ({"x": [10, 1, -5], "hidden": [[5, 2], [1, 3], [1, 20]], "output": [1, 1], "bias": 1}, 47, "rains in frost"),
        ({"x": [10, 0], "hidden": [[1, 1], [3, 3]], "output": [1, 2], "bias": 5}, 35, "two hidden units have the same"),
        ({"x": [10, 0], "hidden": [[5000, -2], [3, 4]], "output": [1, 1], "bias": 5}, 50_005, "above 10000"),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(changes: dict[str, Any], value: int, reason: str) -> None:
    variant = EXERCISE.variant(0, 1).changed(changes).verify()
    assert variant.solution.value == value
    assert reason in str(variant.dull)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"x": [10]}, "x must hold 2 to 4 items"),
        ({"x": [10, 0]}, "hidden must be a table of 2 rows"),
        ({"x": [-1, 0, 3]}, "number of buses"),
        ({"hidden": [[1, 0, 2], [3, 0, 4], [5, 0, 6]]}, "no arrow leads into that unit"),
        ({"x": [10, 2, 3]}, "must be 0 or 1"),
        ({"output": [1, 2]}, "2 columns"),
        ({"bias": 10_001}, "bias must lie between -10000 and 10000"),
    ],
)
def test_numbers_out_of_bounds_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0, 2).changed(changes)
