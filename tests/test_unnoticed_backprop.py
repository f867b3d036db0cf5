"""Unnoticed backpropagation: every gradient by exact differences of the loss, and a case worked by pencil."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from listok.answerkeys.keysheet import problem_key
from listok.generators.backprop.unnoticed_backprop import EXERCISE, Params
from listok.generators.exact import HALF, ZERO, Fraction
from listok.generators.values import BadParams
from listok.templates import plain
from listok.templates.sheet import problem
from listok.templates.text import Filled

# H is a non-zero whole number and inputs are at most 3, so a step of 1/8 crosses no kink; within it the loss is a
# quadratic of each weight, whose central difference is exact.
STEP = Fraction(1, 8)


def forecasts(p: Params, first: Any, second: Any) -> list[Fraction]:
    answer = []
    for row in p.inputs:
        sums = [sum((x * weights[j] for x, weights in zip(row, first, strict=True)), ZERO) for j in range(len(second))]
        units = [max(ZERO, h) for h in sums]
        answer.append(sum((u * w for u, w in zip(units, second, strict=True)), ZERO))
    return answer


def loss(p: Params, first: Any, second: Any) -> Fraction:
    errors = [f - y for f, y in zip(forecasts(p, first, second), p.targets, strict=True)]
    return sum((e * e for e in errors), ZERO) / (2 * len(errors))


def shifted(row: tuple[Any, ...], place: int, by: Fraction) -> tuple[Any, ...]:
    return tuple(v + by if i == place else v for i, v in enumerate(row))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_gradients_are_differences_of_the_loss(level: int) -> None:
    for seed in range(12):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution
        assert s.loss == loss(p, p.first, p.second)
        for j in range(len(p.second)):
            up, down = (loss(p, p.first, shifted(p.second, j, by)) for by in (STEP, -STEP))
            assert s.d_second[j] == (up - down) / (2 * STEP)
        for a, row in enumerate(p.first):
            for j in range(len(row)):
                up, down = (
                    loss(p, (*p.first[:a], shifted(row, j, by), *p.first[a + 1 :]), p.second) for by in (STEP, -STEP)
                )
                assert s.d_first[a][j] == (up - down) / (2 * STEP)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_gradient_by_the_inputs_is_a_difference(level: int) -> None:
    step = Fraction(1, 1000)
    for seed in range(12):
        p, s = EXERCISE.variant(seed, level).params, EXERCISE.variant(seed, level).solution
        for i, row in enumerate(p.inputs):
            for a in range(len(row)):
                up, down = (
                    loss(replace(p, inputs=(*p.inputs[:i], shifted(row, a, by), *p.inputs[i + 1 :])), p.first, p.second)
                    for by in (step, -step)
                )
                assert s.d_inputs[i][a] == (up - down) / (2 * step)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_draws_are_even_and_the_step_lowers_the_loss(level: int) -> None:
    live = set()
    for seed in range(60):
        p, s = EXERCISE.variant(seed, level).params, EXERCISE.variant(seed, level).solution
        assert loss(p, s.new_first, s.new_second) < s.loss
        assert all(map(all, (*p.inputs, *p.first)))
        assert all(map(any, s.activations))
        assert all(map(any, zip(*s.activations, strict=True)))
        live.add(sum(map(sum, s.mask)))
    assert len(live) == 1  # as many products are left in X^T dH for everybody


@pytest.mark.parametrize("level", [1, 2, 3])
def test_log_loss_gradient_is_a_difference(level: int) -> None:
    for seed in range(12):
        variant = EXERCISE.variant(seed, level)
        p, s = variant.params, variant.solution

        def log_loss(logits: list[float], labels: tuple[int, ...] = p.labels) -> float:
            chances = [1 / (1 + math.exp(-z)) for z in logits]
            return -sum(math.log(q if t else 1 - q) for q, t in zip(chances, labels, strict=True)) / len(logits)

        logits = [float(f) for f in s.forecast]
        assert s.log_loss == pytest.approx(log_loss(logits), abs=1e-12)
        for i in range(len(logits)):
            up, down = ([z + by * (k == i) for k, z in enumerate(logits)] for by in (1e-5, -1e-5))
            assert s.d_logits[i] == pytest.approx((log_loss(up) - log_loss(down)) / 2e-5, abs=1e-8)


HAND = Params(
    inputs=((-2, -3), (2, 1)),
    first=((2, 2), (-1, 1)),
    second=(Fraction(-2), Fraction(2)),
    targets=(Fraction(-4), Fraction(8)),
    labels=(0, 1),
    rate=Fraction(1),
    sought="first",
    statements=("same_mask", "all_anew"),
)


def test_a_case_by_pencil() -> None:
    s = EXERCISE.with_params(HAND).verify().solution
    assert s.loss == 8
    by_pencil: dict[str, Any] = {
        "hidden": ((-1, -7), (3, 5)),
        "activations": ((0, 0), (3, 5)),
        "forecast": (0, 4),
        "d_forecast": (2, -2),
        "d_second": (-6, -10),
        "d_hidden": ((0, 0), (4, -4)),
        "d_activations": ((-4, 4), (4, -4)),
        "d_first": ((8, -8), (4, -4)),
        "d_inputs": ((0, 0), (0, -8)),
        "stepped": ((-6, 10), (-5, 5), (4, 12)),
    }
    assert {name: getattr(s, name) for name in by_pencil} == by_pencil
    assert [round(q, 3) for q in s.probability] == [0.5, 0.982]
    assert round(s.log_loss, 3) == 0.356
    assert [round(g, 3) for g in s.d_logits] == [0.25, -0.009]


def test_one_over_n_stays_from_the_loss_to_the_step() -> None:
    """The loss has 1/(2n), so leaving 1/n out spoils the loss and everything after it, by the same factor n."""
    variant = EXERCISE.with_params(HAND)
    wrong = variant.mistakes["forgotten_mean"]
    assert wrong["loss"] == 16
    assert wrong["d_first"] == ((16, -16), (8, -8))
    assert wrong["stepped"] == ((-14, 18), (-9, 9), (10, 22))


SMALL: dict[str, Any] = {"inputs": [[1, 1], [2, 1]], "second": [1, 1], "targets": [0, 1]}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inputs": [[1, 2, 3], [1, 2, 4]]}, "must hold 2 numbers"),
        ({"targets": [1]}, "2 targets"),
        ({"labels": [0, 2]}, "labels cannot hold 2: there are 0, 1"),
        ({"rate": "-1"}, "rate must be above 0"),
        ({"first": [[2, 2], [-1, 2000]]}, "between -1000 and 1000"),
    ],
)
def test_bad_numbers_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0).changed(HAND_DATA | changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inputs": [[1, 2], [1, 2]]}, "exactly 0"),
        ({"inputs": [[1, 1], [2, 1]]}, "everything or nothing"),
        ({"inputs": [[-2, -3], [-2, -3]]}, "everything or nothing"),
        ({"inputs": [[-2, -3], [2, 1], [2, 1]], "targets": [-4, 8, 8], "labels": [0, 1, 1]}, "are the same"),
        ({"targets": ["0", "8"]}, "equals its target"),
        ({"second": ["-200", "200"]}, "beyond 4"),
        ({}, "all units are stopped for one observation"),
        (SMALL | {"first": [[2, -2], [-1, -1]]}, "a unit is stopped for all observations"),
        (SMALL | {"inputs": [[0, 1], [0, -1]], "first": [[2, 2], [1, -1]], "second": [1, 2]}, "an input is 0"),
        ({"inputs": [[-1, 1], [2, 1]], "first": [[-2, 2], [-1, 3]], "second": [1, "1/2"]}, "does not lower the loss"),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    assert reason in str(EXERCISE.variant(0).changed(HAND_DATA | changes).verify().dull)


def test_a_sum_of_zero_has_the_derivative_that_the_stem_says() -> None:
    """The first unit of the first observation gets exactly 0."""
    p = replace(HAND, inputs=((1, 2), (2, 1)), second=(Fraction(-1), HALF), targets=(ZERO, ZERO))
    variant = EXERCISE.with_params(p).verify()
    assert "exactly 0" in str(variant.dull)
    s = variant.solution
    by_pencil: dict[str, Any] = {
        "hidden": ((0, 4), (3, 5)),
        "mask": ((0, 1), (1, 1)),
        "forecast": (2, -HALF),
        "loss": Fraction(17, 16),
        "d_forecast": (1, Fraction(-1, 4)),
        "d_second": (Fraction(-3, 4), Fraction(11, 4)),
        "d_hidden": ((0, HALF), (Fraction(1, 4), Fraction(-1, 8))),
        "d_first": ((HALF, Fraction(1, 4)), (Fraction(1, 4), Fraction(7, 8))),
    }
    assert {name: getattr(s, name) for name in by_pencil} == by_pencil
    for lang, said in (("en", "At zero the derivative of ReLU is taken to be zero"), ("ru", "Производную ReLU в нуле")):
        printer = plain.printer(lang)  # type: ignore[arg-type]
        points = {part: Fraction(key.points) for part, key in EXERCISE.parts.items()}
        for shown, there in ((variant, True), (EXERCISE.with_params(HAND), False)):
            sheet = " ".join(printer.blocks(problem(Filled(shown, lang), points)).split())  # type: ignore[arg-type]
            assert (said in sheet) is there


def test_a_forecast_far_from_zero_keeps_its_log_loss() -> None:
    """The sigmoid of 800 is 1 as far as a float can tell; the loss of class 0 is 800 all the same."""
    s = EXERCISE.variant(0).changed(HAND_DATA | {"second": [-200, 360], "labels": [0, 0]}).verify().solution
    assert s.forecast == (0, 1200)
    assert s.log_loss == pytest.approx((math.log(2) + 1200) / 2)
    assert s.d_logits == pytest.approx((0.25, 0.5))


HAND_DATA: dict[str, Any] = {
    "sought": "first",
    "statements": ["same_mask", "all_anew"],
    "inputs": [[-2, -3], [2, 1]],
    "first": [[2, 2], [-1, 1]],
    "second": [-2, 2],
    "targets": [-4, 8],
    "labels": [0, 1],
    "rate": 1,
}


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_logarithms_that_the_key_shows_add_up_to_its_answer(level: int) -> None:
    for seed in range(40):
        variant = EXERCISE.variant(seed, level)
        key = plain.printer("en").blocks(
            problem_key(Filled(variant, "en"), {"log_loss": Fraction(2)}, 1, mistakes=False)
        )
        (line,) = re.findall(r"Q ≈ −\(1/\d\)\(([^()]*)\)", key)
        shown = [float(number) for number in line.replace("−", "-").replace("- ", "-").split()]
        solution = variant.solution
        assert len(shown) == len(solution.logarithms)
        assert -sum(shown) / len(shown) == pytest.approx(solution.log_loss, abs=1e-4)


def test_nothing_is_carried_from_a_probability_that_has_no_logarithm() -> None:
    variant = EXERCISE.with_params(HAND)
    for probability in ((Fraction(1), Fraction(1)), (Fraction(2), HALF)):
        assert variant.carried("log_loss", {"probability": probability}) is None
        differences = variant.carried("d_logits", {"probability": probability})
        assert differences == (probability[0] / 2, (probability[1] - 1) / 2)
