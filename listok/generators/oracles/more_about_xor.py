"""Candidates by determinants, weights and boundary by SymPy's linear equations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy

from listok.generators.exact import Fraction
from listok.generators.formulas.symbolic import from_sympy

FEATURES: dict[str, Callable[[Any, Any], Any]] = {
    "product": lambda a, b: a * b,
    "square_of_difference": lambda a, b: a * a - 2 * a * b + b * b,
    "distance": lambda a, b: np.maximum(a - b, b - a),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "square_of_sum": lambda a, b: a * a + 2 * a * b + b * b,
    "size_of_sum": lambda a, b: np.maximum(a + b, -a - b),
    "square_times": lambda a, b: a * a * b,
    "product_of_squares": lambda a, b: (a * b) ** 2,
    "shifted_product": lambda a, b: a * b - a,
    "square": lambda a, b: a * a + 0 * b,
    "sum": lambda a, b: a + b,
    "weighted_sum": lambda a, b: 2 * a + 3 * b,
    "sum_of_squares": lambda a, b: a * a + b * b,
    "difference_of_squares": lambda a, b: (a + b) * (a - b),
    "cube_of_difference": lambda a, b: (a - b) ** 3,
    "extremes": lambda a, b: a + b,
}


def solve(p: Any) -> dict[str, Any]:
    x = np.array([[p.low, p.low], [p.low, p.high], [p.high, p.low], [p.high, p.high]], dtype=object)
    plane = np.column_stack([np.full(4, Fraction(1), dtype=object), x])
    columns = [FEATURES[name](x[:, 0], x[:, 1]) for name in p.features]
    own = FEATURES[p.feature](x[:, 0], x[:, 1])
    y = np.array([p.equal, not p.equal, not p.equal, p.equal], dtype=int)

    weights, margin = whole(inverse(np.column_stack([plane, own])) @ (2 * y - 1))
    z = np.column_stack([plane, own]) @ weights
    b0, b1, b2, b3 = p.neuron
    crossed = p.power == 1 and b3 != 0 and b0 * b3 == b1 * b2
    return {
        "judgements.name": p.features,
        "judgements.values": columns,
        "judgements.alike": [column[[0, 3]].sum() for column in columns],
        "judgements.unlike": [column[[1, 2]].sum() for column in columns],
        # Four points that lie in no plane can be cut in any way; those in one plane are cut as if they had no third.
        "possible": [n for n, c in zip(p.features, columns, strict=True) if determinant(np.column_stack([plane, c]))],
        "alike": own[[0, 3]].sum(),
        "unlike": own[[1, 2]].sum(),
        "margin": margin,
        "weights": weights,
        "rows.x": x,
        "rows.third": own,
        "rows.z": z,
        "rows.y": y,
        "boundary": from_sympy(boundary(p.power).subs(zip(LETTERS, map(rational, p.neuron), strict=True)).cancel()),
        "crossed": crossed,
        "lines": [-b2 / b3, -b1 / b3] if crossed else [],
    }


X1, X2 = sympy.Symbol("x1", real=True), sympy.Symbol("x2", real=True)
LETTERS = sympy.symbols("b0:4")


@cache
def boundary(power: int) -> Any:
    """x2 on the boundary of a neuron with the numbers b0 to b3."""
    b0, b1, b2, b3 = LETTERS
    return sympy.solve(b0 + b1 * X1 + b2 * X2 + b3 * X1**power * X2, X2)[0]


def rational(number: Fraction) -> Any:
    return sympy.Rational(number.numerator, number.denominator)


def whole(weights: Any) -> tuple[Any, Fraction]:
    """The numbers of a neuron made so large that its weights are whole and have no common divisor; and how large."""
    bottom = int(np.lcm.reduce([int(w.denominator) for w in weights[1:]]))
    times = Fraction(bottom, int(np.gcd.reduce([int(w * bottom) for w in weights[1:]])))
    return weights * times, times


def determinant(matrix: Any) -> Any:
    """By elimination, rows swapped where a pivot is 0."""
    a, total = matrix * Fraction(1), Fraction(1)
    for i in range(len(a)):
        pivot = next((j for j in range(i, len(a)) if a[j, i]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != i:
            a[[i, pivot]], total = a[[pivot, i]], -total
        total *= a[i, i]
        a[i + 1 :] -= np.outer(a[i + 1 :, i] / a[i, i], a[i])
    return total


def inverse(matrix: Any) -> Any:
    """By cofactors."""
    count = len(matrix)
    minors = [
        [(-1) ** (i + j) * determinant(np.delete(np.delete(matrix, i, 0), j, 1)) for i in range(count)]
        for j in range(count)
    ]
    return np.array(minors, dtype=object) / determinant(matrix)
