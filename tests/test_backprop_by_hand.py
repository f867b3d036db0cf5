"""Two steps from an equal start: in decimals with numerical derivatives, and the book's numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import pytest

from listok.generators.backprop.backprop_by_hand import EXERCISE, FALSE, FORMULAS, STATEMENTS, TRUE, Params
from listok.generators.exact import ONE, ZERO, Fraction
from listok.generators.oracles.backprop_by_hand import holds
from listok.generators.values import BadParams, leaves

BOOK = Params(
    inputs=((1, 2), (3, 1)),
    targets=(ONE, Fraction(4)),
    first=2,
    widths=(2, 2),
    base=1,
    start=ZERO,
    rate=ONE,
    derivatives=tuple(FORMULAS),
    statements=(TRUE[0], FALSE[0]),
)


def decimal(value: Any) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def forecast(weights: list[list[list[Decimal]]], x: tuple[int, ...]) -> Decimal:
    row = [Decimal(v) for v in x]
    for k, W in enumerate(weights):
        row = [sum((v * w for v, w in zip(row, column, strict=True)), Decimal(0)) for column in zip(*W, strict=True)]
        if k < len(weights) - 1:
            row = [1 / (1 + (-h).exp()) for h in row]
    return row[0]


def trained(p: Params) -> tuple[list[Decimal], list[list[list[list[Decimal]]]]]:
    """The forecasts, and the weights before and after each step, with derivatives by tiny differences."""
    sizes = (len(p.inputs[0]), *p.widths, 1)
    starts = [Decimal(p.base).ln(), *[Decimal(0)] * (len(p.widths) - 1), decimal(p.start)]
    weights = [[[c] * b for _ in range(a)] for c, a, b in zip(starts, sizes, sizes[1:], strict=False)]
    tiny = Decimal("1e-20")
    forecasts, history = [], [weights]
    for number in (p.first, 3 - p.first):
        x, y = p.inputs[number - 1], decimal(p.targets[number - 1])
        forecasts.append(forecast(weights, x))
        after = [[list(row) for row in W] for W in weights]
        for k, W in enumerate(weights):
            for i, row in enumerate(W):
                for j, w in enumerate(row):
                    losses = []
                    for by in (tiny, -tiny):
                        row[j] = w + by
                        losses.append((forecast(weights, x) - y) ** 2 / 2)
                    row[j] = w
                    after[k][i][j] = w - decimal(p.rate) * (losses[0] - losses[1]) / (2 * tiny)
        weights = after
        history.append(weights)
    return forecasts, history


@pytest.mark.parametrize("level", [1, 2, 3])
def test_two_steps_in_decimals(level: int) -> None:
    for seed in range(8):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        with localcontext() as context:
            context.prec = 60
            forecasts, history = trained(p)
            pairs = list(zip(s.forecasts, forecasts, strict=True))
            for row, weights in zip(s.output, history[1:], strict=True):
                pairs += zip(row, [w for (w,) in weights[-1]], strict=True)
            changes = [
                b - a
                for old, new in zip(history[0][-2], history[2][-2], strict=True)
                for a, b in zip(old, new, strict=True)
            ]
            pairs += zip(leaves(s.hidden), changes, strict=True)
            for right, found in pairs:
                assert abs(decimal(right) - found) < Decimal("1e-15")
        for k, move in enumerate(s.rises):
            moved = [
                max(abs(b - a) for r, q in zip(old[k], new[k], strict=True) for a, b in zip(r, q, strict=True)) > 1e-15
                for old, new in itertools.pairwise(history)
            ]
            assert moved == [move.first, move.second]


def test_a_case_by_pencil_layers_wake_up_from_the_output() -> None:
    """As in the book: two hidden layers, zeros, rate 1, observation 2 first."""
    s = EXERCISE.with_params(BOOK).verify().solution
    assert s.forecasts == (0, 2)
    assert s.output == ((2, 2), (Fraction(3, 2), Fraction(3, 2)))
    assert s.hidden == ((Fraction(-1, 4),) * 2,) * 2
    assert s.moves == ("never", "only_second", "both")


def test_a_first_target_of_zero_changes_nothing() -> None:
    """The book's own table does that; a teacher may set it and is told."""
    variant = EXERCISE.with_params(replace(BOOK, targets=(ONE, ZERO))).verify()
    assert "the first step changes nothing" in str(variant.dull)
    assert variant.solution.moves == ("never", "never", "only_second")
    assert variant.solution.output[0] == (0, 0)


def test_sums_of_the_second_step_are_as_at_the_start_for_the_reason_that_the_key_gives() -> None:
    variants = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(30)]
    shallow = [v for v in variants if not v.params.deep]
    assert {v.params.blocked for v in shallow} == {True, False}
    for v in shallow:
        first = v.solution.steps[0].layers[0]
        assert not any(first.d_w) if v.params.blocked else v.params.perpendicular

    exact = replace(BOOK, widths=(2,), start=ONE, targets=(ONE, ONE))
    variant = EXERCISE.with_params(exact).verify()
    assert not exact.blocked
    assert not exact.perpendicular
    assert variant.solution.steps[0].residual == 0


def test_what_is_irrational_is_refused() -> None:
    with pytest.raises(BadParams, match="irrational"):
        EXERCISE.with_params(replace(BOOK, start=ONE))


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_hold_in_experiments(name: str) -> None:
    assert holds(name) == (name in TRUE)
