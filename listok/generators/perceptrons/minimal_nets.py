"""Count the step neurons that a picture of the plane needs at least, and build the smallest network for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from listok.generators.answers import Choices, Open, Predicate, Vector
from listok.generators.bounds import Checked, Size
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, Fraction, Row, Rows
from listok.generators.exercise import Exercise
from listok.generators.figures import Area, Scene, framed_areas, half_planes, side_by_side
from listok.generators.formulas import Formula
from listok.generators.mistakes import failing, instead, wrong
from listok.generators.toolkit import logic, planes
from listok.generators.toolkit.activations import step
from listok.generators.toolkit.pictures import (
    WINDOW,
    Kind,
    Picture,
    band,
    grid,
    half_plane,
    half_strip,
    most,
    polygon,
    quadrants,
    stripes,
    triangle,
    turns_of,
    wedge,
)
from listok.generators.values import BadParams

NAMES = ("picture1", "picture2", "picture3", "picture4", "picture5")


SIMPLE: tuple[tuple[Kind, ...], ...] = (
    (half_plane, wedge, band),
    (wedge, band, triangle, stripes, polygon, half_strip),
    (band, triangle, stripes, polygon, half_strip, most),
)
"""Kinds of pictures that one hidden layer draws, by level."""

MODELS: tuple[tuple[Kind, ...], ...] = ((wedge, band), (triangle, half_strip, stripes, stripes), (grid,))
"""Kinds of pictures for which a network is built, by level."""


@dataclass(frozen=True)
class Params(Checked):
    """The pictures of the `gallery`, whose neurons are counted, and the one for which a network is built, `model`."""

    gallery: Annotated[tuple[Picture, ...], Size(2, 5)]
    model: Picture

    def rules(self) -> Iterator[str]:
        if len(self.model.lines) < 2:
            yield "the picture for which a network is built needs two lines at least"

    @property
    def names(self) -> tuple[str, ...]:
        return NAMES[: len(self.gallery)]

    @property
    def row(self) -> Scene:
        return gallery_scene(self.gallery)

    @property
    def model_scene(self) -> Scene:
        return model_scene(self.model)


@cache
def gallery_scene(pictures: tuple[Picture, ...]) -> Scene:
    span = (-WINDOW, WINDOW)
    scenes = [framed_areas(picture.areas(), span, span, size=(24.0, 24.0)) for picture in pictures]
    return side_by_side(scenes, range(1, len(pictures) + 1), gap=4.0)


@cache
def model_scene(picture: Picture) -> Scene:
    span = (-WINDOW, WINDOW)
    lines = [(a, b, c) for a, b, c in picture.lines]
    areas: list[Area] = [(cell, "light" if fill == "grey" else fill) for cell, fill in picture.areas()]
    return half_planes(lines, (), span, span, areas=areas, size=(62.0, 62.0))


@dataclass(frozen=True)
class Judgement:
    """Picture number `k`: how many lines it has as `borders`, whether one of them has grey now at the one side, now at
    the other, and how many neurons it needs."""

    k: int
    borders: int
    both_ways: bool
    count: int

    @property
    def single(self) -> bool:
        return self.borders == 1


@dataclass(frozen=True)
class CellRow:
    """A cell of the model: what the first and the second hidden layer give (`g` is empty where there is one), the
    output's sum and answer."""

    h: tuple[int, ...]
    g: tuple[int, ...]
    z: Fraction
    y: int


@dataclass(frozen=True)
class Solution:
    """`layers` are the model's network, `net` its numbers in a row."""

    judgements: tuple[Judgement, ...]
    neurons: tuple[int, ...]
    one_layer: tuple[str, ...]
    sizes: tuple[int, ...]
    layers: tuple[Rows, ...]
    net: Row
    rows: tuple[CellRow, ...]

    @property
    def first(self) -> tuple[Formula, ...]:
        return tuple(map(logic.written, self.layers[0]))

    @property
    def second(self) -> tuple[Formula, ...]:
        return tuple(logic.written(neuron, "h") for neuron in self.layers[1]) if self.deep else ()

    @property
    def output(self) -> Formula:
        return logic.written(self.layers[-1][0], "g" if self.deep else "h")

    @property
    def deep(self) -> bool:
        return len(self.layers) == 3

    @property
    def inverted(self) -> bool:
        """Whether the output of a deep network is 1 where both neurons before it give 0."""
        return self.deep and self.layers[-1][0][0] > 0

    @property
    def scene(self) -> Scene:
        return planes.picture(self.layers)


def draw(d: Draw, level: int) -> Params:
    simple = SIMPLE[level - 1]
    hard = d.distinct((quadrants, grid), 1 if level < 3 else d.integer(1, 2))
    if level == 1:
        hard = (d.choice((quadrants, triangle, stripes, quadrants)),)
    chosen = d.shuffled((*d.distinct(simple, level + 2 - len(hard)), *hard))
    model = d.choice(MODELS[level - 1])
    # The model is simpler than a picture of the same kind.
    return Params(tuple(kind(d, level) for kind in chosen), model(d, 2 if model is grid else 1))


