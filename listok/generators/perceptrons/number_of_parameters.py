"""Count the parameters of a fully connected network, and find the width of a layer from their number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt

from listok.generators.answers import Number
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.values import BadParams, Value

MOST = 10**6
WIDTHS = ((4, 5, 6, 8, 10, 12, 15, 20), (10, 15, 20, 25, 30, 40, 50), (20, 30, 40, 50, 60, 80, 100, 200))


@dataclass(frozen=True)
class Params:
    """`sizes` are the layers' sizes, inputs first, outputs last. `known` are those of a second network, with 0 in place
    of its unknown width (one hidden layer, or two of the same width); `target` is the number of its parameters."""

    sizes: tuple[int, ...]
    known: tuple[int, ...]
    target: int

    def __post_init__(self) -> None:
        for name, sizes in (("sizes", self.sizes), ("known", self.known)):
            if not 3 <= len(sizes) <= 6:
                raise BadParams(f"{name} holds the inputs, one to four hidden layers and the outputs, not {sizes}")
            if any(not 0 <= n <= 10_000 for n in sizes):
                raise BadParams(f"{name}: layers have from 1 to 10000 neurons, not {sizes}")
        if 0 in self.sizes:
            raise BadParams(f"sizes: every layer has at least one neuron, not {self.sizes}")
        if self.known[0] == 0 or self.known[-1] == 0 or self.known.count(0) not in (1, 2):
            raise BadParams(f"known has one or two hidden layers of unknown width, written 0, not {self.known}")
        if not 1 <= self.target <= MOST:
            raise BadParams(f"target is from 1 to {MOST}, not {self.target}")

    @property
    def chain(self) -> str:
        """The second network's layers, as mathematics."""
        return r" \to ".join(str(n) if n else "n" for n in self.known)

    @property
    def first_size(self) -> int:
        return self.sizes[0]

    @property
    def later_sizes(self) -> tuple[int, ...]:
        return self.sizes[1:]

    @property
    def hidden_layers(self) -> int:
        return len(self.sizes) - 2

    @property
    def twin(self) -> bool:
        """Whether two layers share the unknown width."""
        return self.known.count(0) == 2


@dataclass(frozen=True)
class Layer:
    inputs: int
    neurons: int
    weights: int
    parameters: int


@dataclass(frozen=True)
class Solution:
    """`lean` counts the parameters if only the outputs have biases. The second network has
    `square` n^2 + `slope` n + `rest` parameters, where `square` is 0 or 1, and `moved` is what is left of its target
    without `rest`; `root` is the square root of the `discriminant` of the equation for n."""

    layers: tuple[Layer, ...]
    total: int
    hidden_biases: int
    lean: int
    square: int
    slope: int
    rest: int
    moved: int
    discriminant: int
    root: int
    width: int

    @property
    def equation(self) -> str:
        """The number of the second network's parameters as a polynomial in n."""
        square = ("" if self.square == 1 else str(self.square)) + "n^{2} + " if self.square else ""
        return f"{square}{self.slope}n + {self.rest}"

    @property
    def quadratic(self) -> bool:
        return self.square > 0


def draw(d: Draw, level: int) -> Params:
    inputs, outputs = d.integer(3, 30), 1 if level == 1 else d.integer(2, 10)
    hidden = tuple(d.choice(WIDTHS[level - 1]) for _ in range(level + 1))
    # The unknown width exceeds the inputs: then forgotten biases show even after rounding.
    first, last = d.integer(3, 12), d.integer(3, 9)
    width = d.integer(13, (40, 60, 60)[level - 1])
    known = ((first, 0, last), (first, d.integer(4, 12), 0, last), (first, 0, 0, last))[level - 1]
    full = [n or width for n in known]
    target = sum((a + 1) * b for a, b in pairwise(full))
    return Params((inputs, *hidden, outputs), known, target)


def _polynomial(sizes: tuple[int, ...], bias: int) -> tuple[int, int, int]:
    """How many parameters layers have, as coefficients of n^2, n and 1, where 0 stands for width n."""
    square = slope = rest = 0
    for a, b in pairwise(sizes):
        if a and b:
            rest += (a + bias) * b
        elif a:
            slope += a + bias
        elif b:
            slope += b
            rest += bias * b
        else:
            square += 1
            slope += bias
    return square, slope, rest


