"""The parameter counts, checked neuron by neuron, and the width by bisection."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from conftest import differing

from listok.generators.perceptrons.number_of_parameters import EXERCISE, Params
from listok.generators.values import BadParams
from listok.templates import plain
from listok.templates.text import Filled, Lang, load


def built(sizes: tuple[int, ...], biases: tuple[bool, ...]) -> int:
    """The arrows into each neuron, one by one, and its constant."""
    layers = zip(sizes, sizes[1:], biases, strict=False)
    return sum(a + bias for a, b, bias in layers for _ in range(b))


def width_by_bisection(p: Params) -> int:
    low, high = 1, p.target
    while low < high:
        middle = (low + high) // 2
        full = tuple(n or middle for n in p.known)
        if sum((a + 1) * b for a, b in pairwise(full)) < p.target:
            low = middle + 1
        else:
            high = middle
    return low


@pytest.mark.parametrize("level", [1, 2, 3])
def test_counts_are_those_of_real_neurons(level: int) -> None:
    for seed in range(60):
        variant = EXERCISE.variant(seed, level).verify()
        p, s = variant.params, variant.solution
        count = len(p.sizes) - 1
        assert len(set(p.sizes[:-1])) == count  # no two layers before the output are alike
        assert s.total == built(p.sizes, (True,) * count)
        assert s.lean == built(p.sizes, (False,) * (count - 1) + (True,))
        assert s.width == width_by_bisection(p)
        full = tuple(n or s.width for n in p.known)
        assert built(full, (True,) * (len(full) - 1)) == p.target
        assert s.square * s.width**2 + s.slope * s.width + s.rest == p.target
        if s.square:  # as it is solved on the board
            assert s.root**2 == s.discriminant == s.slope**2 + 4 * s.moved
            assert (s.root - s.slope) / 2 == s.width
            assert s.moved == p.target - s.rest


def test_two_unknown_layers_may_stand_apart() -> None:
    p = Params((3, 4, 1), (3, 0, 5, 0, 2), 4 * 7 + 8 * 5 + 6 * 7 + 8 * 2)
    assert EXERCISE.with_params(p).solution.width == 7
    assert differing(EXERCISE, p) == []


def test_a_count_that_no_width_gives_is_refused() -> None:
    p = Params((3, 4, 1), (3, 0, 2), 15)
    with pytest.raises(BadParams, match="no whole width"):
        EXERCISE.with_params(p)
    with pytest.raises(BadParams, match="no whole width"):
        EXERCISE.with_params(replace(p, known=(3, 0, 0, 2), target=1))
    with pytest.raises(BadParams, match="one or two hidden layers"):
        replace(p, known=(3, 5, 2))
    with pytest.raises(BadParams, match="sizes must lie between 1 and 10000"):
        replace(p, sizes=(3, 0, 1))


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ru", "Первое число здесь — сколько у сети входов"), ("en", "the first number counts the inputs")],
)
def test_the_stem_says_that_the_first_number_of_a_network_counts_its_inputs(lang: Lang, words: str) -> None:
    variant = EXERCISE.variant(0)
    first, *others = variant.params.sizes
    chain = " → ".join(map(str, (first, *others)))
    stem = " ".join(plain.printer(lang).blocks(Filled(variant, lang).blocks(load(EXERCISE, lang).stem)).split())
    # Were the number of inputs given apart as well, the chain would read as the layers after them.
    assert f"{chain}. " in stem
    assert words in stem
    assert stem.count(str(first)) == 1
