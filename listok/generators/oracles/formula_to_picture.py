"""The network as NumPy arrays that take a column of ones along; its picture is counted and compared arrow by arrow."""

from __future__ import annotations

from typing import Any

import numpy as np


def solve(p: Any) -> dict[str, Any]:
    names = [f"{letter}_{{{j}}}" for letter, layer in zip("hg", p.layers[:-1], strict=False)
             for j in range(1, len(layer) + 1)]  # fmt: skip
    signal, inputs, sums, answers = np.array(p.x, dtype=object), [], [], []
    for layer in p.layers:
        inputs += [signal] * len(layer)
        z = np.array(layer) @ np.concatenate([[1], signal])
        signal = np.where(z > 0, z, 0)
        sums += [*z]
        answers += [*signal]
    cells = [np.array(layer) for layer in p.layers]
    arrows = [np.count_nonzero(table) for table in cells]
    return {
        "neurons.name": [*names, "y"],
        "neurons.row": [row for layer in p.layers for row in layer],
        "neurons.inputs": inputs,
        "neurons.z": sums,
        "neurons.h": answers,
        "weights": np.concatenate([table.ravel() for table in cells]),
        "arrows": arrows,
        "count": sum(arrows),
        "value": answers[-1],
    }
