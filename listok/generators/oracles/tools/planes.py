"""Points of the plane, at least one in each of the regions into which straight lines cut it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from listok.generators.exact import Fraction

NEAR = Fraction(1, 10**7)


def spots(lines: Any) -> list[Any]:
    """Points beside every crossing of lines a x1 + b x2 = c, between the lines, and beside each line: in every region
    one at least, and some may lie on a line."""
    points = []
    for (a, b, c), (d, e, f) in combinations(lines, 2):
        turn = a * e - b * d
        if turn:
            crossing = np.array([c * e - b * f, a * f - c * d], dtype=object) / Fraction(turn)
            met = [(u, v) for u, v, w in lines if u * crossing[0] + v * crossing[1] == w]
            steps = [np.array([-v * sign, u * sign], dtype=object) for u, v in met for sign in (1, -1)]
            points += [crossing + NEAR * (one + other) for one, other in combinations(steps, 2)]
    for a, b, c in lines:
        foot = np.array([a, b], dtype=object) * c / Fraction(a * a + b * b)
        points += [foot + sign * NEAR * np.array([a, b], dtype=object) for sign in (1, -1)]
    return points
