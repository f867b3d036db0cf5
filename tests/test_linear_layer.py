"""The linear layer against entry-by-entry sums, written out from the definition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from conftest import differing

from listok.generators.backprop.linear_layer import EXERCISE, Params
from listok.generators.exact import Fraction
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(12)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)


def exact(rows: Any) -> Any:
    return tuple(tuple(map(Fraction, row)) for row in rows)


BOOK = Params(
    inputs=exact(((1, 2), (3, 4))),
    weights=exact(((1, 0, 2), (-1, 3, 1))),
    upstream=exact(((1, 2, 3), (4, 5, 6))),
    turned=False,
    asked="X",
    big=(2, 2, 3),
    place=(1, 1),
    nudge=Fraction(1, 10),
)
"""The shapes of the book: 2 by 2 times 2 by 3."""


@by_variant
def test_each_entry_is_a_sum_over_what_it_acts_on(variant: Any) -> None:
    p, s = variant.params, variant.solution
    n, k, m = len(p.inputs), len(p.inputs[0]), len(p.upstream[0])
    for i in range(n):
        for a in range(k):
            w = [p.weights[j][a] if p.turned else p.weights[a][j] for j in range(m)]
            assert s.d_input[i][a] == sum(p.upstream[i][j] * w[j] for j in range(m))
    for a in range(k):
        for j in range(m):
            found = s.d_weights[j][a] if p.turned else s.d_weights[a][j]
            assert found == sum(p.inputs[i][a] * p.upstream[i][j] for i in range(n))
    assert s.d_bias == tuple(sum(p.upstream[i][j] for i in range(n)) for j in range(m))
    assert len({n, k, m}) == 3


def test_the_books_shapes() -> None:
    s = EXERCISE.with_params(BOOK).verify().solution
    assert s.d_input == exact(((7, 8), (16, 17)))
    assert s.d_weights == exact(((13, 17, 21), (18, 24, 30)))
    assert (s.d_bias,) == exact(((5, 7, 9),))
    assert s.formula == "dz_wt"


def test_weights_stored_by_outputs_give_the_same_numbers_on_their_side() -> None:
    turned = replace(BOOK, weights=tuple(zip(*BOOK.weights, strict=True)), turned=True, place=(3, 2))
    s, plain = EXERCISE.with_params(turned).verify().solution, EXERCISE.solve(BOOK)
    assert s.d_input == plain.d_input
    assert tuple(zip(*s.d_weights, strict=True)) == plain.d_weights
    assert s.change == plain.d_weights[1][2] / 10
    assert (s.formula, EXERCISE.solve(replace(turned, asked="W")).formula) == ("dz_w", "dzt_x")


def test_a_layer_of_one_number() -> None:
    one = exact(((3,),))
    assert differing(EXERCISE, replace(BOOK, inputs=one, weights=one, upstream=one)) == []


def test_bad_numbers_are_refused() -> None:
    with pytest.raises(BadParams, match="upstream must hold 2 rows"):
        replace(BOOK, upstream=exact(((1, 2, 3),)))
    with pytest.raises(BadParams, match="weights must hold 3 rows of 2 numbers"):
        replace(BOOK, turned=True)
    with pytest.raises(BadParams, match="place must be a row up to 2"):
        replace(BOOK, place=(3, 1))


def test_dull_numbers_are_taken_with_the_reason() -> None:
    dead = EXERCISE.with_params(replace(BOOK, inputs=exact(((0, 2), (0, 4))))).verify()
    assert "zeros" in str(dead.dull)
