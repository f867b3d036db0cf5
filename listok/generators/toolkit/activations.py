"""Activation functions and their slopes, for one number; exact where the function is rational."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from listok.generators.exact import HALF, ONE, Fraction

N = TypeVar("N", int, Fraction)


def step(z: Fraction) -> int:
    """1 where z is above 0, else 0: at 0 as well, as sheets agree."""
    return int(z > 0)


def relu(z: N) -> N:
    """The larger of 0 and z, a whole number where z is one."""
    return z if z > 0 else 0 * z


def relu_slope(z: Fraction | int) -> int:
    """The derivative of ReLU: 1 to the right of zero, 0 at zero and to the left, as sheets agree."""
    return 1 if z > 0 else 0


def leaky_relu(z: Fraction, leak: Fraction) -> Fraction:
    """z to the right of zero, `leak` z to the left: ReLU with leak 0, no activation with leak 1."""
    return z if z > 0 else leak * z


def leaky_relu_slope(z: Fraction, leak: Fraction) -> Fraction:
    """The derivative of `leaky_relu`: 1 to the right of zero, `leak` at zero and to the left, as sheets agree."""
    return ONE if z > 0 else leak


def sigmoid(z: Fraction | float) -> float:
    """1 / (1 + exp(-z)); below -700, where the exponent would overflow, as at -700."""
    return 1 / (1 + math.exp(min(-float(z), 700)))


def log_sigmoid(z: Fraction | float) -> float:
    """The natural logarithm of the sigmoid, with all its digits even where the sigmoid is too close to 0 or 1 for a
    float."""
    return min(float(z), 0) - math.log1p(math.exp(-abs(float(z))))


def softmax(logits: Sequence[Fraction | float]) -> tuple[float, ...]:
    """Probabilities of n classes from n logits: exp(z_k) over the sum of all exp(z_j); the largest logit is taken away
    before, or exponents might overflow."""
    largest = max(logits)
    exponents = [math.exp(z - largest) for z in logits]
    total = sum(exponents)
    return tuple([exponent / total for exponent in exponents])


@dataclass(frozen=True)
class Activation:
    """A function that stands in a unit: its value and its derivative, both of the sum z that comes into the unit."""

    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]


def exact_sigmoid(z: Fraction | float) -> Fraction | float:
    """The sigmoid, 1/2 exactly at 0, where it is rational."""
    return sigmoid(z) if z else HALF


def sigmoid_slope(z: Fraction | float) -> Fraction | float:
    """The derivative of the sigmoid, s (1 - s), 1/4 exactly at 0."""
    s = exact_sigmoid(z)
    return s * (1 - s)


def leaky(leak: Fraction) -> Activation:
    """Leaky ReLU with the slope `leak` to the left of zero."""
    return Activation(lambda z: leaky_relu(z, leak), lambda z: leaky_relu_slope(z, leak))


IDENTITY = Activation(lambda z: z, lambda z: 1)
RELU = Activation(relu, relu_slope)
SQUARE = Activation(lambda z: z * z, lambda z: 2 * z)
SIGMOID = Activation(exact_sigmoid, sigmoid_slope)


def logistic(base: int) -> Activation:
    """The sigmoid of m ln(base), exactly, as a function of the whole number m: base^m / (1 + base^m)."""

    def value(m: int) -> Fraction:
        odds = Fraction(base) ** m
        return odds / (1 + odds)

    return Activation(value, lambda m: value(m) * (1 - value(m)))
