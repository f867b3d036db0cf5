"""The network in dual numbers: arithmetic itself differentiates the loss; the log loss by a step along the imaginary
axis.

A nudge of 0 is added to each sum, activation and forecast, so that the derivative by the nudge is the derivative by
what it was added to. Complex-step derivatives: Squire and Trapp, SIAM Review 40 (1998), 110-112.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import Dual, variables

TINY = 1e-30
"""A step so short that its square is nothing beside 1: the derivative is exact to the last digits of a float."""


def solve(p: Any) -> dict[str, Any]:
    X, W1 = np.array(p.inputs, dtype=object), np.array(p.first, dtype=object)
    W2, targets = np.array(p.second), np.array(p.targets)
    (n, k), h = X.shape, len(W2)

    # All observations at once: what is computed is a row of n numbers, and its slopes a row for each variable.
    values = [*W1.ravel(), *W2, *[0] * (2 * h + 1)]
    variable = [Dual(v.value, v.slopes[:, None]) for v in variables(*values)]
    first, second, to_H, to_O, (forecast,) = (
        variable[start:end] for start, end in zip(*ends(k * h, h, h, h, 1), strict=True)
    )
    hidden: list[Any] = []
    activations: list[Any] = []
    for j in range(h):
        z = to_H[j]
        for a in range(k):
            z = z + first[a * h + j] * X[:, a]
        hidden.append(z.value)
        o = z * (z.value > 0) + to_O[j]
        activations.append(o.value)
        forecast = forecast + second[j] * o
    miss = forecast - targets
    loss = miss**2 * Fraction(1, 2 * n)

    by_first, by_second, by_H, by_O, by_forecast = (
        loss.slopes[start:end] for start, end in zip(*ends(k * h, h, h, h, 1), strict=True)
    )
    d_W1, d_W2 = by_first.sum(axis=1).reshape(k, h), by_second.sum(axis=1)
    new_W1, new_W2 = W1 - p.rate * d_W1, W2 - p.rate * d_W2

    logits = np.array(forecast.value, dtype=float)
    sides = np.where(np.array(p.labels) == 1, -1, 1)  # class 1 is told from class 0 by turning the logit over
    surprises = np.logaddexp(0, sides * logits)
    nudged = sides * (logits + TINY * 1j)
    largest = np.maximum(nudged.real, 0)  # is taken away before the exponent, which might overflow
    differences = np.log(np.exp(-largest) + np.exp(nudged - largest)).imag / TINY
    return {
        "hidden": np.transpose(hidden),
        "mask": (np.transpose(hidden) > 0).astype(int),
        "activations": np.transpose(activations),
        "forecast": forecast.value,
        "residual": miss.value,
        "loss": loss.value.sum(),
        "d_forecast": by_forecast[0],
        "d_second": d_W2,
        "d_activations": by_O.T,
        "d_hidden": by_H.T,
        "d_first": d_W1,
        "new_first": new_W1,
        "new_second": new_W2,
        "stepped": np.vstack([new_W1, new_W2]),
        "probability": np.exp(-np.logaddexp(0, -logits)),
        "chosen": np.exp(-surprises),
        "logarithms": -surprises,
        "log_loss": surprises.mean(),
        "differences": differences,
        "d_logits": differences / n,
    }


def ends(*sizes: int) -> tuple[Any, Any]:
    """Where parts of these sizes start and end, one after the other."""
    after = np.cumsum(sizes)
    return after - sizes, after
