"""Pieces of loss functions."""

from __future__ import annotations

import math

from listok.generators.exact import Fraction
from listok.generators.toolkit.activations import log_sigmoid


def logarithm(probability: Fraction | float) -> float:
    """The natural logarithm, as log loss takes it: minus infinity of 0, and NaN of a negative number, which a student
    may have found for a probability."""
    if probability > 0:
        return math.log(probability)
    return -math.inf if probability == 0 else math.nan


def log_loss(p: Fraction | float, y: int) -> float:
    """Minus the natural logarithm of the probability of what happened, where `p` is the probability of y = 1
    (Goodfellow et al., Deep Learning, section 6.2.2.2)."""
    return -logarithm(p if y == 1 else 1 - p)


def log_loss_of_sum(z: Fraction | float, y: int) -> float:
    """`log_loss` of the probability that the sigmoid makes of a sum z, exact where that is almost 0 or 1."""
    return -log_sigmoid(z if y == 1 else -z)
