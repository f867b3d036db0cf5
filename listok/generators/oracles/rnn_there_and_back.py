"""The recurrent cell in dual numbers: arithmetic itself differentiates states and loss by the weights v, w and u.

A nudge of 0 is added to every q = u h, so that the derivative by it is dL/dq.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import Dual, variables


def solve(p: Any) -> dict[str, Any]:
    count = len(p.ys) - 1
    v, w, u, *nudges = variables(p.v, p.w, p.u, *[Fraction(0)] * count)

    def bend(z: Dual) -> Dual:
        return z if z > 0 else z * p.leak

    zs, hs, qs, forecasts = [], [0 * v + p.start], [], []
    squares = 0 * v
    for x, y, nudge in zip(p.ys, p.ys[1:], nudges, strict=False):
        zs.append(v * x + w * hs[-1])
        hs.append(bend(zs[-1]))
        qs.append(u * hs[-1] + nudge)
        forecasts.append(bend(qs[-1]))
        squares += (forecasts[-1] - y) ** 2
    loss = squares / count

    states, slopes = np.array([h.value for h in hs]), np.array([h.slopes[:2] for h in hs])
    gradient, deltas = loss.slopes[:3], loss.slopes[3:]
    updated = np.array([p.v, p.w, p.u]) - p.eta * gradient
    return {
        "steps.t": range(1, count + 1),
        "steps.x": p.ys[:-1],
        "steps.last": states[:-1],
        "steps.z": [z.value for z in zs],
        "steps.h": states[1:],
        "steps.q": [q.value for q in qs],
        "steps.forecast": [f.value for f in forecasts],
        "steps.target": p.ys[1:],
        "steps.slope": [1 if z > 0 else p.leak for z in zs],
        "steps.out_slope": [1 if q > 0 else p.leak for q in qs],
        "steps.delta": deltas,
        "steps.last_dv": slopes[:-1, 0],
        "steps.last_dw": slopes[:-1, 1],
        "steps.dv": slopes[1:, 0],
        "steps.dw": slopes[1:, 1],
        "states": states[1:],
        "forecasts": [f.value for f in forecasts],
        "squares": squares.value,
        "error": loss.value,
        "by_input": gradient[0],
        "by_recurrent": gradient[1],
        "by_output": gradient[2],
        "updated": updated,
        "error_after": float(((run(p, *updated) - np.array(p.ys[1:])) ** 2).mean()),
    }


def run(p: Any, v: Any, w: Any, u: Any) -> Any:
    """The forecasts, in plain numbers, by the definition of leaky ReLU as the larger of two lines."""

    def bend(z: Any) -> Any:
        return max(z, z * p.leak)

    states = itertools.accumulate(p.ys[:-1], lambda h, x: bend(v * x + w * h), initial=p.start)
    return np.array([bend(u * h) for h in itertools.islice(states, 1, None)])
