"""Log loss against plain sums and searches on a grid, and samples of three numbers with one positive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest

from listok.generators.formulas import evaluate
from listok.generators.oracles.log_loss import LAWS, holds
from listok.generators.outputs.log_loss import EXERCISE, FALSE, STATEMENTS, TRUE
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(8)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)

Sample: TypeAlias = Sequence[tuple[float, int]]


def loss(sample: Sample, w0: float, w1: float) -> float:
    """The mean of -ln p or -ln (1 - p)."""
    return sum(math.log1p(math.exp(min((1 - 2 * y) * (w0 + w1 * x), 700))) for x, y in sample) / len(sample)


@by_variant
def test_the_first_sample(variant: Any) -> None:
    p, s = variant.params, variant.solution
    sample = list(zip(p.xs, p.ys, strict=True))
    for w0, w1 in ((0.5, -0.25), (-1.0, 0.125), (0.0, 0.0)):
        assert float(evaluate(s.loss, {"w0": w0, "w1": w1})) == pytest.approx(loss(sample, w0, w1))
    low, high = s.borders
    side = 1 if s.direction == "up" else -1
    parts = [all((side * (x - border) > 0) == (y == 1) for x, y in sample)
             for border in (low - 0.5, low + 0.01, (low + high) / 2, high - 0.01, high + 0.5)]  # fmt: skip
    assert parts == [False, True, True, True, False]
    middle = (low + high) / 2
    falling = [loss(sample, -middle * side * k, side * k) for k in (1, 10, 100)]
    assert falling[0] > falling[1] > falling[2]
    assert falling[2] < 1e-15


@by_variant
def test_the_second_sample(variant: Any) -> None:
    p, s = variant.params, variant.solution
    sample = [(g.x, int(i < g.ones)) for g in (p.left, p.right) for i in range(g.size)]
    w0, w1 = float(evaluate(s.intercept, {})), float(evaluate(s.weight, {}))
    best = loss(sample, w0, w1)
    assert float(evaluate(s.lowest, {})) == pytest.approx(best, abs=1e-12)
    for angle in range(24):  # a convex function that grows in all directions
        assert loss(sample, w0 + 0.01 * math.cos(angle), w1 + 0.01 * math.sin(angle)) > best


def test_small_samples() -> None:
    seen: dict[tuple[int, ...], str] = {}
    for variant in VARIANTS:
        seen.update(zip(variant.params.samples, variant.solution.minimiser, strict=True))
    assert set(seen.values()) == {"finite", "zero", "positive"}
    for counts, kind in seen.items():
        sample = [(x, int(i < c)) for x, c in enumerate(counts, 1) for i in range(2)]
        borders = [b / 4 for b in range(4 * len(counts) + 4)]
        steep = min(loss(sample, -k * border, k) for border in borders for k in (-200.0, 200.0))
        gentle = min(loss(sample, -k * border, k) for border in borders for k in (-1.0, -0.25, 0.0, 0.25, 1.0))
        if kind == "zero":
            assert steep < 1e-12
        elif kind == "positive":
            assert steep == pytest.approx(2 * math.log(2) / len(sample))
            assert steep < gentle
        else:
            assert steep > 1 > gentle


def test_three_numbers_with_one_positive() -> None:
    variant = VARIANTS[0]
    last = variant.changed({"xs": [1, 2, 3], "ys": [0, 0, 1]}).verify().solution
    assert (list(last.borders), last.direction) == ([2, 3], "up")
    first = variant.changed({"xs": [1, 2, 3], "ys": [1, 0, 0]}).verify().solution
    assert (list(first.borders), first.direction) == ([1, 2], "down")
    key = EXERCISE.parts["loss"]
    asked = variant.changed({"xs": [1, 2, 3], "ys": [0, 0, 1]}).asked("loss")
    assert key.accepts("(ln(1+e^(w0+w1)) + ln(1+e^(w0+2w1)) + ln(1+e^(-w0-3w1)))/3", asked).score == 1


@pytest.mark.parametrize(
    ("xs", "ys", "kind", "direction"),
    [
        ([1, 2, 3], [0, 1, 0], "finite", "finite"),  # the book's
        ([1, 2, 3], [1, 0, 1], "finite", "finite"),
        ([4, -1, 2, 0], [0, 0, 1, 1], "finite", "finite"),
        ([1, 2, 2, 3], [0, 1, 0, 1], "positive", "up"),
        ([2, 2, 1], [1, 0, 1], "positive", "down"),
        ([2, 3, 2], [0, 0, 1], "positive", "down"),
    ],
)
def test_a_first_sample_that_no_border_separates(xs: list[int], ys: list[int], kind: str, direction: str) -> None:
    variant = VARIANTS[0].changed({"xs": xs, "ys": ys}).verify()
    s = variant.solution
    assert (s.first.kind, s.direction, list(s.borders)) == (kind, direction, [0, 0])
    assert EXERCISE.check(variant.params, s)
    sample = list(zip(xs, ys, strict=True))
    borders = [b / 8 for b in range(8 * min(xs), 8 * max(xs) + 1)]
    for border in borders:
        for side in (1, -1):
            assert any((2 * y - 1) * side * (x - border) <= 0 for x, y in sample)
    slopes = [k / 20 for k in range(-60, 61)] + [-50.0, 50.0]
    lows = {k: min(loss(sample, c / 20 - k * border, k) for border in borders for c in range(-40, 41)) for k in slopes}
    best = min(lows, key=lows.__getitem__)
    assert best == {"up": 50, "down": -50}.get(direction, best)
    assert (abs(best) < 3) == (kind == "finite")


def test_a_sample_of_one_class_or_one_point_is_refused() -> None:
    with pytest.raises(BadParams, match="both classes"):
        VARIANTS[0].changed({"xs": [1, 2, 3], "ys": [1, 1, 1]})
    with pytest.raises(BadParams, match="two different numbers"):
        VARIANTS[0].changed({"xs": [2, 2, 2], "ys": [0, 1, 1]})


def test_the_oracle_tries_every_statement() -> None:
    assert set(LAWS) == set(STATEMENTS)
    assert not set(TRUE) & set(FALSE)
    assert [name for name in STATEMENTS if holds(name)] == list(TRUE)
