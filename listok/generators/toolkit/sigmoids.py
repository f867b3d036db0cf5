"""Sigmoids that are stretched and shifted: A sigma(a t + b) + c."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from listok.generators import formulas as fm
from listok.generators.bounds import Checked, NonZero, Within
from listok.generators.exact import Fraction
from listok.generators.formulas import Formula
from listok.generators.toolkit.activations import sigmoid


def stretched(height: Fraction, rate: Fraction, shift: Fraction, floor: Fraction) -> Formula:
    """A stretched and shifted sigmoid as a formula of t."""
    inner = Formula.of(fm.linear([(rate, "t")], shift))
    return Formula.of(fm.linear([(height, f"sigmoid({inner})")], floor))


@dataclass(frozen=True)
class Curve(Checked):
    """The curve height * sigmoid(rate * t + shift) + floor."""

    height: Annotated[Fraction, Within(-100, 100, finest=100), NonZero()]
    rate: Annotated[Fraction, Within(-100, 100, finest=100), NonZero()]
    shift: Annotated[Fraction, Within(-100, 100, finest=100)]
    floor: Annotated[Fraction, Within(-100, 100, finest=100)]

    @property
    def top(self) -> Fraction:
        """The other bound: below `floor` where the height is negative."""
        return self.floor + self.height

    @property
    def middle(self) -> Fraction:
        return self.floor + self.height / 2

    @property
    def centre(self) -> Fraction:
        return -self.shift / self.rate

    @property
    def forward(self) -> bool:
        """Whether the sigmoid's argument grows with t."""
        return self.rate > 0

    @property
    def unfloored(self) -> Fraction:
        """What is added to y to take the floor away."""
        return -self.floor

    @property
    def argument(self) -> Formula:
        """What stands under the sigmoid."""
        return Formula.of(fm.linear([(self.rate, "t")], self.shift))

    @property
    def steeper(self) -> Formula:
        """The curve made k times as steep."""
        return Formula.of(fm.linear([(self.height, f"sigmoid(k*({self.argument}))")], self.floor))

    @property
    def formula(self) -> Formula:
        return stretched(self.height, self.rate, self.shift, self.floor)

    # The tangent in the centre meets the asymptotes at a distance of 2 / |rate|.

    @property
    def left(self) -> Fraction:
        return self.centre - 2 / abs(self.rate)

    @property
    def right(self) -> Fraction:
        return self.centre + 2 / abs(self.rate)

    @property
    def left_bound(self) -> Fraction:
        """The bound that the curve comes near to on the left."""
        return self.floor if self.rate > 0 else self.top

    @property
    def right_bound(self) -> Fraction:
        return self.top if self.rate > 0 else self.floor

    def at(self, t: float) -> float:
        return float(self.height) * sigmoid(float(self.rate) * t + float(self.shift)) + float(self.floor)

    def slope_at(self, t: float) -> float:
        share = sigmoid(float(self.rate) * t + float(self.shift))
        return float(self.height * self.rate) * share * (1 - share)
