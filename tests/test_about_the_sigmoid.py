"""The sigmoid's derivatives by differences, its inverse and limits by large numbers, statements against the oracle."""

from __future__ import annotations

import math
from typing import Any

import pytest
from conftest import differing
from test_figures import overlap

from listok.generators import figures
from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate
from listok.generators.oracles.about_the_sigmoid import LAWS, holds
from listok.generators.outputs.about_the_sigmoid import EXERCISE, FALSE, IDENTITIES, TRUE
from listok.generators.toolkit.sigmoids import Curve
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(10)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)


def sigma(t: float) -> float:
    return math.exp(t) / (1 + math.exp(t)) if t < 0 else 1 / (1 + math.exp(-t))


def value(c: Curve, t: float, k: float = 1) -> float:
    return float(c.height) * sigma(k * (float(c.rate) * t + float(c.shift))) + float(c.floor)


def slope(f: Any, t: float) -> float:
    return float((f(t + 1e-5) - f(t - 1e-5)) / 2e-5)


@by_variant
def test_known_and_logs_by_differences(variant: Any) -> None:
    p, s = variant.params, variant.solution
    at = next(t / 1e4 for t in range(-100000, 100000) if sigma(t / 1e4) >= p.p)  # found by trying
    found = sigma(-at), slope(sigma, at), slope(sigma, -at), slope(lambda t: math.log(sigma(t)), at)
    assert found == pytest.approx([float(x) for x in s.known], abs=1e-4)
    logs = [sigma(point.k * at + math.log(point.r)) for point in p.points]
    assert logs == pytest.approx([float(x) for x in s.logs], abs=1e-4)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_names_of_the_graphs_stand_clear_of_numbers(level: int) -> None:
    for seed in range(100):
        scene = EXERCISE.variant(seed, level).params.graphs
        labels = [item for item in scene.items if isinstance(item, figures.Label)]
        names = [figures.bounds(label) for label in labels if label.content in ("g", "g'")]
        numbers = [figures.bounds(label) for label in labels if label.content not in ("g", "g'")]
        assert len(names) == 2
        assert not any(overlap(name, number) for name in names for number in numbers), (seed, level)


@by_variant
def test_the_curve_by_differences_and_large_numbers(variant: Any) -> None:
    p, s = variant.params, variant.solution
    g = p.g
    assert [value(g, -1e3), value(g, 1e3)] == pytest.approx([float(x) for x in s.limits])
    for t in (-1.5, 0.25, 2.0):
        y = value(g, t)
        assert float(evaluate(s.slope, {"y": y})) == pytest.approx(slope(lambda x: value(g, x), t), abs=1e-6)
    t, height, steepest = map(float, s.centre)
    grid = [t + n / 50 for n in range(-200, 201)]
    assert max(abs(slope(lambda x: value(g, x), u)) for u in grid) == pytest.approx(abs(steepest), rel=1e-6)
    assert value(g, t) == pytest.approx(height)
    assert value(g, float(evaluate(s.inverse, {}))) == pytest.approx(float(p.reached))
    assert [value(g, float(t), 1e3) for t in p.spots] == pytest.approx([float(x) for x in s.steep])


@by_variant
def test_the_curve_on_the_plot(variant: Any) -> None:
    h, s = variant.params.h, variant.solution
    for t in (-3.0, 0.5, 4.0):
        assert float(evaluate(s.curve, {"t": t})) == pytest.approx(value(h, t))
    assert slope(lambda t: value(h, t), float(h.centre)) == pytest.approx(float(s.tangent), abs=1e-6)
    assert (h.left.denominator, h.right.denominator) == (1, 1)  # readable from the picture


def test_the_plain_sigmoid_at_zero() -> None:
    """What the seed asks of: sigma(0) = 1/2, sigma'(0) = 1/4, and the sigmoid itself as the curve g."""
    plain = {"height": 1, "rate": 1, "shift": 0, "floor": 0}
    s = VARIANTS[0].changed({"p": "1/2", "g": plain, "reached": "1/4"}).verify().solution
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert s.known == (half, quarter, quarter, half)
    assert list(s.limits) == [0, 1]
    assert list(s.centre) == [0, half, quarter]
    assert str(s.slope) == "y*(1 - y)"
    assert EXERCISE.parts["inverse"].accepts("-ln 3", VARIANTS[0].changed(
        {"g": plain, "reached": "1/4"}).asked("inverse")).score == 1  # fmt: skip


def test_odd_numbers_are_taken() -> None:
    curve = {"height": -4, "rate": "-3/2", "shift": "1/2", "floor": 1}
    changes = {"g": curve, "h": curve, "reached": 0, "points": [{"k": -3, "r": 1}, {"k": 0, "r": 1}]}
    assert differing(EXERCISE, VARIANTS[0].changed(changes).params) == []
    with pytest.raises(BadParams, match="between the bounds"):
        VARIANTS[0].changed({"reached": 100})


def test_the_oracle_tries_every_statement() -> None:
    assert set(LAWS) == set(IDENTITIES)
    assert not set(TRUE) & set(FALSE)
    assert [name for name in IDENTITIES if holds(name)] == list(TRUE)
