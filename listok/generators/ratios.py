"""Exact numbers in bulk: whole numbers over a common denominator on their way to being fractions.

Arithmetic on fractions is slow, so exercises with much of it calculate in whole numbers and divide at the end.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from listok.generators.exact import Fraction


@functools.lru_cache(maxsize=2**14)
def ratio(numerator: int, denominator: int) -> Fraction:
    """The fraction; remembered, because the numbers of exercises are small and return again and again."""
    return Fraction(numerator, denominator)


def fits(value: Fraction | int, low: int, high: int, finest: int) -> bool:
    """Whether a number lies from `low` to `high`, and its denominator is at most `finest`."""
    top, bottom = value.as_integer_ratio()
    return bottom <= finest and low * bottom <= top <= high * bottom


def shortens(total: Fraction | int, count: int) -> bool:
    """Whether a mean is written otherwise than as `total` over `count`: in lower terms, or as a decimal."""
    return total.denominator != 1 or Fraction(total, count).denominator != count or 10**9 % count == 0


def ratios(numerators: Iterable[int], denominator: int) -> tuple[Fraction, ...]:
    """The fractions with a common denominator."""
    return tuple([ratio(n, denominator) for n in numerators])
