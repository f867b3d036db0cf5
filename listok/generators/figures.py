"""Figures as data: a scene of a few primitives, in units of millimetres, x to the right and y upwards.

Below the primitives are helpers that build the usual pictures: networks, computation graphs, recurrent cells, pixel
grids and plots. They are pure and round to 0.01 mm, so a scene is the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil, cos, floor, log10, pi, sin, sqrt
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec import Struct

from listok.generators.exact import Fraction

Point: TypeAlias = tuple[float, float]
Stroke: TypeAlias = Literal["solid", "dashed", "thick"]
Fill: TypeAlias = Literal["none", "white", "light", "grey", "dark"]


class Line(Struct, frozen=True):
    start: Point
    end: Point
    stroke: Stroke = "solid"


class Arrow(Struct, frozen=True):
    start: Point
    end: Point
    stroke: Stroke = "solid"


class Circle(Struct, frozen=True):
    centre: Point
    radius: float
    fill: Fill = "none"


class Box(Struct, frozen=True):
    """An axis-parallel rectangle given by its lower left corner, width and height."""

    corner: Point
    width: float
    height: float
    fill: Fill = "none"


class Polygon(Struct, frozen=True):
    """A filled area without an outline."""

    points: tuple[Point, ...]
    fill: Fill = "light"


class Polyline(Struct, frozen=True):
    points: tuple[Point, ...]
    stroke: Stroke = "solid"


class Label(Struct, frozen=True):
    """Mathematics centred at a point: a formula of the texts' LaTeX subset (``x_1``), or a number kept typed so that
    the printer of each language can write it. `halo` clears the paper behind it, for a label that sits on a line."""

    at: Point
    content: str | int | Fraction | float
    halo: bool = False
    size: Literal["normal", "small"] = "normal"


Primitive: TypeAlias = Line | Arrow | Circle | Box | Polygon | Polyline | Label


class Scene(Struct, frozen=True):
    """A picture of `width` by `height` millimetres whose lower left corner is the origin."""

    width: float
    height: float
    items: tuple[Primitive, ...]


# Sizes, in millimetres unless said otherwise. An em is that of the sheet's 11 pt type and of its 9 pt notes.
EM = {"normal": 3.85, "small": 3.16}
MAX_WIDTH = 150.0
RADIUS = 3.8
MARGIN = 0.6
HEAD_LENGTH, HEAD_WIDTH = 2.0, 1.3
SHADES: tuple[Fill, ...] = ("white", "light", "grey", "dark")

Content: TypeAlias = str | int | Fraction | float
Number: TypeAlias = int | float | Fraction
Shape: TypeAlias = Literal["circle", "box"]
NetworkEdge: TypeAlias = tuple[int, int, int, int, Content | None]
GraphNode: TypeAlias = tuple[str, int] | tuple[str, int, float]
GraphEdge: TypeAlias = tuple[int, int, Content | None]
NamedEdge: TypeAlias = tuple[str, str, Content | None]
HalfPlane: TypeAlias = tuple[Number, Number, Number]
Spot: TypeAlias = tuple[Number, Number, Content]
Area: TypeAlias = tuple[Sequence[tuple[Number, Number]], Fill]
_Rectangle: TypeAlias = tuple[float, float, float, float]


# --- networks and graphs ----------------------------------------------------------------------------------------------


def layered_network(
    layers: Sequence[Sequence[str]], edges: Iterable[NetworkEdge], *, shapes: Sequence[Shape] = ()
) -> Scene:
    """A network drawn from left to right, one column per layer, the first node of a layer on top.

    `layers` holds the labels of the nodes, formulas such as ``x_1`` or ``\\max(0, h)``; a node labelled ``1`` is a
    constant and may stand in any layer. An edge is (from layer, from index, to layer, to index, weight or None).
    `shapes` gives the shape of each layer's nodes, circles where it is shorter; constants are always grey circles.
    The places depend on the layers and on the widest weight only, so all variants of an exercise look alike.
    """
    first = [sum(len(layer) for layer in layers[:index]) for index in range(len(layers))]
    return _graph(_in_columns(layers, shapes), [(first[a] + i, first[b] + j, weight) for a, i, b, j, weight in edges])


def _in_columns(columns: Sequence[Sequence[str]], shapes: Sequence[Shape]) -> tuple[_Node, ...]:
    return tuple(
        _node(label, column, (len(nodes) - 1) / 2 - index, shapes[column] if column < len(shapes) else "circle")
        for column, nodes in enumerate(columns)
        for index, label in enumerate(nodes)
    )


def dense_edges(layer: int, weights: Sequence[Sequence[Content | None]]) -> tuple[NetworkEdge, ...]:
    """The edges from `layer` to the next one: ``weights[i][j]`` leads from node i to node j; None draws no edge."""
    return tuple(
        (layer, i, layer + 1, j, weight)
        for i, row in enumerate(weights)
        for j, weight in enumerate(row)
        if weight is not None
    )


def named_graph(
    columns: Sequence[Sequence[str]],
    edges: Iterable[NamedEdge],
    *,
    labels: Mapping[str, str] = MappingProxyType({}),
    shapes: Sequence[Shape] = (),
    beside: bool = False,
) -> Scene:
    """A network or another graph whose nodes are known by name, drawn from left to right, one column after another.

    `columns` holds the names, the first of a column on top. A node's label is its name, or what `labels` gives for it;
    what is labelled ``1`` is a constant. An edge is (from name, to name, weight or None). Nodes of a column have the
    shape that `shapes` gives it; with `beside`, weights stand beside their edges. Raises `ValueError` for a name that
    stands twice, or that an edge has and no column.
    """
    names = [name for column in columns for name in column]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"a graph has two nodes named {twice!r}")
    places = {name: place for place, name in enumerate(names)}
    numbered = []
    for start, end, weight in edges:
        for name in (start, end):
            if name not in places:
                raise ValueError(f"an edge names {name!r}, but the graph has {', '.join(names)}")
        numbered.append((places[start], places[end], weight))
    shown = [[labels.get(name, name) for name in column] for column in columns]
    return _graph(_in_columns(shown, shapes), numbered, beside=beside)


def computation_graph(nodes: Sequence[GraphNode], edges: Iterable[GraphEdge], *, beside: bool = False) -> Scene:
    """A directed graph. A node is (label, column) or (label, column, row): columns count from the left, rows from the
    bottom; without rows a column's nodes hang one under another, in order, around the middle. An edge is (from, to,
    label or None) by the nodes' places in `nodes`; from a node to itself it is a loop above the node. An edge that
    would run through a foreign node, or over the opposite edge, is bent around it. Labels stand on their edges, or,
    with `beside`, next to them.
    """
    columns = [node[1] for node in nodes]
    placed = []
    for index, node in enumerate(nodes):
        above = columns[:index].count(node[1])
        row = node[2] if len(node) == 3 else (columns.count(node[1]) - 1) / 2 - above
        placed.append(_node(node[0], node[1], row, "circle"))
    return _graph(tuple(placed), list(edges), beside=beside)


def recurrent_cell(
    source: str,
    state: str,
    target: str,
    weights: tuple[Content | None, Content | None, Content | None],
    *,
    beside: bool = False,
) -> Scene:
    """source -> state -> target with a loop at the state; `weights` are (input, recurrent, output), on their arrows or
    `beside` them."""
    into, around, out = weights
    edges = ((0, 1, into), (1, 1, around), (1, 2, out))
    return computation_graph(((source, 0), (state, 1), (target, 2)), edges, beside=beside)


def unrolled_cell(
    sources: Sequence[str],
    states: Sequence[str],
    targets: Sequence[str],
    weights: tuple[Content | None, Content | None, Content | None],
    *,
    start: str | None = None,
) -> Scene:
    """A recurrent cell over len(states) steps: inputs below, states in the middle, outputs above; time runs to the
    right. `weights` are (input, recurrent, output), beside their arrows; `start` adds the state before the first step.
    `sources` and `targets` are as long as `states`, or empty."""
    into, around, out = weights
    nodes: list[GraphNode] = [(label, step + 1, 1) for step, label in enumerate(states)]
    edges: list[GraphEdge] = [(step, step + 1, around) for step in range(len(states) - 1)]
    for row, labels, weight in ((0, sources, into), (2, targets, out)):
        for step, label in enumerate(labels):
            nodes.append((label, step + 1, row))
            other = len(nodes) - 1
            edges.append((other, step, weight) if row == 0 else (step, other, weight))
    if start is not None:
        nodes.append((start, 0, 1))
        edges.append((len(nodes) - 1, 0, around))
    return computation_graph(nodes, edges, beside=True)


# --- grids and plots --------------------------------------------------------------------------------------------------


def pixel_grid(
    rows: Sequence[Sequence[Content | None]], *, marked: Collection[tuple[int, int]] = (), cell: float = 7.0
) -> Scene:
    """A table of square cells with the values in them; None leaves a cell empty.
    `marked` cells, given as (row, column) from the top left, are grey."""
    height, width = len(rows), max(len(row) for row in rows)
    sizes = [label_size(value) for row in rows for value in row if value is not None]
    # Every value fits its cell, so the table alone gives the size of the picture.
    side = max(cell, max((size[0] for size in sizes), default=0.0) + 1.6, max((size[1] for size in sizes), default=0.0))
    table, centres = _table(height, width, side, tuple(sorted(marked)))
    labels = [
        Label(centre, value)
        for row, places in zip(rows, centres, strict=True)
        for value, centre in zip(row, places, strict=False)
        if value is not None
    ]
    return Scene(table.width, table.height, (*table.items, *labels))


def shaded_grid(
    levels: Sequence[Sequence[int]],
    *,
    row_labels: Sequence[Content] = (),
    column_labels: Sequence[Content] = (),
    cell: float = 7.0,
) -> Scene:
    """A field of square cells in shades of grey, such as a picture or a map of attention: level 0 is white, 3 dark.
    Labels, if any, stand at the left of the rows and above the columns. Raises `ValueError` for another level, or where
    labels are not as many as rows or columns."""
    height, width = len(levels), len(levels[0])
    if any(len(row) != width for row in levels):
        raise ValueError("all rows of a grid are equally long")
    for labels, count in ((row_labels, height), (column_labels, width)):
        if labels and len(labels) != count:
            raise ValueError(f"{len(labels)} labels are given for {count} rows or columns of a grid")
    items: list[Primitive] = []
    for row, shades in enumerate(levels):
        for column, level in enumerate(shades):
            if not 0 <= level < len(SHADES):
                raise ValueError(f"a cell's level of grey is from 0 to {len(SHADES) - 1}, not {level}")
            items.append(Box((column * cell, (height - 1 - row) * cell), cell, cell, SHADES[level]))
    for row, content in enumerate(row_labels):
        items.append(Label((-1.5 - label_size(content)[0] / 2, (height - row - 0.5) * cell), content))
    tallest = max((label_size(content)[1] for content in column_labels), default=0.0)
    for column, content in enumerate(column_labels):
        items.append(Label(((column + 0.5) * cell, height * cell + 1.0 + tallest / 2), content))
    return _scene(items)


@lru_cache(maxsize=512)
def _table(
    height: int, width: int, side: float, marked: tuple[tuple[int, int], ...]
) -> tuple[Scene, tuple[tuple[Point, ...], ...]]:
    """A table of empty cells, and the cells' centres by rows from the top."""
    items: list[Primitive] = [
        Box((column * side, (height - 1 - row) * side), side, side, "light") for row, column in marked
    ]
    items += [Line((0.0, i * side), (width * side, i * side)) for i in range(height + 1)]
    items += [Line((i * side, 0.0), (i * side, height * side)) for i in range(width + 1)]
    centres = tuple(
        tuple(_shifted(((column + 0.5) * side, (height - row - 0.5) * side), MARGIN, MARGIN) for column in range(width))
        for row in range(height)
    )
    return _scene(items), centres


