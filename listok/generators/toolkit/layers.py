"""Layers of a network forwards and backwards, on exact numbers.

Observations are rows: a linear layer is Z = X W (+ b), X n by k, W k by m. dL/d(matrix) has the shape of the matrix and
is called d_X, d_W and so on. Goodfellow et al., Deep Learning, section 6.5.4, with rows in place of columns.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from listok.generators.exact import Fraction, Row
from listok.generators.toolkit.activations import Activation
from listok.generators.toolkit.linear import Matrix, Vector, dot, entrywise, product, transposed


def dense(x: Sequence[Fraction | int], weights: Sequence[Sequence[Fraction]], biases: Sequence[Fraction]) -> Row:
    """The sums z = x W + b of a dense layer: inputs x (n), weights (n by m, from input i to unit j), biases (m).

    Goodfellow et al., Deep Learning, section 6.1, with rows in place of columns.
    """
    return tuple([dot(x, column) + bias for column, bias in zip(transposed(weights), biases, strict=True)])


# --- one layer --------------------------------------------------------------------------------------------------------


def linear(X: Matrix, W: Matrix, b: Vector | None = None) -> Matrix:
    """Z = X W, and b (m) added to every row where there is one."""
    return product(X, W) if b is None else tuple([dense(x, W, b) for x in X])


def linear_d_input(d_Z: Matrix, W: Matrix) -> Matrix:
    """dL/dX = dZ W^T, n by k."""
    return product(d_Z, transposed(W))


def linear_d_weights(X: Matrix, d_Z: Matrix) -> Matrix:
    """dL/dW = X^T dZ, k by m."""
    return product(transposed(X), d_Z)


def linear_d_bias(d_Z: Matrix) -> Vector:
    """dL/db, m: the sums of the columns of dZ, for b is added to every row."""
    return tuple(map(sum, transposed(d_Z)))


def activation_d_input(d_O: Matrix, slopes: Matrix) -> Matrix:
    """dL/dZ of O = f(Z), from dL/dO and f'(Z): what stands in the same place is multiplied."""
    return entrywise(operator.mul, d_O, slopes)


# --- a network --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """A layer on the way forwards: O_in (n by k), W (k by m), H = O_in W, O = f(H), and f'(H)."""

    O_in: Matrix
    W: Matrix
    H: Matrix
    O: Matrix
    slopes: Matrix


@dataclass(frozen=True)
class Gradients:
    """A layer on the way back: dL/dO, dL/dH (both n by m), and dL/dW (k by m)."""

    d_O: Matrix
    d_H: Matrix
    d_W: Matrix


def forward(X: Matrix, weights: Sequence[Matrix], activations: Sequence[Activation]) -> tuple[Layer, ...]:
    """The layers of a network without biases, first to last, each with an activation."""
    layers = []
    for W, f in zip(weights, activations, strict=True):
        H = linear(X, W)
        O = entrywise(f.value, H)
        layers.append(Layer(X, W, H, O, entrywise(f.slope, H)))
        X = O
    return tuple(layers)


def backward(
    layers: Sequence[Layer], d_O: Matrix, *, through: Sequence[Matrix] | None = None
) -> tuple[Gradients, ...]:
    """The gradients of the layers, first to last, from dL/dO of the last one.

    The derivative goes back `through` the layers' own weights, or through others in their place, as it does for one who
    has already moved the later weights.
    """
    through = [layer.W for layer in layers] if through is None else through
    found = []
    for layer, W in zip(reversed(layers), reversed(through), strict=True):
        d_H = activation_d_input(d_O, layer.slopes)
        found.append(Gradients(d_O, d_H, linear_d_weights(layer.O_in, d_H)))
        d_O = linear_d_input(d_H, W)
    return tuple(reversed(found))


# --- a chain: a network with one unit in each layer, and one observation ----------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A unit of a chain on the way forwards: `o_in` comes into it, h = w o_in, o = f(h), `slope` = f'(h)."""

    o_in: Any
    w: Any
    h: Any
    o: Any
    slope: Any


@dataclass(frozen=True)
class Delta:
    """A unit of a chain on the way back: dL/do, dL/dh and dL/dw."""

    d_o: Any
    d_h: Any
    d_w: Any


def chain_forward(x: Any, weights: Sequence[Any], activations: Sequence[Activation]) -> tuple[Unit, ...]:
    """The units of a chain, first to last."""
    units = []
    for w, f in zip(weights, activations, strict=True):
        h = w * x
        units.append(Unit(x, w, h, f.value(h), f.slope(h)))
        x = units[-1].o
    return tuple(units)


def chain_backward(units: Sequence[Unit], d_o: Any, *, through: Sequence[Any] | None = None) -> tuple[Delta, ...]:
    """The derivatives at the units, first to last, from dL/do of the last one; `through` as in `backward`."""
    through = [unit.w for unit in units] if through is None else through
    found = []
    for unit, w in zip(reversed(units), reversed(through), strict=True):
        d_h = d_o * unit.slope
        found.append(Delta(d_o, d_h, d_h * unit.o_in))
        d_o = d_h * w
    return tuple(reversed(found))
