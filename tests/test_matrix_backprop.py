"""A network in matrices: every gradient by exact differences of the loss, and paths one by one."""

from __future__ import annotations

from typing import Any

import pytest

from listok.generators.backprop.matrix_backprop import EXERCISE, Params
from listok.generators.exact import ZERO, Fraction
from listok.generators.values import leaves
from listok.templates import plain
from listok.templates.sheet import problem
from listok.templates.text import Filled, Lang

STEP = Fraction(1, 1000)


def passed(rows: Any, weights: Any) -> list[list[Any]]:
    return [[sum((v * w for v, w in zip(row, column, strict=True)), ZERO) for column in zip(*weights, strict=True)]
            for row in rows]  # fmt: skip


def loss(p: Params, weights: list[Any]) -> Fraction:
    rows: Any = p.inputs
    for k, W in enumerate(weights):
        rows = passed(rows, W)
        if k < 2:
            rows = [[h if h > 0 else p.leak * h for h in row] for row in rows]
    total = sum(((f - y) ** 2 for (f,), y in zip(rows, p.targets, strict=True)), ZERO)
    return total / (2 * len(rows) if p.mean else 2)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_gradients_are_differences_and_paths_add_up(level: int) -> None:
    for seed in range(10):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        weights = [[[Fraction(w) for w in row] for row in W] for W in p.weights]
        for k, right in enumerate((s.d_first, s.d_second, tuple((g,) for g in s.d_third))):
            for i, row in enumerate(weights[k]):
                for j, w in enumerate(row):
                    losses = []
                    for by in (STEP, -STEP):
                        row[j] = w + by
                        losses.append(loss(p, weights))
                    row[j] = w
                    assert right[i][j] == (losses[0] - losses[1]) / (2 * STEP)
        assert sum(s.paths) == s.d_first[p.source - 1][p.unit - 1]
        for m, share in enumerate(s.paths):
            by_hand = ZERO
            for i, x in enumerate(p.inputs):
                slopes = s.slopes[i][p.unit - 1] * s.second_slopes[i][m]
                by_hand += x[p.source - 1] * slopes * p.second[p.unit - 1][m] * p.third[m] * s.d_forecast[i]
            assert share == by_hand


HAND = Params(
    inputs=((1, -2),),
    first=((1, 2), (-1, 1)),
    second=((2, -1), (1, 1)),
    third=(1, -2),
    targets=(Fraction(4),),
    leak=ZERO,
    mean=False,
    drawn=2,
    source=2,
    unit=1,
    derivatives=("W1", "H2"),
    measured=("W3", "H1"),
)


def test_a_case_by_pencil() -> None:
    s = EXERCISE.with_params(HAND).verify().solution
    by_pencil: dict[str, Any] = {
        "hidden": ((3, 0),),
        "second_hidden": ((6, -3),),
        "forecast": (6,),
        "d_third": (12, 0),
        "d_second_hidden": ((2, 0),),
        "d_second": ((6, 0), (0, 0)),
        "d_hidden": ((4, 0),),
        "d_first": ((4, 0), (-8, 0)),
        "paths": (-8, 0),
        "sizes": (2, 1, 1, 2),
        "algorithm": ("input_weights", "through_activation"),
    }
    assert {name: getattr(s, name) for name in by_pencil} == by_pencil


def test_a_sum_of_zero_has_the_derivative_that_the_stem_says() -> None:
    variant = EXERCISE.with_params(HAND)
    assert leaves(variant.solution.slopes) == [1, 0]
    assert "exactly 0" in str(variant.dull)


@pytest.mark.parametrize(("lang", "many"), [("ru", "наблюдений"), ("en", "observations")])
def test_a_sheet_speaks_of_as_many_observations_as_there_are(lang: Lang, many: str) -> None:
    for level in (1, 2, 3):
        variant = EXERCISE.variant(0, level)
        points = {part: key.points for part, key in EXERCISE.parts.items()}
        said = " ".join(plain.printer(lang).blocks(problem(Filled(variant, lang), points)).split())
        assert (many in said) == variant.params.several == (level > 1)
