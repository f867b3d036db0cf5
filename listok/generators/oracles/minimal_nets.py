"""Least networks by trying all linear codings of the cells into which the borders cut the plane."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np

from listok.generators.exact import Fraction
from listok.generators.oracles.tools.planes import spots

HALF = Fraction(1, 2)


def solve(p: Any) -> dict[str, Any]:
    seen = [cells_of(picture) for picture in p.gallery]
    found = [least(codes, colours) for codes, colours in seen]
    layers = network(p.model)
    h, g, z = run(layers, p.model)
    return {
        "judgements.k": range(1, len(seen) + 1),
        "judgements.borders": [borders for borders, _ in found],
        "judgements.both_ways": [count > borders + 1 for borders, count in found],
        "judgements.count": [count for _, count in found],
        "neurons": [count for _, count in found],
        "one_layer": [f"picture{k}" for k, (borders, count) in enumerate(found, 1) if count <= borders + 1],
        "sizes": [len(layer) for layer in layers],
        "layers": layers,
        "net": np.concatenate([np.ravel(layer) for layer in layers]),
        "rows.h": h,
        "rows.g": g,
        "rows.z": z,
        "rows.y": [int(total > 0) for total in z],
    }


def cells_of(picture: Any) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """The codes of all cells, a bit for each line whose side a point lies at, and their colours."""
    lines = np.array(picture.lines, dtype=object)
    heights = [(lines[:, :2] @ point - lines[:, 2]) * picture.sides for point in spots(lines)]
    codes = sorted({tuple((z > 0).astype(int).tolist()) for z in heights if all(z != 0)}, reverse=True)
    least = picture.least
    return tuple(codes), tuple(sum(code) % 2 if least == 0 else int(sum(code) >= least) for code in codes)


@cache
def least(codes: tuple[tuple[int, ...], ...], colours: tuple[int, ...]) -> tuple[int, int]:
    """How many lines are borders, and the least number of neurons.

    Fewer first neurons than borders cannot do. If one neuron over a neuron for each border tells grey from white, one
    more is enough, and needed where there are several. If not, there must be a proof that no further neurons in the
    first layer help, two places where a line turns the colours in opposite ways; and a second layer of two is tried.
    """
    table = dict(zip(codes, colours, strict=True))
    turns: list[set[int]] = [set() for _ in codes[0]]
    for code, colour in table.items():
        for i, bit in enumerate(code):
            other = (*code[:i], 1 - bit, *code[i + 1 :])
            if bit and other in table:
                turns[i].add(colour - table[other])
    if any(turn <= {0} for turn in turns):
        raise ValueError("a line is no border")
    borders = len(turns)
    told = codings(codes)
    grey = sum(1 << i for i, colour in enumerate(colours) if colour)
    if grey in told:
        return borders, borders + (borders > 1)
    if not any({1, -1} <= turn for turn in turns):
        raise ValueError("no proof that one hidden layer is not enough")
    # Joined by OR, two sets make up the grey cells, or, joined by AND, their complements the white ones.
    for wanted in (grey, 2 ** len(codes) - 1 - grey):
        parts = [part for part in told if part & ~wanted == 0]
        if any(one | other == wanted for one in parts for other in parts):
            return borders, borders + 3
    raise ValueError("no second layer of two neurons was found")


@cache
def codings(codes: tuple[tuple[int, ...], ...]) -> frozenset[int]:
    """The sets of cells, as binary numbers, in which a neuron with weights -1, 0 and 1 over the first layer gives 1."""
    count = len(codes[0])
    weights = np.array(list(product((-1, 0, 1), repeat=count)))
    sums = 2 * (weights @ np.array(codes).T)
    powers = 1 << np.arange(len(codes), dtype=np.int64)
    constants = range(-2 * count - 1, 2 * count + 2, 2)
    return frozenset(number for c in constants for number in ((sums + c > 0) @ powers).tolist())


def network(picture: Any) -> list[Any]:
    """The model's network in closed form."""
    lines = np.array(picture.lines, dtype=object)
    count = len(lines)
    one = Fraction(1)
    if picture.least:
        return [turned(lines, picture.sides), [[HALF - picture.least, *[one] * count]]]
    first = np.where(lines[:, 0] != 0, lines[:, 0], lines[:, 1])
    upright = lines / first[:, None]
    order = np.lexsort([upright[:, i].astype(float) for i in (2, 1, 0)])
    upright = upright[order]
    start = int(np.sum(np.array(picture.sides) * first < 0)) % 2
    # A line's weight is 1 if an even number of lines of its direction come before it, else -1.
    before = [sum(all(other[:2] == line[:2]) for other in upright[:i]) for i, line in enumerate(upright)]
    signs = np.array([(-1) ** n for n in before]) * one
    same = np.array([all(line[:2] == upright[0, :2]) for line in upright])
    if same.all():
        return [turned(upright, [1] * count), [[start - HALF, *((-1) ** start * signs)]]]
    parts = np.where(same, signs, -signs)
    second = [[-HALF, *parts], [-HALF, *-parts]]
    return [turned(upright, [1] * count), second, [[HALF, -one, -one] if start else [-HALF, one, one]]]


def turned(lines: Any, sides: Any) -> Any:
    """The neurons that give 1 at these sides of lines."""
    return np.array(sides)[:, None] * np.column_stack([-lines[:, 2], lines[:, 0], lines[:, 1]])


def run(layers: list[Any], picture: Any) -> tuple[Any, Any, Any]:
    """What the layers give in each cell, the first layer's answers from the highest down."""
    lines = np.array(picture.lines, dtype=object)
    first = np.array(layers[0], dtype=object)
    # A point on a line is in no cell.
    points = [x for x in spots(lines) if all(first[:, 0] + first[:, 1:] @ x != 0)]
    h = sorted({tuple((first[:, 0] + first[:, 1:] @ x > 0).astype(int).tolist()) for x in points}, reverse=True)
    last, g = np.array(h), [()] * len(h)
    if len(layers) == 3:
        second = np.array(layers[1], dtype=object)
        last = (second[:, 0] + np.array(h) @ second[:, 1:].T > 0).astype(int)
        g = [tuple(row) for row in last.tolist()]
    output = np.array(layers[-1][0], dtype=object)
    return h, g, output[0] + last @ output[1:]
