"""Layers of a network before their activations, on exact numbers."""

from __future__ import annotations

from collections.abc import Sequence

from listok.generators.exact import Fraction, Row
from listok.generators.toolkit.linear import dot, transposed


def dense(x: Sequence[Fraction | int], weights: Sequence[Sequence[Fraction]], biases: Sequence[Fraction]) -> Row:
    """The sums z = x W + b of a dense layer: inputs x (n), weights (n by m, from input i to unit j), biases (m).

    Goodfellow et al., Deep Learning, section 6.1, with rows in place of columns.
    """
    return tuple([dot(x, column) + bias for column, bias in zip(transposed(weights), biases, strict=True)])
