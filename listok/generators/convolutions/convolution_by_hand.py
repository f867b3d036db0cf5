"""Convolve a small image with a kernel, pool the map, change the stride, pad with zeros, and find output sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from listok.generators.answers import Matrix, Vector
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, pixel_grid
from listok.generators.values import BadParams, Value

Grid = tuple[tuple[int, ...], ...]
Averages = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Layer:
    """A convolution of a square image: the sides of image and kernel, the zeros added on every side, and the stride."""

    side: int
    kernel: int
    padding: int
    stride: int


@dataclass(frozen=True)
class Params:
    """A square `image` and a square `kernel`, not larger; windows of `pool` by `pool`; the `stride` of the strided
    map; the `padding` of the padded one; `layers` whose output sizes are asked."""

    image: Grid
    kernel: Grid
    pool: int
    stride: int
    padding: int
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        for name, grid, low, high in (("image", self.image, 3, 10), ("kernel", self.kernel, 2, 5)):
            if not low <= len(grid) <= high or any(len(row) != len(grid) for row in grid):
                raise BadParams(f"{name} must be a square table with {low} to {high} rows")
            if any(abs(cell) > 255 for row in grid for cell in row):
                raise BadParams(f"numbers in {name} must lie between -255 and 255")
        if self.k > self.n:
            raise BadParams(f"the kernel's side {self.k} is larger than the image's side {self.n}")
        if not 2 <= self.pool <= 4 or (self.n - self.k + 1) % self.pool:
            raise BadParams(f"pool must be 2 to 4 and divide the side of the feature map, {self.n - self.k + 1}")
        if not 2 <= self.stride <= 5:
            raise BadParams("stride must be 2 to 5")
        if not 1 <= self.padding < self.k:
            raise BadParams(f"padding must be at least 1 and less than the kernel's side {self.k}")
        if not 1 <= len(self.layers) <= 6:
            raise BadParams("layers must hold 1 to 6 layers")
        for layer in self.layers:
            if not (1 <= layer.side <= 4096 and 0 <= layer.padding <= 64 and 1 <= layer.stride <= 64):
                raise BadParams("a layer has a side of 1 to 4096, a padding of 0 to 64 and a stride of 1 to 64")
            if not 1 <= layer.kernel <= layer.side + 2 * layer.padding:
                raise BadParams(f"the kernel of side {layer.kernel} does not fit into the padded image of a layer")

    @property
    def n(self) -> int:
        return len(self.image)

    @property
    def k(self) -> int:
        return len(self.kernel)

    @property
    def cells(self) -> int:
        """How many numbers one window of the pooling holds."""
        return self.pool**2


@dataclass(frozen=True)
class Term:
    pixel: int
    weight: int


@dataclass(frozen=True)
class Size:
    """How one output size is found: `room` is the way the window can travel, `moves` the whole steps it makes."""

    number: int
    side: int
    kernel: int
    padding: int
    stride: int
    room: int
    moves: int
    result: int


@dataclass(frozen=True)
class Solution:
    """`first` and `corner` are the products in the upper left cell of the plain and of the padded map (there only
    those with pixels of the image); `block` are the numbers in the upper left window of the pooling."""

    map: Grid
    map_side: int
    first: tuple[Term, ...]
    max_pool: Grid
    average_pool: Averages
    block: tuple[int, ...]
    strided: Grid
    strided_side: int
    padded: Grid
    padded_side: int
    padded_image: Grid
    corner: tuple[Term, ...]
    sizes: tuple[int, ...]
    size_steps: tuple[Size, ...]

    @property
    def first_tail(self) -> tuple[Term, ...]:
        return self.first[1:]

    @property
    def corner_tail(self) -> tuple[Term, ...]:
        return self.corner[1:]

    @property
    def layers_count(self) -> int:
        return len(self.sizes)

    @property
    def block_sum(self) -> int:
        return sum(self.block)

    @property
    def padded_picture(self) -> Scene:
        """The padded image with the frame of zeros in grey."""
        side = len(self.padded_image)
        # each padding on one side adds `padding` cells, and the map keeps padded_side - map_side = 2 * padding
        p = (self.padded_side - self.map_side) // 2
        inner = range(p, side - p)
        frame = {(i, j) for i in range(side) for j in range(side) if i not in inner or j not in inner}
        return pixel_grid(self.padded_image, marked=frame, cell=6.0)


def draw(d: Draw, level: int) -> Params:
    side, k = ((5, 2), (6, 3), (6, 3))[level - 1]
    zeros, largest = ((0, 3), (3, 2), (0, 3))[level - 1]
    # at least one negative and one positive weight, so that a lost minus shows
    weights = [-d.integer(1, largest - 1), d.integer(1, largest), *([0] * zeros)]
    weights += [d.integer(1 - largest, largest, exclude=(0,)) for _ in range(k * k - len(weights))]
    cells = d.shuffled(weights)
    return Params(
        image=d.grid(side, side, 0, 5 if level < 3 else 7),
        kernel=tuple(cells[i * k : (i + 1) * k] for i in range(k)),
        pool=2,
        stride=d.integer(2, 3),
        padding=1,
        layers=tuple(_layer(d, index) for index in range(level + 1)),
    )


def _layer(d: Draw, index: int) -> Layer:
    """A layer to find the size of: even ones are padded, odd ones leave pixels over at the edge."""
    kernel, side = d.choice((3, 5, 7)), d.integer(20, 64)
    if index % 2 == 0:
        return Layer(side, kernel, d.integer(1, (kernel + 1) // 2), d.integer(1, 2))
    stride = d.integer(2, 4)
    return Layer(side + ((side - kernel) % stride == 0), kernel, 0, stride)


def _correlate(image: Any, kernel: Grid) -> Any:
    """Slide the kernel, not flipped, over an array: each weight meets its own shifted copy of the image."""
    side = len(image) - len(kernel) + 1
    return sum(w * image[i : i + side, j : j + side] for i, row in enumerate(kernel) for j, w in enumerate(row))


def _framed(image: Any, before: int, after: int) -> Any:
    """The image with so many rows and columns of zeros before it and after it."""
    side = before + len(image) + after
    frame = np.zeros((side, side), dtype=int)
    frame[before : side - after, before : side - after] = image
    return frame


def _blocks(array: Any, size: int) -> Any:
    """Cut a square array into squares: axes (block row, block column, cell of the block)."""
    count = len(array) // size
    return array.reshape(count, size, count, size).swapaxes(1, 2).reshape(count, count, size * size)


def _grid(array: Any) -> Grid:
    return tuple(map(tuple, array.tolist()))


def _averages(sums: Sequence[Sequence[int]], count: int) -> Averages:
    return tuple(tuple(Fraction(cell, count) for cell in row) for row in sums)


def solve(p: Params) -> Solution:
    image, kernel, k = np.array(p.image), p.kernel, p.k
    plain = _correlate(image, kernel)
    frame = _framed(image, p.padding, p.padding)
    padded = _correlate(frame, p.kernel)
    blocks = _blocks(plain, p.pool)
    inside = k - p.padding
    size_steps = []
    for number, layer in enumerate(p.layers, 1):
        room = layer.side + 2 * layer.padding - layer.kernel
        moves = room // layer.stride
        size_steps.append(Size(number, layer.side, layer.kernel, layer.padding, layer.stride, room, moves, moves + 1))
    return Solution(
        map=_grid(plain),
        map_side=p.n - k + 1,
        first=tuple(Term(p.image[i][j], p.kernel[i][j]) for i in range(k) for j in range(k)),
        max_pool=_grid(blocks.max(axis=2)),
        average_pool=_averages(blocks.sum(axis=2).tolist(), p.pool**2),
        block=tuple(blocks[0, 0].tolist()),
        strided=_grid(plain[:: p.stride, :: p.stride]),
        strided_side=(p.n - k) // p.stride + 1,
        padded=_grid(padded),
        padded_side=p.n + 2 * p.padding - k + 1,
        padded_image=_grid(frame),
        corner=tuple(
            Term(p.image[i][j], p.kernel[i + p.padding][j + p.padding]) for i in range(inside) for j in range(inside)
        ),
        sizes=tuple(s.result for s in size_steps),
        size_steps=tuple(size_steps),
    )


def oracle(p: Params) -> Solution:
    """By the definition: visit every window and every cell; a size is the number of places where a window starts."""
    n, k, around = len(p.image), len(p.kernel), p.padding
    offsets = [(a, b, p.kernel[a][b]) for a in range(k) for b in range(k)]

    def pixel(i: int, j: int) -> int:
        return p.image[i][j] if 0 <= i < n and 0 <= j < n else 0

    def windows(starts: Sequence[int]) -> Grid:
        return tuple(tuple(sum([pixel(i + a, j + b) * w for a, b, w in offsets]) for j in starts) for i in starts)

    plain = windows(range(n - k + 1))
    strided = windows([i for i in range(0, n, p.stride) if i + k <= n])
    padded = windows(range(-around, n + around - k + 1))
    corners = range(0, len(plain), p.pool)
    pools = [[[v for row in plain[i : i + p.pool] for v in row[j : j + p.pool]] for j in corners] for i in corners]
    steps = []
    for index, layer in enumerate(p.layers):
        starts = range(-layer.padding, layer.side + layer.padding - layer.kernel + 1, layer.stride)
        room = layer.side + layer.padding - layer.kernel - starts[0]
        steps.append(
            Size(index + 1, layer.side, layer.kernel, layer.padding, layer.stride, room, len(starts) - 1, len(starts))
        )
    return Solution(
        map=plain,
        map_side=len(plain),
        first=tuple(Term(pixel(a, b), w) for a, b, w in offsets),
        max_pool=tuple(tuple(max(block) for block in row) for row in pools),
        average_pool=tuple(tuple(Fraction(sum(block), len(block)) for block in row) for row in pools),
        block=tuple(pools[0][0]),
        strided=strided,
        strided_side=len(strided),
        padded=padded,
        padded_side=len(padded),
        padded_image=tuple(tuple(pixel(i, j) for j in range(-around, n + around)) for i in range(-around, n + around)),
        corner=tuple(Term(pixel(a - around, b - around), w) for a, b, w in offsets if a >= around and b >= around),
        sizes=tuple(s.result for s in steps),
        size_steps=tuple(steps),
    )


def check(p: Params, s: Solution) -> str | None:
    if not any(map(any, p.kernel)):
        return "the kernel is all zeros"
    if len({cell for row in p.image for cell in row}) == 1:
        return "all pixels of the image are equal"
    if len({cell for row in s.map for cell in row}) == 1:
        return "all numbers of the feature map are equal"
    if len(s.max_pool) == 1 and len(s.strided) == 1:
        return "both the pooled and the strided map are a single number"
    return None


def effort(p: Params, s: Solution) -> int:
    """Products with weights other than 0 (in the padded map only at the edge, where it is new), and cells seen."""
    weights = sum(map(bool, sum(p.kernel, ())))
    seen = sum(max(0, min(p.n, i + p.k) - max(0, i)) for i in range(-p.padding, p.n + p.padding - p.k + 1))
    edge = seen**2 - (s.map_side * p.k) ** 2
    return s.map_side**2 * (weights + 2) + edge * weights // p.k**2 + s.strided_side**2 + 3 * len(p.layers)


def _with_kernel(p: Params, kernel: Grid) -> dict[str, Value]:
    image = np.array(p.image)
    plain = _correlate(image, kernel)
    blocks = _blocks(plain, p.pool)
    return {
        "map": _grid(plain),
        "max_pool": _grid(blocks.max(axis=2)),
        "average_pool": _averages(blocks.sum(axis=2).tolist(), p.pool**2),
        "strided": _grid(plain[:: p.stride, :: p.stride]),
        "padded": _grid(_correlate(_framed(image, p.padding, p.padding), kernel)),
    }


def flipped(p: Params) -> Mapping[str, Value]:
    return _with_kernel(p, tuple(row[::-1] for row in p.kernel[::-1]))


def minus_lost(p: Params) -> Mapping[str, Value]:
    return _with_kernel(p, tuple(tuple(map(abs, row)) for row in p.kernel))


def overlapping(p: Params) -> Mapping[str, Value]:
    windows = sliding_window_view(_correlate(np.array(p.image), p.kernel), (p.pool, p.pool))
    return {
        "max_pool": _grid(windows.max(axis=(2, 3))),
        "average_pool": _averages(windows.sum(axis=(2, 3)).tolist(), p.pool**2),
    }


def not_divided(p: Params) -> Mapping[str, Value]:
    plain = _correlate(np.array(p.image), p.kernel)
    return {"average_pool": _averages(_blocks(plain, p.pool).sum(axis=2).tolist(), 1)}


def last_lost(p: Params) -> Mapping[str, Value]:
    count = (p.n - p.k) // p.stride
    if not count:
        return {}
    return {"strided": _grid(_correlate(np.array(p.image), p.kernel)[:: p.stride, :: p.stride][:count, :count])}


def one_side(p: Params) -> Mapping[str, Value]:
    return {
        "padded": _grid(_correlate(_framed(np.array(p.image), 0, p.padding), p.kernel)),
        "sizes": tuple((one.side + one.padding - one.kernel) // one.stride + 1 for one in p.layers),
    }


def without_one(p: Params) -> Mapping[str, Value]:
    return {"sizes": tuple((one.side + 2 * one.padding - one.kernel) // one.stride for one in p.layers)}


def rounded_up(p: Params) -> Mapping[str, Value]:
    return {"sizes": tuple(-((one.kernel - one.side - 2 * one.padding) // one.stride) + 1 for one in p.layers)}


EXERCISE = Exercise(
    number=40,
    name="convolution-by-hand",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    effort=effort,
    check=check,
    parts={
        "map": Matrix("map", points=4),
        "max_pool": Matrix("max_pool", points=1),
        "average_pool": Matrix("average_pool", digits=2, points=1),
        "strided": Matrix("strided", points=1),
        "padded": Matrix("padded", points=3),
        "sizes": Vector("sizes", points=2),
    },
    mistakes={
        "flipped": flipped,
        "minus_lost": minus_lost,
        "overlapping": overlapping,
        "not_divided": not_divided,
        "last_lost": last_lost,
        "one_side": one_side,
        "without_one": without_one,
        "rounded_up": rounded_up,
    },
)
