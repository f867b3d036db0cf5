"""A small network with no two sides alike, on which matrix formulas and statements on backpropagation are tried.

H = X W1, O = ReLU(H), Y = O W2, and a mean loss: half the squares, or log losses of sigmoids. Each derivative is taken
by a step along the imaginary axis: Squire and Trapp, SIAM Review 40 (1998), 110-112.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

TINY = 1e-30
"""A step so short that its square is nothing beside 1: the derivative is exact to the last digits of a float."""

X = np.array([[1.0, -2.0, 0.5], [-1.5, 1.0, 2.0]])
W1 = np.array([[1.0, -0.5, 0.8, -3.0], [-1.0, 1.5, 0.3, 3.0], [0.5, 1.0, -0.7, -6.0]])  # the last unit is dead
W2 = np.array([[1.0], [-2.0], [1.5], [0.7]])
TARGETS = np.array([[1.0], [0.0]])
MATRICES = ("X", "W1", "W2", "H", "O", "Y")


def passed(log: bool = False, **nudges: Any) -> SimpleNamespace:
    """All matrices of the forward pass, and the loss; what is called in `nudges` has these added when it is there."""
    m = SimpleNamespace()
    m.X, m.W1, m.W2 = (matrix + nudges.get(name, 0) for name, matrix in (("X", X), ("W1", W1), ("W2", W2)))
    m.H = m.X @ m.W1 + nudges.get("H", 0)
    m.O = np.where(m.H.real > 0, m.H, 0) + nudges.get("O", 0)
    m.Y = m.O @ m.W2 + nudges.get("Y", 0)
    losses = np.log(1 + np.exp(m.Y)) - TARGETS * m.Y if log else (m.Y - TARGETS) ** 2 / 2
    m.loss = losses.mean()
    return m


@functools.cache
def trial(log: bool = False) -> SimpleNamespace:
    """The forward pass, and the derivative of the loss by each matrix M as dM."""
    m = passed(log)
    for name in MATRICES:
        slopes = np.zeros(getattr(m, name).shape)
        for place in np.ndindex(slopes.shape):
            nudge = np.zeros(slopes.shape, dtype=complex)
            nudge[place] = TINY * 1j
            slopes[place] = passed(log, **{name: nudge}).loss.imag / TINY
        setattr(m, f"d{name}", slopes)
    m.p = 1 / (1 + np.exp(-m.Y))
    return m


def gives(formula: Callable[[Any], Any], name: str, log: bool = False) -> bool:
    """Whether a formula gives what is called so; one whose sides do not fit gives nothing."""
    m = trial(log)
    try:
        found = formula(m)
    except ValueError:
        return False
    right = getattr(m, name)
    return found.shape == right.shape and bool(np.allclose(found, right))
