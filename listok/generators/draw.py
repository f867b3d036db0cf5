"""Random draws that are the same on every machine: words of BLAKE2b, and the primitives exercises are drawn with.

A hash function is defined bit by bit (RFC 7693), so its words are the same for ever, in every version of every library.
Most streams give a few words only, and a hash is at hand at once, where a generator would first have to be seeded.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import TypeVar

from listok.generators.exact import Fraction

T = TypeVar("T")

WORD = 2**64
_WORDS = struct.Struct("<8Q")


class Draw:
    """A stream of random choices, fixed by its key (exercise, version, level, seed, and what the stream is for).

    Its words of 64 bits are the BLAKE2b digest of the key, then the digest of that digest, and so on; each digest is
    eight words, least significant byte first, and read from its end.
    """

    def __init__(self, *key: object) -> None:
        self._digest = hashlib.blake2b("\x1f".join(map(str, key)).encode()).digest()
        self._words: list[int] = list(_WORDS.unpack(self._digest))

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1, each equally likely."""
        if bound < 1:
            raise ValueError(f"nothing to draw from: bound {bound}")
        words = self._words
        while True:
            if not words:
                self._digest = hashlib.blake2b(self._digest).digest()
                words += _WORDS.unpack(self._digest)
            word = words.pop()
            rest = word % bound
            if word - rest <= WORD - bound:  # else it lies above the last whole multiple of the bound
                return rest

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
        """`count` different options in a random order (the first places of a shuffle)."""
        if count > len(options):
            raise ValueError(f"cannot draw {count} different ones of {len(options)}")
        items = list(options)
        for i in range(count):
            j = i + self.below(len(items) - i)
            items[i], items[j] = items[j], items[i]
        return tuple(items[:count])

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
        numerators: Sequence[int] = range(low * denominator, high * denominator + 1)
        if exclude:
            out = {value * denominator for value in exclude}
            numerators = [n for n in numerators if n not in out]
        return Fraction(self.choice(numerators), denominator)