def sampled(function: Callable[[float], float], start: float, end: float, count: int = 48) -> tuple[Point, ...]:
    """The points of a graph at `count` equal steps, for `function_plot`."""
    xs = [start + (end - start) * i / count for i in range(count + 1)]
    return tuple((x, function(x)) for x in xs)


def function_plot(
    curves: Iterable[Sequence[tuple[Number, Number]]],
    points: Iterable[tuple[Number, Number, bool]],
    xrange: tuple[Number, Number],
    yrange: tuple[Number, Number],
    *,
    dashed: Iterable[Sequence[tuple[Number, Number]]] = (),
    labels: Iterable[Spot] = (),
    xticks: Sequence[Number] | None = None,
    yticks: Sequence[Number] | None = None,
    xlabel: str = "x",
    ylabel: str = "y",
    numbers_below: bool = False,
    size: tuple[float, float] = (70.0, 42.0),
) -> Scene:
    """Curves over axes. A curve is a run of points in the plot's own units, cut off at the borders; `dashed` ones are
    guides. A point is (x, y, full or empty); a label is (x, y, mathematics). Ticks are chosen if not given. Numbers of
    the axis x stand at it, or, with `numbers_below`, under the whole plot, where no curve comes."""
    frame = _Frame.of(xrange, yrange, size)
    items: list[Primitive] = [Polyline(part, "dashed") for run in dashed for part in frame.clipped(run)]
    items += [Polyline(part, "thick") for run in curves for part in frame.clipped(run)]
    items += frame.axes(xlabel, ylabel, xticks, yticks, numbers_below=numbers_below)
    items += [Circle(frame.at(x, y), 0.8, "dark" if full else "white") for x, y, full in points]
    items += [Label(frame.at(x, y), content, halo=True) for x, y, content in labels]
    return _scene(items)


