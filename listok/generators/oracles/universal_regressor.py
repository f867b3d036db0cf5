"""The staircase as sums of indicators in NumPy; the steepest slope by dual numbers and the vertex of a parabola.

Statements are tried on curves, staircases and small networks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import variables

Array: TypeAlias = Any


def solve(p: Any) -> dict[str, Any]:
    def f(x: Any) -> Any:
        value = 0 * x
        for c in reversed(p.f.coefficients):  # Horner's rule
            value = value * x + c
        return value + 1 / x * p.f.inverse if p.f.inverse else value

    def slope(x: Fraction) -> Any:
        return f(variables(x)[0]).slopes[0]

    length = p.right - p.left
    borders = np.array([p.left + length * Fraction(i, p.count) for i in range(p.count + 1)])
    middles = (borders[:-1] + borders[1:]) / 2
    heights = f(middles)
    weights = np.diff(np.concatenate([[0], heights, [0]]))
    passed = borders < p.x
    value = weights[passed].sum()

    places = [p.left, p.right]
    if not p.f.inverse and len(p.f.coefficients) == 4 and p.f.coefficients[3]:
        low, zero, high = slope(Fraction(-1)), slope(Fraction(0)), slope(Fraction(1))
        vertex = (low - high) / (2 * (low + high - 2 * zero))
        places += [vertex] if p.left < vertex < p.right else []
    slopes = [max(slope(place), -slope(place)) for place in places]
    bound = max(slopes) * length / p.accuracy / 2
    enough = max(1, -(-bound.numerator // bound.denominator))
    return {
        "steps.start": borders[:-1],
        "steps.end": borders[1:],
        "steps.middle": middles,
        "steps.height": heights,
        "heights": heights,
        "number": int(passed.sum()),
        "value": value,
        "exact": f(p.x),
        "error": max(f(p.x) - value, value - f(p.x)),
        "weights": weights,
        "slopes": slopes,
        "steepest": max(slopes),
        "bound": bound,
        "enough": enough,
        "neurons": [enough + enough, enough + 1],
        "true_ones": [name for name in p.statements if holds(name)],
    }


# The statements, tried on the interval from 0 to 1.

X = np.linspace(0, 1, 1001)[1:]
NET = np.linspace(0, 1, 11)
INSIDE = NET[:-1] + 0.03


def staircase(f: Callable[[Any], Any], borders: Array, x: Array = X, steep: float = np.inf) -> Array:
    """The net of step neurons whose steps meet f in their middles; with a finite `steep`, of sigmoids."""
    weights = np.diff(np.concatenate([[0], f((borders[:-1] + borders[1:]) / 2), [0]]))
    inner = x[:, None] - borders
    hidden = inner > 0 if steep == np.inf else 0.5 + 0.5 * np.tanh(steep * inner)
    return hidden @ weights


def error(f: Callable[[Any], Any], count: int) -> float:
    """The largest error of equal steps."""
    return float(np.abs(staircase(f, np.linspace(0, 1, count + 1)) - f(X)).max())


def steps_for(f: Callable[[Any], Any], accuracy: float) -> int:
    return next(n for n in range(1, 2000) if error(f, n) <= accuracy)


def square(x: Any) -> Any:
    return x**2


def wave(x: Any) -> Any:
    return np.sin(9 * x)


def corner(x: Any) -> Any:
    return np.abs(x - 0.5)


def fitted(hidden: Array, f: Callable[[Any], Any]) -> float:
    """The largest error of the best output weights, in least squares, for neurons (columns) and a constant."""
    design = np.column_stack([np.ones(len(X[::5])), hidden[::5]])
    return float(np.abs(design @ np.linalg.lstsq(design, f(X[::5]), rcond=None)[0] - f(X[::5])).max())


def units(count: int, bend: Callable[[Any], Any]) -> Array:
    """Hidden neurons with an activation, of many slopes and constants."""
    angles = np.linspace(0.1, 3, count)
    return bend(np.outer(X, 9 * np.cos(angles)) + 5 * np.sin(2 * angles))


def uneven() -> bool:
    """Whether six steps do better for x^8 if they are narrower where it is steep."""
    def steep(x: Any) -> Any:
        return x**8

    borders = np.concatenate([[0], np.linspace(0.3, 1, 6) ** 0.4])
    return float(np.abs(staircase(steep, borders) - steep(X)).max()) < error(steep, 6)


def stays() -> bool:
    """Whether the loss is the same after a threshold has moved a little, so that descent does not move it."""
    borders, weights = np.array([0.2501, 0.5001, 0.7501]), np.array([0.1, 0.3, 0.4])
    losses = [float((((X[:, None] > borders + shift) @ weights - square(X)) ** 2).sum()) for shift in (0, 1e-6)]
    return losses[0] == losses[1]


LAWS: Mapping[str, Callable[[], bool]] = {
    "two_make_step": lambda: bool((((X > 0.3) * 1.0 - (X > 0.6)) == ((X > 0.3) & (X <= 0.6))).all()),
    "steeper_more": lambda: steps_for(lambda x: 3 * x, 0.05) > steps_for(lambda x: x, 0.05),
    "uneven_steps": uneven,
    "sigmoid_steep": lambda: bool(np.allclose(staircase(wave, NET, INSIDE, 4000), staircase(wave, NET, INSIDE))),
    "relu_pieces": lambda: bool(
        (np.abs(np.diff(units(5, lambda z: np.maximum(z, 0)) @ np.arange(1, 6), 2)) > 1e-9).sum() <= 10
    ),
    "existence_only": stays,
    "linear_fails": lambda: fitted(units(30, lambda z: z), square) > 0.05,
    "zero_slopes": stays,
    "exact": lambda: min(error(square, n) for n in (5, 50, 500)) == 0,
    "whole_line": lambda: float(np.abs(staircase(square, np.linspace(-9, 9, 2001), np.array([50.0])) - 2500)[0]) < 0.1,
    "fixed_size": lambda: steps_for(lambda x: np.sin(40 * x), 0.3) <= steps_for(lambda x: np.sin(4 * x), 0.3),
    "identity_enough": lambda: min(
        np.abs(0.5 + 0.5 * np.tanh(k * X + c) - (2 * X - 1) ** 2).max()
        for k in np.linspace(-20, 20, 81) for c in np.linspace(-20, 20, 81)
    ) < 0.01,
    "learned": lambda: not stays(),
    "four_times": lambda: error(square, 40) < 0.3 * error(square, 20),
    "at_middles": lambda: error(square, 4) < 1e-9,
    "squares": lambda: fitted(units(30, lambda z: z**2), corner) < 0.01,
    "outside": lambda: bool(np.allclose(staircase(square, np.linspace(0, 1, 101), np.array([1.5])), 2.25, atol=0.1)),
}
"""Each statement as a test."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name]())
