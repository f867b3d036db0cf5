"""Stochastic descent of one weight: the model y = w x, the squared loss of one observation after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from listok.generators.exact import Fraction, Row
from listok.generators.toolkit.descent import AdamStep, GradientStep, MomentumStep, RmspropStep


@dataclass(frozen=True)
class Observation:
    """An input and its target, with a number from 1."""

    i: int
    x: Fraction
    y: Fraction


def observations(xs: Row, ys: Row) -> tuple[Observation, ...]:
    return tuple([Observation(i, x, y) for i, (x, y) in enumerate(zip(xs, ys, strict=True), 1)])


def gradients_on(visits: Sequence[Observation], two: int = 2) -> list[Callable[[Any], Any]]:
    """The derivatives of (y - w x)^2 by w, one for each observation."""

    def gradient(seen: Observation) -> Callable[[Any], Any]:
        return lambda w: -two * seen.x * (seen.y - w * seen.x)

    return [gradient(seen) for seen in visits]


@dataclass(frozen=True)
class SgdVisit:
    seen: Observation
    step: GradientStep


@dataclass(frozen=True)
class MomentumVisit:
    seen: Observation
    step: MomentumStep


@dataclass(frozen=True)
class RmspropVisit:
    seen: Observation
    step: RmspropStep


@dataclass(frozen=True)
class AdamVisit:
    seen: Observation
    step: AdamStep


Visit: TypeAlias = SgdVisit | MomentumVisit | RmspropVisit | AdamVisit


def lowers(visit: Visit) -> bool:
    """Whether a step lowers the loss of the observation that it sees."""
    seen, step = visit.seen, visit.step
    before, after = (float(seen.y - seen.x * Fraction(w)) for w in (step.w, step.next))
    return abs(after) < abs(before)
