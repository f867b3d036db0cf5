"""The limit cycle against a long simulation, and some of the statements against numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from listok.answerkeys.marking.grading import Response, mark_problem
from listok.generators.descent.questions_on_sgd import ANSWERING, EXERCISE, FALSE, QUESTIONS, STATEMENTS, TRUE
from listok.generators.exact import Fraction
from listok.generators.oracles.questions_on_sgd import LAWS, holds
from listok.generators.values import BadParams


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_cycle_is_where_a_long_run_ends(level: int) -> None:
    for seed in range(20):
        v = EXERCISE.variant(seed, level).verify()
        w, passes = float(v.params.start), []
        for _ in range(200):
            seen = []
            for a in v.params.targets:
                w -= float(v.params.eta) * ((w - float(a) + 0.5) ** 2 - (w - float(a) - 0.5) ** 2)
                seen.append(w)
            passes.append(seen)
        assert np.allclose(passes[0], np.array(v.solution.first_pass, float))
        assert np.allclose(passes[-1], np.array(v.solution.cycle, float))
        grid = np.linspace(-10, 10, 20001)
        losses = sum((grid - float(a)) ** 2 for a in v.params.targets)
        best = grid[int(np.argmin(losses))]
        assert abs(best - v.solution.optimum) < 1e-3
        assert abs(max(abs(np.array(passes[-1]) - best)) - v.solution.radius) < 2e-3


@pytest.mark.parametrize("level", [1, 2, 3])
def test_drawn_numbers_are_short_and_the_first_pass_lowers_the_mean_loss(level: int) -> None:
    asked = set()
    for seed in range(40):
        p, s = EXERCISE.variant(seed, level).params, EXERCISE.variant(seed, level).solution
        assert all(number.denominator == 1 for number in (*p.targets, *s.cycle, p.start))
        assert s.jumps == (level == 3)
        before, after = (sum((w - a) ** 2 for a in p.targets) for w in (p.start, s.first_pass[-1]))
        assert after < before
        assert not set(p.statements) & set(ANSWERING[p.question])
        asked.add(p.question)
    assert asked == set(QUESTIONS)


def test_every_statement_is_true_or_false_and_gets_drawn() -> None:
    assert len(STATEMENTS) == len(set(STATEMENTS)) >= 20
    assert not set(TRUE) & set(FALSE)
    drawn = {name for seed in range(150) for name in EXERCISE.variant(seed, 3).params.statements}
    assert drawn == set(STATEMENTS)


def test_the_oracle_tries_every_statement() -> None:
    assert set(LAWS) == set(STATEMENTS)
    assert [name for name in STATEMENTS if holds(name)] == list(TRUE)


def test_what_statements_claim_holds_in_numbers() -> None:
    targets = np.array([-3.0, 1.0, 5.0, 5.0])

    def run(eta: float, order: list[int], start: float = 0.0) -> np.ndarray:
        ws = [start]
        for i in order:
            ws.append(ws[-1] - 2 * eta * (ws[-1] - targets[i]))
        return np.array(ws)

    order = np.random.Generator(np.random.PCG64(1)).integers(0, 4, 20000).tolist()
    calm, wild = run(0.02, order)[1000:], run(0.4, order)[1000:]
    assert "smaller_closer" in TRUE
    assert "larger_closer" in FALSE
    assert calm.std() < wild.std() / 2
    assert "constant_hovers" in TRUE
    assert "constant_converges" in FALSE
    assert calm.std() > 0.1
    assert "averaging_helps" in TRUE
    assert abs(calm.mean() - targets.mean()) < 0.1
    assert "order_irrelevant" in FALSE
    assert run(0.1, [0, 1, 2, 3])[-1] != run(0.1, [3, 2, 1, 0])[-1]
    assert "every_step_down" in FALSE
    assert "loss_may_rise" in TRUE
    step = run(0.001, [0], start=2.0)
    assert np.mean((step[1] - targets) ** 2) > np.mean((step[0] - targets) ** 2)
    assert "parabola_diverges" in TRUE
    assert abs(run(1.1, [0] * 20)[-1]) > 50


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"eta": 1}, "eta must lie strictly between 0 and 1"),
        ({"eta": "-1/4"}, "eta must lie strictly between 0 and 1"),
        ({"targets": [1]}, "2 to 6"),
        ({"statements": ["biassed", "unbiased"]}, "did you mean 'biased'"),
    ],
)
def test_numbers_out_of_bounds_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0).changed(changes)


@pytest.mark.parametrize(
    ("changes", "reason", "answers"),
    [
        ({"eta": "1/2", "targets": [3, 1]}, "jumps", {"first_pass": (3, 1), "cycle": (3, 1), "radius": 1}),
        ({"targets": [2, 2]}, "the cycle is a single point", {"optimum": 2, "cycle": (2, 2), "radius": 0}),
        ({"eta": "1/4", "start": 5, "targets": [2, 2, 8]}, "two targets", {"optimum": 4}),
        ({"eta": "1/4", "start": 4, "targets": [2, 6]}, "raises the mean loss", {"first_pass": (3, Fraction(9, 2))}),
        ({"eta": "1/4", "start": 3, "targets": [3, 1]}, "gradient is 0", {"first_pass": (3, 2)}),
        ({"statements": ["biased", "scale_free"]}, "all true or all false", {"true_ones": ()}),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(
    changes: dict[str, Any], reason: str, answers: dict[str, object]
) -> None:
    variant = EXERCISE.variant(0).changed(changes).verify()
    assert reason in str(variant.dull)
    assert {name: getattr(variant.solution, name) for name in answers} == answers


def test_the_radius_follows_from_the_students_own_cycle_and_optimum() -> None:
    numbers = {"targets": ["-1", "8"], "eta": "1/3", "start": "2"}
    variant = EXERCISE.variant(2, 1).changed(numbers)  # the cycle is (1.25, 5.75), the optimum 3.5
    for typed, outcomes in [
        ({"optimum": "3.5", "cycle": "2.6; 4.9", "radius": "1.4"}, ["right", "wrong", "carried"]),
        ({"optimum": "7", "cycle": "1.25; 5.75", "radius": "5.75"}, ["wrong", "right", "carried"]),
        ({"optimum": "7", "cycle": "2.6; 4.9", "radius": "4.4"}, ["wrong", "wrong", "carried"]),
        ({"optimum": "3.5", "cycle": "2.6; 4.9", "radius": "0.9"}, ["right", "wrong", "wrong"]),
        ({"optimum": "3.5", "cycle": "3.5; 3.5", "radius": "0"}, ["right", "wrong", "to-be-marked"]),
    ]:
        points = {part: Fraction(1) for part in typed}
        marks = mark_problem(variant, points, {part: Response(text) for part, text in typed.items()})
        assert [mark.outcome for mark in marks] == outcomes, typed
