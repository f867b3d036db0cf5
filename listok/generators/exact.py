"""The exact number of the project: a fraction, from the fastest well-kept library there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction
else:
    try:
        from quicktions import Fraction
    except ImportError:  # there is no wheel for this Python: the standard library's is the same, only slower
        from fractions import Fraction

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)

Row: TypeAlias = tuple[Fraction, ...]
Rows: TypeAlias = tuple[Row, ...]


def shortens(total: Fraction | int, count: int) -> bool:
    """Whether a mean is written otherwise than as `total` over `count`: in lower terms, or as a decimal."""
    return total.denominator != 1 or Fraction(total, count).denominator != count or 10**9 % count == 0


__all__ = ["HALF", "ONE", "ZERO", "Fraction", "Row", "Rows", "shortens"]
