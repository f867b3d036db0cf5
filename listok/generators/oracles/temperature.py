"""Each probability as one over a sum of odds, in NumPy's logarithms; limits and the temperature of odds by SymPy."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy

from listok.generators.exact import Fraction
from listok.generators.formulas import Formula, evaluate
from listok.generators.formulas.symbolic import from_sympy


def solve(p: Any) -> dict[str, Any]:
    exact = np.array(p.logits)
    z = exact.astype(float)
    lags = z - z[:, None]  # in row k, how far the other tokens are ahead of token k

    found: dict[str, Any] = {}
    entropies = {}
    for bot, temperature in (("hot", p.hot_temperature), ("plain", Fraction(1)), ("cold", p.cold_temperature)):
        logarithms = -np.logaddexp.reduce(lags / float(temperature), axis=1)
        shifted = (exact - exact.max()) / temperature
        found[bot] = np.exp(logarithms)
        found[f"{bot}_steps.shifted"] = shifted
        found[f"{bot}_steps.exponents"] = np.exp(shifted.astype(float))
        found[f"{bot}_steps.total"] = np.exp(-logarithms.max())  # as the largest exponent is 1
        entropies[bot] = -(np.exp(logarithms) * logarithms).sum()

    ahead = np.sign(lags).astype(int)
    gap = exact[p.likely - 1] - exact[p.rare - 1]
    return found | {
        "cooling": p.cold_temperature**-1,
        "largest": np.sort(exact)[-1],
        "winners": (ahead <= 0).all(axis=1).sum(),
        "limits": [1 / odds_in_the_limit(end)[ahead].sum(axis=1) for end in ("0", "oo")],
        "gap": gap,
        "log_ratio": np.log(p.ratio),
        "odds": evaluate(temperature_of_odds(), {"gap": gap, "ratio": p.ratio}),
        "bot": (max if p.varied else min)(entropies, key=entropies.__getitem__),
    }


@functools.cache
def odds_in_the_limit(temperature: str) -> Any:
    """What exp(lag / T) tends to as T goes to 0 or infinity from inside: for a lag of 0, above 0 and, last, below."""
    lag, T = sympy.symbols("lag T", positive=True)
    limits = [sympy.limit(sympy.exp(sign * lag / T), T, temperature, "+") for sign in (0, 1, -1)]
    return np.array(limits, dtype=float)


@functools.cache
def temperature_of_odds() -> Formula:
    """The temperature at which tokens whose logits differ by a `gap` have probabilities in a `ratio`."""
    gap, ratio, T = sympy.symbols("gap ratio T", positive=True)
    (root,) = sympy.solve(sympy.exp(gap / T) - ratio, T)
    return from_sympy(root)