def solve(p: Params, *, both_ways: bool = True) -> Solution:
    """Borders are counted, and it is seen which way they turn; then the model's network is built.

    A mistake does not see that a border turns both ways.
    """
    judgements = tuple(judged(k, picture) for k, picture in enumerate(p.gallery, 1))
    judged(0, p.model)
    counts = [judgement.count if both_ways or judgement.single else judgement.borders + 1 for judgement in judgements]

    layers = network(p.model)
    rows = []
    for h in sorted(planes.all_cells(layers[0]), reverse=True):
        g = tuple(step(planes.height(neuron, h)) for neuron in layers[1]) if len(layers) == 3 else ()
        z = planes.height(layers[-1][0], g or h)
        rows.append(CellRow(h, g, z, step(z)))
    return Solution(
        judgements=judgements,
        neurons=tuple(counts),
        one_layer=tuple(
            name for name, judgement in zip(p.names, judgements, strict=True) if not (judgement.both_ways and both_ways)
        ),
        sizes=tuple(map(len, layers)),
        layers=layers,
        net=sum((neuron for layer in layers for neuron in layer), ()),
        rows=tuple(rows),
    )


@cache
def judged(k: int, picture: Picture) -> Judgement:
    """The least number of neurons of a picture; raises `BadParams` where a line is no border of the grey part.

    What the first layer gives changes at its own lines only, and later layers see nothing else: so it has a neuron for
    every border. One is a network by itself; otherwise there is an output neuron, too. A line that turns white into
    grey in one place and grey into white in another rules out a single hidden layer: what the output's sum gains there
    would have to be positive and not. A second hidden layer of one neuron would say what the output says, or the
    opposite; one of two is enough for two families of parallel lines.
    """
    colours = picture.colours
    both_ways = False
    for i in range(len(picture.lines)):
        turns = turns_of(colours, i)
        if turns <= {0}:
            raise BadParams(f"line {i + 1} of a picture is no border of its grey part")
        both_ways = both_ways or {1, -1} <= turns
    borders = len(picture.lines)
    return Judgement(k, borders, both_ways, 1 if borders == 1 else borders + (3 if both_ways else 1))


def network(picture: Picture) -> planes.Layers:
    """The smallest network: one output over a neuron for each border or, for two families of stripes, an output that
    is 1 where just one of them is."""
    if not picture.odd:
        return picture.neurons, ((HALF - picture.least, *(ONE,) * len(picture.lines)),)
    hidden = tuple(planes.neuron_at(line, 1) for family in picture.families for line in family)
    waves = [wave(len(family)) for family in picture.families]
    # Far off along both normals no neuron of the first layer gives 1: is it grey there?
    start = sum(side * (a or b) < 0 for side, (a, b, _) in zip(picture.sides, picture.lines, strict=True)) % 2
    if len(waves) == 1:
        sign = 1 - 2 * start
        return hidden, ((start - HALF, *(sign * w for w in waves[0])),)
    one, other = waves
    second = (-HALF, *one, *(-w for w in other)), (-HALF, *(-w for w in one), *other)
    return hidden, second, ((HALF, -ONE, -ONE) if start else (-HALF, ONE, ONE),)


def wave(count: int) -> Row:
    """Weights by which stripes are 0, 1, 0, 1 and so on."""
    return tuple(ONE if i % 2 == 0 else -ONE for i in range(count))


def net_works(p: Params, numbers: Row) -> Fraction:
    """In how many cells of its picture the model's network is right, beyond what a constant answer gets right."""
    sizes = [len(layer) for layer in network(p.model)]
    return planes.share_of_cells(p.model.colours, p.model.neurons, planes.layers_of(numbers, sizes))


def with_output(s: Solution, output: Row) -> Row:
    """The model's network with another output neuron."""
    return (*s.net[: -len(output)], *output)


def on_border(_p: Params, s: Solution) -> Row:
    """The output's sum is 0 where it should be just above."""
    constant, *weights = s.layers[-1][0]
    return with_output(s, (constant - HALF, *weights))


def wrong_side(_p: Params, s: Solution) -> Row:
    """The first neuron looks to the other side of its line."""
    return (*(-w for w in s.net[:3]), *s.net[3:])


def opposite(_p: Params, s: Solution) -> Row:
    """Grey and white are taken for each other."""
    return with_output(s, tuple(-w for w in s.layers[-1][0]))


def check(p: Params, s: Solution) -> str | None:
    if len(set(s.neurons)) < 2:
        return "all pictures need equally many neurons"
    if s.judgements[0].single:
        return "a single neuron draws the picture about which an explanation is asked"
    if planes.on_axis(p.model.lines):
        return "a line lies on an axis"
    for picture in (*p.gallery, p.model):
        colours, seen = picture.colours, {code: picture.colour(code) for code in picture.visible}
        if any(turns_of(seen, i) - {0} != turns_of(colours, i) - {0} for i in range(len(picture.lines))):
            return "a border of a picture is out of sight"
        drawn = [cell for cell, _ in picture.areas() if cell != planes.square(WINDOW)]
        if any(max(numbers) - min(numbers) < 1 for cell in drawn for numbers in zip(*cell, strict=True)):
            return "a part of a picture is too small to see"
    return None


EXERCISE = Exercise(
    number=8,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(7.5, 10, 12.9),
    terms={"neurons": lambda p, s: sum(judgement.borders for judgement in s.judgements) // len(s.judgements)},
    parts={
        "neurons": Vector(points=3),
        "one_layer": Choices(options=NAMES, among="names", shuffle=False, points=1),
        "net": Predicate(test=net_works, points=3),
        "why": Open(points=2),
    },
    mistakes={
        "no_output": instead(neurons=lambda p, s: tuple(n - (n > 1) for n in s.neurons)),
        "a_neuron_a_cell": instead(
            neurons=lambda p, s: tuple(1 + len(picture.colours) * (len(picture.lines) > 1) for picture in p.gallery)
        ),
        "one_hidden_layer": wrong(both_ways=False),
        "on_border": instead(net=failing(net_works, on_border)),
        "wrong_side": instead(net=failing(net_works, wrong_side)),
        "opposite": instead(net=failing(net_works, opposite)),
    },
)
