"""Staircases against the curve on fine grids: values, nets, and the accuracy that so many steps really give."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import differing

from listok.generators import figures
from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate
from listok.generators.oracles.universal_regressor import LAWS, holds
from listok.generators.perceptrons.universal_regressor import EXERCISE, FALSE, STATEMENTS, TRUE
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(8)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)


def grid(p: Any, count: int) -> list[Fraction]:
    return [p.left + p.length * Fraction(i, count) for i in range(1, count + 1)]


@by_variant
def test_the_net_is_the_staircase(variant: Any) -> None:
    p, s = variant.params, variant.solution

    def net(x: Fraction) -> Fraction:
        return sum((w for w, t in zip(s.weights, p.borders, strict=True) if x > t), Fraction(0))

    assert net(p.left) == net(p.right + 1) == 0
    for x in grid(p, 8 * p.count):
        middle = next(step.middle for step in s.steps if step.start < x <= step.end)
        assert net(x) == evaluate(p.f.formula, {"x": middle})
    assert net(p.x) == s.value
    assert abs(evaluate(p.f.formula, {"x": p.x}) - s.value) == s.error


@by_variant
def test_so_many_steps_are_enough(variant: Any) -> None:
    p, s = variant.params, variant.solution
    tiny = Fraction(1, 10**6)

    def f(x: Fraction) -> Fraction:
        return Fraction(evaluate(p.f.formula, {"x": x}))

    places = grid(p, 400)[:-1]
    slopes = [(f(x + tiny) - f(x - tiny)) / (2 * tiny) for x in places]
    steepest = float(max(map(abs, slopes)))
    assert steepest == pytest.approx(float(s.steepest), rel=0.05)
    assert steepest <= float(s.steepest) + 1e-6
    assert float(evaluate(p.f.derivative, {"x": places[7]})) == pytest.approx(float(slopes[7]), abs=1e-6)
    assert s.steepest * p.length / s.enough <= 2 * p.accuracy < s.steepest * p.length / (s.enough - 1)
    width = p.length / s.enough
    for x in places[::20]:
        middle = p.left + ((x - p.left) // width) * width + width / 2
        assert abs(f(x) - f(middle)) <= p.accuracy


@by_variant
def test_no_line_runs_through_the_numbers_of_the_borders(variant: Any) -> None:
    for scene in (variant.params.picture, variant.params.staircase):
        labels = [item for item in scene.items if isinstance(item, figures.Label)]
        lines = [item for item in scene.items if not isinstance(item, figures.Label)]
        places = {figures.bounds(label) for label in labels if label.size == "small" and label.at[1] < 4}
        assert len(places) == len(variant.params.borders)
        assert max(top for *_, top in places) < min(figures.bounds(line)[1] for line in lines)


def test_a_border_belongs_to_the_step_that_ends_there() -> None:
    square = {"coefficients": [0, 0, 1], "inverse": 0}
    v = VARIANTS[0].changed({"f": square, "left": 0, "right": 4, "count": 2, "x": 2, "accuracy": "1/3"}).verify()
    s = v.solution
    assert [*s.heights, s.value, s.error, *s.weights] == [1, 9, 1, 3, 1, 8, -9]
    assert (s.enough, s.neurons) == (48, (96, 49))  # 8 * 4 / (2 / 3)
    assert v.mistakes["late_border"] == {"value": 9, "error": 5}


def test_odd_curves_are_taken() -> None:
    changes = {"f": {"coefficients": ["1/3"], "inverse": "-2"}, "left": -3, "right": "-1/2", "count": 5, "x": -1}
    assert differing(EXERCISE, VARIANTS[0].changed(changes).params) == []
    constant = {"f": {"coefficients": [2], "inverse": 0}}
    assert differing(EXERCISE, VARIANTS[0].changed(constant).params) == []
    with pytest.raises(BadParams, match="0 must lie outside"):
        VARIANTS[0].changed({"f": {"coefficients": [0], "inverse": 1}, "left": -1, "right": 1, "x": 1})


def test_the_oracle_tries_every_statement() -> None:
    assert set(LAWS) == set(STATEMENTS)
    assert not set(TRUE) & set(FALSE)
    assert [name for name in STATEMENTS if holds(name)] == list(TRUE)
