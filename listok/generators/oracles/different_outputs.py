"""Scores by the hyperbolic tangent, losses as sums of logarithms, the likeliest count by trying one after another.

Statements and heads are tried on numbers.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from listok.generators.exact import Fraction

Array: TypeAlias = Any

TARGETS = {
    "spam": "yes or no", "parcel": "yes or no", "digit": "one of several", "breed": "one of several",
    "battery": "between bounds", "lesson": "between bounds", "song": "some of several",
    "salad": "some of several",
    "sign": "frame and one of several", "bird": "frame and one of several", "calls": "count", "letters": "count",
    "rate": "any number", "frost": "any number",
}  # fmt: skip
"""What each task asks for."""

GIVES = {
    "binary": "yes or no", "classes": "one of several", "bounded": "between bounds", "labels": "some of several",
    "boxes": "frame and one of several", "counts": "count", "plain": "any number",
}  # fmt: skip
"""What each head gives."""


def solve(p: Any) -> dict[str, Any]:
    fitting = [card for head in p.heads for card in p.cards if TARGETS[card] == GIVES[head]]

    u = (p.odds - 1) / (p.odds + 1)  # tanh(z/2)
    middle, reach = (p.low + p.high) / 2, (p.high - p.low) / 2
    v = (p.wanted - middle) / reach

    due = [label.due == 1 for label in p.labels]
    odds = [label.odds for label in p.labels]
    surprises = [f"ln(1 + ({1 / o if y else o}))" for o, y in zip(odds, due, strict=True)]
    chances = [1 - 1 / (1 + o) for o in odds]
    chosen = [1 / (1 + 1 / o) if y else 1 / (1 + o) for o, y in zip(odds, due, strict=True)]

    frame = [*"xywh", *["confidence"] * p.confidence, *range(p.kinds)]
    head = p.cells * p.cells * p.frames * len(frame)

    losses = [f"{p.rate} - ({y})*ln({p.rate})" for y in p.days]
    slopes = [p.rate - y for y in p.days]
    return {
        "fitting": fitting,
        "share": (1 + u) / 2,
        "scaled": middle + reach * u,
        "ratio": (1 + v) / (1 - v),
        "logit": f"ln(1 + ({v})) - ln(1 - ({v}))",
        "marked.due": [label.due for label in p.labels],
        "marked.odds": odds,
        "marked.p": chances,
        "marked.chosen": chosen,
        "product": math.prod(chosen, start=Fraction(1)),
        "label_loss": " + ".join(surprises),
        "per_frame": len(frame),
        "head": head,
        "weights": p.features * head + head,
        "total": sum(p.days),
        "poisson": " + ".join(losses),
        "slope": sum(slopes, Fraction(0)),
        "forecast": likeliest(p.rate),
        "true_ones": [name for name in p.statements if holds(name)],
    }


def likeliest(rate: Fraction) -> int:
    """The count whose Poisson probability no other exceeds: probabilities grow by the factor rate / k, while it is not
    below 1."""
    k = 0
    while rate / (k + 1) >= 1:
        k += 1
    return k


# The statements, tried on numbers.

Z = np.linspace(-5, 5, 101)
COUNTS = np.array([0.0, 2.0, 3.0, 7.0])
RATES = np.linspace(0.1, 9, 90)


def sigma(z: Any) -> Any:
    return (1 + np.tanh(np.asarray(z) / 2)) / 2


def softmax(z: Any) -> Array:
    e = np.exp(z - np.max(z))
    return e / e.sum()


def poisson(rate: Any, constant: bool) -> Array:
    """The mean loss over the counts, with ln y! or without."""
    logs = np.array([math.lgamma(y + 1) for y in COUNTS])
    return (np.asarray(rate)[:, None] - COUNTS * np.log(rate)[:, None] + (logs if constant else 0)).mean(axis=1)


def best_number() -> int:
    """The class that one output gives, trained by squares on classes 1 and 3, equally many."""
    return round(float(np.mean([1, 3])))


LAWS: Mapping[str, Callable[[], bool]] = {
    "labels_sum": lambda: bool(sigma(np.full(4, 5.0)).sum() > 3.9 and sigma(np.full(4, -5.0)).sum() < 0.1),
    "two_outputs": lambda: all(np.isclose(softmax(np.array([z, 1.5]))[0], sigma(z - 1.5)) for z in Z),
    "positive_rate": lambda: bool((np.exp(Z) > 0).all()),
    "factorial": lambda: bool(poisson(RATES, True).argmin() == poisson(RATES, False).argmin()),
    "inside": lambda: bool(((3 + 7 * sigma(Z) > 3) & (3 + 7 * sigma(Z) < 10)).all()),
    "box_units": lambda: 4 * (300 - 250) ** 2 > 1000 * -np.log(softmax(np.zeros(5))[0]) > 4 * (0.6 - 0.5) ** 2,
    "no_activation": lambda: bool(Z.min() < 0 < Z.max()),
    "slow_squares": lambda: float(2 * (sigma(-9.0) - 1) * sigma(-9.0) * (1 - sigma(-9.0))) > -0.001 > sigma(-9.0) - 1,
    "class_number": lambda: best_number() in (1, 3),
    "rounded_loss": lambda: bool((np.diff((np.round(np.linspace(1.6, 2.4, 50)) - 3) ** 2) != 0).any()),
    "relu_frost": lambda: bool(np.maximum(Z, 0).min() < 0),
    "sigmoids_sum": lambda: all(
        np.allclose(sigma(z) / sigma(z).sum(), softmax(z)) for z in np.stack([Z, -Z, Z / 2], axis=1)
    ),
    "tanh_probability": lambda: bool((np.tanh(Z) >= 0).all()),
    "shifted_logits": lambda: not np.allclose(softmax(Z), softmax(Z + 3)),
    "half_rule": lambda: all(softmax(np.array([z, 0.0, 0.1])).max() > 0.5 for z in Z),
    "one_sigmoid": lambda: all(np.isclose(3 * sigma(z), np.round(3 * sigma(z))) for z in Z),
}
"""Each statement as a test."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name]())
