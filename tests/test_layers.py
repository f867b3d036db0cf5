"""The toolkit's layers backwards, against differences of their own way forwards that are exact for what is linear."""

from __future__ import annotations

from typing import Any

import pytest

from listok.generators.exact import Fraction
from listok.generators.toolkit.activations import IDENTITY, RELU, SIGMOID, SQUARE, Activation, leaky
from listok.generators.toolkit.layers import (
    backward,
    chain_backward,
    chain_forward,
    forward,
    linear,
    linear_d_bias,
    linear_d_input,
    linear_d_weights,
)

X = ((1, -2), (3, 0), (-1, 4))
WEIGHTS: tuple[Any, ...] = (((2, -1, 3), (-1, 1, -2)), ((1,), (-2,), (Fraction(1, 2),)))
D = ((1,), (-2,), (3,))
KINDS = {"identity": IDENTITY, "relu": RELU, "square": SQUARE, "sigmoid": SIGMOID, "leaky": leaky(Fraction(1, 10))}


def moved(matrix: Any, i: int, j: int, by: Any) -> Any:
    return tuple(tuple(v + by * ((a, b) == (i, j)) for b, v in enumerate(row)) for a, row in enumerate(matrix))


def loss(x: Any, weights: Any, f: Activation) -> Any:
    """The sum of the outputs, each times its derivative."""
    outputs = forward(x, weights, (f, IDENTITY))[-1].O
    return sum(d * o for ds, os in zip(D, outputs, strict=True) for d, o in zip(ds, os, strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_a_network_backwards_is_the_difference_of_its_loss(name: str) -> None:
    f = KINDS[name]
    found = backward(forward(X, WEIGHTS, (f, IDENTITY)), D)
    h = Fraction(1, 10**6)
    for k, W in enumerate(WEIGHTS):
        for i, row in enumerate(W):
            for j in range(len(row)):
                ahead, behind = (
                    loss(X, [moved(V, i, j, by) if n == k else V for n, V in enumerate(WEIGHTS)], f) for by in (h, -h)
                )
                slope = (ahead - behind) / (2 * h)  # exact for all but the sigmoid, which is smooth
                assert float(found[k].d_W[i][j]) == pytest.approx(float(slope), abs=1e-6)


def test_a_chain_is_a_network_with_one_unit_in_each_layer() -> None:
    ws = (Fraction(2), Fraction(-1, 2), Fraction(3))
    for f in (leaky(Fraction(1, 10)), SQUARE, RELU):
        kinds = (f, f, IDENTITY)
        units, layers = chain_forward(3, ws, kinds), forward(((3,),), [((w,),) for w in ws], kinds)
        assert [unit.o for unit in units] == [layer.O[0][0] for layer in layers]
        deltas, gradients = chain_backward(units, 5), backward(layers, ((5,),))
        assert [delta.d_w for delta in deltas] == [gradient.d_W[0][0] for gradient in gradients]
        other = (1, 1, 1)
        ones = backward(layers, ((5,),), through=[((w,),) for w in other])
        assert [d.d_w for d in chain_backward(units, 5, through=other)] == [g.d_W[0][0] for g in ones]


def test_a_linear_layer_by_hand() -> None:
    W, d = ((1, 2, 3), (4, 5, 6)), ((1, 0, 0), (0, 1, 0), (1, 0, 2))
    assert linear(((1, 1),), W, (10, 20, 30)) == ((15, 27, 39),)
    assert linear_d_input(d, W) == ((1, 4), (2, 5), (7, 16))
    assert linear_d_weights(X, d) == ((0, 3, -2), (2, 0, 8))
    assert linear_d_bias(d) == (2, 1, 2)
