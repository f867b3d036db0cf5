"""Pieces of loss functions."""

from __future__ import annotations

import math
from collections.abc import Callable

from listok.generators.exact import Fraction


def logarithm(probability: Fraction | float) -> float:
    """The natural logarithm, as log loss takes it: minus infinity of 0, and NaN of a negative number, which a student
    may have found for a probability."""
    if probability > 0:
        return math.log(probability)
    return -math.inf if probability == 0 else math.nan


def log_loss(p: Fraction | float, y: int, log: Callable[[Fraction | float], float] = logarithm) -> float:
    """Minus the logarithm of the probability of what happened, where `p` is the probability of y = 1 (Goodfellow et
    al., Deep Learning, section 6.2.2.2)."""
    return -log(p if y == 1 else 1 - p)