def points_plot(
    groups: Sequence[Iterable[tuple[Number, Number]]],
    lines: Iterable[HalfPlane],
    xrange: tuple[Number, Number],
    yrange: tuple[Number, Number],
    *,
    labels: Iterable[Spot] = (),
    shaded: Sequence[HalfPlane] = (),
    areas: Iterable[Area] = (),
    xticks: Sequence[Number] | None = None,
    yticks: Sequence[Number] | None = None,
    xlabel: str = "x_1",
    ylabel: str = "x_2",
    size: tuple[float, float] = (70.0, 60.0),
) -> Scene:
    """Groups of points (full circles, empty circles, empty squares) and dashed lines a x + b y = c given as (a, b, c),
    with the same scale on both axes, inside `size`. `shaded` greys the common part of half-planes a x + b y >= c;
    `areas` are convex polygons with their shades, each laid over those before it and cut off at the borders."""
    frame = _Frame.of(xrange, yrange, size, same_scale=True)
    items: list[Primitive] = frame.filled(areas)
    region = frame.region(shaded) if shaded else ()
    if len(region) > 2:
        items.append(Polygon(region, "light"))
    chords = [ends for line in lines for ends in frame.chord(line)]
    items += [Line(*ends, "dashed") for ends in chords]
    items += [_cleared(item, chords) for item in frame.axes(xlabel, ylabel, xticks, yticks)]
    for kind, group in enumerate(groups):
        for x, y in group:
            centre = frame.at(x, y)
            if kind < 2:
                items.append(Circle(centre, 1.0, "white" if kind else "dark"))
            else:
                items.append(Box((centre[0] - 0.9, centre[1] - 0.9), 1.8, 1.8, "white"))
    items += [Label(frame.at(x, y), content, halo=True) for x, y, content in labels]
    return _scene(items)


def _cleared(item: Primitive, chords: Sequence[tuple[Point, Point]]) -> Primitive:
    """A number at an axis with a halo only where a line runs through it: elsewhere it would punch a hole into a grey
    area."""
    if not isinstance(item, Label) or not item.halo:
        return item
    near = any(_inside_length(*chord, bounds(item)) > 0 for chord in chords)
    return Label(item.at, item.content, near, item.size)


def half_planes(
    lines: Iterable[HalfPlane],
    labels: Iterable[Spot],
    xrange: tuple[Number, Number],
    yrange: tuple[Number, Number],
    *,
    shaded: Sequence[HalfPlane] = (),
    areas: Iterable[Area] = (),
    xlabel: str = "x_1",
    ylabel: str = "x_2",
    size: tuple[float, float] = (70.0, 60.0),
) -> Scene:
    """The plane cut by dashed lines a x + b y = c, with mathematics written into the parts: see `points_plot`."""
    return points_plot(
        (), lines, xrange, yrange, labels=labels, shaded=shaded, areas=areas, xlabel=xlabel, ylabel=ylabel, size=size
    )


def framed_areas(
    areas: Iterable[Area],
    xrange: tuple[Number, Number],
    yrange: tuple[Number, Number],
    *,
    size: tuple[float, float] = (32.0, 32.0),
) -> Scene:
    """A piece of a plane in a frame, without axes: convex polygons with their shades, each laid over those before it
    and cut off at the frame."""
    frame = _Frame.of(xrange, yrange, size, same_scale=True)
    _, _, width, height = frame.window
    return _scene([*frame.filled(areas), Box((0.0, 0.0), width, height)])


def side_by_side(scenes: Sequence[Scene], captions: Sequence[Content], *, gap: float = 6.0) -> Scene:
    """Pictures in a row, each with its caption below; as many rows as they need to fit a page."""
    rows: list[list[int]] = [[]]
    room = MAX_WIDTH
    for index, scene in enumerate(scenes):
        if rows[-1] and room < scene.width:
            rows.append([])
            room = MAX_WIDTH
        rows[-1].append(index)
        room -= scene.width + gap
    items: list[Primitive] = []
    bottom = 0.0
    for row in rows:
        bottom -= max(scenes[index].height for index in row)
        left = 0.0
        for index in row:
            scene = scenes[index]
            items += [_moved(item, left, bottom) for item in scene.items]
            items.append(Label((left + scene.width / 2, bottom - 3.5), captions[index]))
            left += scene.width + gap
        bottom -= 3.5 + EM["normal"] + gap / 2
    return _scene(items)


