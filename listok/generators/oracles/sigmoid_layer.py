"""SymPy differentiates the function and puts the logarithms in; offered formulas are tried on matrices of numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

Z = sympy.Symbol("z", real=True)


def function(kind: str, height: int, inner: int) -> Any:
    if kind == "tanh":
        return (sympy.exp(Z) - sympy.exp(-Z)) / (sympy.exp(Z) + sympy.exp(-Z))
    return height / (1 + sympy.exp(-inner * Z))


@functools.cache
def at_odds(kind: str, height: int, inner: int, top: int, bottom: int) -> tuple[Any, Any]:
    """The function and its derivative where e to the power of the sum in the sigmoid is a fraction."""
    f = function(kind, height, inner)
    z = sympy.log(sympy.Rational(top, bottom)) / (2 if kind == "tanh" else inner)
    value, slope = (sympy.nsimplify(sympy.simplify(g.subs(Z, z))) for g in (f, sympy.diff(f, Z)))
    return value, slope


def solve(p: Any) -> dict[str, Any]:
    pairs = [[at_odds(p.kind, p.height, p.inner, m.numerator, m.denominator) for m in row] for row in p.odds]
    values = [[value for value, _ in row] for row in pairs]
    slopes = [[slope for _, slope in row] for row in pairs]
    back = [
        [sympy.Rational(u.numerator, u.denominator) * slope for u, slope in zip(us, row, strict=True)]
        for us, row in zip(p.upstream, slopes, strict=True)
    ]
    holding = holds(p.kind, p.height, p.inner)
    return {
        "outputs": values,
        "slopes": slopes,
        "gradient": back,
        "right": [name for name in p.formulas if holding[name]],
    }


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


FORMULAS: dict[str, Callable[..., Any]] = {
    "product": lambda d, A, z, a, k: d * A * (1 - A),
    "difference": lambda d, A, z, a, k: d * (A - A * A),
    "two_sides": lambda d, A, z, a, k: d * sigma(z) * sigma(-z),
    "exponent": lambda d, A, z, a, k: d * np.exp(-z) * A * A,
    "one_minus_square": lambda d, A, z, a, k: d * (1 - A * A),
    "conjugates": lambda d, A, z, a, k: d * (1 - A) * (1 + A),
    "doubled": lambda d, A, z, a, k: 4 * d * sigma(2 * z) * sigma(-2 * z),
    "stretched": lambda d, A, z, a, k: k / a * d * A * (a - A),
    "stretched_difference": lambda d, A, z, a, k: k * d * (A - A * A / a),
    "inner": lambda d, A, z, a, k: a * k * d * sigma(k * z) * sigma(-k * z),
    "no_inner": lambda d, A, z, a, k: d * A * (a - A) / a,
    "no_height": lambda d, A, z, a, k: k * d * A * (1 - A),
    "matrix": lambda d, A, z, a, k: d @ A @ (1 - A),
    "no_upstream": lambda d, A, z, a, k: A * (1 - A),
    "of_sums": lambda d, A, z, a, k: d * z * (1 - z),
    "on_its_side": lambda d, A, z, a, k: d.T * A * (1 - A),
    "of_upstream": lambda d, A, z, a, k: d * d * (1 - d),
}


@functools.cache
def holds(kind: str, height: int, inner: int) -> dict[str, bool]:
    """Whether each formula gives the derivative of sum(d * f(Z)), found by a step along the imaginary axis."""
    z = np.array([[-1.5, 0.25, 2.0], [0.5, -0.75, 1.25]])
    d = np.array([[2.0, -1.0, 3.0], [-2.0, 0.5, 1.0]])

    def f(at: Any) -> Any:
        return np.tanh(at) if kind == "tanh" else height * sigma(inner * at)

    wanted = d * f(z + 1e-30j).imag / 1e-30
    found = {}
    for name, formula in FORMULAS.items():
        try:
            value = formula(d, f(z), z, height, inner)
        except ValueError:  # shapes that cannot be multiplied
            value = np.zeros((1, 1))
        found[name] = value.shape == z.shape and bool(np.allclose(value, wanted))
    return found
