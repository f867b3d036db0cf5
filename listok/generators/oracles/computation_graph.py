"""f is a polynomial of SymPy, differentiated as a whole; values and local derivatives are dual numbers; paths are found
by trying every set of nodes, and counted by a power series of the adjacency matrix."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from sympy import ZZ
from sympy.polys.rings import ring

from listok.generators.oracles.tools.dual import variables


def solve(p: Any) -> dict[str, Any]:
    names = ["x", "y", *(f"v{i}" for i in range(1, len(p.nodes))), "f"]
    sources = [[names.index(name) for name in node.inputs] for node in p.nodes]
    last = len(names) - 1

    x, y = letters()
    polynomials, values = [x, y], [p.x, p.y]
    slopes: dict[tuple[int, int], Any] = {}  # of each edge, by the places of its ends
    for target, (node, places) in enumerate(zip(p.nodes, sources, strict=True), 2):
        polynomials.append(operation(node, [polynomials[i] for i in places]))
        alone = operation(node, variables(*[values[i] for i in places]))
        values.append(alone.value)
        slopes |= {(source, target): slope for source, slope in zip(places, alone.slopes, strict=True)}
    dx, dy = polynomials[last].diff(x), polynomials[last].diff(y)

    A = np.zeros((len(names), len(names)))
    A[tuple(zip(*slopes, strict=True))] = 1
    counts = np.rint(np.linalg.inv(np.eye(len(names)) - A))  # I + A + A^2 + ...: paths of all lengths

    found = {
        "values": values,
        "paths": counts[:2, last].astype(int),
        "dx": str(dx),
        "dy": str(dy),
        "gradient": [int(dx(p.x, p.y)), int(dy(p.x, p.y))],
    }
    for start in (0, 1):
        chains = chains_between(slopes, start, last)
        labels = [[slopes[pair] for pair in pairwise(chain)] for chain in chains]
        found[f"{names[start]}_routes.nodes"] = [[names[i] for i in chain] for chain in chains]
        found[f"{names[start]}_routes.slopes"] = labels
        found[f"{names[start]}_routes.value"] = [math.prod(row) for row in labels]
    return found


@functools.cache
def letters() -> tuple[Any, Any]:
    """x and y of the ring of polynomials with whole coefficients."""
    _, x, y = ring("x, y", ZZ)
    return x, y


def operation(node: Any, inputs: Sequence[Any]) -> Any:
    """The node's value; a square is a product, of its only input with itself."""
    u, v = inputs[0], inputs[-1]
    if node.operation == "sum":
        return node.factors[0] * u + node.factors[1] * v
    return node.factors[0] * u * v


def chains_between(edges: Collection[tuple[int, int]], start: int, last: int) -> list[tuple[int, ...]]:
    """The paths from a letter to the last node: all sets of nodes between in which each has an edge to the next."""
    between = range(2, last)
    sets = [middle for count in range(len(between) + 1) for middle in combinations(between, count)]
    chains = [(start, *middle, last) for middle in sets]
    return sorted(chain for chain in chains if all(pair in edges for pair in pairwise(chain)))