# --- sizes of labels --------------------------------------------------------------------------------------------------

_PIECE = re.compile(
    r"(?P<script>[_^](?:\{(?P<group>(?:[^{}]|\{[^{}]*\})*)\}|(?P<one>\\[A-Za-z]+|.)))"
    r"|\\d?frac\{(?P<top>(?:[^{}]|\{[^{}]*\})*)\}\{(?P<bottom>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|(?P<accent>\\(?:hat|bar|tilde|vec|dot|left|right)\b)"
    r"|\\(?:max|min|ln|exp|tanh|sin|cos|log)\b|\\(?:operatorname|text|mathrm)\{(?P<words>[^{}]*)\}"
    r"|(?P<symbol>\\[A-Za-z]+)|(?P<space>[\s{}])|(?P<operator>[-+=<>*])|(?P<narrow>[.,;:'|()\[\]])|."
)


@lru_cache(maxsize=4096)
def label_size(content: Content, size: Literal["normal", "small"] = "normal") -> tuple[float, float]:
    """An estimate of a label's width and height on paper, in millimetres, on the generous side."""
    source = _source(content)
    tall = 1.5 if "frac" in source else 1.05 if "_" in source or "^" in source else 0.8
    return _ems(source) * EM[size], tall * EM[size]


def _source(content: Content) -> str:
    """The label as LaTeX, for measuring: decimals that end within four digits, other fractions one over the other."""
    if isinstance(content, str):
        return content
    if isinstance(content, Fraction) and (content * 10000).denominator > 1:
        return f"{'-' if content < 0 else ''}\\frac{{{abs(content.numerator)}}}{{{content.denominator}}}"
    return f"{round(float(content), 4):.10g}"


def _ems(source: str) -> float:
    """Width in ems: half an em for a digit, a little more for a letter; an index and a power share their place."""
    width = script = 0.0
    for piece in _PIECE.finditer(source):
        if piece["script"] is not None:
            own = 0.72 * _ems(piece["group"] if piece["group"] is not None else piece["one"])
            width, script = width + max(0.0, own - script), own
            continue
        script = 0.0
        if piece["top"] is not None:
            width += 0.15 + 0.72 * max(_ems(piece["top"]), _ems(piece["bottom"]))
        elif piece["words"] is not None:
            width += 0.1 + 0.53 * len(piece["words"])
        elif piece["operator"] is not None:
            width += 0.8 if piece.start() == 0 else 1.15
        elif piece["symbol"] is not None:
            width += 0.65
        elif piece["narrow"] is not None:
            width += 0.4
        elif piece["accent"] is None and piece["space"] is None:
            text = piece[0]
            if text.startswith("\\"):
                width += 0.2 + 0.56 * (len(text) - 1)
            else:
                width += 0.5 if text.isdigit() else 0.85 if text.isupper() else 0.58
    return width


# --- placing a graph --------------------------------------------------------------------------------------------------


class _Node(Struct, frozen=True):
    label: str
    column: int
    row: float
    shape: Shape
    half: tuple[float, float]  # half of its width and height
    constant: bool


class _Plan(Struct, frozen=True, eq=False):
    """What a placed graph looks like but for its labels: nodes' centres, edges' paths, places of the edges' labels."""

    centres: tuple[Point, ...]
    paths: tuple[tuple[Point, ...], ...]
    spots: tuple[Point, ...]
    cost: float


@lru_cache(maxsize=4096)
def _node(label: str, column: int, row: float, shape: Shape) -> _Node:
    width, height = label_size(label)
    if label == "1":
        return _Node(label, column, row, "circle", (RADIUS - 0.4, RADIUS - 0.4), True)
    if shape == "box" or width > 2 * RADIUS + 1.6:
        return _Node(label, column, row, "box", (max(width / 2 + 1.4, RADIUS), max(height / 2 + 1.2, RADIUS)), False)
    radius = max(RADIUS, width / 2 + 0.7)
    return _Node(label, column, row, "circle", (radius, radius), False)


def _graph(nodes: tuple[_Node, ...], edges: Sequence[GraphEdge], *, beside: bool = False) -> Scene:
    """Places the nodes and draws: edges first, then nodes, then the edges' labels, then the nodes' labels."""
    radius = max((node.half[0] for node in nodes if node.shape == "circle"), default=RADIUS)
    ends = tuple((a, b, weight is not None) for a, b, weight in edges)
    sizes = [label_size(weight, "small") for _, _, weight in edges if weight is not None]
    width = ceil(2 * max((size[0] for size in sizes), default=0.0)) / 2
    height = ceil(2 * max((size[1] for size in sizes), default=0.0)) / 2
    wide = (radius, radius)
    bodies = tuple(
        (node.column, node.row, node.shape, wide if node.shape == "circle" and not node.constant else node.half)
        for node in nodes
    )
    plan = _plan(bodies, ends, (width, height), beside)
    constants = tuple([node.constant for node in nodes])
    boxes = [_extent(bodies, constants, plan)]
    boxes += [_around(spot, (w / 2, h / 2), 0.0) for spot, (w, h) in zip(plan.spots, sizes, strict=True)]
    boxes += [
        _around(centre, (w / 2, h / 2), 0.0)
        for node, centre in zip(nodes, plan.centres, strict=True) for w, h in (label_size(node.label),)
    ]  # fmt: skip
    left, bottom, right, top = _with_margin(_union(boxes))
    body, spots, centres = _body(bodies, constants, plan, -left, -bottom)
    weights = [weight for _, _, weight in edges if weight is not None]
    labels = [Label(spot, weight, halo=True, size="small") for spot, weight in zip(spots, weights, strict=True)]
    labels += [Label(centre, node.label) for node, centre in zip(nodes, centres, strict=True)]
    return Scene(_round(right - left), _round(top - bottom), (*body, *labels))


