"""The network as one product of NumPy matrices; its statements are tried on networks with weights drawn at random.

What is straight has no second differences at points that stand equally far apart.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any


def solve(p: Any) -> dict[str, Any]:
    first = np.array([p.constants, p.slopes])
    output = np.array(p.output)
    middle = np.array(p.middle) if p.middle else np.diag([1] * len(output)).astype(object)
    ends = first @ middle
    constant, slope = line = ends @ output

    inputs = np.array([[1, x] for x in p.xs], dtype=object)
    z = inputs @ first
    h = (z + abs(z)) / 2
    z2 = h @ middle
    g = (z2 + abs(z2)) / 2
    y = g @ output  # with one hidden layer, ReLU is taken twice, which changes nothing
    nothing = [()] * len(p.xs)
    return {
        "units.j": range(1, first.shape[1] + 1),
        "units.constant": first[0],
        "units.slope": first[1],
        "units.out": p.middle or output[:, None],
        "ends.j": range(1, len(output) + 1),
        "ends.constant": ends[0],
        "ends.slope": ends[1],
        "ends.out": output[:, None],
        "formula": f"({slope})*x + ({constant})",
        "collapsed": line,
        "reason": next(name for name in p.reasons if holds(name)),
        "bending": [name for name in p.changes if bends(name)],
        "line": inputs @ line,
        "points.x": p.xs,
        "points.z": z,
        "points.h": h,
        "points.z2": z2 if p.middle else nothing,
        "points.g": g if p.middle else nothing,
        "points.y": y,
        "repair": y,
        "tilts": np.diff(y) / np.diff(inputs[:, 1]),
    }


X = np.linspace(-3, 3, 61)
INPUTS = np.column_stack([np.ones_like(X), X])


def drawn(*sizes: int, seed: int = 1) -> list[Array]:
    """A table of weights from each layer to the next one."""
    chance = np.random.Generator(np.random.PCG64(seed))
    return [chance.normal(size=pair) for pair in itertools.pairwise(sizes)]


NET = drawn(2, 3, 1)
HIDDEN = INPUTS @ NET[0]


def run(weights: list[Array], inputs: Array = INPUTS) -> Array:
    """A network without activations at all points."""
    for table in weights:
        inputs = inputs @ table
    return inputs[:, 0]


def bent(activation: Callable[[Array], Array], units: slice = slice(None)) -> Array:
    """The network with an activation in some of its hidden units."""
    hidden = HIDDEN.copy()
    hidden[:, units] = activation(hidden[:, units])
    return (hidden @ NET[1])[:, 0]


def relu(h: Array) -> Array:
    return np.maximum(h, 0)


def trained() -> Array:
    """The network after descent towards a sine."""
    first, last = NET
    for _ in range(500):
        miss = (INPUTS @ first @ last - np.sin(X)[:, None]) / len(X)
        first, last = first - 0.05 * INPUTS.T @ miss @ last.T, last - 0.05 * (INPUTS @ first).T @ miss
    return run([first, last])


def straight(y: Array) -> bool:
    """Whether values at the points X lie on one line (columns: each on a line of its own)."""
    return bool(np.allclose(np.diff(y, 2, axis=0), 0, atol=1e-9 * (1 + abs(y).max())))


CHANGES: Mapping[str, Callable[[], Array]] = {
    "relu": lambda: bent(relu),
    "relu_one": lambda: bent(relu, slice(1)),
    "relu_output": lambda: relu(run(NET)),
    "sigmoid": lambda: bent(lambda h: 1 / (1 + np.exp(-h))),
    "tanh": lambda: bent(np.tanh),
    "square": lambda: bent(np.square),
    "absolute": lambda: bent(np.abs),
    "step": lambda: bent(lambda h: (h > 0) * 1.0),
    "clip": lambda: bent(lambda h: np.minimum(h, 1)),
    "product": lambda: HIDDEN.prod(axis=1),
    "input_square": lambda: run(drawn(3, 3, 1), np.column_stack([INPUTS, X**2])),
    "disguised_absolute": lambda: bent(lambda h: relu(h) + relu(-h)),
    "double": lambda: bent(lambda h: 2 * h),
    "shift": lambda: bent(lambda h: h + 3),
    "affine": lambda: bent(lambda h: 1 - 3 * h),
    "deeper": lambda: run(drawn(2, *[3] * 11, 1)),
    "wider": lambda: run(drawn(2, 1000, 1)),
    "output_constant": lambda: run(NET) + 5,
    "skip": lambda: run(NET) + 4 * X,
    "larger_weights": lambda: run([1000 * table for table in NET]),
    "training": trained,
    "disguised_identity": lambda: bent(lambda h: relu(h) - relu(-h)),
}
"""The network after each change."""


def plane() -> bool:
    """Whether a network of two inputs is a plane: its values at four corners of any parallelogram balance."""
    corners = np.array([[1, 0, 0], [1, 1, 3], [1, 4, -2], [1, 5, 1]], dtype=float)
    a, b, c, d = run(drawn(3, 5, 1), corners)
    return bool(np.isclose(a + d, b + c))


REASONS: Mapping[str, Callable[[], Any]] = {
    "sums": lambda: straight(HIDDEN) and straight(run(NET)),
    "increments": lambda: np.allclose(np.diff(run(NET)), run(NET)[1] - run(NET)[0]),
    "matrices": lambda: np.allclose(run(NET), INPUTS @ (NET[0] @ NET[1])[:, 0]),
    "brackets": lambda: np.allclose(run(NET), np.polyval(np.polyfit(X, run(NET), 1), X)),
    "two_layers": lambda: not straight(run(NET)),
    "weight_products": lambda: not straight(run(NET)),
    "many_weights": lambda: not straight(run(NET)),
    "many_paths": lambda: not straight(run(NET)),
    "too_few": lambda: not straight(run(drawn(2, 100, 1))),
    "these_weights": lambda: not all(straight(run(drawn(2, 3, 1, seed=seed))) for seed in range(20)),
    "untrained": lambda: not straight(trained()),
    "one_input": lambda: not plane(),
}
"""Each reason as an experiment that it holds in, or that it fails in."""


@functools.cache
def bends(name: str) -> bool:
    return not straight(CHANGES[name]())


@functools.cache
def holds(name: str) -> bool:
    return bool(REASONS[name]())
