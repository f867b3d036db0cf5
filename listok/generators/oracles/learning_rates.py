"""Cauchy's condensation in NumPy: sequences are judged by how fast their terms fall, measured far away.

The sum of positive decreasing terms f(t) is infinite together with that of b_n = 2^n f(2^n). Terms c / (t^p (ln t)^s)
have log2 b_n = constant + (1 - p) n - s log2 n, which is fitted; their sum is infinite if 1 - p is above 0, or is 0
while s is at most 1.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from listok.generators.exact import Fraction

Array: TypeAlias = Any

FAR = np.array([64.0, 128.0, 256.0])
"""Terms are measured at t = 2^n for these n."""

SLACK = 1e-6
"""How far a fitted exponent may be from a border that it lies on; those next to it are at least 1/100 away."""


def solve(p: Any) -> dict[str, Any]:
    powers, logs, shifts, ratios = np.array([as_floats(rate) for rate in p.rates]).T
    falling = terms(powers, logs, shifts)
    _, growth, logarithms = fitted(falling)
    first, second = conditions(falling + np.outer(np.log2(ratios), 2**FAR))
    failing = {(True, True): "none", (False, True): "first", (True, False): "second"}

    # Exponents are linear in p: the line through their values at 0 and at 1 is followed back.
    slopes, offsets = (np.array([getattr(f, name) for f in p.families]) for name in ("slope", "offset"))
    limits = np.array([[Fraction(1, 2)], [Fraction(1)]])
    ps = (limits - offsets) / ((slopes + offsets) - offsets)
    lines = np.array([tuple(f.logs) or (0, 0) for f in p.families])
    exponents = lines[:, 0] * ps + lines[:, 1]
    powers_there = (slopes * ps + offsets).ravel().astype(float)
    holds = np.logical_and(*conditions(terms(powers_there, exponents.ravel().astype(float)))).reshape(ps.shape)
    order = np.argsort(ps, axis=0)
    names = {(True, True): "both", (True, False): "lower", (False, True): "upper", (False, False): "neither"}
    return {
        "verdicts.geometric": ratios < 1,
        "verdicts.power": 1 - growth,
        "verdicts.logs": [(s,) if rate.s else () for rate, s in zip(p.rates, logarithms, strict=True)],
        "verdicts.squared": 1 - fitted(2 * falling)[1],
        "verdicts.first": first,
        "verdicts.second": second,
        "fails": [failing[pair] for pair in zip(first.tolist(), second.tolist(), strict=True)],
        "intervals.family.slope": slopes,
        "intervals.family.offset": offsets,
        "intervals.family.logs": [f.logs for f in p.families],
        "intervals.half": ps[0],
        "intervals.one": ps[1],
        "intervals.logs": [tuple(s) if f.logs else () for f, s in zip(p.families, exponents.T, strict=True)],
        "intervals.at_half": holds[0],
        "intervals.at_one": holds[1],
        "bounds": np.take_along_axis(ps, order, axis=0).T.ravel(),
        "ends": [names[tuple(pair)] for pair in np.take_along_axis(holds, order, axis=0).T.tolist()],
    }


def as_floats(rate: Any) -> tuple[float, ...]:
    """Power, logarithms, shift, and the ratio of the geometric progression in it."""
    return float(rate.p), rate.s, rate.a, float(rate.q) * np.exp(-rate.k)


def terms(powers: Array, logs: Array, shifts: Any = 0) -> Array:
    """log2 of 1 / ((t + shift)^power * (ln t)^logs) far away, but for a constant: a row for each sequence."""
    ts = np.log2(np.add.outer(np.zeros(len(powers)) + shifts, 2**FAR))
    return -powers[:, None] * ts - np.outer(logs, np.log2(FAR))


def fitted(rows: Array) -> Array:
    """The constant, 1 - p and s of each sequence, from log2 of its terms."""
    basis = np.stack([np.ones(len(FAR)), FAR, -np.log2(FAR)], axis=1)
    return np.linalg.solve(basis, (rows + FAR).T)


def infinite(rows: Array) -> Array:
    """Which of the sums are infinite."""
    _, growth, logarithms = fitted(rows)
    return (growth > SLACK) | ((growth > -SLACK) & (logarithms < 1 + SLACK))


def conditions(rows: Array) -> tuple[Array, Array]:
    """Whether the sum of a sequence is infinite, and that of its squares finite."""
    return infinite(rows), ~infinite(2 * rows)
