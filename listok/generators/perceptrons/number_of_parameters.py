"""Count the parameters of a fully connected network, and find the width of a layer from their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import floor, isqrt
from typing import Annotated

from listok.generators.answers import Number
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, Fraction
from listok.generators.exercise import Exercise
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit import parameters
from listok.generators.values import BadParams

MOST = 10**6
WIDTHS = ((4, 5, 6, 8, 10, 12, 15, 20), (12, 15, 16, 20, 24, 25, 30, 40), (16, 24, 32, 36, 48, 64, 80, 96))


@dataclass(frozen=True)
class Params(Checked):
    """`sizes` are the layers' sizes, inputs first, outputs last. `known` are those of a second network, with 0 in place
    of its unknown width (one hidden layer, or two of the same width); `target` is the number of its parameters."""

    sizes: Annotated[tuple[int, ...], Size(3, 6), Within(1, 10_000)]
    known: Annotated[tuple[int, ...], Size(3, 6), Within(0, 10_000)]
    target: Annotated[int, Within(1, MOST)]

    def rules(self) -> Iterator[str]:
        if self.known[0] == 0 or self.known[-1] == 0 or self.known.count(0) not in (1, 2):
            yield f"known has one or two hidden layers of unknown width, written 0, not {self.known}"

    @property
    def chain(self) -> str:
        """The second network's layers, as mathematics."""
        return r" \to ".join(str(n) if n else "n" for n in self.known)

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
        return f"{'n^{2} + ' if self.square else ''}{self.slope}n + {self.rest}"

    @property
    def quadratic(self) -> bool:
        return self.square > 0


def draw(d: Draw, level: int) -> Params:
    hidden = d.distinct(WIDTHS[level - 1], level + 1)
    inputs, outputs = d.integer(3, 30, exclude=hidden), 1 if level == 1 else d.integer(2, 10)
    # The unknown width exceeds the inputs: then forgotten biases show even after rounding.
    first, last = d.integer(3, 12), d.integer(3, 9)
    width = d.integer(13, (40, 60, 60)[level - 1])
    known = ((first, 0, last), (first, d.integer(4, 12), 0, last), (first, 0, 0, last))[level - 1]
    full = [n or width for n in known]
    target = sum(parameters.dense(a, b) for a, b in pairwise(full))
    return Params((inputs, *hidden, outputs), known, target)


def line(size: int) -> tuple[int, int]:
    """A layer's size as a slope times n and a constant, where the size 0 stands for n."""
    return (0, size) if size else (1, 0)


def nearest(number: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return floor(number + HALF)


def solve(p: Params, *, bias: int = 1, output: bool = True) -> Solution:
    """Layer by layer; the width is the root of an equation, to the nearest whole number.

    A mistake changes one thing: there is no `bias`, or the layer of the `output` is forgotten. Its width need not come
    out whole.
    """
    sizes, known = (p.sizes, p.known) if output else (p.sizes[:-1], p.known[:-1])
    layers = tuple(Layer(a, b, a * b, parameters.dense(a, b, bias)) for a, b in pairwise(sizes))
    total = sum(layer.parameters for layer in layers)
    hidden_biases = bias * sum(p.sizes[1:-1])

    square = slope = rest = 0
    for inputs, neurons in pairwise(known):
        (a1, a0), (b1, b0) = line(inputs), line(neurons)
        square += a1 * b1  # (a1 n + a0 + bias) (b1 n + b0)
        slope += a1 * b0 + (a0 + bias) * b1
        rest += (a0 + bias) * b0

    moved = p.target - rest
    discriminant = slope**2 + 4 * square * moved
    root = isqrt(max(discriminant, 0))
    width = nearest(Fraction(root - slope, 2 * square) if square else Fraction(moved, slope))
    if bias and output and (width < 1 or square * width**2 + slope * width + rest != p.target):
        raise BadParams(f"no whole width gives the second network exactly {p.target} parameters")
    return Solution(
        layers=layers,
        total=total,
        hidden_biases=hidden_biases,
        lean=total - hidden_biases,
        square=square,
        slope=slope,
        rest=rest,
        moved=moved,
        discriminant=discriminant,
        root=root,
        width=width,
    )


def check(p: Params, s: Solution) -> str | None:
    if s.total > MOST:
        return f"the first network has {s.total} parameters: too many for a pencil"
    return None


EXERCISE = Exercise(
    number=10,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(3.8, 4.9, 6.7),
    version=2,
    parts={"total": Number(points=2), "lean": Number(), "width": Number(points=2)},
    mistakes={
        "no_biases": wrong(bias=0),
        "no_output": wrong(output=False),
        "bias_once": instead(total=lambda p, s: sum(layer.weights + 1 for layer in s.layers)),
        "neurons": instead(total=lambda p, s: sum(p.sizes)),
        "one_each": instead(lean=lambda p, s: s.total - len(p.sizes[1:-1])),
    },
)
