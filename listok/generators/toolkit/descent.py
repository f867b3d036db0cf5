"""Gradient descent and its descendants, for one weight; and a step of it for many.

Each method is given the gradients that its steps take, as functions of the weight: always the same one in plain
descent, that of one observation after another in stochastic descent. It gives a record of each step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from listok.generators.exact import ZERO, Fraction, Row
from listok.generators.toolkit.linear import Matrix

Number = TypeVar("Number", Fraction, float)
Gradient: TypeAlias = Callable[[Fraction], Fraction]
FloatGradient: TypeAlias = Callable[[float], float]


def step(weights: Sequence[Fraction | int], gradient: Sequence[Fraction], rate: Fraction) -> Row:
    """The weights (n) after a step against their gradient (n): w - rate * dL/dw."""
    return tuple([w - rate * g for w, g in zip(weights, gradient, strict=True)])


def matrix_step(weights: Matrix, gradient: Matrix, rate: Fraction) -> Matrix:
    """The same of a matrix (k by m): W - rate * dL/dW."""
    return tuple([step(row, slopes, rate) for row, slopes in zip(weights, gradient, strict=True)])


@dataclass(frozen=True)
class GradientStep:
    """From the weight `w` against the gradient `g` to `next`."""

    w: Fraction
    g: Fraction
    next: Fraction


def gradient_descent(gradients: Iterable[Gradient], w: Fraction, rate: Fraction) -> tuple[GradientStep, ...]:
    """Steps from `w`: w - rate * g."""
    steps = []
    for gradient in gradients:
        g = gradient(w)
        after = w - rate * g
        steps.append(GradientStep(w, g, after))
        w = after
    return tuple(steps)


@dataclass(frozen=True)
class MomentumStep:
    """The gradient `g` is taken `at` a point (the weight `w` itself, but for Nesterov's method); `last` is the velocity
    before the step, `h` after it."""

    w: Fraction
    last: Fraction
    at: Fraction
    g: Fraction
    h: Fraction
    next: Fraction


def velocity(last: Fraction, push: Fraction, kept: Fraction) -> Fraction:
    """What momentum gathers: kept * last + push (Polyak 1964)."""
    return kept * last + push


def momentum(
    gradients: Iterable[Gradient],
    w: Fraction,
    rate: Fraction,
    kept: Fraction,
    *,
    ahead: int = 0,
    gather: Callable[[Fraction, Fraction, Fraction], Fraction] = velocity,
) -> tuple[MomentumStep, ...]:
    """Steps from `w` by minus the velocity, which starts at 0 and gathers rate * g.

    With `ahead` 1 this is Nesterov's method, which takes the gradient where the velocity alone would bring the weight
    (Sutskever et al. 2013, On the importance of initialization and momentum, eq. 3 and 4).
    """
    h = ZERO
    steps = []
    for gradient in gradients:
        last = h
        at = w - ahead * kept * last
        g = gradient(at)
        h = gather(last, rate * g, kept)
        after = w - h
        steps.append(MomentumStep(w, last, at, g, h, after))
        w = after
    return tuple(steps)


def moving_average(last: Number, new: Number, kept: Number) -> Number:
    """An exponential moving average: kept * last + (1 - kept) * new."""
    return kept * last + (1 - kept) * new


@dataclass(frozen=True)
class RmspropStep:
    """`v_last` and `v` are the average of squared gradients before the step and after it."""

    w: float
    g: float
    v_last: float
    v: float
    next: float


def rmsprop(
    gradients: Iterable[FloatGradient],
    w: float,
    rate: float,
    kept: float,
    *,
    average: Callable[[float, float, float], float] = moving_average,
    root: Callable[[float], float] = math.sqrt,
) -> tuple[RmspropStep, ...]:
    """Steps from `w` by rate * g over the root of an average of g^2 that starts at 0 (Tieleman and Hinton 2012, lecture
    6.5), without an epsilon."""
    v = 0.0
    steps = []
    for gradient in gradients:
        g = gradient(w)
        v_last = v
        v = average(v_last, g * g, kept)
        after = w - rate * g / root(v)
        steps.append(RmspropStep(w, g, v_last, v, after))
        w = after
    return tuple(steps)


@dataclass(frozen=True)
class AdamStep:
    """Both averages before the step and after it, and corrected for their start at 0."""

    w: float
    g: float
    m_last: float
    m: float
    v_last: float
    v: float
    m_hat: float
    v_hat: float
    next: float


def weight_so_far(kept: float, t: int) -> float:
    """What the weights in a moving average that started at 0 add up to after t steps: 1 - kept^t."""
    return 1 - kept**t


def adam(
    gradients: Iterable[FloatGradient],
    w: float,
    rate: float,
    betas: tuple[float, float],
    *,
    correction: Callable[[float, int], float] = weight_so_far,
) -> tuple[AdamStep, ...]:
    """Steps from `w` by moving averages of g and of g^2, each divided by its correction (Kingma and Ba 2015, algorithm
    1), without an epsilon."""
    beta1, beta2 = betas
    m = v = 0.0
    steps = []
    for t, gradient in enumerate(gradients, 1):
        g = gradient(w)
        m_last, v_last = m, v
        m = moving_average(m_last, g, beta1)
        v = moving_average(v_last, g * g, beta2)
        m_hat = m / correction(beta1, t)
        v_hat = v / correction(beta2, t)
        after = w - rate * m_hat / math.sqrt(v_hat)
        steps.append(AdamStep(w, g, m_last, m, v_last, v, m_hat=m_hat, v_hat=v_hat, next=after))
        w = after
    return tuple(steps)
