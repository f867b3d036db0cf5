"""Parameters are the entries of arrays; every width is tried in the polynomial that three such counts determine."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np


def solve(p: Any) -> dict[str, Any]:
    weights = [np.empty((b, a), dtype=bool) for a, b in pairwise(p.sizes)]
    biases = [np.empty(b, dtype=bool) for b in p.sizes[1:]]
    counts = [matrix.size + vector.size for matrix, vector in zip(weights, biases, strict=True)]
    hidden = sum(vector.size for vector in biases[:-1])

    # A polynomial of degree two is known by its values at 0, 1 and 2.
    known = np.where(np.equal(p.known, 0), [[0], [1], [2]], p.known)
    rest, one, two = ((known[:, :-1] + 1) * known[:, 1:]).sum(axis=1).tolist()
    square = (two - 2 * one + rest) // 2
    slope = one - rest - square
    widths = np.arange(p.target // slope + 1)
    width = np.searchsorted(square * widths**2 + slope * widths + rest, p.target).item()
    steep = 2 * square * width + slope  # the slope of a parabola at its root is the root of the discriminant
    return {
        "layers.inputs": [matrix.shape[1] for matrix in weights],
        "layers.neurons": [matrix.shape[0] for matrix in weights],
        "layers.weights": [matrix.size for matrix in weights],
        "layers.parameters": counts,
        "total": sum(counts),
        "hidden_biases": hidden,
        "lean": sum(counts) - hidden,
        "square": square,
        "slope": slope,
        "rest": rest,
        "moved": square * width**2 + slope * width,
        "discriminant": steep**2,
        "root": steep,
        "width": width,
    }
