"""Values of SymPy's polynomials at exact points, without code that is made and run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def value(polynomial: Any, point: Sequence[Any]) -> Any:
    """The value of an element of a polynomial ring at a point, which has a number for each generator in its order."""
    return sum(
        int(coefficient) * math.prod(number**power for number, power in zip(point, powers, strict=True) if power)
        for powers, coefficient in polynomial.terms()
    )
