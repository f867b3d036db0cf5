"""A third way to the answers of the convolution exercise: polynomial multiplication of rows, and counting windows."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import differing

from listok.generators.convolutions.convolution_by_hand import EXERCISE, Layer, Params
from listok.generators.exact import Fraction
from listok.generators.values import BadParams
from listok.templates import plain
from listok.templates.sheet import problem
from listok.templates.text import Filled, Lang


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
        around = by_polynomials(np.pad(image, p.padding), kernel)
        assert len(around) == s.padded_side
        assert [[around[0, 0], around[0, -1]], [around[-1, 0], around[-1, -1]]] == [list(row) for row in s.corners]
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
    assert solution.corners == ((2, 0), (0, 1))  # 1 times 2, 2 times 0, 0 times -1, 1 times 1
    assert solution.sizes == (28, 4)


def test_bad_numbers_get_a_reason() -> None:
    good = EXERCISE.variant(0, 1)
    with pytest.raises(BadParams, match="square"):
        good.changed({"kernel": [[1, 2], [3]]})
    with pytest.raises(BadParams, match="padding must be at least 1"):
        good.changed({"padding": 2})
    with pytest.raises(BadParams, match="pool must not be larger than the side of the feature map, 1"):
        good.changed({"image": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "kernel": [[1, 0, 2], [0, 1, 0], [0, 0, 1]]})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kernel": [[0, 0], [0, 0]]}, "all zeros"),
        ({"image": [[2] * 5] * 5}, "all pixels of the image are equal"),
        ({"kernel": [[1, 0], [0, 0]], "image": [[3] * 4 + [1]] * 4 + [[1] * 5]}, "of the feature map are equal"),
        ({"pool": 3}, "3 by 3 leave over a part of the feature map, whose side is 4"),
    ],
)
def test_dull_numbers_are_taken_with_the_reason(changes: dict[str, object], reason: str) -> None:
    assert reason in str(EXERCISE.variant(0, 1).changed(changes).verify().dull)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_books_pooling_of_an_odd_map_drops_the_rest(lang: Lang) -> None:
    """A window of 2 by 2 fits into a map of 3 by 3 once: the last row and the last column are dropped."""
    image = ((1, 2, 3, 0, 1), (0, 1, 2, 3, 1), (3, 0, 1, 2, 2), (2, 3, 0, 1, 0), (1, 0, 2, 0, 3))
    params = Params(image, ((1, 0, 2), (0, 1, 0), (0, 0, -1)), 2, 2, 1, (Layer(28, 5, 2, 1),))
    variant = EXERCISE.with_params(params).verify()
    s = variant.solution
    assert s.map == ((7, 2, 6), (4, 7, 6), (6, 4, 3))
    assert s.max_pool == ((7,),)
    assert s.average_pool == ((5,),)
    assert s.strided == ((7, 6), (6, 3))
    printer = plain.printer(lang)
    sheet = printer.blocks(problem(Filled(variant, lang), dict.fromkeys(EXERCISE.parts, Fraction(1))))
    said = {"ru": "оставшиеся у правого и нижнего края", "en": "left over at the right and bottom edges are not used"}
    assert " ".join(sheet.split()).count(said[lang]) == (2 if lang == "ru" else 3)  # the stem says it of pixels
