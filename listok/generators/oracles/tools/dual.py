"""Dual numbers: a value with its derivatives by several variables, exact where the numbers are.

Arithmetic carries the derivatives along (sum, product and quotient rule), so whatever is computed with dual numbers is
differentiated on the way. See Griewank and Walther, Evaluating Derivatives, section 3.1 (forward mode).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from listok.generators.exact import Fraction

Number: TypeAlias = int | Fraction | float


class Dual:
    """`value`, and its derivatives `slopes` by all variables (an array of objects, n).

    Sums and products also take `value` for a row of m numbers at once, with `slopes` of n by m.
    """

    __array_priority__ = 1.0  # NumPy leaves arithmetic with arrays of these to their items
    __slots__ = ("slopes", "value")

    def __init__(self, value: Number, slopes: NDArray[np.object_]) -> None:
        self.value, self.slopes = value, slopes

    def __add__(self, other: Dual | Number) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slopes + other.slopes)
        return Dual(self.value + other, self.slopes)

    def __mul__(self, other: Dual | Number) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.slopes * other.value + other.slopes * self.value)
        return Dual(self.value * other, self.slopes * other)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Dual:
        return self * -1

    def __sub__(self, other: Dual | Number) -> Dual:
        return self + (-1 * other)

    def __rsub__(self, other: Number) -> Dual:
        return -self + other

    def __truediv__(self, other: Dual | Number) -> Dual:
        if not isinstance(other, Dual):
            return self * (Fraction(1) / other)
        quotient = Fraction(self.value) / other.value
        return Dual(quotient, (self.slopes - other.slopes * quotient) * (Fraction(1) / other.value))

    def __rtruediv__(self, other: Number) -> Dual:
        return Dual(other, self.slopes * 0) / self

    def __pow__(self, exponent: int) -> Dual:
        return Dual(self.value**exponent, self.slopes * (exponent * self.value ** (exponent - 1)))

    def __gt__(self, other: Number) -> bool:
        return bool(self.value > other)

    def through(self, value: float, slope: float) -> Dual:
        """A function of this number that has this value and this derivative here: exp is `z.through(e, e)`."""
        return Dual(value, self.slopes * slope)


def variables(*values: Number) -> list[Dual]:
    """Independent variables with these values: the derivatives of each are 1 by itself and 0 by the others."""
    unit: Any = np.eye(len(values), dtype=int).astype(object)
    return [Dual(value, row) for value, row in zip(values, unit, strict=True)]
