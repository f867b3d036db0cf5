"""The table's weights as the best corner of all planes, and the regions from points beside the crossings of lines."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.planes import spots


def solve(p: Any) -> dict[str, Any]:
    hidden, codes = regions(p)
    output = output_neuron(p, codes)
    z = [output[0] + sum(code) for code in codes]
    weights, basis = corner(p)
    return {
        "slope": p.high / (p.no - p.yes),
        "negation": np.array([p.yes, -1]) * p.high / (p.yes - p.no),
        "basis": [i + 1 for i in basis],
        "table": weights,
        "sums": np.array(p.rows, dtype=object) @ weights,
        "pieces": pieces(p),
        "hidden": hidden,
        "output": output,
        "wedge": [*hidden.ravel(), *output],
        "regions.h": codes,
        "regions.z": z,
        "regions.y": [int(total > 0) for total in z],
    }


def corner(p: Any) -> tuple[Any, tuple[int, ...]]:
    """Of all points where three of the planes meet on which a row has its target or a weight is 0, the simplest one
    that hits the table; and the rows among its planes."""
    count = len(p.rows)
    planes = np.vstack([np.array(p.rows, dtype=object), np.eye(3, dtype=int).astype(object)])
    heights = np.array([*p.targets, 0, 0, 0], dtype=object)
    found = []
    for three in map(list, combinations(range(count + 3), 3)):
        a, b, c = planes[three]
        volume = np.dot(a, cross(b, c))
        if volume == 0:
            continue
        r, s, t = heights[three]
        w = (r * cross(b, c) + s * cross(c, a) + t * cross(a, b)) / Fraction(volume)
        z = planes[:count] @ w
        if all(np.maximum(z, 0) == heights[:count]):
            simple = max(v.denominator for v in w), np.count_nonzero(w), sum(abs(w))
            found.append((simple, tuple(i for i in three if i < count), tuple(w)))
    _, basis, best = min(found)
    return np.array(best, dtype=object), basis


def cross(a: Any, b: Any) -> Any:
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], dtype=object)


def regions(p: Any) -> tuple[Any, list[tuple[int, ...]]]:
    """The hidden neurons, and the answers that they give together, over the whole plane."""
    lines = np.array(p.lines, dtype=object)
    flip = np.array(p.sides) * (-1 if p.outside else 1)
    hidden = flip[:, None] * np.column_stack([-lines[:, 2], lines[:, 0], lines[:, 1]])
    sums = [hidden[:, 0] + hidden[:, 1:] @ point for point in spots(lines)]
    return hidden, sorted({tuple((z > 0).astype(int).tolist()) for z in sums if all(z != 0)}, reverse=True)


def output_neuron(p: Any, codes: list[tuple[int, ...]]) -> list[Fraction]:
    """With all weights 1, the constant in the middle of a unit that colours all regions right; the one nearest to 0
    where a union is marked, else the furthest."""
    count = len(p.lines)
    inner = (0,) * count if p.outside else (1,) * count
    constants = [Fraction(1, 2) - k for k in range(1, count + 1)]
    works = [
        constant
        for constant in constants
        if all((constant + sum(code) > 0) == ((code == inner) != p.outside) for code in codes)
    ]
    return [max(works) if p.outside else min(works), *[Fraction(1)] * count]


def pieces(p: Any) -> list[str]:
    """The half-planes all of whose points are marked, where their union is; else those in which all that is marked
    lies."""
    lines = np.array(p.lines, dtype=object)
    points = [point for point in spots(lines) if all(lines[:, :2] @ point != lines[:, 2])]
    above = np.array([lines[:, :2] @ point > lines[:, 2] for point in points], dtype=bool)
    marked = (above == (np.array(p.sides) > 0)).all(axis=1) != p.outside
    found = []
    for i, (word, wanted) in product(range(len(lines)), (("more", True), ("less", False))):
        there = above[:, i] == wanted
        if (~there | marked).all() if p.outside else (there | ~marked).all():
            found.append(f"{word}{i + 1}")
    return found
