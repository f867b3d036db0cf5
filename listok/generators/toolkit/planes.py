"""The plane cut by straight lines into cells, and networks of step neurons tried on every cell.

A line stands for the neuron whose sum is 0 on it, its constant first: (c, a, b) for c + a x1 + b x2. A polygon is
convex, the tuple of its corners in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TypeAlias

from listok.generators.exact import ZERO, Fraction, Row, Rows
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.linear import dot

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


def all_cells(lines: Sequence[Row]) -> dict[tuple[int, ...], Polygon]:
    """The cells of the whole plane by their codes; the far ones end at a square that shows all."""
    return cells(lines, square(2 * reach(lines) + 1))


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