def _bare(bodies: tuple[_Body, ...], constants: tuple[bool, ...], plan: _Plan) -> list[Primitive]:
    """A graph without its labels: edges, then nodes."""
    items: list[Primitive] = []
    for path in plan.paths:
        if len(path) > 2:
            items.append(Polyline(path[:-1]))
        items.append(Arrow(path[-2], path[-1]))
    for (_, _, shape, half), constant, (x, y) in zip(bodies, constants, plan.centres, strict=True):
        if shape == "circle":
            items.append(Circle((x, y), half[0], "light" if constant else "none"))
        else:
            items.append(Box((x - half[0], y - half[1]), 2 * half[0], 2 * half[1]))
    return items


# The graphs of an exercise differ in their weights alone: all else is worked out once.


@lru_cache(maxsize=512)
def _extent(bodies: tuple[_Body, ...], constants: tuple[bool, ...], plan: _Plan) -> _Rectangle:
    return _union([bounds(item) for item in _bare(bodies, constants, plan)])


@lru_cache(maxsize=512)
def _body(
    bodies: tuple[_Body, ...], constants: tuple[bool, ...], plan: _Plan, dx: float, dy: float
) -> tuple[tuple[Primitive, ...], tuple[Point, ...], tuple[Point, ...]]:
    """A graph at its place without its labels, and the places of the edges' and the nodes' labels."""
    return (
        tuple(_moved(item, dx, dy) for item in _bare(bodies, constants, plan)),
        tuple(_shifted(spot, dx, dy) for spot in plan.spots),
        tuple(_shifted(centre, dx, dy) for centre in plan.centres),
    )


_Body: TypeAlias = tuple[int, float, Shape, tuple[float, float]]
_End: TypeAlias = tuple[int, int, bool]
# Gaps between columns and distances between rows, tried from the tightest until every label stands clear.
_SCALES = ((28.0, 12.5), (34.0, 13.0), (40.0, 14.0), (46.0, 15.0), (52.0, 16.0), (58.0, 17.0), (66.0, 19.0))


@lru_cache(maxsize=512)
def _plan(
    bodies: tuple[_Body, ...], ends: tuple[_End, ...], label: tuple[float, float], beside: bool
) -> _Plan:
    """The tightest layout in which no edge's label touches a node, another label or a foreign edge; or the best one."""
    best: _Plan | None = None
    for gap, row in _SCALES:
        centres = _centres(bodies, ends, label, gap, row)
        left = min(x - body[3][0] for (x, _), body in zip(centres, bodies, strict=True))
        right = max(x + body[3][0] for (x, _), body in zip(centres, bodies, strict=True))
        if best is not None and right - left > MAX_WIDTH - 2 * MARGIN:
            break
        paths = tuple(_path(bodies, centres, ends, index) for index in range(len(ends)))
        spots, cost = _label_spots(bodies, centres, paths, ends, label, beside)
        neighbours = [abs(bodies[a][0] - bodies[b][0]) == 1 and (b, a) not in {e[:2] for e in ends} for a, b, _ in ends]
        cost += sum(2.0 for path, near in zip(paths, neighbours, strict=True) if near and len(path) > 2)
        if best is None or cost < best.cost:
            best = _Plan(centres, paths, spots, cost)
        if cost == 0:
            break
    assert best is not None
    return best


def _centres(
    bodies: tuple[_Body, ...], ends: tuple[_End, ...], label: tuple[float, float], gap: float, row: float
) -> tuple[Point, ...]:
    """Columns keep `gap` between their nodes where many edges run, less where there are few or none is labelled."""
    tallest = max(body[3][1] for body in bodies)
    step = max(row, 2 * tallest + 5)
    if any(a == b for a, b, _ in ends):
        step = max(step, 2 * tallest + 13)
    if any(labelled and a != b and bodies[a][0] == bodies[b][0] for a, b, labelled in ends):
        step = max(step, 2 * tallest + label[1] + 7)
    x, place = 0.0, dict[int, float]()
    columns = sorted({body[0] for body in bodies})
    for left, right in zip([columns[0] - 1, *columns], columns, strict=False):
        half = max(body[3][0] for body in bodies if body[0] == right)
        if place:
            between = [labelled for a, b, labelled in ends if {bodies[a][0], bodies[b][0]} == {left, right}]
            room = gap if len(between) > 3 else min(gap, 15 + 3.0 * len(between))
            x += max(room, label[0] + 9) if any(between) else 12.0
            x += half
        place[right] = x
        x += half
    return tuple((place[column], level * step) for column, level, _, _ in bodies)


def _path(
    bodies: tuple[_Body, ...], centres: tuple[Point, ...], ends: tuple[_End, ...], index: int
) -> tuple[Point, ...]:
    """An edge from border to border: straight if it can be, else a bow; a loop above the node for a self-edge."""
    a, b, _ = ends[index]
    if a == b:
        x, y = centres[a]
        (width, height), angle = bodies[a][3], pi / 4
        round_node = bodies[a][2] == "circle"
        foot = (width * cos(angle), height * sin(angle)) if round_node else (0.6 * width, height)
        top = (1.5 * foot[0] + 5, height + 9.5)
        corners = ((-foot[0], foot[1]), (-top[0], top[1]), top, foot)
        return tuple((x + dx, y + dy) for dx, dy in (_bezier(corners, i / 16) for i in range(17)))
    (x0, y0), (x1, y1) = start, end = centres[a], centres[b]
    length = sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    if length == 0:
        raise ValueError("two nodes of a graph stand in the same place")
    across = (-(y1 - y0) / length, (x1 - x0) / length)
    if across[1] < 0:
        across = (-across[0], -across[1])
    opposite = any(end[:2] == (b, a) for end in ends)
    bows = [0.0] if not opposite else []
    side = 1 if not opposite or a < b else -1
    bows += [side * bow for bow in (7.0, -7.0, 12.0, -12.0, 18.0, -18.0, 26.0, -26.0, 36.0, -36.0, 48.0, -48.0)]
    others = [k for k in range(len(bodies)) if k not in (a, b)]
    for bow in bows:
        middle = ((x0 + x1) / 2 + bow * across[0], (y0 + y1) / 2 + bow * across[1])
        first, last = _border(bodies[a], start, middle), _border(bodies[b], end, middle)
        path = (first, last) if bow == 0 else tuple(_bezier((first, middle, last), i / 12) for i in range(13))
        if not any(
            _inside_length(path[i], path[i + 1], _around(centres[k], bodies[k][3], 0.8)) > 0
            for k in others
            for i in range(len(path) - 1)
        ):
            return path
    return (_border(bodies[a], start, end), _border(bodies[b], end, start))


