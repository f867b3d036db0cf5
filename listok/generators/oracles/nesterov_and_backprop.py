"""The chain in dual numbers, whose arithmetic differentiates it, once for each weight that moves; statements are tried
in small experiments.

A weight that moves in turn sees an affine stand-in of the chain: activations are replaced by their tangents at the old
sums, and the later weights are those that have moved.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import variables

ZERO = Fraction(0)


def run(p: Any, weights: Any, nudges: Any) -> tuple[list[Any], list[Any]]:
    """Sums and outputs, with a nudge added to each sum."""
    sums: list[Any] = []
    outputs: list[Any] = [p.x]
    for k, (w, nudge) in enumerate(zip(weights, nudges, strict=True), 1):
        sums.append(w * outputs[-1] + nudge)
        outputs.append(sums[-1] if k == len(weights) or sums[-1] > 0 else sums[-1] * p.leak)
    return sums, outputs


def solve(p: Any) -> dict[str, Any]:
    n = len(p.weights)
    plain, values = run(p, p.weights, [ZERO] * n)
    miss = values[-1] - p.y
    numbers = variables(*p.weights, *[ZERO] * n)
    loss = (run(p, numbers[:n], numbers[n:])[1][-1] - p.y) ** 2 * Fraction(1, 2)
    gradient, back = loss.slopes[:n], loss.slopes[n:]
    together = [w - p.eta * g for w, g in zip(p.weights, gradient, strict=True)]
    slopes = [*[Fraction(1) if h > 0 else p.leak for h in plain[:-1]], Fraction(1)]

    in_turn = list(p.weights)
    found: dict[str, list[Any]] = {"d_h": [], "d_w": []}
    for k in reversed(range(n)):
        w, nudge = variables(p.weights[k], ZERO)
        o = (w * values[k] + nudge) * slopes[k]
        for later in range(k + 1, n):
            o = o * in_turn[later] * slopes[later]
        linear = o * miss  # the loss to the first order, where the residual is that of the old weights
        found["d_w"].append(linear.slopes[0])
        found["d_h"].append(linear.slopes[1])
        in_turn[k] = p.weights[k] - p.eta * linear.slopes[0]

    forecasts = [run(p, weights, [ZERO] * n)[1][-1] for weights in (p.weights, together, in_turn)]
    losses = [(forecast - p.y) ** 2 / 2 for forecast in forecasts]
    shift = in_turn[0] - p.weights[0]
    answer = {
        "residual": miss,
        "together": together,
        "in_turn": in_turn,
        "ratio": shift / (together[0] - p.weights[0]),
        "forecasts": forecasts,
        "losses": losses,
        "better": ("together", "equal", "in_turn")[int(losses[1] >= losses[2]) + int(losses[1] > losses[2])],
        "true_ones": [name for name in p.statements if holds(name)],
    }
    names = [str(k) for k in range(1, n + 1)]
    last = [False] * (n - 1) + [True]
    passes = {"k": names, "w": p.weights, "came": values[:-1], "h": plain, "o": values[1:], "last": last}
    answer |= {f"units.{name}": column for name, column in passes.items()}
    shared = {"k": names, "before": p.weights, "slope": slopes, "came": values[:-1], "last": last}
    for way, weights, columns in (
        ("at_once", p.weights, {"d_h": back, "d_w": gradient, "after": together}),
        ("turns", in_turn, {"d_h": found["d_h"][::-1], "d_w": found["d_w"][::-1], "after": in_turn}),
    ):
        nearer = {"ahead": [*weights[1:], ZERO], "behind": [*columns["d_h"][1:], ZERO]}
        for name, column in (nearer | shared | columns).items():
            answer[f"{way}.{name}"] = list(column)[::-1]
    return answer


# What the statements are tried on: chains without an activation, and their loss on one observation, x = 1.


def loss(w: Any, y: float) -> Any:
    return (np.prod(w) - y) ** 2 / 2


def slope(w: Any, y: float) -> Any:
    return (np.prod(w) - y) * np.prod(w) / w


def at_once(w: Any, rate: float, y: float) -> Any:
    return w - rate * slope(w, y)


def layerwise(w: Any, rate: float, y: float, *, from_end: bool = True) -> Any:
    moved, product = w.copy(), np.prod(w)
    for k in range(len(w))[:: -1 if from_end else 1]:
        moved[k] = w[k] - rate * (product - y) * np.prod(moved) / moved[k]
    return moved


def ahead_of_time(w: Any, velocity: Any, rate: float, kept: float, y: float) -> Any:
    """Where Nesterov's method comes to: one point, ahead of all weights, gives the whole gradient."""
    return w - kept * velocity - rate * slope(w - kept * velocity, y=y)


