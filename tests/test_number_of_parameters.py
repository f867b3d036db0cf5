"""The parameter counts, checked by building every weight matrix."""

from __future__ import annotations

import numpy as np
import pytest

from listok.generators.perceptrons.number_of_parameters import EXERCISE, Params
from listok.generators.values import BadParams


def built(sizes: tuple[int, ...], biases: tuple[bool, ...]) -> int:
    layers = zip(sizes, sizes[1:], biases, strict=False)
    return sum(np.zeros((a, b)).size + (np.zeros(b).size if bias else 0) for a, b, bias in layers)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_counts_are_sizes_of_real_matrices(level: int) -> None:
    for seed in range(60):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        count = len(p.sizes) - 1
        assert s.total == built(p.sizes, (True,) * count)
        assert s.lean == built(p.sizes, (False,) * (count - 1) + (True,))
        full = tuple(n or s.width for n in p.known)
        assert built(full, (True,) * (len(full) - 1)) == p.target
        assert s.square * s.width**2 + s.slope * s.width + s.rest == p.target
        if s.square:  # as it is solved on the board
            assert s.root**2 == s.discriminant == s.slope**2 + 4 * s.moved
            assert (s.root - s.slope) / 2 == s.width
            assert s.moved == p.target - s.rest


def test_a_count_that_no_width_gives_is_refused() -> None:
    with pytest.raises(BadParams, match="no whole width"):
        EXERCISE.with_params(Params((3, 4, 1), (3, 0, 2), 15))
    with pytest.raises(BadParams, match="one or two hidden layers"):
        Params((3, 4, 1), (3, 5, 2), 15)
