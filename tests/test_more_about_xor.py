"""Which third inputs help, by all small weights tried out, and boundaries by points on them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from listok.generators.exact import HALF, Fraction
from listok.generators.formulas import FormulaError, evaluate
from listok.generators.perceptrons.more_about_xor import EXERCISE, FEATURES, Params, judged, weights_work
from listok.generators.values import BadParams

ONE = Fraction(1)
BOOK = Params(
    low=Fraction(0), high=ONE, equal=False, features=("product", "square", "sum", "square_of_difference"),
    feature="product", neuron=(-HALF, ONE, ONE, Fraction(-2)), power=1,
)  # fmt: skip


def some_weights(third: Any, low: float, high: float) -> bool:
    """Whether a perceptron learns XOR with a third input: Rosenblatt's rule on numbers of moderate size."""
    x = np.array([[1, a, b, f] for (a, b), f in zip(product((low, high), repeat=2), third, strict=True)], dtype=float)
    x[:, 1:] -= x[:, 1:].mean(axis=0)  # the constant makes up for it
    sign = np.array([-1, 1, 1, -1])
    w = np.zeros(4)
    for _ in range(4000):
        bad = np.flatnonzero((x @ w) * sign <= 0)
        if not bad.size:
            return True
        w += sign[bad[0]] * x[bad[0]] / np.linalg.norm(x[bad[0]])
    return False


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (1, 2), (-2, 1), (-1, 0)])
def test_candidates_help_just_where_a_perceptron_learns_with_them(low: int, high: int) -> None:
    helps = {}
    for name in FEATURES:
        judgement = judged(name, Fraction(low), Fraction(high))
        assert judgement.works == some_weights(list(map(float, judgement.values)), low, high), name
        helps[name] = judgement.works
    assert helps["product"]
    assert helps["distance"]
    assert not helps["extremes"]
    assert not helps["sum_of_squares"]
    # the code decides: with -1 and 1 a square is a constant, and with 0 and 1 a sum has no turn
    assert helps["square_times"] == (low + high != 0)
    assert helps["size_of_sum"] == (low * high < 0)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_weights_work_and_mistakes_do_not(level: int) -> None:
    for seed in range(40):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        assert weights_work(p, tuple(5 * w for w in s.weights)) == 1
        assert weights_work(p, (Fraction(0),) * 4) == 0
        wrong = [answers["weights"] for answers in variant.mistakes.values() if "weights" in answers]
        assert all(weights_work(p, numbers) < 1 for numbers in wrong)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_sum_is_zero_on_the_boundary(level: int) -> None:
    for seed in range(40):
        variant = EXERCISE.variant(seed, level)
        p = variant.params
        met = 0
        for x1 in map(Fraction, range(-6, 7)):
            try:
                x2 = evaluate(variant.solution.boundary, {"x1": x1})
            except FormulaError:
                continue
            assert p.neuron[0] + p.neuron[1] * x1 + (p.neuron[2] + p.neuron[3] * x1**p.power) * x2 == 0
            met += 1
        assert met >= 10


def test_books_xor() -> None:
    variant = EXERCISE.with_params(BOOK).verify()
    s = variant.solution
    assert s.weights == BOOK.neuron
    assert s.possible == ("product", "square_of_difference")
    assert s.crossed
    assert s.lines == (HALF, HALF)
    assert evaluate(s.boundary, {"x1": 7}) == HALF
    # the weight of the product must be below -1, not -1
    assert weights_work(BOOK, (-HALF, ONE, ONE, -ONE)) < 1
    assert weights_work(BOOK, (-HALF, ONE, ONE, Fraction(-11, 10))) < 1
    assert weights_work(BOOK, (-HALF, ONE, ONE, Fraction(-3, 2))) == 1


def test_what_has_no_answer_is_refused() -> None:
    variant = EXERCISE.with_params(BOOK)
    with pytest.raises(BadParams, match=r"no neuron computes the function with the third input x1\^2"):
        variant.changed({"feature": "square"})
    with pytest.raises(BadParams, match="must see x2"):
        variant.changed({"neuron": [1, 1, 0, 0]})
    with pytest.raises(BadParams, match="low must be below high"):
        variant.changed({"low": 2})
    # a boundary without x1 x2 is a straight line, one without x2 alone is not
    assert evaluate(variant.changed({"neuron": [1, 2, -1, 0]}).verify().solution.boundary, {"x1": 3}) == 7
    assert evaluate(variant.changed({"neuron": [1, 2, 0, 1]}).verify().solution.boundary, {"x1": 1}) == -3
