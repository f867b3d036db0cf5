"""The rule is a derivative that SymPy takes; its value comes from dual numbers, exact where weights are logarithms."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy

from listok.generators.formulas.symbolic import from_sympy
from listok.generators.oracles.tools.dual import variables


def solve(p: Any) -> dict[str, Any]:
    xs, ys = np.array(p.xs), np.array(p.ys)
    given = np.array([p.w, p.b], dtype=float)
    weights, exponentials = (np.log(given), (p.w, p.b)) if p.logs else (given, np.exp(given).tolist())
    zs = weights[0] * xs + weights[1]

    # The chain starts at the exponentials of the weights, whose derivatives are these numbers themselves.
    units = variables(1, 1)
    of_w, of_b = (unit.through(value, value) for unit, value in zip(units, exponentials, strict=True))
    odds = [of_w**x * of_b for x in p.xs]
    chances = [o / (1 + o) for o in odds]
    hits = [chance if y else 1 / (1 + o) for o, chance, y in zip(odds, chances, p.ys, strict=True)]
    losses = [-hit.through(np.log(float(hit.value)), 1 / hit.value) for hit in hits]
    gradient = np.mean([loss.slopes for loss in losses], axis=0)

    intercept = weights[1] != 0
    step = (weights - float(p.eta) * gradient.astype(float))[: 1 + intercept]
    new_zs = np.vander(xs, 2)[:, : 1 + intercept] @ step
    afters = np.logaddexp(0, (1 - 2 * ys) * new_zs)
    return {
        "rule": f"{p.asked} - ({p.eta})*({derivative(p.asked, len(xs), bool(intercept))})",
        "forecasts.x": xs,
        "forecasts.z": zs,
        "forecasts.odds": [o.value for o in odds],
        "forecasts.p": [chance.value for chance in chances],
        "probabilities": [chance.value for chance in chances],
        "pulls.x": xs,
        "pulls.y": ys,
        "pulls.miss": [loss.slopes[1] for loss in losses],
        "pulls.product": [loss.slopes[0] for loss in losses],
        "slope": gradient[0],
        "shift": gradient[1],
        "step": step,
        "outcomes.x": xs,
        "outcomes.y": ys,
        "outcomes.p": [chance.value for chance in chances],
        "outcomes.before": [loss.value for loss in losses],
        "outcomes.z": new_zs,
        "outcomes.q": np.exp(-np.logaddexp(0, -new_zs)),
        "outcomes.after": afters,
        "loss": [np.mean([loss.value for loss in losses]), afters.mean()],
    }


@functools.cache
def derivative(weight: str, count: int, intercept: bool) -> str:
    """The derivative of the mean loss of so many observations by a weight, as a formula.

    SymPy gives it with exponentials of the sums; these are the odds of the probabilities p1, p2, ..., so that a
    rational function of the probabilities remains.
    """
    w, b = sympy.symbols("w b")
    loss, odds, sums = sympy.Integer(0), {}, {}
    for i in range(1, count + 1):
        x, y, chance = sympy.symbols(f"x{i} y{i} p{i}" if count > 1 else "x y p")
        z = w * x + (b if intercept else 0)
        loss += (sympy.log(1 + sympy.exp(z)) - y * z) / count
        odds[sympy.exp(z)] = chance / (1 - chance)
        sums[chance.name] = f"sigmoid({z})"
    text = from_sympy(sympy.simplify(sympy.diff(loss, weight).subs(odds))).source
    for name, value in sums.items():
        text = text.replace(name, value)
    return text