def _bezier(corners: Sequence[Point], t: float) -> Point:
    """The point at t of the Bézier curve with these corners (de Casteljau)."""
    while len(corners) > 1:
        corners = [
            (p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])) for p, q in pairwise(corners)
        ]
    return corners[0]


def _border(body: _Body, centre: Point, towards: Point) -> Point:
    """Where the ray from a node's centre leaves the node."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    width, height = body[3]
    if body[2] == "circle":
        scale = width / sqrt(dx * dx + dy * dy)
    else:
        scale = min(width / abs(dx) if dx else 1e9, height / abs(dy) if dy else 1e9)
    return (centre[0] + scale * dx, centre[1] + scale * dy)


def _label_spots(
    bodies: tuple[_Body, ...],
    centres: tuple[Point, ...],
    paths: tuple[tuple[Point, ...], ...],
    ends: tuple[_End, ...],
    label: tuple[float, float],
    beside: bool,
) -> tuple[tuple[Point, ...], float]:
    """A place on (or `beside`) each labelled path, and what is wrong with them all: 0 if every label stands clear.

    Each place has a price of its own, for what it covers and for what it merely comes near; then the labels move in
    turn to their cheapest places given the others, a few rounds.
    """
    half = (label[0] / 2, label[1] / 2)
    options = [
        _places(bodies, centres, paths, end, index, half, beside) for index, end in enumerate(ends) if end[2]
    ]
    alone = [_cheapest([near + wrong for _, near, wrong in places]) for places in options]
    # Most labels are too far from one another to matter.
    apart = (label[0] + 2.1, label[1] + 2.1)
    reaches = [_widened(_hull([point for point, _, _ in places]), *apart) for places in options]
    chosen = list(alone)
    for _ in range(6):
        before = list(chosen)
        for k, places in enumerate(options):
            left, bottom, right, top = reaches[k]
            others = [
                (x, y)
                for j in range(len(options)) if j != k
                for x, y in (options[j][chosen[j]][0],) if left < x < right and bottom < y < top
            ]
            if not others:
                chosen[k] = alone[k]
                continue
            prices = []
            for point, near, wrong in places:
                price = near + wrong
                if close := _crowd(point, others, half, 1.0):
                    price = price + 40 * _crowd(point, others, half, 0.3) + 0.15 * close
                prices.append(price)
            chosen[k] = _cheapest(prices)
        if chosen == before:
            break
    best = [places[choice] for places, choice in zip(options, chosen, strict=True)]
    spots = tuple(point for point, _, _ in best)
    clashes = sum(_crowd(point, spots, half, 0.3) - 1 for point in spots)
    return spots, sum(wrong for _, _, wrong in best) + 40.0 * clashes


def _places(
    bodies: tuple[_Body, ...],
    centres: tuple[Point, ...],
    paths: tuple[tuple[Point, ...], ...],
    end: _End,
    index: int,
    half: tuple[float, float],
    beside: bool,
) -> list[tuple[Point, float, float]]:
    """Places for a label along an edge, each with a price for what is near, and for what it covers."""
    shares = [step / 40 for step in range(4, 37)]
    points = _along(paths[index], shares)
    if beside:
        points = [spot for side in (1, -1) for spot in _aside(points, half, side)]
        shares *= 2
    reach = _widened(_hull(points), half[0] + 1.5, half[1] + 1.5)
    # Most nodes and edges are far away.
    foreign = [
        (p, q, left, bottom, right, top)
        for k, path in enumerate(paths) if beside or k != index for p, q in pairwise(path)
        for left, bottom, right, top in (_hull((p, q)),) if _overlap((left, bottom, right, top), reach)
    ]
    # The head of the edge's arrow must stay in sight.
    keep = [_around(centres[k], body[3], 2.6 if k == end[1] else 0.8) for k, body in enumerate(bodies)]
    keep = [body for body in keep if _overlap(body, reach)]
    places = []
    for share, point in zip(shares, points, strict=True):
        box, wide = _around(point, half, 0.3), _around(point, half, 1.4)
        near = 0.4 * abs(share - 0.5)
        wrong = 50.0 * sum([_overlap(box, body) for body in keep]) if keep else 0.0
        for p, q, left, bottom, right, top in foreign:
            if right < wide[0] or left > wide[2] or top < wide[1] or bottom > wide[3]:
                continue
            if (length := _inside_length(p, q, wide)) > 0:
                near += 0.05 * min(length, 4.0)
                if (length := _inside_length(p, q, box)) > 0:
                    wrong += 3 + length
        places.append((point, near, wrong))
    return places


def _aside(points: Sequence[Point], half: tuple[float, float], side: int) -> list[Point]:
    """Where labels stand next to an edge at points of it, at its left (1) or right (-1) as it runs."""
    spots = []
    for before, point, after in zip((points[0], *points), points, (*points[1:], points[-1]), strict=False):
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = sqrt(dx * dx + dy * dy)
        across = (-side * dy / length, side * dx / length)
        gap = 0.7 + abs(across[0]) * half[0] + abs(across[1]) * half[1]
        spots.append((point[0] + gap * across[0], point[1] + gap * across[1]))
    return spots


def _cheapest(prices: Sequence[float]) -> int:
    """The first of the smallest prices; rounded, so that the last bits of floating point decide nothing."""
    rounded = [round(price, 6) for price in prices]
    return rounded.index(min(rounded))


def _crowd(point: Point, others: Sequence[Point], half: tuple[float, float], extra: float) -> int:
    """How many labels at `others` a label at `point` would touch, all widened by `extra`."""
    width, height = 2 * (half[0] + extra), 2 * (half[1] + extra)
    px, py = point
    return sum([abs(px - x) < width and abs(py - y) < height for x, y in others])


def _along(path: Sequence[Point], shares: Sequence[float]) -> list[Point]:
    """The points at these shares of a path's length."""
    pieces = [(p, q, sqrt((q[0] - p[0]) ** 2 + (q[1] - p[1]) ** 2)) for p, q in pairwise(path)]
    whole = sum([length for _, _, length in pieces])
    points = []
    for share in shares:
        left = share * whole
        for p, q, length in pieces:
            if left <= length and length > 0:
                points.append((p[0] + left / length * (q[0] - p[0]), p[1] + left / length * (q[1] - p[1])))
                break
            left -= length
        else:
            points.append(path[-1])
    return points


