"""Twins as equal rows once each row is divided by the size of its first weight; statements are tried on networks.

A neuron that is k times another one is, scaled so, the same neuron with k times the weight in y: the outgoing weights
of scaled neurons simply add up.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any


def solve(p: Any) -> dict[str, Any]:
    rows, v, x = np.array(p.hidden), np.array(p.output[1:]), np.array([1, *p.x], dtype=object)
    n = len(v)
    z = rows @ x
    h = (z + abs(z)) / 2
    blind = (rows[:, 1:] == 0).all(axis=1)
    dead = blind | (v == 0)
    steady = blind & (v != 0)
    at_rest = (rows[:, 0] + abs(rows[:, 0])) / 2  # what they give whatever the inputs

    size = np.array([next((abs(w) for w in row if w), 1) for row in rows], dtype=object)
    scaled = [tuple(row) for row in rows / size[:, None]]
    first = [j if dead[j] else min(i for i in range(n) if not dead[i] and scaled[i] == scaled[j]) for j in range(n)]
    keep = [j for j in range(n) if first[j] == j and not dead[j]]
    pairs = [j for j in range(n) if first[j] != j]
    out = [sum(size[j] * v[j] for j in range(n) if first[j] == i and not dead[j]) / size[i] for i in keep]
    merged = np.array([p.output[0] + (at_rest * v)[steady].sum(), *out])

    def of_kind(i: int, what: Callable[[int], Any]) -> list[Any]:
        return [what(j) for j in pairs if first[j] == i]

    def count(neurons: int) -> int:
        return int(np.zeros((rows.shape[1], neurons)).size + np.zeros(neurons + 1).size)

    def factor(j: int) -> Any:
        return size[j] / size[first[j]]

    return {
        "units.j": range(1, n + 1),
        "units.z": z,
        "units.h": h,
        "units.v": v,
        "cut": [j + 1 for j in range(n) if v[j] == 0],
        "moved.j": np.flatnonzero(steady) + 1,
        "moved.b": rows[steady, 0],
        "moved.h": at_rest[steady],
        "moved.v": v[steady],
        "dead": [f"h{j + 1}" for j in range(n) if dead[j]],
        "pairs.j": [j + 1 for j in pairs],
        "pairs.first": [first[j] + 1 for j in pairs],
        "pairs.factor": [factor(j) for j in pairs],
        "pairs.v": v[pairs],
        "twins": [i + 1 for i in first],
        "kept.j": [i + 1 for i in keep],
        "kept.v": v[keep],
        "kept.twins.j": [of_kind(i, lambda j: j + 1) for i in keep],
        "kept.twins.first": [of_kind(i, lambda j: first[j] + 1) for i in keep],
        "kept.twins.factor": [of_kind(i, factor) for i in keep],
        "kept.twins.v": [of_kind(i, lambda j: v[j]) for i in keep],
        "kept.out": out,
        "kept.h": h[keep],
        "merged": merged,
        "sizes": [n, len(keep)],
        "parameters": [count(n), count(len(keep))],
        "original": p.output[0] + h @ v,
        "same": p.output[0] + h @ v,
        "true_ones": [name for name in p.statements if holds(name)],
    }


# What the statements are tried on: networks of one hidden layer with two inputs, weights of a fixed stream.

CHANCE = np.random.Generator(np.random.PCG64(7))
DATA = np.column_stack([np.ones(200), CHANCE.normal(size=(200, 2))])
W, V = CHANCE.normal(size=(3, 4)), CHANCE.normal(size=4)
W[:, 0] = 0.5, 1, -2  # a neuron that is on for some of the data, and off for others
SILENT = np.array([-50.0, 1.0, 1.0])  # a neuron that is off on all of the data, and on far away
FAR = np.array([[1.0, 100.0, 100.0]])


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def run(W: Array, V: Array, f: Callable[[Array], Array] = relu, data: Array = DATA) -> Array:
    return f(data @ W) @ V


def same(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other))


def doubled(row: Array, v: float, other: Array, w: float) -> tuple[Array, Array]:
    """The network with the neuron `row` in place of its first, and another one added."""
    return np.column_stack([row, W[:, 1:], other]), np.array([v, *V[1:], w])


def merges(other: Array, rule: Callable[[float, float], float], f: Callable[[Array], Array] = relu) -> bool:
    """Whether the first neuron can take the place of another one as well, with an outgoing weight by the rule."""
    return same(run(*doubled(W[:, 0], 2.0, other, 3.0), f), run(W, np.array([rule(2.0, 3.0), *V[1:]]), f))


def ever_merges(other: Array, f: Callable[[Array], Array] = relu) -> bool:
    """The same, with whatever outgoing weight fits best."""
    wanted = 2 * f(DATA @ W[:, 0]) + 3 * f(DATA @ other)
    basis = np.column_stack([f(DATA @ W[:, 0]), np.ones(len(DATA))])
    return same(basis @ np.linalg.lstsq(basis, wanted, rcond=None)[0], wanted)


def scaled(f: Callable[[Array], Array]) -> bool:
    return same(run(10 * W, V / 10, f), run(W, V, f))


def drops(row: Array, v: float, f: Callable[[Array], Array] = relu, data: Array = DATA) -> bool:
    """Whether a neuron can be crossed out."""
    net, out = doubled(W[:, 0], V[0], row, v)
    return same(run(net, out, f, data), run(W, V, f, data))


def trained(W: Array, V: Array) -> Array:
    """The incoming weights after descent towards a product of the inputs."""
    target = DATA[:, 1] * DATA[:, 2]
    for _ in range(300):
        z = DATA @ W
        miss = (relu(z) @ V - target) / len(DATA)
        W, V = W - 0.05 * DATA.T @ (np.outer(miss, V) * (z > 0)), V - 0.05 * relu(z).T @ miss
    return W


STILL = trained(np.column_stack([W, SILENT]), np.array([*V, 1.0]))
EQUAL = trained(*doubled(W[:, 0], 1.0, W[:, 0], 1.0))
ZERO_WEIGHTS = np.array([2.0, 0.0, 0.0])
MOVED = W[:, 0] + np.array([1.0, 0, 0])

LAWS: Mapping[str, Callable[[], Any]] = {
    "sum_outgoing": lambda: merges(W[:, 0], lambda v, w: v + w),
    "stay_equal": lambda: same(EQUAL[:, 0], EQUAL[:, -1]) and not same(EQUAL[:, 0], W[:, 0]),
    "rescaling": lambda: scaled(relu),
    "tanh_opposite": lambda: merges(-W[:, 0], lambda v, w: v - w, np.tanh),
    "silent_on_data": lambda: (DATA @ SILENT < 0).all() and (FAR @ SILENT > 0).all(),
    "no_gradient": lambda: same(STILL[:, -1], SILENT) and not same(STILL[:, 0], W[:, 0]),
    "many_networks": lambda: same(run(W[:, ::-1], V[::-1]), run(W, V)),
    "same_loss": lambda: merges(2 * W[:, 0], lambda v, w: v + 2 * w),
    "zero_out": lambda: all(drops(W[:, 1], 0.0, f) for f in (relu, sigmoid, np.tanh, np.square)),
    "relu_opposite": lambda: ever_merges(-W[:, 0]),
    "small_weights": lambda: abs(run(*doubled(W[:, 0], V[0], np.array([3, 1e-9, 1e-9]), 5.0)) - run(W, V)).max() < 0.1,
    "cross_out": lambda: drops(ZERO_WEIGHTS, 3.0),
    "average": lambda: merges(W[:, 0], lambda v, w: (v + w) / 2),
    "sigmoid_rescaling": lambda: scaled(sigmoid),
    "same_weights": lambda: ever_merges(MOVED),
    "unique_weights": lambda: not same(run(W[:, ::-1], V[::-1]), run(W, V)),
    "silent_everywhere": lambda: drops(SILENT, 1.0) and drops(SILENT, 1.0, data=FAR),
    "wakes_up": lambda: (DATA @ STILL[:, -1] > 0).any(),
    "sigmoid_zero": lambda: drops(np.zeros(3), 3.0, sigmoid),
}
"""Each statement as an experiment that it holds in, or that it fails in."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name]())
