"""Weights as weighted sums of the targets they have met, in NumPy; statements are tried in small experiments.

With q = 1 - 2 eta, a target met k steps ago weighs (1 - q) q^k. After many passes the weight holds the sum over all of
the past, in which each target returns n steps later: a geometric series.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any


def solve(p: Any) -> dict[str, Any]:
    targets, n, q = np.array(p.targets), len(p.targets), 1 - 2 * p.eta
    times = np.arange(n)
    ages = (times[:, None] - times) % n  # how many steps ago each target (column) was met, after each step (row)
    powers = q ** ages.astype(object)
    met = (1 - q) * np.tril(powers) @ targets
    first = met + q ** (times + 1).astype(object) * p.start
    cycle = (1 - q) * powers @ targets / (1 - q**n)
    optimum = cycle.mean()  # a pass returns to its start, so its gradients, 2 (w - a), add up to 0
    gaps = np.maximum(cycle - optimum, optimum - cycle)
    return {
        "true_ones": [name for name in p.statements if holds(name)],
        "total": optimum * n,
        "optimum": optimum,
        "pull": 1 - q,
        "kept": q,
        "first_pass": first,
        "steps.target": targets,
        "steps.w": [p.start, *first[:-1]],
        "steps.next": first,
        "pass_slope": q**n,
        "pass_shift": met[-1],
        "fixed": cycle[-1],
        "cycle": cycle,
        "cycle_steps.target": targets,
        "cycle_steps.w": np.roll(cycle, 1),
        "cycle_steps.next": cycle,
        "gaps": gaps,
        "radius": gaps.max(),
    }


# What the statements are tried on: losses (w - a)^2 with these targets, and a loss with two valleys.

TARGETS = np.array([-3.0, 1.0, 5.0, 5.0])
BEST = TARGETS.mean()
LONG = 2000
CHANCE = np.random.Generator(np.random.PCG64(17)).random((2, LONG))
MIXED = TARGETS[(4 * CHANCE[0]).astype(int)]  # the target of an observation picked at random, for each step
PUSHES = np.sign(CHANCE[1] - 0.5).tolist()  # 1 or -1 at random, for each step
STARTS = 0.1 + CHANCE[0, :1000].reshape(100, 10)  # of a hundred times ten descents


def descent(slope: Callable[[int, Any], Any], w: Any, rates: Any, momentum: float = 0) -> Array:
    """The start and the weights after each step; the slope at w may depend on the step, as in SGD."""
    ws, velocity = [w], 0 * w
    for t, rate in enumerate(rates):
        velocity = momentum * velocity + rate * slope(t, ws[-1])
        ws.append(ws[-1] - velocity)
    return np.array(ws)


def sgd(targets: Array, rate: Any, w: float = 0.0) -> Array:
    """SGD on (w - a)^2, a step for each of the targets; a rate for all steps, or one for each."""
    met = targets.tolist()
    return descent(lambda t, w: 2 * (w - met[t]), w, np.broadcast_to(rate, len(met)).tolist())


def plain(rate: float, w: float = 0.0, scale: float = 1, steps: int = 200) -> Array:
    """Plain descent on `scale` times the mean loss."""
    return descent(lambda t, w: scale * 2 * (w - BEST), w, [rate] * steps)


def loss(w: Any) -> Any:
    """The mean loss at each of the weights."""
    return ((np.asarray(w)[..., None] - TARGETS) ** 2).mean(axis=-1)


def valleys(w: Any) -> Any:
    """A loss with its global minimum, -2.06, at -1.11, and a shallow valley at 0.84, beyond a low hump at 0.27."""
    return w**4 - 2 * w**2 + w


def roll(w: Any, *, noise: float = 0, rate: Any = 0.05, momentum: float = 0, steps: int = LONG) -> Array:
    """Descent into the valleys from w, with a random push added to each gradient. A push of 2 is stronger than the
    slope between shallow valley and hump, and weaker than the slope between deep valley and hump."""
    rates = np.broadcast_to(rate, steps).tolist()
    return descent(lambda t, w: 4 * w**3 - 4 * w + 1 + noise * PUSHES[t], w, rates, momentum)


def spread(rate: float) -> float:
    """How much the weight varies in the end when the rate is constant."""
    return float(sgd(MIXED, rate)[LONG // 2 :].std())


def variance(size: int) -> float:
    """The variance of the mean gradient at 0 of a batch, over all batches of independent observations."""
    return float(np.var([np.mean(batch) for batch in itertools.product(-2 * TARGETS, repeat=size)]))


def gradients_of_a_step(data: Array) -> int:
    """How many gradients SGD takes for a step."""
    taken = []

    def slope(t: int, w: float) -> Any:
        taken.append(t)
        return 2 * (w - data[t])

    descent(slope, 0.0, [0.1])
    return len(taken)


def found(runs: int) -> Array:
    """Which of a hundred attempts, each the best of so many descents from random starts, find the global minimum."""
    ends = roll(STARTS[:, :runs], steps=200)[-1]
    return valleys(ends).min(axis=1) < -2


def settles(path: Array) -> bool:
    """Whether a path visits both valleys in its first half and rests in the end."""
    early, late = path[: len(path) // 2], path[-50:]
    return bool(early.min() < -0.5 and early.max() > 0.5 and late.std() < 0.05)


MEAN_GRADIENT = np.mean(2 * (1.0 - TARGETS))
GRADIENT_OF_MEAN = (loss(1.5) - loss(0.5)) / 1.0  # exact for a parabola
STILL = np.roots([4, 0, -4, 1])  # where the slope of the valleys is 0

LAWS: Mapping[str, Callable[[], Any]] = {
    "noise_escapes": lambda: roll(0.8)[-1] > 0.5 and roll(0.8, noise=2)[-1] < -0.5,
    "restarts_help": lambda: found(1).sum() < found(3).sum() < found(10).sum(),
    "annealing_helps": lambda: settles(roll(0.8, noise=4, rate=np.linspace(0.1, 0, LONG))),
    "start_matters": lambda: roll(-1.0)[-1] < -0.5 and roll(1.0)[-1] > 0.5,
    "constant_hovers": lambda: spread(0.02) > 0.1,
    "smaller_closer": lambda: spread(0.01) < spread(0.05) < spread(0.2) < spread(0.8),
    "unbiased": lambda: np.isclose(MEAN_GRADIENT, GRADIENT_OF_MEAN),
    "batch_variance": lambda: np.allclose([size * variance(size) for size in (2, 3, 4)], variance(1)),
    "cheap_step": lambda: gradients_of_a_step(MIXED[:10]) == gradients_of_a_step(MIXED),
    "loss_may_rise": lambda: loss(sgd(TARGETS[:1], 0.001, w=1.5)[-1]) > loss(1.5),
    "optimum_not_still": lambda: np.all(BEST != TARGETS),
    "agreeing_data": lambda: np.isclose(sgd(np.full(LONG, 3.0), 0.02)[-1], 3),
    "decreasing_converges": lambda: abs(sgd(MIXED, 1 / np.arange(2, LONG + 2), w=100.0)[-1] - BEST) < 0.2,
    "averaging_helps": lambda: abs(sgd(MIXED, 0.1, w=BEST).mean() - BEST) < 0.2 < spread(0.1),
    "shuffling_helps": lambda: loss(sgd(MIXED, 0.02)[-1]) < loss(sgd(np.sort(MIXED), 0.02)[-1]),
    "parabola_diverges": lambda: abs(plain(1.1)[-1]) > 10**6,
    "sum_like_mean": lambda: np.allclose(plain(0.1), plain(0.1 / 4, scale=4)),
    "always_global": lambda: roll(0.8, noise=0.2)[-1] < -0.5,
    "constant_converges": lambda: spread(0.01) < 1e-3,
    "every_step_down": lambda: np.all(np.diff(loss(sgd(MIXED, 0.001))) <= 0),
    "zero_gradient_stops": lambda: np.allclose(loss(TARGETS), loss(BEST)),
    "convex_many_ends": lambda: not np.isclose(plain(0.1, w=-9.0)[-1], plain(0.1, w=9.0)[-1]),
    "large_batch_noisier": lambda: variance(1) < variance(2) < variance(4),
    "epoch_one_step": lambda: len(sgd(TARGETS, 0.1)) == 2,
    "faster_decay_better": lambda: abs(sgd(MIXED, 1 / np.arange(2, LONG + 2) ** 2, w=100.0)[-1] - BEST) < 0.2,
    "larger_closer": lambda: spread(0.2) < spread(0.01),
    "noise_only_harms": lambda: valleys(roll(0.8)[-1]) <= valleys(roll(0.8, noise=2)[-1]),
    "momentum_guarantees": lambda: roll(0.8, rate=0.01, momentum=0.9)[-1] < -0.5,
    "biased": lambda: not np.isclose(MEAN_GRADIENT, GRADIENT_OF_MEAN),
    "restarts_guarantee": lambda: np.all(found(10)),
    "scale_free": lambda: np.allclose(plain(0.01), plain(0.01, scale=10)),
    "order_irrelevant": lambda: np.isclose(sgd(TARGETS, 0.1)[-1], sgd(TARGETS[::-1], 0.1)[-1]),
    "double_batch_halves": lambda: np.isclose(variance(2) ** 0.5, variance(1) ** 0.5 / 2),
    "zero_means_minimum": lambda: np.all(12 * STILL**2 - 4 > 0),
}
"""Each statement as an experiment that it holds in, or that it fails in."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name]())
