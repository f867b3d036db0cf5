"""Newton's method for the best weights, the loss by ln(1 + e^z), and linear programs told by trying every border.

Statements are tried on samples, with descents and differences.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from listok.generators.exact import Fraction

Array: TypeAlias = Any


def solve(p: Any) -> dict[str, Any]:
    signs = ["-" if y else "" for y in p.ys]
    losses = [f"ln(1 + exp({sign}(w0 + ({x})*w1)))" for x, sign in zip(p.xs, signs, strict=True)]

    xs, ys = np.array(p.xs), np.array(p.ys)
    first, side, border = judged(xs, ys == 1, ys == 0)

    points = [np.arange(1, len(counts) + 1) for counts in p.samples]
    kinds = [judged(x, np.array(c), 2 - np.array(c))[0] for x, c in zip(points, p.samples, strict=True)]
    zeros = [where(np.array(counts) < 2) for counts in p.samples]
    ones = [where(np.array(counts) > 0) for counts in p.samples]

    groups = (p.left, p.right)
    inputs = np.array([g.x for g in groups for _ in range(g.size)], dtype=float)
    labels = np.array([i < g.ones for g in groups for i in range(g.size)], dtype=float)
    w0, w1 = newton(inputs, labels)
    odds = [Fraction(g.ones, g.size - g.ones) for g in groups]
    return {
        "terms.x": p.xs,
        "terms.y": p.ys,
        "loss": f"({' + '.join(losses)})/{len(losses)}",
        "first.zeros": [min(xs[ys == 0]), max(xs[ys == 0])],
        "first.ones": [min(xs[ys == 1]), max(xs[ys == 1])],
        "first.kind": first,
        "borders": [max(xs[xs < border]), min(xs[xs > border])] if first == "zero" else [0, 0],
        "direction": {1: "up", -1: "down", 0: "finite"}[side],
        "verdicts.zeros": zeros,
        "verdicts.ones": ones,
        "verdicts.kind": kinds,
        "minimiser": kinds,
        "fits.share": [1 - 1 / (1 + o) for o in odds],
        "fits.odds": odds,
        "ratio": odds[1] / odds[0],
        "weight": f"{w1:.14f}",
        "intercept": f"{w0:.14f}",
        "lowest": f"{loss(w0, w1, inputs, labels):.15f}",
        "true_ones": [name for name in p.statements if holds(name)],
    }


def where(mask: Array) -> list[int]:
    """The first and the last point with something, counted from 1."""
    points = np.flatnonzero(mask) + 1
    return [int(points[0]), int(points[-1])]


def judged(points: Array, ones: Array, zeros: Array) -> tuple[str, int, float]:
    """Both ways round a border moves over the points, and between them; observations on it do not count. A border
    with nobody on it leaves no loss, one with some on it the loss of these; no border leaves a minimum. It is told
    which of the three, whether the ones lie above the border (1) or below it (-1), and a border, if there is one."""
    places = np.unique(points)
    found = ("finite", 0, 0.0)
    for border in np.unique(np.concatenate([places, (places[1:] + places[:-1]) / 2])):
        for side in (1, -1):
            gains, losses = ones * side * (points - border), zeros * side * (border - points)
            if (gains >= 0).all() and (losses >= 0).all():
                if border not in places:
                    return "zero", side, float(border)
                found = ("positive", side, float(border))
    return found


# Logistic regression for samples of numbers.


def sigma(z: Any) -> Any:
    return (1 + np.tanh(np.asarray(z) / 2)) / 2


def loss(w0: float, w1: float, x: Array, y: Array) -> float:
    """The log loss, a mean."""
    return float(np.logaddexp(0, np.where(y > 0, -1, 1) * (w0 + w1 * x)).mean())


def gradient(w: Array, x: Array, y: Array, penalty: float = 0.0) -> Array:
    """The gradient of the loss, plus `penalty` times the sum of squares, by both weights."""
    miss = sigma(w[0] + w[1] * x) - y
    return np.array([miss.mean(), (miss * x).mean()]) + 2 * penalty * w


def newton(x: Array, y: Array) -> tuple[float, float]:
    """The best weights, where there are some."""
    w = np.zeros(2)
    design = np.stack([np.ones(len(x)), x], axis=1)
    for _ in range(50):
        p = sigma(design @ w)
        w = w - np.linalg.solve(design.T @ (design * (p * (1 - p))[:, None]), design.T @ (p - y))
    return float(w[0]), float(w[1])


def descent(x: Array, y: Array, steps: int, rate: float = 0.5, penalty: float = 0.0) -> Array:
    w = np.zeros(2)
    for _ in range(steps):
        w = w - rate * gradient(w, x, y, penalty)
    return w


# The statements, tried on three samples: classes apart, reaching into each other, and touching in one point.

X = np.array([1.0, 2.0, 3.0, 4.0])
APART, MIXED = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])
TOUCHING_X, TOUCHING = np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 1.0])
WEIGHTS = [(a / 2, b / 2) for a in range(-6, 7) for b in range(-6, 7)]
RIGHT = [(-2.5 * b + a, b) for b in (0.5, 1.0, 3.0) for a in (-0.2 * b, 0.0, 0.2 * b)]  # they get `APART` right


def at(w: Any, x: Array = X, y: Array = APART) -> float:
    return loss(float(w[0]), float(w[1]), x, y)


def grows(x: Array, y: Array) -> bool:
    """Whether descent goes on for ever: whether its weights keep growing."""
    return bool(np.abs(descent(x, y, 1200)[1]) > 1.1 * np.abs(descent(x, y, 300)[1]))


def lowest_elsewhere(scale: float) -> bool:
    """Whether a multiple of the loss is lowest elsewhere on a grid."""
    losses = np.array([at(w, y=MIXED) for w in WEIGHTS])
    return bool(losses.argmin() != (scale * losses).argmin())


LAWS: Mapping[str, Callable[[], bool]] = {
    "separable_none": lambda: grows(X, APART),
    "scaling": lambda: all(at((2 * a, 2 * b)) < at((a, b)) for a, b in RIGHT),
    "convex": lambda: all(
        at(np.add(v, w) / 2, y=y) <= (at(v, y=y) + at(w, y=y)) / 2 + 1e-12
        for y in (APART, MIXED) for v in WEIGHTS[::7] for w in WEIGHTS[::11]
    ),
    "zero_weights": lambda: all(np.isclose(at((0, 0), y=y), np.log(2)) for y in (APART, MIXED)),
    "above_zero": lambda: all(
        4 * at(w, x, y) > np.log(2) - 1e-12
        for w in (*WEIGHTS, (-25, 10), (-200, 100)) for x, y in ((X, MIXED), (TOUCHING_X, TOUCHING))
    ),
    "mean_forecast": lambda: bool(np.isclose(sigma(newton(X, MIXED)[0] + newton(X, MIXED)[1] * X).mean(), 0.5)),
    "copies": lambda: all(np.isclose(at(w), at(w, np.tile(X, 2), np.tile(APART, 2))) for w in WEIGHTS),
    "penalty": lambda: bool(np.allclose(descent(X, APART, 1200, penalty=0.1), descent(X, APART, 600, penalty=0.1))),
    "constant_model": lambda: bool(np.argmin([at((a / 100, 0), X, X > 1) for a in range(300)]) == 110),  # ln 3
    "confident_mistake": lambda: at((60, 0), X[:1], APART[:1]) > 1.9 * at((30, 0), X[:1], APART[:1]) > 50,
    "moved_inputs": lambda: bool(np.isclose(at(newton(X, MIXED), y=MIXED), at(newton(X + 5, MIXED), X + 5, MIXED))),
    "between_finite": lambda: not grows(X, MIXED),
    "gradient_somewhere_zero": lambda: not grows(X, APART),
    "zero_reached": lambda: at((-25, 10)) == 0,
    "descent_stops": lambda: not grows(X, APART),
    "one_border": lambda: not at((-60, 25)) < 0.001 > at((-65, 25)),
    "bounded": lambda: max(at((a / 100, 0), X[:1], APART[:1]) for a in range(300) if sigma(a / 100) <= 3 / 4) <= 1,
    "sum_moves": lambda: lowest_elsewhere(4),
    "all_right_zero": lambda: max(at(w) for w in RIGHT) == 0,
    "mixed_point": lambda: not grows(TOUCHING_X, TOUCHING),
    "base_moves": lambda: lowest_elsewhere(1 / np.log(2)),
    "without_intercept": lambda: any((np.sign(w * X) == 2 * APART - 1).all() for w in (-1, 1)),
    "swapped_labels": lambda: bool(np.allclose(newton(X, MIXED), newton(X, 1 - MIXED))),
}
"""Each statement as a test."""


@functools.cache
def holds(name: str) -> bool:
    return LAWS[name]()
