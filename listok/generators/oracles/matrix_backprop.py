"""The network in dual numbers, observation by observation: arithmetic itself differentiates the loss.

A nudge of 0 is added to each sum and each output, and each unit of the second layer gets a copy of the followed weight
of its own, so that the derivative by the copy is the share of the paths through this unit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import variables

FORMULAS = {
    "W3": "output_weights",
    "O2": "through_output",
    "H2": "through_activation",
    "W2": "hidden_weights",
    "O1": "through_hidden",
    "W1": "input_weights",
}


def solve(p: Any) -> dict[str, Any]:
    X, W1, W2, W3 = (np.array(block, dtype=object) for block in (p.inputs, p.first, p.second, p.third))
    (n, k), a, b = X.shape, len(W2), len(W3)
    shapes = {"W1": (k, a), "W2": (a, b), "W3": (b,), "copy": (b,), "H1": (n, a), "O1": (n, a), "H2": (n, b),
              "O2": (n, b), "y": (n,)}  # fmt: skip
    starts = {"W1": W1, "W2": W2, "W3": W3}
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    ends = np.cumsum(sizes)
    nothing = {name: np.array([0] * size, dtype=object) for name, size in zip(shapes, sizes, strict=True)}
    numbers = variables(*[Fraction(number) for block in (nothing | starts).values() for number in block.ravel()])
    v = {
        name: np.array(numbers[end - size : end], dtype=object).reshape(shape)
        for (name, shape), size, end in zip(shapes.items(), sizes, ends, strict=True)
    }

    def bend(z: Any) -> Any:
        return z if z > 0 else z * p.leak

    found: dict[str, Any] = {name: np.empty(shapes[name], dtype=object) for name in ("H1", "O1", "H2", "O2", "y")}
    slopes = {"H1": np.empty((n, a), dtype=object), "H2": np.empty((n, b), dtype=object)}
    loss = numbers[0] * 0
    unit, source = p.unit - 1, p.source - 1
    for i in range(n):
        sums = [X[i] @ v["W1"][:, j] + v["H1"][i, j] for j in range(a)]
        first = [bend(h) + nudge for h, nudge in zip(sums, v["O1"][i], strict=True)]
        second_sums = []
        for m in range(b):
            seen = list(first)
            seen[unit] = bend(sums[unit] + X[i, source] * v["copy"][m]) + v["O1"][i, unit]
            second_sums.append(sum(o * w for o, w in zip(seen, v["W2"][:, m], strict=True)) + v["H2"][i, m])
        second = [bend(h) + nudge for h, nudge in zip(second_sums, v["O2"][i], strict=True)]
        forecast = sum(o * w for o, w in zip(second, v["W3"], strict=True)) + v["y"][i]
        loss = loss + (forecast - p.targets[i]) ** 2 * Fraction(1, 2 * n if p.mean else 2)
        for name, row in (("H1", sums), ("O1", first), ("H2", second_sums), ("O2", second)):
            found[name][i] = [number.value for number in row]
        slopes["H1"][i] = [1 if h > 0 else p.leak for h in sums]
        slopes["H2"][i] = [1 if h > 0 else p.leak for h in second_sums]
        found["y"][i] = forecast.value

    gradient = {
        name: loss.slopes[end - size : end].reshape(shape)
        for (name, shape), size, end in zip(shapes.items(), sizes, ends, strict=True)
    }
    sides = {name: np.atleast_2d(gradient[name]).shape for name in ("W1", "W2", "H1", "O2")} | {"W3": (b, 1)}
    o = " + ".join(f"({w})*o{i}" for i, w in enumerate(p.second, 1) for w in [w[p.drawn - 1]])
    return {
        "sum_formula": o,
        "sizes": [side for name in p.measured for side in sides[name]],
        "algorithm": [FORMULAS[name] for name in p.derivatives],
        "hidden": found["H1"],
        "outputs": found["O1"],
        "second_hidden": found["H2"],
        "second_outputs": found["O2"],
        "forecast": found["y"],
        "residual": found["y"] - np.array(p.targets),
        "d_forecast": gradient["y"],
        "d_third": gradient["W3"],
        "d_second_outputs": gradient["O2"],
        "second_slopes": slopes["H2"],
        "d_second_hidden": gradient["H2"],
        "d_second": gradient["W2"],
        "d_outputs": gradient["O1"],
        "slopes": slopes["H1"],
        "d_hidden": gradient["H1"],
        "d_first": gradient["W1"],
        "ways.m": [str(m) for m in range(1, b + 1)],
        "ways.weight": W2[unit],
        "ways.back": gradient["H2"].T,
        "ways.value": gradient["copy"],
        "paths": gradient["copy"],
    }
