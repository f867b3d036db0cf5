"""Random draws that are the same on every machine: raw PCG64 words, and the primitives exercises are drawn with.

NumPy guarantees the stream of `PCG64` seeded by a `SeedSequence` for ever; it does not guarantee the distributions of
`Generator`, so the few that exercises need are made here from the raw words.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

import numpy as np

T = TypeVar("T")

WORD = 2**64
BATCH = 64


def key_words(*key: object) -> list[int]:
    """Eight 32-bit words of entropy from a key; the same key gives the same words everywhere."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return list(struct.unpack(">8I", digest))


class Draw:
    """A stream of random choices, fixed by its key (exercise, version, level, seed, and what the stream is for)."""

    def __init__(self, *key: object) -> None:
        # An array of words is taken as it is; a list would give the same, but is read number by number.
        self._bits = np.random.PCG64(np.random.SeedSequence(np.array(key_words(*key), dtype=np.uint32)))
        self._words: list[int] = []

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1, each equally likely."""
        if bound < 1:
            raise ValueError(f"nothing to draw from: bound {bound}")
        while True:
            if not self._words:
                self._words = self._bits.random_raw(BATCH).tolist()
                self._words.reverse()
            word = self._words.pop()
            if word < WORD - WORD % bound:
                return word % bound

    def integer(self, low: int, high: int, *, exclude: Sequence[int] = ()) -> int:
        """A whole number from `low` to `high` inclusive, except those excluded."""
        if exclude:
            return self.choice([n for n in range(low, high + 1) if n not in exclude])
        return low + self.below(high - low + 1)

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def flip(self) -> bool:
        """True or false, evenly."""
        return self.below(2) == 1

    def sign(self) -> int:
        """1 or -1, evenly."""
        return 1 - 2 * self.below(2)

    def shuffled(self, options: Sequence[T]) -> tuple[T, ...]:
        """All the options in a random order (Fisher-Yates)."""
        items = list(options)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return tuple(items)

    def distinct(self, options: Sequence[T], count: int) -> tuple[T, ...]:
        """`count` different options in a random order."""
        if count > len(options):
            raise ValueError(f"cannot draw {count} different ones of {len(options)}")
        return self.shuffled(options)[:count]

    def integers(self, count: int, low: int, high: int, *, exclude: Sequence[int] = ()) -> tuple[int, ...]:
        """A vector of `count` independent whole numbers."""
        return tuple(self.integer(low, high, exclude=exclude) for _ in range(count))

    def grid(
        self, rows: int, columns: int, low: int, high: int, *, exclude: Sequence[int] = ()
    ) -> tuple[tuple[int, ...], ...]:
        """A matrix of independent whole numbers, `rows` by `columns`."""
        return tuple(self.integers(columns, low, high, exclude=exclude) for _ in range(rows))

    def step(self, low: int, high: int, denominator: int, *, exclude: Sequence[Fraction | int] = ()) -> Fraction:
        """A multiple of 1/`denominator` from `low` to `high` inclusive, except those excluded."""
        return self.choice(
            [
                value
                for n in range(low * denominator, high * denominator + 1)
                if (value := Fraction(n, denominator)) not in exclude
            ]
        )
