"""Weights that work, and those that do not, against points taken at random and all small weights tried out."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from listok.generators.exact import HALF, ONE, Fraction
from listok.generators.perceptrons.army_of_regressions import (
    EXERCISE,
    WINDOW,
    Params,
    negates,
    table_works,
    wedge_works,
)
from listok.generators.toolkit.fitting import weights_for
from listok.generators.values import BadParams


def fractions(*rows: tuple[int, ...]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row)) for row in rows)


# The book's: a negation to 1; a wedge above two lines that cross at (1, 0). Its table has two rows, too.
BOOK = Params(
    no=Fraction(0), yes=ONE, high=ONE, rows=fractions((1, 1, 2), (1, -1, 1)), targets=(HALF, Fraction(0)),
    lines=fractions((1, 1, 1), (1, -1, 1)), sides=(1, -1), outside=False, by_points=False,
)  # fmt: skip


def colour(p: Params, points: Any) -> Any:
    lines = np.array(p.lines, dtype=float)
    above = points @ lines[:, :2].T > lines[:, 2]
    return (above == (np.array(p.sides) > 0)).all(axis=1) != p.outside


def network(numbers: Any, hidden: int, points: Any) -> Any:
    w = np.array(numbers, dtype=float)
    first, last = w[: 3 * hidden].reshape(hidden, 3), w[3 * hidden :]
    h = first[:, 0] + points @ first[:, 1:].T > 0
    return last[0] + h @ last[1:] > 0


@pytest.mark.parametrize("level", [1, 2, 3])
def test_networks_are_judged_as_by_points_at_random(level: int) -> None:
    points = np.random.default_rng(level).uniform(-25, 25, (20_000, 2))
    for seed in range(25):
        variant = EXERCISE.variant(seed, level).verify()
        p, right = variant.params, variant.solution.wedge
        tries = [right, *(wrong["wedge"] for wrong in variant.mistakes.values() if "wedge" in wrong)]
        tries += [tuple(3 * n for n in right), (right[0] + 1, *right[1:])]
        for numbers in tries:
            seen = bool((network(numbers, len(p.lines), points) == colour(p, points)).all())
            assert seen == (wedge_works(p, numbers) == 1)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_tables_have_weights_where_a_search_finds_some(level: int) -> None:
    grid = np.array(list(product(range(-8, 9), repeat=3))) / 2
    for seed in range(40):
        p = EXERCISE.variant(seed, level).params
        for targets in (p.targets, p.targets[::-1], tuple(t + 1 for t in p.targets)):
            answers = np.maximum(grid @ np.array(p.rows, dtype=float).T, 0)
            found = (answers == np.array(targets, dtype=float)).all(axis=1).any()
            try:
                _, weights = weights_for(p.rows, targets)
            except BadParams:
                assert not found
            else:
                assert table_works(replace(p, targets=targets), weights) == 1


def test_the_third_row_may_ask_for_a_sum_below_zero() -> None:
    # row 3 = row 1 + row 2: were the sum of row 2 zero, row 3 would give 2
    rows = fractions((1, 2, -1), (1, -1, 2), (2, 1, 1))
    _, weights = weights_for(rows, fractions((2, 0, 0))[0])
    assert np.array(rows[1], dtype=float) @ np.array(weights, dtype=float) <= -2
    with pytest.raises(BadParams, match="no weights"):
        weights_for(fractions((1, 2, 3), (2, 4, 6)), fractions((2, 0))[0])


def test_the_sides_of_a_line_are_told_by_points_of_the_picture() -> None:
    for seed, level in product(range(60), (2, 3)):
        p = EXERCISE.variant(seed, level).params
        for (a, b, c), border in zip(p.lines, p.borders, strict=True):
            assert a * border.more[0] + b * border.more[1] > c > a * border.less[0] + b * border.less[1]
            assert max(map(abs, (*border.more, *border.less))) <= WINDOW


def test_books_numbers() -> None:
    variant = EXERCISE.with_params(BOOK).verify()
    assert variant.solution.negation == (ONE, -ONE)
    assert variant.solution.pieces == ("more1", "less2")
    # any weight of at most -1 negates, any sum of at most zero hides a row
    for weight, works in ((-1, 1), (-5, 1), (-HALF, HALF), (0, 0)):
        assert negates(BOOK, (ONE, Fraction(weight))) == works
    assert table_works(BOOK, (Fraction(0), HALF, Fraction(0))) == 1
    assert table_works(BOOK, (Fraction(-1), 3 * HALF, Fraction(0))) == 1
    assert table_works(BOOK, (Fraction(1), -HALF, Fraction(0))) == HALF
    # AND by the constant -1, the step being strict; the book's remark that x1 x2 would do is not used
    assert wedge_works(BOOK, fractions((-1, 1, 1, 1, -1, 1, -1, 1, 1))[0]) == 1
    assert wedge_works(BOOK, fractions((-1, 1, 1, 1, -1, 1, -2, 1, 1))[0]) == 0


def test_what_has_no_answer_is_refused() -> None:
    for changes, words in (
        ({"yes": 0}, "different codes"),
        ({"lines": [[0, 0, 1], [1, 1, 1]]}, "coefficient"),
        ({"lines": [[1, 0, 1], [1, 0, 0]], "sides": [1, -1]}, "no point lies"),
        ({"lines": [["1/12", 0, 3], [0, 1, 1]]}, "denominators"),
        ({"lines": [[2, 0, 3], [0, 1, 1]], "by_points": True}, "whole coordinates"),
    ):
        with pytest.raises(BadParams, match=words):
            EXERCISE.with_params(BOOK).changed(changes)
