"""The network in dual numbers, whose arithmetic differentiates it; statements are tried in small experiments.

The sigmoid is taken as a quotient of exponents: where the first layer's weights start at ln b, exp(h) is b^(sum of x)
times the exponent of what the changes of the weights add, which is 0. Gradients of the experiments are complex-step
derivatives (Squire and Trapp, SIAM Review 40 (1998), 110-112).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import Dual, variables

ZERO = Fraction(0)
SHAPES = {
    "by_output": "by_input",
    "by_activation": "back",
    "by_sum": "gate",
    "by_hidden": "by_its_input",
}


def solve(p: Any) -> dict[str, Any]:
    widths = (len(p.inputs[0]), *p.widths)
    shapes = [*zip(widths, p.widths, strict=False), (p.widths[-1], 1)]
    # What has been added to ln(base), and the other weights themselves.
    weights = [np.full(shape, ZERO) for shape in shapes[:-1]] + [np.full(shapes[-1], p.start)]
    found: list[dict[str, Any]] = []
    for number in (p.first, 3 - p.first):
        x, y = p.inputs[number - 1], p.targets[number - 1]
        found.append(step(p, x, y, weights, shapes))
        weights = [W - p.rate * d for W, d in zip(weights, found[-1]["d_w"], strict=True)]
        found[-1] |= {"number": str(number), "x": x, "y": y, "after": weights[-1]}
    first, second = found
    moved = [[bool(np.any(d != 0)) for d in f["d_w"]] for f in found]
    names = {(False, False): "never", (True, False): "only_first", (False, True): "only_second", (True, True): "both"}
    answer = {
        "algorithm": [SHAPES[name] for name in p.derivatives],
        "forecasts": [f["forecast"] for f in found],
        "output": [f["after"].ravel() for f in found],
        "hidden": -p.rate * (first["d_w"][-2] + second["d_w"][-2]),
        "moves": [names[a, b] for a, b in zip(*moved, strict=True)],
        "true_ones": [name for name in p.statements if holds(name)],
        "steps.w": [alike(f["before"]) for f in found],
        "steps.d_output": [alike(f["d_w"][-1].ravel()) for f in found],
        "steps.moved": [alike(f["after"].ravel()) for f in found],
    }
    for name in ("number", "x", "y", "forecast", "residual"):
        answer[f"steps.{name}"] = [f[name] for f in found]
    answer["steps.layers.power"] = [f["power"] for f in found]
    for name in ("o", "d_o", "slope", "d_h"):
        answer[f"steps.layers.{name}"] = [list(map(alike, f[name])) for f in found]
    answer["steps.layers.k"] = [list(map(str, range(1, len(widths))))] * 2
    answer["steps.layers.d_w"] = [[list(map(alike, d)) for d in f["d_w"][:-1]] for f in found]
    return answer


def alike(numbers: Any) -> Any:
    """The number that all of them are: units of a layer are twins."""
    (number,) = set(numbers)
    return number


def step(p: Any, x: Any, y: Fraction, weights: Any, shapes: Any) -> dict[str, Any]:
    """One pass: a nudge of 0 is added to each sum and each output, so that the derivative by it is that by the sum."""
    sizes = [W.size for W in weights] + [width for width in p.widths for _ in "ho"]
    numbers = variables(*np.concatenate([W.ravel() for W in weights]), *[ZERO] * sum(sizes[len(weights) :]))
    ends = np.cumsum(sizes)
    blocks = [numbers[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    o: Any = [Fraction(v) for v in x]
    powers, outputs, slopes = [], [], []
    for k, shape in enumerate(shapes[:-1]):
        W = np.array(blocks[k], dtype=object).reshape(shape)
        sums = [sum((a * w for a, w in zip(o, W[:, j], strict=True)), blocks[len(shapes) + 2 * k][j])
                for j in range(shape[1])]  # fmt: skip
        power = sum(x) if k == 0 else 0
        exponents = [h.through(1, 1) * Fraction(p.base) ** power for h in sums]
        o = [e / (1 + e) + nudge for e, nudge in zip(exponents, blocks[len(shapes) + 2 * k + 1], strict=True)]
        powers.append(power)
        outputs.append([v.value for v in o])
        odds = Dual(ZERO, np.array([1], dtype=object)).through(1, 1) * Fraction(p.base) ** power
        slopes.append([(odds / (1 + odds)).slopes[0]] * shape[1])
    forecast = sum((a * w for a, w in zip(o, blocks[len(shapes) - 1], strict=True)), numbers[0] * 0)
    loss = (forecast - y) ** 2 * Fraction(1, 2)
    gradients = [loss.slopes[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    return {
        "before": weights[-1].ravel(),
        "power": powers,
        "o": outputs,
        "slope": slopes,
        "forecast": forecast.value,
        "residual": forecast.value - y,
        "d_w": [g.reshape(shape) for g, shape in zip(gradients, shapes, strict=False)],
        "d_h": gradients[len(shapes) :: 2],
        "d_o": gradients[len(shapes) + 1 :: 2],
    }


# What the statements are tried on: six observations of a function that bends, and networks with one hidden layer,
# each a list of its weights, its biases and the weights of its output.

X = np.random.Generator(np.random.PCG64(24)).normal(size=(6, 2))
Y = X[:, 0] * X[:, 1] + X[:, 0] + 1


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def leaky(z: Any) -> Any:
    return np.where(z.real > 0, z, z / 10)


def start(c: float, width: int = 3, *, random: str = "") -> list[Any]:
    """Weights that are all c, biases that are 0; those whose letters are named (w, b, v) are random instead."""
    net = {"w": np.full((2, width), c), "b": np.zeros(width), "v": np.full(width, c)}
    chance = np.random.Generator(np.random.PCG64(42))
    return [chance.normal(size=block.shape) if name in random else block for name, block in net.items()]


def forecast(net: Any, rows: Any, f: Callable[[Any], Any] = sigmoid) -> Any:
    W, b, v = net
    return f(rows @ W + b) @ v


def gradient(net: list[Any], rows: Any, y: Any, f: Callable[[Any], Any] = sigmoid) -> list[Any]:
    """By a step of each weight along the imaginary axis, so short that its square is nothing."""
    slopes = [np.zeros(block.shape) for block in net]
    for which, block in enumerate(net):
        for place in np.ndindex(block.shape):
            shifted = [part.astype(complex) for part in net]
            shifted[which][place] += 1e-30j
            slopes[which][place] = (((forecast(shifted, rows, f) - y) ** 2).mean() / 2).imag / 1e-30
    return slopes


def trained(
    net: list[Any], *, steps: int = 60, f: Callable[[Any], Any] = sigmoid, size: int = 6, adam: bool = False
) -> list[Any]:
    """The net after so many steps on batches of this size."""
    m = [np.zeros(block.shape) for block in net]
    v = [np.zeros(block.shape) for block in net]
    for t in range(steps):
        batch = np.arange(t * size, (t + 1) * size) % len(X)
        g = gradient(net, X[batch], Y[batch], f)
        if adam:
            m = [0.9 * a + 0.1 * b for a, b in zip(m, g, strict=True)]
            v = [0.99 * a + 0.01 * b**2 for a, b in zip(v, g, strict=True)]
            g = [a / (b**0.5 + 1e-8) for a, b in zip(m, v, strict=True)]
        net = [block - 0.2 * slope for block, slope in zip(net, g, strict=True)]
    return net


def kinds(net: list[Any]) -> int:
    """How many different hidden units there are."""
    W, b, _ = net
    return len(np.unique(np.round(np.vstack([W, b]), 6), axis=1).T)


def narrow(net: list[Any]) -> list[Any]:
    """The first unit alone, whose output counts as those of all."""
    W, b, v = net
    return [W[:, :1], b[:1], v.sum(keepdims=True)]


def linear_regression(w: Any) -> Any:
    for _ in range(2000):
        w = w - 0.2 * X.T @ (X @ w - Y) / len(X)
    return w


LAWS: Mapping[str, Callable[[], Any]] = {
    "twins_forever": lambda: kinds(trained(start(0))) == kinds(trained(start(0.5))) == 1,
    "as_narrow": lambda: np.allclose(forecast(trained(start(0.5)), X), forecast(narrow(trained(start(0.5))), X)),
    "random_breaks": lambda: kinds(trained(start(0, random="wbv"))) == 3,
    "zeros_block": lambda: [bool(np.any(g)) for g in gradient(start(0, random="wb"), X, Y)] == [False, False, True],
    "zero_biases": lambda: kinds(trained(start(0, random="wv"))) == 3,
    "no_hidden_layer": lambda: np.allclose(linear_regression(np.zeros(2)), linear_regression(X[0])),
    "rows_differ": lambda: not np.allclose(*trained(start(0.5))[0]),
    "random_outputs": lambda: kinds(trained(start(0.5, random="v"))) == 3,
    "random_biases": lambda: kinds(trained(start(0.5, random="b"))) == 3,
    "longer_training": lambda: kinds(trained(start(0.5), steps=400)) == 3,
    "larger_constant": lambda: kinds(trained(start(2))) == 3,
    "single_observations": lambda: kinds(trained(start(0.5), size=1)) == 3,
    "other_activation": lambda: kinds(trained(start(0.5), f=np.tanh)) == 3 or kinds(trained(start(0.5), f=leaky)) == 3,
    "adam_helps": lambda: kinds(trained(start(0.5), adam=True)) == 3,
    "wider_learns_more": lambda: kinds(trained(start(0.5, width=6))) > kinds(trained(start(0.5))),
    "nothing_moves": lambda: not any(map(np.any, gradient(start(0), X, Y))),
    "all_weights_equal": lambda: np.ptp(trained(start(0.5))[0]) < 1e-6,
}
"""Each statement as an experiment that it holds in, or that it fails in."""


@functools.cache
def holds(name: str) -> bool:
    return bool(LAWS[name]())
