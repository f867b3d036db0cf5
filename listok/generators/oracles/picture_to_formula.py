"""The network as products of NumPy matrices of exact numbers; in its formula, weights go inside the hidden units.

For v above 0, v max(0, z) is max(0, v z); for v below 0, it is min(0, v z).
"""

from __future__ import annotations

from typing import Any

import numpy as np


def solve(p: Any) -> dict[str, Any]:
    x, W, v = np.array(p.x, dtype=object), np.array(p.hidden), np.array(p.output)
    z = x @ W
    h = (z + abs(z)) / 2
    before = h @ v + p.bias

    terms = np.array([[f"({w})*x{i}" for w in row] for i, row in enumerate(W * v, 1)])
    sums = [" + ".join(column) for column in terms.T]
    units = [f"{'max' if out > 0 else 'min'}(0; {inside})" for out, inside in zip(v, sums, strict=True)]
    arrows = [np.flatnonzero(column) for column in W.T]
    return {
        "units.terms.i": [places + 1 for places in arrows],
        "units.terms.w": [column[places] for column, places in zip(W.T, arrows, strict=True)],
        "units.terms.x": [x[places] for places in arrows],
        "units.z": z,
        "units.h": h,
        "units.v": v,
        "before": before,
        "value": (before + abs(before)) / 2,
        "formula": f"max(0; {' + '.join(units)} + ({p.bias}))",
    }
