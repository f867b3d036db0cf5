"""The stream of draws is pinned: a change of one bit would change every sheet ever printed."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import numpy as np
import pytest
from conftest import python

from listok.generators.draw import WORD, Draw
from listok.generators.exact import Fraction

RAW = [10227092195958013476, 12951914110948571332, 3476489602941830610, 15160531230771493599]


def everything(d: Draw) -> list[object]:
    return [
        [d.below(1000) for _ in range(8)],
        d.integer(-3, 3),
        d.shuffled("abcdef"),
        d.step(-1, 1, 4),
        d.grid(2, 3, -5, 5),
        d.sign(),
        d.flip(),
        d.distinct(range(10), 3),
        d.integer(0, 4, exclude=(1, 2)),
        d.choice("xyz"),
    ]


GOLDEN = [
    [476, 332, 610, 599, 550, 947, 532, 452],
    -3,
    ("c", "e", "b", "f", "d", "a"),
    Fraction(1, 4),
    ((4, 2, 5), (5, -4, 1)),
    1,
    True,
    (4, 5, 0),
    4,
    "z",
]


def words_of(key: bytes, blocks: int) -> list[int]:
    """The words of a key, made here from the bytes of its digests."""
    words: list[int] = []
    for _ in range(blocks):
        key = hashlib.blake2b(key).digest()
        words += [int.from_bytes(key[place : place + 8], "little") for place in range(56, -1, -8)]
    return words


def test_words_are_those_of_blake2b_for_this_key() -> None:
    assert words_of(b"golden\x1f1", 1)[:4] == RAW
    d = Draw("golden", 1)
    assert [d.below(2**64) for _ in range(4)] == RAW


def test_primitives_are_pinned() -> None:
    assert everything(Draw("golden", 1)) == GOLDEN


@pytest.mark.parametrize("hash_seed", [0, 1, 424242])
def test_other_processes_draw_the_same(hash_seed: int) -> None:
    code = "from listok.generators.draw import Draw; d = Draw('golden', 1); print([d.below(10**9) for _ in range(200)])"
    d = Draw("golden", 1)
    assert python("-c", code, hash_seed=hash_seed).strip() == str([d.below(10**9) for _ in range(200)])


def test_the_stream_goes_on_past_a_digest_without_repeating() -> None:
    d = Draw("long")
    words = [d.below(WORD) for _ in range(80)]
    assert words == words_of(b"long", 10)
    assert len(set(words)) == len(words)


def test_keys_give_streams_of_their_own() -> None:
    keys = [("a", "b"), ("ab",), ("b", "a"), ("a", "b", ""), ("a", 1), ("a", 11), ("a",), ("content", "x", 1, 1, 0)]
    assert len({Draw(*key).below(WORD) for key in keys}) == len(keys)


def test_words_above_the_last_whole_multiple_are_thrown_away() -> None:
    bound = 2**63 + 1  # it goes into a word once, so that nearly half of the words lie above it
    thrown_away = 0
    for n in range(40):
        words = words_of(f"bias\x1f{n}".encode(), 10)
        fair = next(place for place, word in enumerate(words) if word < bound)
        assert Draw("bias", n).below(bound) == words[fair]
        thrown_away += fair
    assert thrown_away > 20


@pytest.mark.parametrize("bound", [2, 3, 7, 10, 60])
def test_every_number_is_equally_likely(bound: int) -> None:
    d = Draw("even", bound)
    each = 400
    counts = Counter(d.below(bound) for _ in range(each * bound))
    assert set(counts) == set(range(bound))
    chi_squared = sum((counts[n] - each) ** 2 / each for n in range(bound))
    assert chi_squared < bound + 5 * (2 * bound) ** 0.5  # mean bound - 1, variance 2 (bound - 1)


def test_every_order_is_equally_likely() -> None:
    d = Draw("orders")
    counts = Counter(d.shuffled("abc") for _ in range(2400))
    assert len(counts) == 6
    assert all(abs(count - 400) < 100 for count in counts.values())


def test_shapes_and_ranges() -> None:
    d = Draw("ranges")
    for _ in range(200):
        assert d.integer(-2, 2, exclude=(0,)) in (-2, -1, 1, 2)
        assert d.sign() in (-1, 1)
        step = d.step(-1, 2, 4, exclude=(0,))
        assert step != 0
        assert -1 <= step <= 2
        assert (step * 4).denominator == 1
        assert len(set(d.distinct("abcde", 4))) == 4
        grid = d.grid(2, 3, 1, 6, exclude=(3,))
        assert [len(row) for row in grid] == [3, 3]
        assert {n for row in grid for n in row} <= {1, 2, 4, 5, 6}
    assert {d.integer(1, 3) for _ in range(100)} == {1, 2, 3}
    assert sorted(d.shuffled(range(9))) == list(range(9))


def test_impossible_draws_are_refused() -> None:
    d = Draw("refused")
    with pytest.raises(ValueError, match="nothing to draw from"):
        d.choice([])
    with pytest.raises(ValueError, match="nothing to draw from"):
        d.integer(1, 2, exclude=(1, 2))
    with pytest.raises(ValueError, match="cannot draw 3 different ones of 2"):
        d.distinct("ab", 3)


def test_global_generators_stay_untouched() -> None:
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index,union-attr]
    everything(Draw("golden", 1))
    after = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index,union-attr]
    assert before == after