def solve(p: Params) -> Solution:
    layers = tuple(Layer(a, b, a * b, (a + 1) * b) for a, b in pairwise(p.sizes))
    total, hidden = sum(layer.parameters for layer in layers), sum(p.sizes[1:-1])
    square, slope, rest = _polynomial(p.known, 1)
    moved = p.target - rest
    inner = slope * slope + 4 * square * moved
    root = isqrt(max(inner, 0))
    if square:
        width, left = divmod(root - slope, 2 * square)
        if left or inner != root**2:
            width = 0
    else:
        width, left = divmod(moved, slope)
        width = 0 if left else width
    if width < 1:
        raise BadParams(f"no whole width gives the second network exactly {p.target} parameters")
    return Solution(layers, total, hidden, total - hidden, square, slope, rest, moved, inner, root, width)


def oracle(p: Params) -> Solution:
    """Counts neuron by neuron (arrows in, plus the constant), and finds the width by bisection."""
    arrows = [[before + 1] * here for before, here in zip(p.sizes[:-1], p.sizes[1:], strict=True)]
    layers = tuple(Layer(each[0] - 1, len(each), sum(each) - len(each), sum(each)) for each in arrows)
    lean = sum(layer.weights for layer in layers) + p.sizes[-1]

    def count(n: int) -> int:
        previous, parameters = p.known[0], 0
        for size in p.known[1:]:
            here = size if size else n
            parameters += here + here * previous
            previous = here
        return parameters

    low, high = 1, p.target
    while low < high:
        middle = (low + high) // 2
        if count(middle) < p.target:
            low = middle + 1
        else:
            high = middle
    if count(low) != p.target:
        raise BadParams(f"the second network never has {p.target} parameters")
    # A polynomial of degree two is known by its values at 0, 1 and 2.
    rest, one, two = count(0), count(1), count(2)
    square = (two - 2 * one + rest) // 2
    slope = one - rest - square
    steep = 2 * square * low + slope  # the slope of a parabola at its root is the root of the discriminant
    total = sum(map(sum, arrows))
    return Solution(
        layers, total, total - lean, lean, square, slope, rest, count(low) - rest, steep**2, steep, low,
    )  # fmt: skip


def check(p: Params, s: Solution) -> str | None:
    if s.total > MOST:
        return f"the first network has {s.total} parameters: too many for a pencil"
    return None


def effort(p: Params, s: Solution) -> int:
    return 4 * len(s.layers) + 2 * len(p.known) + (8 if s.square else 0)


def _rounded_width(polynomial: tuple[int, int, int], total: int) -> int:
    """The whole number nearest to the positive root of the polynomial = total."""
    square, slope, rest = polynomial
    if not square:
        return (2 * (total - rest) + slope) // (2 * slope)
    # isqrt rounds down, and so does //: together they round the root plus a half down.
    inner = slope * slope + 4 * square * (total - rest)
    return (isqrt(max(inner, 0)) - slope + square) // (2 * square)


def no_biases(p: Params) -> Mapping[str, Value]:
    weights = sum(a * b for a, b in pairwise(p.sizes))
    return {"total": weights, "lean": weights, "width": _rounded_width(_polynomial(p.known, 0), p.target)}


def no_output(p: Params) -> Mapping[str, Value]:
    parameters = sum((a + 1) * b for a, b in pairwise(p.sizes[:-1]))
    weights = parameters - sum(p.sizes[1:-1])
    return {
        "total": parameters,
        "lean": weights,
        "width": _rounded_width(_polynomial(p.known[:-1], 1), p.target),
    }


def bias_once(p: Params) -> Mapping[str, Value]:
    weights = sum(a * b for a, b in pairwise(p.sizes))
    return {"total": weights + len(p.sizes) - 1}


def neurons(p: Params) -> Mapping[str, Value]:
    return {"total": sum(p.sizes)}


def one_each(p: Params) -> Mapping[str, Value]:
    total = sum((a + 1) * b for a, b in pairwise(p.sizes))
    return {"lean": total - (len(p.sizes) - 2)}


EXERCISE = Exercise(
    number=10,
    name="number-of-parameters",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={"total": Number("total", points=2), "lean": Number("lean"), "width": Number("width", points=2)},
    mistakes={
        "no_biases": no_biases,
        "no_output": no_output,
        "bias_once": bias_once,
        "neurons": neurons,
        "one_each": one_each,
    },
)
