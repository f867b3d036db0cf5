"""Steps of gradient descent."""

from __future__ import annotations

from collections.abc import Sequence

from listok.generators.exact import Fraction, Row


def step(weights: Sequence[Fraction | int], gradient: Sequence[Fraction], rate: Fraction) -> Row:
    """The weights (n) after a step against their gradient (n): w - rate * dL/dw."""
    return tuple([w - rate * g for w, g in zip(weights, gradient, strict=True)])
