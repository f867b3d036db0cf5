"""Ridge refitted without each observation: SymPy finds where derivatives are 0, as functions of the observations.

It does so once for each number of them, in the field of rational functions with whole coefficients.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import ZZ
from sympy.polys.fields import field

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.polynomials import value


@dataclass(frozen=True)
class Derived:
    """For n observations: the coefficient `fitted` to them and its derivative `slope`, both functions of them and of
    the penalty; the `best` penalty by leave-one-out, a function of them alone; the denominator of `fitted` as text."""

    fitted: Any
    slope: Any
    best: Any
    denominator: str


@functools.cache
def derived(n: int) -> Derived:
    """The functions for n observations; the first call for an n takes a few hundredths of a second."""
    names = [f"y{i}" for i in range(1, n + 1)]
    rational, *variables = field([*names, "lambda", "beta"], ZZ)
    *ys, penalty, beta = variables

    def fit(observations: Sequence[Any]) -> Any:
        loss = sum((y - beta) ** 2 for y in observations) + penalty * beta**2
        return zero(loss.diff(beta), beta)

    left_out = sum((y - fit([*ys[:i], *ys[i + 1 :]])) ** 2 for i, y in enumerate(ys))
    best = zero(rational(left_out.diff(penalty).numer), penalty)
    fitted = fit(ys)

    return Derived(fitted, fitted.diff(penalty), best, str(fitted.denom.as_expr()))


def at(function: Any, ys: Sequence[Any], penalty: Any) -> tuple[Any, Any]:
    """The numerator and the denominator of a function, at observations and a penalty."""
    point = (*ys, penalty, 0)  # no function depends on beta any more
    return value(function.numer, point), value(function.denom, point)


def zero(linear: Any, x: Any) -> Any:
    """Where a function that is linear in x is 0."""
    at_0, at_1 = linear.subs(x, 0), linear.subs(x, 1)
    return at_0 / (at_0 - at_1)


def solve(p: Any) -> dict[str, Any]:
    ys, n = np.array(p.ys), len(p.ys)
    known = derived(n)
    penalty = Fraction(*at(known.best, p.ys, 0))
    numerator, at_0 = at(known.fitted, p.ys, 0)
    _, at_penalty = at(known.fitted, p.ys, penalty)
    change, positive = at(known.slope, p.ys, penalty)

    rests = np.where(np.eye(n, dtype=bool), 0, ys).sum(axis=1)
    return {
        "total": ys.sum(),
        "fold_size": n - 1,
        "mean": Fraction(numerator, at_0),
        "beta": f"({numerator})/({known.denominator})",
        "trend": ("decreases", "same", "increases")[1 + int(np.sign(change / positive))],
        "folds.i": range(1, n + 1),
        "folds.y": ys,
        "folds.rest": rests,
        "folds.product": ys * rests,
        "folds.square": rests**2,
        "products": ys @ rests,
        "squares": rests @ rests,
        "u": 1 / (n - 1 + penalty),
        "reciprocal": n - 1 + penalty,
        "penalty": penalty,
        "final": numerator / at_penalty,
    }
