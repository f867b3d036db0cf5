"""Ridge and leave-one-out against least squares with an added row, and against neighbouring penalties."""

from __future__ import annotations

import math

import numpy as np
import pytest

from listok.answerkeys.keysheet import problem_key
from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate, parse_formula
from listok.generators.layers.ridge_leave_one_out import EXERCISE, SHAPES, Params, short_rows, solve
from listok.generators.tidiness import short
from listok.generators.values import BadParams
from listok.templates import plain
from listok.templates.text import Filled

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(8)]


def ridge(ys: tuple[int, ...], penalty: float) -> float:
    """Ridge is least squares with one more observation: a zero seen through the square root of the penalty."""
    design = np.array([1.0] * len(ys) + [math.sqrt(penalty)])[:, None]
    solution, *_ = np.linalg.lstsq(design, np.array([*ys, 0.0]), rcond=None)
    return float(solution[0])


def left_out(ys: tuple[int, ...], penalty: float) -> float:
    """The sum of squared errors on observations put aside."""
    return sum((ys[i] - ridge(ys[:i] + ys[i + 1 :], penalty)) ** 2 for i in range(len(ys)))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)
def test_penalty_is_the_best_one(variant):
    ys, s = variant.params.ys, variant.solution
    penalty = float(s.penalty)
    least = left_out(ys, penalty)
    for other in (0.0, penalty / 2, penalty * 0.98, penalty * 1.02, penalty * 2 + 1, 1000.0):
        assert left_out(ys, other) > least
    assert float(s.mean) == pytest.approx(ridge(ys, 0.0))
    assert float(s.final) == pytest.approx(ridge(ys, penalty))
    assert float(evaluate(parse_formula(s.beta.source), {"lambda": Fraction(3)})) == pytest.approx(ridge(ys, 3.0))
    assert (s.trend == "decreases") == (ridge(ys, 2.0) < ridge(ys, 1.0))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_levels_differ_in_the_number_of_observations_and_not_in_the_length_of_their_answers(level):
    count, largest, finest = SHAPES[level]
    for ys in short_rows(level):
        sizes = [abs(y) for y in ys]
        assert len(set(sizes)) == len(ys) == count
        assert max(sizes) <= largest
        assert sum(ys) > 0
        s = solve(Params(ys))
        assert s.penalty.denominator <= finest <= 20
        assert short(s.final)


def test_solved_with_a_pencil():
    s = solve(Params((1, 1, 4)))
    assert (s.mean, s.products, s.squares, s.penalty, s.final) == (2, 18, 54, 1, Fraction(3, 2))


def test_no_best_penalty_is_refused():
    with pytest.raises(BadParams, match="falls for ever"):
        EXERCISE.with_params(Params((5, -4, 1)))
    with pytest.raises(BadParams, match="sum to 0"):
        EXERCISE.with_params(Params((5, -5, 0)))


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "Without a penalty this is the mean"), ("ru", "Без штрафа это среднее")],
)
def test_equal_observations_need_no_penalty(lang, said):
    variant = EXERCISE.with_params(Params((5, 5, 5))).verify()
    assert variant.dull == "all observations are equal, so no penalty is needed"
    s = variant.solution
    assert (s.mean, s.penalty, s.final) == (5, 0, 5)
    key = plain.printer(lang).blocks(
        problem_key(Filled(variant, lang), dict.fromkeys(EXERCISE.parts, Fraction(1)), mistakes=True)
    )
    assert said in " ".join(key.split())


@pytest.mark.parametrize(
    ("ys", "shortens"), [((0, 2, 3), False), ((1, 1, 4), True), ((1, 2, 4, 8), True), ((1, 2, 4, 8, 9, 1), False)]
)
def test_a_mean_is_written_once_where_it_cannot_be_shortened(ys, shortens):
    assert solve(Params(ys)).shortens is shortens
