"""The plane cut by straight lines into cells, and networks of step neurons tried on every cell.

A line stands for a neuron whose sum is 0 on it, its constant first: (c, a, b) for c + a x1 + b x2. As an equation it is
(a, b, c) for a x1 + b x2 = c. A polygon is convex, the tuple of its corners in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations, product
from math import gcd
from types import MappingProxyType
from typing import TypeAlias

from listok.generators.exact import ZERO, Fraction, Row, Rows
from listok.generators.figures import NetworkEdge, Scene, dense_edges, layered_network
from listok.generators.formulas import Formula, linear
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.linear import dot, transposed
from listok.generators.toolkit.logic import share_right

Corner: TypeAlias = tuple[Fraction, Fraction]
Polygon: TypeAlias = tuple[Corner, ...]
Layers: TypeAlias = tuple[Rows, ...]
"""The neurons of a network, layer by layer."""


def height(line: Row, point: Sequence[Fraction | int]) -> Fraction:
    """The sum of a neuron at a point."""
    return line[0] + Fraction(dot(line[1:], point))


def crossing(line: Row, other: Row) -> Corner | None:
    """Where two lines cross; None where they are parallel."""
    (c, a, b), (f, d, e) = line, other
    turn = a * e - b * d
    return ((b * f - c * e) / turn, (c * d - a * f) / turn) if turn else None


@dataclass(frozen=True)
class Equation:
    """A line as an equation of x1 and x2, `left` = `right`; two of its points with whole coordinates, where there are
    two near the origin; and a point at each of its sides."""

    left: Formula
    right: Fraction
    points: tuple[tuple[int, int], ...]
    more: Corner
    less: Corner


@cache
def equation(line: Row) -> Equation:
    """The equation (a, b, c) to be printed."""
    a, b, c = line
    points = whole_points(line)
    foot = points[0] if points else (a * c / (a * a + b * b), b * c / (a * a + b * b))
    # Both sides are told by points of the picture, where there are such.
    x, y = next(((x, y) for x, y in points if max(abs(x) + abs(a), abs(y) + abs(b)) <= SPAN), foot)
    return Equation(Formula.of(linear([(a, "x1"), (b, "x2")])), c, points[:2], (x + a, y + b), (x - a, y - b))


SPAN = 5
"""How far from the origin points with whole coordinates are looked for."""


@cache
def whole_points(line: Row) -> tuple[tuple[int, int], ...]:
    """The points of an equation (a, b, c) with whole coordinates up to `SPAN`, those near the origin first."""
    a, b, c = line
    numbers = range(-SPAN, SPAN + 1)
    found = [(x, y) for x in numbers for y in numbers if a * x + b * y == c]
    return tuple(sorted(found, key=lambda point: (abs(point[0]) + abs(point[1]), point)))


def on_axis(lines: Rows) -> bool:
    """Whether one of the lines (a, b, c) is an axis, under which it would not be seen."""
    return any(not c and 0 in (a, b) for a, b, c in lines)


def neuron_at(line: Row, side: int) -> Row:
    """The neuron that gives 1 where a x1 + b x2 is above c (side 1), or below it (side -1)."""
    a, b, c = line
    return (-side * c, side * a, side * b)


def through(x: Sequence[int], y: Sequence[int]) -> Row:
    """The equation (a, b, c) of the line through two points with whole coordinates, in lowest terms, a or else b above
    0."""
    return leaning(y[1] - x[1], x[0] - y[0], x)


def leaning(a: int, b: int, point: Sequence[int]) -> Row:
    """The equation (a, b, c) of the line through a point with whole coordinates, a and b in lowest terms, a or else b
    above 0."""
    divisor = gcd(a, b) if (a or b) > 0 else -gcd(a, b)
    a, b = a // divisor, b // divisor
    return Fraction(a), Fraction(b), Fraction(a * point[0] + b * point[1])


@cache
def triangles(span: int = 3, steepest: int = 2) -> tuple[Rows, ...]:
    """The triples of equations, with coefficients up to `steepest`, of the sides of triangles of some size whose
    corners have whole coordinates up to `span`."""
    points = list(product(range(-span, span + 1), repeat=2))
    found = []
    for x, y, z in combinations(points, 3):
        if abs((y[0] - x[0]) * (z[1] - x[1]) - (z[0] - x[0]) * (y[1] - x[1])) >= 2 * span:
            lines = through(x, y), through(x, z), through(y, z)
            if all(abs(n) <= steepest for a, b, _ in lines for n in (a, b)):
                found.append(lines)
    return tuple(found)


def square(half: Fraction | int) -> Polygon:
    """The square round the origin whose sides are twice as long."""
    h = Fraction(half)
    return ((-h, -h), (h, -h), (h, h), (-h, h))


def reach(lines: Sequence[Row]) -> Fraction:
    """How far from the origin along an axis everything happens: a larger square shows every cell of the plane."""
    points = [(-c * a / (a * a + b * b), -c * b / (a * a + b * b)) for c, a, b in lines]  # those nearest the origin
    points += [point for pair in combinations(lines, 2) if (point := crossing(*pair)) is not None]
    return max((abs(number) for point in points for number in point), default=ZERO)


def halves(polygon: Polygon, line: Row) -> tuple[Polygon, Polygon]:
    """The parts of a polygon where the neuron's sum is below and above 0, () where there is none.

    A neuron whose sum is 0 everywhere leaves all below.
    """
    heights = [height(line, corner) for corner in polygon]
    parts: tuple[list[Corner], list[Corner]] = ([], [])
    for (p, here), (q, there) in zip(
        zip(polygon, heights, strict=True), zip(polygon[1:] + polygon[:1], heights[1:] + heights[:1], strict=True),
        strict=True,
    ):  # fmt: skip
        for side, part in zip((-1, 1), parts, strict=True):
            if side * here >= 0:
                part.append(p)
            if here * there < 0:
                t = here / (here - there)
                part.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    below, above = map(tuple, parts)
    if max(heights) <= 0:
        return below, ()
    return (below, above) if min(heights) < 0 else ((), above)


def cells(lines: Iterable[Row], frame: Polygon) -> dict[tuple[int, ...], Polygon]:
    """The cells into which lines cut a frame, by their codes: what the neuron of each line gives there."""
    found: dict[tuple[int, ...], Polygon] = {(): frame}
    for line in lines:
        cut = ((code, halves(cell, line)) for code, cell in found.items())
        found = {(*code, bit): part for code, parts in cut for bit, part in enumerate(parts) if part}
    return found


@lru_cache(maxsize=256)
def all_cells(lines: Rows) -> Mapping[tuple[int, ...], Polygon]:
    """The cells of the whole plane by their codes; the far ones end at a square that shows all."""
    return MappingProxyType(cells(lines, square(2 * reach(lines) + 1)))


def middle(polygon: Polygon) -> Corner:
    """A point inside a polygon: the mean of its corners."""
    count = len(polygon)
    return sum((x for x, _ in polygon), ZERO) / count, sum((y for _, y in polygon), ZERO) / count


def layers_of(numbers: Row, sizes: Sequence[int]) -> Layers:
    """A network of so many neurons in each layer, from its numbers in a row: neuron after neuron, constants first.

    It has two inputs.
    """
    layers = []
    at, inputs = 0, 2
    for size in sizes:
        ends = [at + (i + 1) * (inputs + 1) for i in range(size)]
        layers.append(tuple(numbers[end - inputs - 1 : end] for end in ends))
        at, inputs = ends[-1], size
    return tuple(layers)


def answer(layers: Layers, x: Sequence[Fraction | int]) -> int:
    """What the only output neuron of a network of step neurons gives."""
    for layer in layers:
        x = [step(height(neuron, x)) for neuron in layer]
    return int(x[0])


def right_cells(colours: dict[tuple[int, ...], int], lines: Sequence[Row], layers: Layers) -> tuple[int, ...]:
    """For each cell of the plane cut by `lines`, whether a network gives the cell's colour everywhere inside it.

    What it gives on the borders of cells does not count. Its own first layer cuts the cells further, and it gives one
    answer in each part, so that one point of every part is enough.
    """
    first, *rest = layers
    bare = [line for line in (*lines, *first) if any(line[1:])]
    frame = square(2 * reach(bare) + 1)
    right = []
    for code, cell in cells(lines, frame).items():
        codes = cells(first, cell)
        right.append(int(all(answer(tuple(rest), bits) == colours[code] for bits in codes)))
    return tuple(right)


def picture(layers: Layers) -> Scene:
    """A network of two inputs, with constants and weights on its arrows; no arrow where the weight is 0. Neurons are
    boxes, as in every picture of neurons with an activation."""
    columns = [["1", "x_1", "x_2"]]
    edges: list[NetworkEdge] = []
    for number, layer in enumerate(layers, 1):
        last = number == len(layers)
        columns.append(["y"] if last else ["1", *(f"{'hgf'[number - 1]}_{j}" for j in range(1, len(layer) + 1))])
        into = [[w or None for w in row] for row in transposed(layer)]
        # The first node of a hidden layer is its constant, which no arrow enters.
        edges += dense_edges(number - 1, into if last else [[None, *row] for row in into])
    return layered_network(columns, edges, shapes=("circle", "box", "box", "box", "box"))


def share_of_cells(colours: dict[tuple[int, ...], int], lines: Sequence[Row], layers: Layers) -> Fraction:
    """The share of cells in which a network is right, beyond what a constant answer gets right."""
    wanted = tuple(colours.values())
    right = right_cells(colours, lines, layers)
    return share_right(wanted, tuple(c if ok else 1 - c for c, ok in zip(wanted, right, strict=True)))
