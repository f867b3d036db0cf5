"""Differences of the loss sum(dZ * Z), exact because it is linear in each entry; products of matrices are tried out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from listok.generators.exact import Fraction

PRODUCTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "dz_wt": lambda X, W, d: d @ W.T,
    "dz_w": lambda X, W, d: d @ W,
    "wt_dz": lambda X, W, d: W.T @ d,
    "xt_dz": lambda X, W, d: X.T @ d,
    "dzt_x": lambda X, W, d: d.T @ X,
    "placewise": lambda X, W, d: d * W,
}


def loss(X: Any, W: Any, b: Any, d: Any, turned: bool) -> Any:
    return (d * (np.dot(X, W.T if turned else W) + b)).sum()


def differences(X: Any, W: Any, b: Any, d: Any, turned: bool, of: int) -> Any:
    """By how much the loss grows where one entry after another, of X, W or b (`of` 0, 1, 2), grows by 1."""
    arrays = [X, W, b]
    before = loss(X, W, b, d, turned)
    found = np.empty_like(arrays[of])
    for place in np.ndindex(found.shape):
        moved = [array.copy() for array in arrays]
        moved[of][place] += 1
        found[place] = loss(moved[0], moved[1], moved[2], d, turned) - before
    return found


def solve(p: Any) -> dict[str, Any]:
    X, W, d = (np.array(rows, dtype=object) for rows in (p.inputs, p.weights, p.upstream))
    b = np.array([Fraction(0)] * d.shape[1], dtype=object)
    d_X, d_W, d_b = (differences(X, W, b, d, p.turned, of) for of in range(3))
    n, k, m = p.big
    weights = np.broadcast_to(0, (k, m))
    slope = d_W[p.place[0] - 1, p.place[1] - 1]
    return {
        "shapes": [*np.broadcast_to(0, (n, k)).shape, *(weights.T if p.turned else weights).shape, m],
        "formula": fitting(p.turned, "XW".index(p.asked)),
        "d_input": d_X,
        "d_weights": d_W,
        "d_bias": d_b,
        "slope": slope,
        "change": slope * p.nudge,
    }


@functools.cache
def fitting(turned: bool, of: int) -> str:
    """The product that gives the differences in a layer whose sides all differ."""
    X, W, d = (np.arange(1, a * b + 1).reshape(a, b) ** 2 % 11 for a, b in ((2, 3), (3, 4), (2, 4)))
    W = W.T if turned else W
    wanted = differences(X, W, np.zeros(4, dtype=int), d, turned, of)
    fits = []
    for name, product in PRODUCTS.items():
        try:
            value = product(X, W, d)
        except ValueError:  # these shapes cannot be multiplied
            continue
        if value.shape == wanted.shape and (value == wanted).all():
            fits.append(name)
    (name,) = fits
    return name
