"""A third way to the answers of the convolution exercise: polynomial multiplication of rows, and counting windows."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import differing

from listok.generators.convolutions.convolution_by_hand import EXERCISE, Layer, Params
from listok.generators.exact import Fraction
from listok.generators.values import BadParams


def by_polynomials(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Multiply the rows as polynomials by the reversed rows of the kernel, and keep the full windows."""
    n, k = len(image), len(kernel)
    rows = np.zeros((n - k + 1, n - k + 1), dtype=int)
    for i in range(n - k + 1):
        for a in range(k):
            rows[i] += np.convolve(image[i + a], kernel[a][::-1], mode="valid")
    return rows


@pytest.mark.parametrize("level", [1, 2, 3])
def test_answers_agree_with_polynomials(level: int) -> None:
    for seed in range(20):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        image, kernel = np.array(p.image), np.array(p.kernel)
        plain = by_polynomials(image, kernel)
        assert plain.tolist() == [list(row) for row in s.map]
        assert by_polynomials(np.pad(image, p.padding), kernel).tolist() == [list(row) for row in s.padded]
        assert {p.stride, p.other_stride} == {2, 3}
        assert plain[:: p.stride, :: p.stride].tolist() == [list(row) for row in s.strided]
        assert plain[:: p.other_stride, :: p.other_stride].tolist() == [list(row) for row in s.restrided]
        for i, row in enumerate(s.max_pool):
            for j, largest in enumerate(row):
                block = plain[i * p.pool : (i + 1) * p.pool, j * p.pool : (j + 1) * p.pool].ravel().tolist()
                assert largest == max(block)
                assert s.average_pool[i][j] * p.pool**2 == sum(block)


def test_sizes_count_windows() -> None:
    for seed in range(20):
        variant = EXERCISE.variant(seed, 3)
        for layer, size in zip(variant.params.layers, variant.solution.sizes, strict=True):
            row = np.zeros(layer.side + 2 * layer.padding)
            assert size == len(np.lib.stride_tricks.sliding_window_view(row, layer.kernel)[:: layer.stride])


def test_solved_with_a_pencil() -> None:
    image = ((1, 0, 2), (3, 1, 0), (0, 2, 1))
    params = Params(image, ((1, -1), (0, 2)), 2, 2, 1, (Layer(28, 5, 2, 1), Layer(10, 3, 0, 2)))
    solution = EXERCISE.solve(params)
    assert not differing(EXERCISE, params)
    assert solution.map == ((3, -2), (6, 3))
    assert solution.max_pool == ((6,),)
    assert solution.average_pool == ((Fraction(5, 2),),)
    assert solution.strided == solution.restrided == ((3,),)
    assert solution.padded == ((2, 0, 4, 0), (5, 3, -2, 2), (-3, 6, 3, 0), (0, -2, 1, 1))
    assert solution.sizes == (28, 4)


def test_bad_numbers_get_a_reason() -> None:
    good = EXERCISE.variant(0, 1)
    with pytest.raises(BadParams, match="square"):
        good.changed({"kernel": [[1, 2], [3]]})
    with pytest.raises(BadParams, match="pool"):
        good.changed({"pool": 3})
    with pytest.raises(BadParams, match="zeros"):
        good.changed({"kernel": [[0, 0], [0, 0]]})
