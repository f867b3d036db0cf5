"""Seven ways to fit one weight, checked by gradients from finite differences and by numbers done with a pencil."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from listok.generators.descent.fifty_shades_of_descent import EXERCISE, Params
from listok.generators.exact import Fraction
from listok.generators.values import BadParams
from listok.templates import plain, sheet
from listok.templates.text import Filled, load


def slope_of(loss: Callable[[float], float], w: float) -> float:
    """The derivative by central differences, which are exact for a parabola."""
    return (loss(w + 0.5) - loss(w - 0.5)) / 1.0


def walk(p: Params, method: str) -> list[float]:
    xs, ys = [float(x) for x in p.xs], [float(y) for y in p.ys]
    eta, alpha, rho, b1, b2 = (float(v) for v in (p.eta, p.alpha, p.rho, p.beta1, p.beta2))
    w, h, m, v = float(p.w0), 0.0, 0.0, 0.0
    ws = []
    count = {"gd": p.gd_count, "sgd": len(p.order)}.get(method, p.few)
    for t in range(1, count + 1):
        i = p.order[(t - 1) % len(p.order)] - 1
        on_all = method == "gd"
        loss = lambda u, i=i, on_all=on_all: (  # noqa: E731
            float(np.mean([(y - u * x) ** 2 for x, y in zip(xs, ys, strict=True)]))
            if on_all
            else (ys[i] - u * xs[i]) ** 2
        )
        g = slope_of(loss, w - alpha * h if method == "nesterov" else w)
        if method in ("gd", "sgd"):
            w -= eta * g
        elif method in ("momentum", "nesterov"):
            h = alpha * h + eta * g
            w -= h
        elif method == "rmsprop":
            v = rho * v + (1 - rho) * g**2
            w -= eta * g / math.sqrt(v)
        else:
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            w -= eta * (m / (1 - b1**t)) / math.sqrt(v / (1 - b2**t))
        ws.append(w)
    return ws


@pytest.mark.parametrize("level", [1, 2, 3])
def test_all_methods_against_finite_differences(level: int) -> None:
    for seed in range(20):
        v = EXERCISE.variant(seed, level).verify()
        xs, ys = np.array(v.params.xs, float), np.array(v.params.ys, float)
        assert math.isclose(v.solution.ols, np.linalg.lstsq(xs[:, None], ys, rcond=None)[0][0])
        methods = {"gd": "gd", "sgd": "sgd", "inertia": v.params.heavy, "scaled": v.params.adaptive}
        for part, method in methods.items():
            assert np.allclose(np.array(getattr(v.solution, part), float), walk(v.params, method)), method


@pytest.mark.parametrize("level", [1, 2, 3])
def test_every_step_lowers_the_loss_that_it_descends(level: int) -> None:
    for seed in range(40):
        v = EXERCISE.variant(seed, level)
        p, s = v.params, v.solution

        def loss(w: float, i: int | None = None, p: Params = p) -> float:
            squares = [float(y - w * x) ** 2 for x, y in zip(map(float, p.xs), map(float, p.ys), strict=True)]
            return sum(squares) / len(squares) if i is None else squares[i - 1]

        path = [p.w0, *s.gd]
        assert all(loss(float(b)) < loss(float(a)) for a, b in itertools.pairwise(path))
        for weights in (s.sgd, s.inertia, s.scaled):
            walked = zip(itertools.pairwise([p.w0, *weights]), p.order, strict=False)
            assert all(loss(float(b), i) < loss(float(a), i) for (a, b), i in walked)


def test_numbers_done_with_a_pencil() -> None:
    tenth, half = Fraction(1, 10), Fraction(1, 2)
    common = Params(
        xs=(Fraction(1), Fraction(2)),
        ys=(Fraction(2), Fraction(3)),
        w0=Fraction(0),
        eta=tenth,
        alpha=half,
        rho=Fraction(3, 4),
        beta1=half,
        beta2=half,
        gd_count=2,
        order=(1, 2),
        few=2,
        heavy="momentum",
        adaptive="rmsprop",
    )
    s = EXERCISE.with_params(common).verify().solution
    other = EXERCISE.with_params(replace(common, heavy="nesterov", adaptive="adam")).verify().solution
    assert s.ols == Fraction(8, 5)
    assert s.gd == (Fraction(8, 10), Fraction(12, 10))  # halfway to 8/5 each time: 1 - 0.1 * 5 = 1/2
    assert s.sgd == (Fraction(4, 10), Fraction(128, 100))  # g = -4, then -4 * (3 - 0.8) = -8.8
    assert s.inertia == (Fraction(4, 10), Fraction(148, 100))  # h = -0.4, then -0.2 - 0.88
    assert other.inertia == (Fraction(4, 10), Fraction(132, 100))  # at 0.6: g = -4 * 1.8 = -7.2, h = -0.92
    assert math.isclose(s.scaled[0], 0.2)  # 0.1 / sqrt(1/4)
    assert math.isclose(other.scaled[0], 0.1)


def test_the_books_counts_of_steps() -> None:
    """Three steps of GD, four of SGD, two of each other method, from 0; every method can be asked for."""
    counts = {"w0": 0, "xs": [1, 2], "ys": [2, 3], "eta": "1/10", "gd_count": 3, "order": [1, 2, 1, 2], "few": 2}
    for heavy, adaptive in itertools.product(("momentum", "nesterov"), ("rmsprop", "adam")):
        v = EXERCISE.variant(0).changed(counts | {"heavy": heavy, "adaptive": adaptive}).verify()
        answers = [getattr(v.solution, part) for part in ("gd", "sgd", "inertia", "scaled")]
        assert [len(answer) for answer in answers] == [3, 4, 2, 2]
        for method, answer in zip(("gd", "sgd", heavy, adaptive), answers, strict=True):
            assert np.allclose(np.array(answer, float), walk(v.params, method))


def test_answers_are_decimals_as_in_the_worked_solution() -> None:
    printer = plain.printer("en")
    for seed in range(10):
        v = EXERCISE.variant(seed, 3)
        for part in ("gd", "sgd", "inertia"):
            answer = printer.inlines(sheet.answer(Filled(v, "en"), part))
            assert "/" not in answer
            assert answer in printer.blocks(Filled(v, "en").blocks(load(EXERCISE, "en").parts[part].solution))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"xs": [1, 1], "ys": [2, 4], "w0": 2, "eta": "1/10"}, "gradient of observation 1 is 0"),
        ({"xs": [1, 0]}, "xs must not hold a 0"),
        ({"xs": [1]}, "xs must hold 2 to 6 items"),
        ({"xs": [1, 2, 3]}, "equally many"),
        ({"order": [1, 3]}, "numbers of observations"),
        ({"order": [1, 2], "few": 3}, "few"),
        ({"heavy": "adam"}, "heavy cannot hold 'adam'"),
        ({"beta2": 1}, "beta2"),
    ],
)
def test_numbers_without_an_answer_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadParams, match=reason):
        EXERCISE.variant(0).changed({"w0": 0, "order": [1, 2, 1], "few": 2} | changes)


@pytest.mark.parametrize(
    ("changes", "reason", "approaching"),
    [
        ({"xs": [1, 2], "eta": "1/5"}, "in one step", False),
        ({"xs": [1, 2], "eta": 1}, "gradient descent diverges", False),
        ({"xs": [1, 1], "ys": [2, 4], "w0": 3, "eta": "1/10"}, "gradient is 0", False),
        ({"xs": [1, 2], "ys": [2, -1], "w0": 1, "eta": "1/10"}, "sum of x", True),
        ({"xs": [2, "1/2"], "ys": [3, 1], "eta": "1/4"}, "SGD diverges", True),
        ({"xs": [1, 2], "ys": [1, -9], "eta": "1/5", "heavy": "nesterov"}, "in one step", False),
        ({"xs": [1, 2], "ys": ["0.1", 3], "eta": "0.1", "adaptive": "rmsprop", "rho": "0.9"}, "raises the loss", True),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(changes: dict[str, Any], reason: str, approaching: bool) -> None:
    v = EXERCISE.variant(0).changed({"w0": 0, "order": [1, 2, 1], "few": 2} | changes).verify()
    assert reason in str(v.dull)
    assert np.allclose(v.solution.scaled, walk(v.params, v.params.adaptive))
    solution = plain.printer("en").blocks(Filled(v, "en").blocks(load(EXERCISE, "en").parts["gd"].solution))
    assert v.solution.approaching is approaching
    assert ("brings the weight closer" in " ".join(solution.split())) is approaching


def test_a_teachers_own_numbers_work() -> None:
    mine = {"xs": [1, -2, "1/2"], "ys": ["1/3", 3, 5], "w0": "0.7", "eta": 0.01, "order": [3, 1, 2, 2], "few": 4}
    v = EXERCISE.variant(0).changed(mine).verify()
    assert v.params.eta == Fraction(1, 100)
    assert np.allclose(v.solution.scaled, walk(v.params, v.params.adaptive))
