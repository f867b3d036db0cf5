"""The layer against differences of its function in decimal arithmetic, and formulas against each other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import pytest

from listok.generators.backprop.sigmoid_layer import EXERCISE, FALSE, TRUE, Params
from listok.generators.exact import Fraction
from listok.generators.oracles.sigmoid_layer import holds
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(12)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)


def f(p: Params, z: Decimal) -> Decimal:
    if p.kind == "tanh":
        return (z.exp() - (-z).exp()) / (z.exp() + (-z).exp())
    return p.height / (1 + (-p.inner * z).exp())


@by_variant
def test_values_and_slopes_are_those_of_the_function(variant: Any) -> None:
    p, s = variant.params, variant.solution
    with localcontext() as context:
        context.prec = 50
        h = Decimal("1e-15")
        for i, row in enumerate(p.odds):
            for j, odds in enumerate(row):
                z = (Decimal(odds.numerator) / Decimal(odds.denominator)).ln() / p.exponent
                assert float(f(p, z)) == pytest.approx(float(s.outputs[i][j]), abs=1e-12)
                slope = (f(p, z + h) - f(p, z - h)) / (2 * h)
                assert float(slope) == pytest.approx(float(s.slopes[i][j]), abs=1e-12)
                assert s.gradient[i][j] == p.upstream[i][j] * s.slopes[i][j]


def test_the_banks_are_told_right() -> None:
    """A true formula holds for a layer whose height and inner factor have nothing in common, a false one does not."""
    for kind, (height, inner) in {"sigmoid": (1, 1), "tanh": (1, 1), "scaled": (7, 3)}.items():
        found = holds(kind, height, inner)
        assert all(found[name] for name in TRUE[kind])
        assert not any(found[name] for name in FALSE[kind])


def test_a_sigmoid_by_hand() -> None:
    p = Params(
        "sigmoid", 1, 1, ((Fraction(2), Fraction(1, 3)),), ((Fraction(9), Fraction(-16)),), ("product", "matrix")
    )
    s = EXERCISE.with_params(p).verify().solution
    assert s.outputs == ((Fraction(2, 3), Fraction(1, 4)),)
    assert s.gradient == ((Fraction(2), Fraction(-3)),)


def test_bad_numbers_are_refused() -> None:
    p = VARIANTS[0].params
    with pytest.raises(BadParams, match="one shape"):
        replace(p, upstream=p.upstream[:1])
    with pytest.raises(BadParams, match="height must be above 2"):
        replace(p, height=5)
    with pytest.raises(BadParams, match="formulas for sigmoid"):
        replace(p, formulas=("product", "conjugates"))


def test_dull_numbers_are_taken_with_the_reason() -> None:
    p = VARIANTS[0].params
    silent = EXERCISE.with_params(replace(p, upstream=((Fraction(0),) * 2, (Fraction(2), Fraction(3))))).verify()
    assert "does not act" in str(silent.dull)
    large = EXERCISE.with_params(replace(p, odds=((Fraction(2), Fraction(3)), (Fraction(4), Fraction(5))))).verify()
    assert "same sign" in str(large.dull)
