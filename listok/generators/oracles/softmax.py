"""Softmax by differences of logits, the loss by log-sum-exp; statements are tried on numbers, the link on inputs."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from listok.generators.exact import Fraction


def solve(p: Any) -> dict[str, Any]:
    labels = np.array(p.classes)
    exact = np.array(p.logits)
    if p.logs:
        ratios = exact[:, :, None] / exact[:, None, :]  # of the probabilities of two classes
        found = {
            "rows.reduced": [()] * len(exact),
            "rows.exponents": exact,
            "rows.total": exact.sum(axis=1),
        }
        probabilities = 1 / ratios.sum(axis=1)
        chosen = probabilities[np.arange(len(exact)), labels - 1]
        surprises = np.array([-products_of_primes()[Fraction(chance)] for chance in chosen])
    else:
        far = exact.max(axis=1, keepdims=True) if abs(exact).max() > 20 else Fraction(0)
        z = (exact - far).astype(float)
        found = {
            "rows.reduced": exact - far,
            "rows.exponents": np.exp(z),
            "rows.total": np.exp(np.logaddexp.reduce(z, axis=1)),
        }
        probabilities = odds(z)
        surprises = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), labels - 1]
        chosen = np.exp(-surprises)

    # The log-odds of the class asked for are an affine function of the input, told by its values at 0 and at units.
    inputs = len(p.first) - 1
    points = np.vstack([np.zeros(inputs, dtype=int), np.eye(inputs, dtype=int)])
    first, second = (points @ np.array(net[:-1]) + net[-1] for net in (p.first, p.second))
    at_zero, *at_units = (first - second) * (1 if p.asked == 1 else -1)
    names = ["x"] if inputs == 1 else [f"x{i + 1}" for i in range(inputs)]
    terms = [f"({value - at_zero})*{name}" for value, name in zip(at_units, names, strict=True)]
    return found | {
        "rows.label": labels,
        "rows.chosen": chosen,
        "rows.surprise": surprises,
        "probabilities": probabilities,
        "loss_sum": surprises.sum(),
        "loss": surprises.mean(),
        "link": " + ".join([*terms, f"({at_zero})"]),
        "soft": [name for name in p.statements if holds(name)],
    }


@functools.cache
def products_of_primes() -> Mapping[Fraction, Fraction]:
    """All quotients of products of 2, 3 and 5 that occur, and their logarithms as the sheet gives them."""
    ranges = [range(-14, 15), range(-9, 10), range(-6, 7)]
    tables = [Fraction(text) for text in ("0.693", "1.099", "1.609")]
    return {
        Fraction(2) ** i * Fraction(3) ** j * Fraction(5) ** k: sum(map(operator.mul, (i, j, k), tables), Fraction(0))
        for i, j, k in itertools.product(*ranges)
    }


def odds(z: Any) -> Any:
    """Softmax along the last axis as one over the sum of exponents of differences, which cannot overflow."""
    return 1 / np.exp(z[..., None, :] - z[..., :, None]).sum(axis=-1)


def moved(z: Any, by: float) -> Any:
    """The logits with the first one larger by so much."""
    return z + by * (np.arange(len(z)) == 0)


LAWS: Mapping[str, Callable[[Any], bool]] = {
    "order": lambda z: np.array_equal(np.argsort(z), np.argsort(odds(z))),
    "sharpen": lambda z: odds(50 * z)[z.argmax()] > 0.999,
    "positive": lambda z: odds(z).min() > 0,
    "smooth": lambda z: odds(z)[0] < odds(moved(z, 1e-3))[0] < odds(z)[0] + 1e-3,
    "shift": lambda z: np.allclose(odds(z), odds(z + 3)),
    "log_sum": lambda z: z.max() < np.logaddexp.reduce(z) <= z.max() + np.log(len(z)),
    "differences": lambda z: np.isclose(odds(z)[0] / odds(z)[1], np.exp(z[0] - z[1])),
    "value": lambda z: np.isclose(odds(z).max(), z.max()),
    "scale": lambda z: np.allclose(odds(z), odds(2 * z)),
    "majority": lambda z: odds(z).max() > 0.5,
    "negative": lambda z: not odds(z)[z < 0].any(),
    "proportional": lambda z: np.isclose(odds(z)[0] / odds(z)[1], z[0] / z[1]),
    "flatten": lambda z: odds(50 * z).max() < 1 / len(z) + 0.001,
    "independent": lambda z: np.allclose(odds(z)[1:], odds(moved(z, 1))[1:]),
}
"""Each statement as a test on logits; a statement is true when it holds on all of `TRIALS`."""

TRIALS = ([1.0, 2.0, -1.0], [0.5, 0.25, 0.75, -0.5], [-2.0, 3.0], [2.0, 1.5, 1.75, 1.25])


@functools.cache
def holds(name: str) -> bool:
    return all(LAWS[name](np.array(trial)) for trial in TRIALS)