# --- geometry ---------------------------------------------------------------------------------------------------------


def _around(centre: Point, half: tuple[float, float], extra: float) -> _Rectangle:
    """(left, bottom, right, top) of a rectangle around its centre, widened by `extra`."""
    width, height = half[0] + extra, half[1] + extra
    return (centre[0] - width, centre[1] - height, centre[0] + width, centre[1] + height)


def _overlap(a: _Rectangle, b: _Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _clip(p: Point, q: Point, box: _Rectangle) -> tuple[Point, Point] | None:
    """The part of a segment inside a rectangle, or None (Liang and Barsky's parametric clipping)."""
    (x, y), (dx, dy) = p, (q[0] - p[0], q[1] - p[1])
    low, high = 0.0, 1.0
    for start, delta, first, last in ((x, dx, box[0], box[2]), (y, dy, box[1], box[3])):
        if delta == 0:
            if not first <= start <= last:
                return None
            continue
        near, far = (first - start) / delta, (last - start) / delta
        if near > far:
            near, far = far, near
        low, high = near if near > low else low, far if far < high else high
        if low >= high:
            return None
    return (x + low * dx, y + low * dy), (x + high * dx, y + high * dy)


def _inside_length(p: Point, q: Point, box: _Rectangle) -> float:
    """The length of the part of a segment inside a rectangle."""
    part = _clip(p, q, box)
    return 0.0 if part is None else sqrt((part[1][0] - part[0][0]) ** 2 + (part[1][1] - part[0][1]) ** 2)


def bounds(item: Primitive) -> _Rectangle:
    """(left, bottom, right, top) of a primitive, in millimetres; a label's size is an estimate."""
    match item:
        case Line(start, end) | Arrow(start, end):
            points: tuple[Point, ...] = (start, end)
        case Polygon(points) | Polyline(points):
            pass
        case Circle(centre, radius):
            return _around(centre, (radius, radius), 0.0)
        case Box((x, y), width, height):
            points = ((x, y), (x + width, y + height))
        case Label(at, content, _, size):
            width, height = label_size(content, size)
            return _around(at, (width / 2, height / 2), 0.0)
    return _hull(points)


def arrow_head(start: Point, end: Point) -> tuple[Point, Point, Point]:
    """An arrow's head, a triangle with its tip at `end`: the middle of its base, and its two other corners."""
    length = sqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) or 1.0
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    x, y, half = end[0] - HEAD_LENGTH * ux, end[1] - HEAD_LENGTH * uy, HEAD_WIDTH / 2
    return (x, y), (x - half * uy, y + half * ux), (x + half * uy, y - half * ux)


def _moved(item: Primitive, dx: float, dy: float) -> Primitive:
    """The primitive moved and rounded to 0.01 mm."""

    def at(point: Point) -> Point:
        return _shifted(point, dx, dy)

    match item:
        case Line(start, end, stroke):
            return Line(at(start), at(end), stroke)
        case Arrow(start, end, stroke):
            return Arrow(at(start), at(end), stroke)
        case Circle(centre, radius, fill):
            return Circle(at(centre), _round(radius), fill)
        case Box(corner, width, height, fill):
            return Box(at(corner), _round(width), _round(height), fill)
        case Polygon(points, fill):
            return Polygon(tuple(map(at, points)), fill)
        case Polyline(points, stroke):
            return Polyline(tuple(map(at, points)), stroke)
        case Label(centre, content, halo, size):
            return Label(at(centre), content, halo, size)


def _shifted(point: Point, dx: float, dy: float) -> Point:
    return (_round(point[0] + dx), _round(point[1] + dy))


def _round(value: float) -> float:
    return round(value, 2) + 0.0  # adding zero turns -0.0 into 0.0


def _cut_by(corners: Sequence[Point], halves: Iterable[HalfPlane]) -> list[Point]:
    """A convex polygon cut by half-planes a x + b y >= c (Sutherland and Hodgman's clipping)."""
    corners = list(corners)
    for line in halves:
        a, b, c = map(float, line)
        kept: list[Point] = []
        for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
            here, there = a * p[0] + b * p[1] - c, a * q[0] + b * q[1] - c
            if here >= 0:
                kept.append(p)
            if here * there < 0:
                t = here / (here - there)
                kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
        corners = kept
    return corners


def _scene(items: Sequence[Primitive]) -> Scene:
    """The items moved so that the picture, with a small margin, starts at the origin."""
    left, bottom, right, top = _with_margin(_union([bounds(item) for item in items]))
    return Scene(_round(right - left), _round(top - bottom), tuple(_moved(item, -left, -bottom) for item in items))


def _with_margin(box: _Rectangle) -> _Rectangle:
    return _widened(box, MARGIN, MARGIN)