STARTS = [np.array(pair) for pair in ((1.0, 2.0), (2.0, 1.0), (0.5, 3.0), (3.0, 0.5), (1.0, 1.0), (2.0, -1.0))]
TARGETS = (-4.0, 0.5, 3.0, 6.0)
CASES = [(w, y) for w in STARTS for y in TARGETS if np.prod(w) != y]
RATES = (0.02, 0.05, 0.1)


def gains() -> list[float]:
    """How much smaller the loss is after a step layer by layer than after one of all weights, case by case."""
    return [loss(at_once(w, r, y=y), y=y) - loss(layerwise(w, r, y=y), y=y) for w, y in CASES for r in RATES]


def gap(rate: float) -> float:
    return float(np.abs(at_once(STARTS[0], rate, y=5.0) - layerwise(STARTS[0], rate, y=5.0)).max())


def falls(way: Callable[..., Any], rate: float) -> bool:
    return all(loss(way(w, rate, y=y), y=y) < loss(w, y=y) for w, y in CASES)


def ahead_after(steps: int) -> list[bool]:
    """Whether layer by layer is ahead after so many steps, case by case."""
    found = []
    for start, y in CASES:
        one = two = start
        for _ in range(steps):
            one, two = at_once(one, 0.05, y=y), layerwise(two, 0.05, y=y)
        found.append(bool(loss(two, y=y) < loss(one, y=y)))
    return found


def best_direction(length: float) -> bool:
    """Whether no step of this length lowers the loss more than the one against the gradient."""
    w, g = STARTS[0], slope(STARTS[0], y=5.0)
    angles = np.linspace(0, 2 * np.pi, 2000)
    others = [loss(w + length * np.array([np.cos(a), np.sin(a)]), y=5.0) for a in angles]
    return bool(loss(w - length * g / np.linalg.norm(g), y=5.0) < min(others) + 1e-5)


def passes(w: Any) -> int:
    """Ways forwards of a step in which each layer sees the moved ones in a fresh way forwards."""
    forwards = []
    for k in reversed(range(len(w))):
        forwards.append(np.cumprod(w))
        w = w - 0.01 * slope(w, 1.0) * (np.arange(len(w)) == k)
    return len(forwards)


REST = np.array([1.0, 2.0])
LAWS: Mapping[str, Callable[[], Any]] = {
    "no_winner": lambda: min(gains()) < 0 < max(gains()),
    "almost_the_same": lambda: np.isclose(gap(0.01) / gap(0.001), 100, rtol=0.01),
    "both_fall": lambda: falls(at_once, 0.001) and falls(layerwise, 0.001),
    "both_rest": lambda: np.array_equal(at_once(REST, 0.1, y=2.0), layerwise(REST, 0.1, y=2.0)),
    "same_last": lambda: all(np.isclose(at_once(w, 0.1, y)[1], layerwise(w, 0.1, y)[1]) for w, y in CASES),
    "other_direction": lambda: not np.isclose(*(layerwise(REST, 0.1, y=5.0) - REST) / slope(REST, y=5.0)),
    "nesterov_one_point": lambda: np.allclose(
        ahead_of_time(REST, REST, 0.1, 0.5, 5.0), at_once(REST / 2, 0.1, y=5.0)
    ),
    "fresh_passes": lambda: all(passes(np.full(n, 2.0)) == n for n in range(1, 6)),
    "in_turn_always": lambda: min(gains()) >= 0,
    "together_always": lambda: max(gains()) <= 0,
    "is_nesterov": lambda: np.allclose(
        ahead_of_time(REST, slope(REST, y=5.0), 0.1, 0.1, 5.0), layerwise(REST, 0.1, y=5.0)
    ),
    "steepest_at_any_length": lambda: best_direction(0.001) and best_direction(1.0),
    "in_turn_never_rises": lambda: falls(layerwise, 1.0),
    "one_layer_differs": lambda: not np.allclose(at_once(REST[1:], 0.1, y=5.0), layerwise(REST[1:], 0.1, y=5.0)),
    "moves_at_rest": lambda: not np.array_equal(layerwise(REST, 0.1, y=2.0), REST),
    "first_step_decides": lambda: ahead_after(1) == ahead_after(2) == ahead_after(5),
    "order_indifferent": lambda: np.allclose(
        layerwise(REST, 0.1, y=5.0), layerwise(REST, 0.1, y=5.0, from_end=False)
    ),
}
"""Each statement as an experiment that it holds in, or that it fails in."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name]())
