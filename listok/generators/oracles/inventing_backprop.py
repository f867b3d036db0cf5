"""The chain in dual numbers, whose arithmetic differentiates; letters by SymPy; multiplications by counting them."""

from __future__ import annotations

import functools
from typing import Any

import sympy

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.dual import variables


def bend(z: Any, kind: str, leak: Fraction) -> Any:
    if kind == "square":
        return z**2
    return z * leak if kind == "leaky" and not z > 0 else z


def run(p: Any, weights: Any, nudges: Any) -> tuple[list[Any], list[Any]]:
    """The sums h and the outputs o; a nudge is added to each sum."""
    hs: list[Any] = []
    outputs: list[Any] = [p.x]
    for w, nudge, kind in zip(weights, nudges, p.kinds, strict=True):
        hs.append(w * outputs[-1] + nudge)
        outputs.append(bend(hs[-1], kind, p.leak))
    return hs, outputs


def solve(p: Any) -> dict[str, Any]:
    n = len(p.weights)
    numbers = variables(*p.weights, *[Fraction(0)] * n)
    hs, outputs = run(p, numbers[:n], numbers[n:])
    loss = (outputs[-1] - p.y) ** 2 * Fraction(1, 2)
    gradient, deltas = loss.slopes[:n], loss.slopes[n:]
    updated = [w - p.eta * g for w, g in zip(p.weights, gradient, strict=True)]
    after = (run(p, updated, [0] * n)[1][-1] - p.y) ** 2 * Fraction(1, 2)
    values = [o.value for o in outputs[1:]]
    return {
        "formula": nested(p),
        "steps.k": range(1, n + 1),
        "steps.w": p.weights,
        "steps.came": [p.x, *values[:-1]],
        "steps.h": [h.value for h in hs],
        "steps.o": values,
        "steps.slope": [
            bend(variables(h.value)[0], k, p.leak).slopes[0] for h, k in zip(hs, p.kinds, strict=True)
        ],
        "steps.behind": [*deltas[1:], 0],
        "steps.ahead": [*p.weights[1:], 0],
        "steps.delta": deltas,
        "steps.by_w": gradient,
        "steps.kind": p.kinds,
        "steps.last": [k == n for k in range(1, n + 1)],
        "forward": values,
        "residual": values[-1] - p.y,
        "chain": derivative(p.kinds, p.asked),
        "repeated": [common(p.kinds, *pair) for pair in p.pairs],
        "deltas": deltas,
        "gradient": gradient,
        "counts": multiplications(p.long),
        "updated": updated,
        "fell": after < loss.value,
    }


def nested(p: Any) -> str:
    """The forecast in letters; max(t, a t) as a sum of t and |t|."""
    text = "x"
    for k, kind in enumerate(p.kinds, 1):
        h = f"(w{k}*{text})"
        bent = f"(({(1 + p.leak) / 2})*{h} + ({(1 - p.leak) / 2})*abs({h}))"
        text = {"none": h, "square": f"({h}*{h})", "leaky": bent}[kind]
    return text


@functools.cache
def derivative(kinds: tuple[str, ...], k: int) -> Any:
    """dL/dw_k in letters: SymPy differentiates, each function being replaced by its tangent, of slope s."""
    y, r, w = sympy.Symbol("y"), sympy.Symbol("r"), sympy.symbols(f"w1:{len(kinds) + 1}")
    o = sympy.Symbol("x" if k == 1 else f"o{k - 1}")
    for j in range(k, len(kinds) + 1):
        o = w[j - 1] * o
        if kinds[j - 1] != "none":
            o = sympy.Symbol(f"s{j}") * o + sympy.Symbol(f"c{j}")
    loss = (o - y) ** 2 / 2
    return sympy.expand(sympy.cancel(sympy.diff(loss, w[k - 1]) / (o - y)) * r)


@functools.cache
def common(kinds: tuple[str, ...], i: int, j: int) -> str:
    """The name of the factors that two derivatives share: their greatest common divisor, found among the derivatives
    by the sums h."""
    shared = sympy.gcd(derivative(kinds, i), derivative(kinds, j))
    for k in range(1, len(kinds) + 1):
        came = sympy.Symbol("x" if k == 1 else f"o{k - 1}")
        if sympy.expand(derivative(kinds, k) - shared * came) == 0:
            return f"to_{k}"
    return "none"


@functools.cache
def multiplications(n: int) -> tuple[int, int]:
    """Multiplications in a chain of n weights, whose units but the last have a function: each product from scratch, and
    with what has come back kept."""
    products = [
        ["r", "o", *[name for j in range(n, k, -1) for name in (f"w{j}", f"s{j - 1}")]] for k in range(1, n + 1)
    ]
    count = sum(1 + 2 * (k > 1) for k in range(n, 0, -1))  # times what came in; and on to the unit before, w and s
    return sum(len(factors) - 1 for factors in products), count