def _hull(points: Sequence[Point]) -> _Rectangle:
    """The smallest rectangle around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))


def _widened(box: _Rectangle, dx: float, dy: float) -> _Rectangle:
    return (box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy)


def _union(boxes: Sequence[_Rectangle]) -> _Rectangle:
    """The smallest rectangle around others."""
    left, bottom, right, top = zip(*boxes, strict=True)
    return (min(left), min(bottom), max(right), max(top))


# --- plots ------------------------------------------------------------------------------------------------------------


class _Frame(Struct, frozen=True):
    """The window of a plot: its ranges in the plot's units, and millimetres per unit along both axes."""

    x0: float
    x1: float
    y0: float
    y1: float
    xscale: float
    yscale: float

    @classmethod
    def of(
        cls,
        xrange: tuple[Number, Number],
        yrange: tuple[Number, Number],
        size: tuple[float, float],
        *,
        same_scale: bool = False,
    ) -> _Frame:
        x0, x1, y0, y1 = float(xrange[0]), float(xrange[1]), float(yrange[0]), float(yrange[1])
        if not (x0 < x1 and y0 < y1):
            raise ValueError("a plot's ranges must run from a smaller to a larger number")
        xscale, yscale = size[0] / (x1 - x0), size[1] / (y1 - y0)
        if same_scale:
            xscale = yscale = min(xscale, yscale)
        return cls(x0, x1, y0, y1, xscale, yscale)

    @property
    def window(self) -> _Rectangle:
        return (0.0, 0.0, (self.x1 - self.x0) * self.xscale, (self.y1 - self.y0) * self.yscale)

    def at(self, x: Number, y: Number) -> Point:
        """A point of the plot in millimetres."""
        return ((float(x) - self.x0) * self.xscale, (float(y) - self.y0) * self.yscale)

    def clipped(self, run: Sequence[tuple[Number, Number]]) -> list[tuple[Point, ...]]:
        """The pieces of a curve inside the window."""
        pieces: list[list[Point]] = []
        points = [self.at(x, y) for x, y in run]
        for p, q in pairwise(points):
            part = _clip(p, q, self.window)
            if part is None:
                continue
            if pieces and pieces[-1][-1] == part[0]:
                pieces[-1].append(part[1])
            else:
                pieces.append(list(part))
        return [tuple(piece) for piece in pieces]

    def chord(self, line: HalfPlane) -> list[tuple[Point, Point]]:
        """The part of the line a x + b y = c inside the window, if there is one."""
        a, b, c = map(float, line)
        square = a * a + b * b
        if square == 0:
            raise ValueError("a line needs a coefficient other than zero")
        far = abs(self.x0) + abs(self.x1) + abs(self.y0) + abs(self.y1) + abs(c) / sqrt(square)
        foot, step = (a * c / square, b * c / square), (-b * far / sqrt(square), a * far / sqrt(square))
        ends = [self.at(foot[0] + sign * step[0], foot[1] + sign * step[1]) for sign in (-1, 1)]
        part = _clip(ends[0], ends[1], self.window)
        return [] if part is None else [part]

    def region(self, halves: Sequence[HalfPlane]) -> tuple[Point, ...]:
        """The window cut by the half-planes a x + b y >= c."""
        corners = [(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)]
        return tuple(self.at(x, y) for x, y in _cut_by(corners, halves))

    def filled(self, areas: Iterable[Area]) -> list[Primitive]:
        """Convex polygons inside the window, each with its shade."""
        _, _, width, height = self.window
        borders = ((1.0, 0.0, 0.0), (-1.0, 0.0, -width), (0.0, 1.0, 0.0), (0.0, -1.0, -height))
        items: list[Primitive] = []
        for corners, fill in areas:
            points = _cut_by([self.at(x, y) for x, y in corners], borders)
            if len(points) > 2:
                items.append(Polygon(tuple(points), fill))
        return items

    def axes(
        self,
        xlabel: str,
        ylabel: str,
        xticks: Sequence[Number] | None,
        yticks: Sequence[Number] | None,
        *,
        numbers_below: bool = False,
    ) -> list[Primitive]:
        """Both axes with arrows, ticks and numbers; they cross at zero if it is in sight, else at the nearest border.

        Numbers clear the curves behind them and come before the points, which they must not cover. Those of the axis x
        stand at it, or below the window.
        """
        ox, oy = self.at(min(max(0.0, self.x0), self.x1), min(max(0.0, self.y0), self.y1))
        _, _, width, height = self.window
        items: list[Primitive] = [
            Arrow((0.0, oy), (width + 4, oy)),
            Arrow((ox, 0.0), (ox, height + 4)),
            Label((width + 5 + label_size(xlabel)[0] / 2, oy), xlabel),
            Label((ox, height + 5 + label_size(ylabel)[1] / 2), ylabel),
        ]
        for tick in ticks(self.x0, self.x1) if xticks is None else xticks:
            x = self.at(tick, 0)[0]
            if tick == 0 and 0 < ox < width and not numbers_below:
                items.append(Label((x - 1.8, oy - 2.6), 0, halo=True, size="small"))
            else:
                items.append(Line((x, oy - 0.8), (x, oy + 0.8)))
                items.append(Label((x, (0 if numbers_below else oy) - 2.8), tick, halo=True, size="small"))
        for tick in ticks(self.y0, self.y1) if yticks is None else yticks:
            y = self.at(0, tick)[1]
            if not (tick == 0 and 0 <= oy < height):
                left = ox - 1.6 - label_size(tick, "small")[0] / 2
                items += [Line((ox - 0.8, y), (ox + 0.8, y)), Label((left, y), tick, halo=True, size="small")]
        return items


def ticks(start: Number, end: Number) -> list[Number]:
    """Three to eight round numbers between two ends: multiples of 1, 2 or 5 times a power of ten."""
    power = Fraction(10) ** floor(log10(end - start) - 1)
    step = next(step for k in (1, 2, 5, 10, 20) if (step := k * power) * 8 > Fraction(end - start))
    return [k * step for k in range(ceil(Fraction(start) / step), floor(Fraction(end) / step) + 1)]
