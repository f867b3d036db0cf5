"""The network in dual numbers: arithmetic itself differentiates the loss; the log loss by a step along the imaginary
axis. Formulas and statements are tried on another network.

A nudge of 0 is added to each input, sum, activation and forecast, so that the derivative by the nudge is the derivative
by what it was added to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import Dual, variables
from listok.generators.oracles.tools.networks import TINY, gives, passed, trial


def solve(p: Any) -> dict[str, Any]:
    X, W1 = np.array(p.inputs, dtype=object), np.array(p.first, dtype=object)
    W2, targets = np.array(p.second), np.array(p.targets)
    (n, k), h = X.shape, len(W2)

    # All observations at once: what is computed is a row of n numbers, and its slopes a row for each variable.
    values = [*W1.ravel(), *W2, *[0] * (2 * h + 1 + k)]
    variable = [Dual(v.value, v.slopes[:, None]) for v in variables(*values)]
    first, second, to_H, to_O, (forecast,), to_X = (
        variable[start:end] for start, end in zip(*ends(k * h, h, h, h, 1, k), strict=True)
    )
    columns = [to_X[a] + X[:, a] for a in range(k)]
    hidden: list[Any] = []
    activations: list[Any] = []
    for j in range(h):
        z = to_H[j]
        for a in range(k):
            z = z + first[a * h + j] * columns[a]
        hidden.append(z.value)
        o = z * (z.value > 0) + to_O[j]
        activations.append(o.value)
        forecast = forecast + second[j] * o
    miss = forecast - targets
    loss = miss**2 * Fraction(1, 2 * n)

    by_first, by_second, by_H, by_O, by_forecast, by_X = (
        loss.slopes[start:end] for start, end in zip(*ends(k * h, h, h, h, 1, k), strict=True)
    )
    d_W1, d_W2 = by_first.sum(axis=1).reshape(k, h), by_second.sum(axis=1)
    new_W1, new_W2 = W1 - p.rate * d_W1, W2 - p.rate * d_W2
    misses = np.maximum(X @ new_W1, 0) @ new_W2 - targets

    logits = np.array(forecast.value, dtype=float)
    sides = np.where(np.array(p.labels) == 1, -1, 1)  # class 1 is told from class 0 by turning the logit over
    surprises = np.logaddexp(0, sides * logits)
    nudged = sides * (logits + TINY * 1j)
    largest = np.maximum(nudged.real, 0)  # is taken away before the exponent, which might overflow
    differences = np.log(np.exp(-largest) + np.exp(nudged - largest)).imag / TINY
    return {
        "hidden": np.transpose(hidden),
        "activations": np.transpose(activations),
        "forecast": forecast.value,
        "loss": loss.value.sum(),
        "d_forecast": by_forecast[0],
        "d_second": d_W2,
        "d_activations": by_O.T,
        "d_hidden": by_H.T,
        "d_first": d_W1,
        "d_inputs": by_X.T,
        "stepped": np.vstack([new_W1, new_W2]),
        "descends": bool((misses**2).mean() / 2 < loss.value.sum()),
        "probability": np.exp(-np.logaddexp(0, -logits)),
        "logarithms": -surprises,
        "log_loss": surprises.mean(),
        "d_logits": differences / n,
        "formula": next(name for name in RULES if name.startswith(p.sought) and gives(RULES[name], SOUGHT[p.sought])),
        "changes": [name for name in p.statements if holds(name)],
    }


def ends(*sizes: int) -> tuple[Any, Any]:
    """Where parts of these sizes start and end, one after the other."""
    after = np.cumsum(sizes)
    return after - sizes, after


RULES: Mapping[str, Callable[[Any], Any]] = {
    "second": lambda m: m.O.T @ m.dY,
    "second_past_relu": lambda m: m.H.T @ m.dY,
    "second_untransposed": lambda m: m.O @ m.dY,
    "activations": lambda m: m.dY @ m.W2.T,
    "activations_swapped": lambda m: m.W2.T @ m.dY,
    "activations_by_outputs": lambda m: m.O.T @ m.dY,
    "first": lambda m: m.X.T @ m.dH,
    "first_untransposed": lambda m: m.X @ m.dH,
    "first_past_relu": lambda m: m.X.T @ m.dO,
    "inputs": lambda m: m.dH @ m.W1.T,
    "inputs_untransposed": lambda m: m.dH @ m.W1,
    "inputs_past_relu": lambda m: m.dO @ m.W1.T,
}
SOUGHT = {"second": "dW2", "activations": "dO", "first": "dW1", "inputs": "dX"}


def all_rules(log: bool) -> bool:
    return all(gives(RULES[name], sought, log) for name, sought in SOUGHT.items())


LAWS: Mapping[str, Callable[[Any, Any], Any]] = {
    "same_backward": lambda L, Q: all_rules(log=False) and all_rules(log=True),
    "same_mask": lambda L, Q: np.array_equal(L.dH != 0, Q.dH != 0),
    "same_shapes": lambda L, Q: L.dX.shape == Q.dX.shape and L.dW1.shape == Q.dW1.shape,
    "bounded": lambda L, Q: abs(len(Q.Y) * Q.dY).max() < 1 < abs(len(L.Y) * L.dY).max(),
    "rank_one": lambda L, Q: np.linalg.matrix_rank(L.dO) == np.linalg.matrix_rank(Q.dO) == 1,
    "step_lowers": lambda L, Q: passed(True, W1=-0.01 * Q.dW1, W2=-0.01 * Q.dW2).loss < Q.loss,
    "all_anew": lambda L, Q: all_rules(log=False) and not all_rules(log=True),
    "mask_by_probability": lambda L, Q: np.array_equal(Q.dH != 0, (Q.dO != 0) & (Q.p > 0.5)),
    "extra_slope": lambda L, Q: gives(lambda m: m.O.T @ (m.dY * m.p * (1 - m.p)), "dW2", log=True),
    "dead_wakes": lambda L, Q: not L.dW1[:, -1].any() and Q.dW1[:, -1].any(),
    "no_transpose": lambda L, Q: gives(lambda m: m.X @ m.dH, "dW1", log=True),
    "no_relu": lambda L, Q: gives(lambda m: m.dO, "dH", log=True),
    "sigmoid_hidden": lambda L, Q: gives(lambda m: m.dO * np.exp(m.H) / (1 + np.exp(m.H)) ** 2, "dH", log=True),
}
"""Each statement on losses L and Q as an experiment that it holds in, or that it fails in."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name](trial(), trial(log=True)))
