"""The sigmoid as a hyperbolic tangent, sigma(t) = (1 + tanh(t/2)) / 2, and its derivatives in dual numbers.

The tangent of a sum is (u + v) / (1 + u v), its inverse ln((1 + u) / (1 - u)) / 2, its slope 1 - tanh^2. Statements are
tried on numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import variables

Array: TypeAlias = Any
HALF = Fraction(1, 2)


def solve(p: Any) -> dict[str, Any]:
    known = 2 * p.p - 1  # tanh(s/2)
    tangents = [functools.reduce(joined, [sign(q.k) * known] * abs(q.k), (q.r - 1) / (q.r + 1)) for q in p.points]
    logs = [(1 + u) / 2 for u in tangents]

    # sigma as a function of the tangent u, whose own slope by t is (1 - u^2) / 2
    (here,), (there,) = variables(known), variables(-known)
    values = [(here + 1) * HALF, (there + 1) * HALF]
    bend = (1 - known * known) / 2
    by_t = [value.slopes[0] * bend for value in values]

    g, h = p.g, p.h
    middle, reach = g.floor + g.height / 2, g.height / 2
    steepest = g.rate * reach / 2
    zs = [g.rate * t + g.shift for t in p.spots]
    limits = [middle + reach * sign(z) for z in zs]
    u = (p.reached - middle) / reach

    centre = -h.shift / h.rate
    return {
        "odds": (1 + known) / (1 - known),
        "known": [values[1].value, *by_t, by_t[0] / values[0].value],
        "values.k": [q.k for q in p.points],
        "values.r": [q.r for q in p.points],
        "values.odds": [(1 + u) / (1 - u) for u in tangents],
        "values.sigma": logs,
        "logs": logs,
        "limits": [middle - reach * sign(g.rate), middle + reach * sign(g.rate)],
        "slope": f"({steepest})*(1 - ((y - ({middle}))/({reach}))^2)",
        "centre": [-g.shift / g.rate, middle, steepest],
        "share": (1 + u) / 2,
        "share_odds": (1 + u) / (1 - u),
        "inverse": f"(ln({(1 + u) / (1 - u)}) - ({g.shift}))/({g.rate})",
        "steps.t": p.spots,
        "steps.z": zs,
        "steps.limit": limits,
        "steep": limits,
        "tangent": h.height * h.rate / 4,
        "read": h.rate,
        "curve": f"({h.floor + h.height / 2}) + ({h.height / 2})*tanh(({h.rate / 2})*(t - ({centre})))",
        "identities": [name for name in p.statements if holds(name)],
    }


def joined(u: Any, v: Any) -> Any:
    """The hyperbolic tangent of a sum, from those of its terms."""
    return (u + v) / (1 + u * v)


def sign(number: Any) -> int:
    return int(number > 0) - int(number < 0)


# The statements, tried on these numbers.

T = np.linspace(-4, 4, 81)
PLUS = np.linspace(0.1, 4, 40)
FAR = 1e6
STEP = 1e-5


def sigma(t: Any) -> Any:
    return (1 + np.tanh(np.asarray(t, dtype=float) / 2)) / 2


def slope(f: Callable[[Any], Any], t: Any = T) -> Array:
    """The derivative, by a difference."""
    return (f(t + STEP) - f(t - STEP)) / (2 * STEP)


def log_sigma(t: Any) -> Any:
    return np.log(sigma(t))


def arctan_curve(t: Any) -> Any:
    return np.arctan(t) / np.pi + 0.5


def softsign(t: Any) -> Any:
    return t / (1 + np.abs(t))


def same(left: Any, right: Any) -> bool:
    return bool(np.allclose(left, right, rtol=0, atol=1e-6))


LAWS: Mapping[str, Callable[[], bool]] = {
    "complement": lambda: same(sigma(T) + sigma(-T), 1),
    "even_slope": lambda: same(slope(sigma), slope(sigma, -T)),
    "logistic": lambda: same(slope(sigma), sigma(T) * (1 - sigma(T))),
    "log_slope": lambda: same(slope(log_sigma), sigma(-T)),
    "quarter": lambda: same(slope(sigma).max(), 0.25) and same(T[slope(sigma).argmax()], 0),
    "log_half": lambda: same(log_sigma(0), -np.log(2)),
    "logit": lambda: same(T, np.log(sigma(T)) - np.log(1 - sigma(T))),
    "odds": lambda: same(sigma(T) / (1 - sigma(T)), np.exp(T)),
    "tanh": lambda: same(2 * sigma(2 * T) - 1, (np.exp(T) - np.exp(-T)) / (np.exp(T) + np.exp(-T))),
    "arctan_symmetric": lambda: same(arctan_curve(-T), 1 - arctan_curve(T)),
    "softplus": lambda: same(slope(lambda t: np.log1p(np.exp(t))), sigma(T)),
    "steep_step": lambda: same(sigma(FAR * PLUS), 1) and same(sigma(-FAR * PLUS), 0),
    "left_tail": lambda: same(sigma(-15) / np.exp(-15), 1),
    "log_concave": lambda: bool((np.diff(log_sigma(T), 2) < 0).all()),
    "odd": lambda: same(sigma(-T), -sigma(T)),
    "odd_slope": lambda: bool((np.sign(slope(sigma)) == np.sign(T)).all()),
    "one_minus_square": lambda: same(slope(sigma), 1 - sigma(T) ** 2),
    "half_slope": lambda: same(slope(sigma).max(), 0.5),
    "logit_swapped": lambda: same(T, np.log(1 / sigma(T) - 1)),
    "reached": lambda: bool((sigma(T) >= 1).any()),
    "doubled": lambda: same(sigma(2 * T), 2 * sigma(T)),
    "arctan_logistic": lambda: same(slope(arctan_curve), arctan_curve(T) * (1 - arctan_curve(T))),
    "softsign_range": lambda: bool((softsign(T) >= 0).all()),
    "flat_limit": lambda: same(sigma(FAR * PLUS), 0.5),
    "reciprocal_log": lambda: same(slope(log_sigma), 1 / sigma(T)),
    "log_zero": lambda: same(log_sigma(0), 0),
}
"""Each statement as a test."""


@functools.cache
def holds(name: str) -> bool:
    return LAWS[name]()


