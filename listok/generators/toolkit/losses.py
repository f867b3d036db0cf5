"""Pieces of loss functions."""

from __future__ import annotations

import math

from listok.generators.exact import Fraction


def logarithm(probability: Fraction | float) -> float:
    """The natural logarithm, as log loss takes it: minus infinity of 0, and NaN of a negative number, which a student
    may have found for a probability."""
    if probability > 0:
        return math.log(probability)
    return -math.inf if probability == 0 else math.nan
