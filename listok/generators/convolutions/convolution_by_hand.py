"""Convolve a small image with a kernel, pool the map, change the stride, pad with zeros, and find output sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, TypeAlias

from listok.generators.answers import Matrix, Vector
from listok.generators.bounds import Checked, Size, Square, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, Fraction, Rows
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene, pixel_grid
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.convolution import convolved, padded, pooled, thinned, windows
from listok.generators.values import Value

Grid: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Layer(Checked):
    """A convolution of a square image: the sides of image and kernel, the zeros added on every side, and the stride."""

    side: Annotated[int, Within(1, 4096)]
    kernel: Annotated[int, Within(1, 4224)]
    padding: Annotated[int, Within(0, 64)]
    stride: Annotated[int, Within(1, 64)]

    def rules(self) -> Iterator[str]:
        if self.kernel > self.side + 2 * self.padding:
            yield f"the kernel of side {self.kernel} does not fit into the padded image"


@dataclass(frozen=True)
class Term:
    pixel: int
    weight: int


@dataclass(frozen=True)
class Params(Checked):
    """A square `image` and a square `kernel`, not larger; windows of `pool` by `pool`; the `stride` of the first
    strided map; the `padding` of the padded one, whose corners are asked; `layers` whose output sizes are asked."""

    image: Annotated[Grid, Square(3, 10), Within(-255, 255)]
    kernel: Annotated[Grid, Square(2, 5), Within(-255, 255)]
    pool: Annotated[int, Within(2, 4)]
    stride: Annotated[int, Within(2, 5)]
    padding: int
    layers: Annotated[tuple[Layer, ...], Size(1, 6)]

    def rules(self) -> Iterator[str]:
        if self.k > self.n:
            yield f"the kernel's side {self.k} is larger than the image's side {self.n}"
        if self.pool > self.n - self.k + 1:
            yield f"pool must not be larger than the side of the feature map, {self.n - self.k + 1}"
        if not 1 <= self.padding < self.k:
            yield f"padding must be at least 1 and less than the kernel's side {self.k}"

    @property
    def n(self) -> int:
        return len(self.image)

    @property
    def k(self) -> int:
        return len(self.kernel)

    @property
    def left_over(self) -> bool:
        """Whether the last rows and columns of the feature map lie in no window of the pooling."""
        return (self.n - self.k + 1) % self.pool > 0

    @property
    def other_stride(self) -> int:
        """The stride of the second strided map: 2 or 3, whichever the first is not."""
        return 3 if self.stride == 2 else 2

    @property
    def cells(self) -> int:
        """How many numbers one window of the pooling holds."""
        return self.pool**2

    @property
    def first(self) -> tuple[Term, ...]:
        """The products in the upper left cell of the feature map."""
        return terms_of(self.image, self.kernel)

    @property
    def corner(self) -> tuple[Term, ...]:
        """Those in the upper left cell of the padded map, without the zeros of the frame."""
        return terms_of(self.image, tuple(row[self.padding :] for row in self.kernel[self.padding :]))

    @property
    def padded_image(self) -> Grid:
        return padded(self.image, self.padding, self.padding)

    @property
    def padded_picture(self) -> Scene:
        """The padded image with the frame of zeros in grey."""
        side = self.n + 2 * self.padding
        inner = range(self.padding, side - self.padding)
        frame = {(i, j) for i in range(side) for j in range(side) if i not in inner or j not in inner}
        return pixel_grid(self.padded_image, marked=frame, cell=6.0)


def terms_of(image: Grid, kernel: Grid) -> tuple[Term, ...]:
    """What is multiplied where a kernel lies upon the upper left corner of an image."""
    return tuple(Term(image[i][j], weight) for i, row in enumerate(kernel) for j, weight in enumerate(row))


@dataclass(frozen=True)
class SizeStep:
    """How one output size is found: `room` is the way the window can travel, `moves` the whole steps it makes."""

    room: int
    moves: int
    result: int


@dataclass(frozen=True)
class Solution:
    """`block_sum` is that of the upper left window of the pooling; `corners` are the four corner numbers of the padded
    map."""

    map: Grid
    map_side: int
    max_pool: Grid
    average_pool: Rows
    block_sum: int
    strided: Grid
    strided_side: int
    restrided: Grid
    restrided_side: int
    corners: Grid
    padded_side: int
    sizes: tuple[int, ...]
    size_steps: tuple[SizeStep, ...]

def draw(d: Draw, level: int) -> Params:
    side, k = ((5, 2), (6, 3), (6, 3))[level - 1]
    zeros, largest = ((1, 2), (5, 3), (3, 3))[level - 1]
    # at least one negative and one positive weight, so that a lost minus shows
    weights = [-d.integer(1, largest - 1), d.integer(1, largest), *([0] * zeros)]
    weights += [d.integer(1 - largest, largest, exclude=(0,)) for _ in range(k * k - len(weights))]
    cells = d.shuffled(weights)
    image = [list(row) for row in d.grid(side, side, 0, (3, 5, 9)[level - 1])]
    for i, j in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        image[i][j] = d.integer(1, 3)  # or a corner of the padded map might be nothing but zeros
    return Params(
        image=tuple(map(tuple, image)),
        kernel=tuple(cells[i * k : (i + 1) * k] for i in range(k)),
        pool=2,
        stride=d.integer(2, 3),
        padding=d.integer(1, 2) if level == 3 else 1,
        layers=tuple(_layer(d, index) for index in range((2, 2, 3)[level - 1])),
    )


def _layer(d: Draw, index: int) -> Layer:
    """A layer to find the size of: even ones are padded, odd ones leave pixels over at the edge."""
    kernel, side = d.choice((3, 5, 7)), d.integer(20, 64)
    if index % 2 == 0:
        return Layer(side, kernel, d.integer(1, (kernel + 1) // 2), d.integer(1, 2))
    stride = d.integer(2, 4)
    return Layer(side + ((side - kernel) % stride == 0), kernel, 0, stride)


def mean(numbers: Sequence[Fraction]) -> Fraction:
    return Fraction(sum(numbers)) / len(numbers)


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    kernel: Grid | None = None,
    pool_stride: int | None = None,
    average: Callable[[Sequence[Fraction]], Value] = mean,
    sides: int = 2,
    whole: Callable[[Fraction], int] = math.floor,
    first: int = 1,
) -> Solution:
    """The map window by window; everything else but the corners of the padded map is taken from it.

    A mistake changes one thing: the `kernel`, the stride of the pooling, what is taken for the `average`, the `sides`
    that zeros are added on, how a quotient becomes `whole`, or the `first` position that is counted before any move.
    """
    X, K, k = p.image, p.kernel if kernel is None else kernel, p.k
    Y = given.get("map", convolved(X, K))

    step = p.pool if pool_stride is None else pool_stride
    frame = padded(X, p.padding if sides == 2 else 0, p.padding)
    corners = convolved(frame, K, len(frame) - k)  # a stride from corner to corner

    sizes = []
    for layer in p.layers:
        room = layer.side + sides * layer.padding - layer.kernel
        moves = whole(Fraction(room, layer.stride))
        sizes.append(SizeStep(room, moves, moves + first))

    return Solution(
        map=Y,
        map_side=p.n - k + 1,
        max_pool=pooled(Y, p.pool, step, max),
        average_pool=pooled(Y, p.pool, step, average),
        block_sum=sum(windows(Y, p.pool)[0][0]),
        strided=thinned(Y, p.stride),
        strided_side=(p.n - k) // p.stride + 1,
        restrided=thinned(Y, p.other_stride),
        restrided_side=(p.n - k) // p.other_stride + 1,
        corners=corners,
        padded_side=p.n + 2 * p.padding - k + 1,
        sizes=tuple(size.result for size in sizes),
        size_steps=tuple(sizes),
    )


def check(p: Params, s: Solution) -> str | None:
    if not any(map(any, p.kernel)):
        return "the kernel is all zeros"
    if len(set(chain.from_iterable(p.image))) == 1:
        return "all pixels of the image are equal"
    if len(set(chain.from_iterable(s.map))) == 1:
        return "all numbers of the feature map are equal"
    if p.left_over:
        return f"windows of {p.pool} by {p.pool} leave over a part of the feature map, whose side is {s.map_side}"
    if len(s.max_pool) == len(s.strided) == len(s.restrided) == 1:
        return "the pooled map and both strided maps are a single number"
    return None


def turned(kernel: Grid) -> Grid:
    """The kernel rotated by 180 degrees."""
    return tuple(row[::-1] for row in kernel[::-1])


def without_last(grid: Grid) -> Grid | None:
    """A map without its last row and column; there is none of a single number."""
    return tuple(row[:-1] for row in grid[:-1]) if len(grid) > 1 else None


MAPS = "map max_pool average_pool strided restrided corners"


def products(p: Params, s: Solution) -> int:
    """How many products a number of the map is a sum of: a weight of 0 makes none."""
    return sum(w != 0 for row in p.kernel for w in row)


EXERCISE = Exercise(
    number=40,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(9.1, 11.5, 14.8),
    terms={"map": products, "average_pool": lambda p, s: p.cells, "corners": lambda p, s: (p.k - p.padding) ** 2},
    parts={
        "map": Matrix(points=4),
        "max_pool": Matrix(points=1),
        "average_pool": Matrix(points=1, digits=2),
        "strided": Matrix(points=1),
        "restrided": Matrix(points=1),
        "corners": Matrix(points=2),
        "sizes": Vector(points=2),
    },
    mistakes={
        "flipped": wrong(kernel=lambda p: turned(p.kernel), spoils=MAPS),
        "minus_lost": wrong(kernel=lambda p: tuple(tuple(map(abs, row)) for row in p.kernel), spoils=MAPS),
        "overlapping": wrong(pool_stride=1, spoils="max_pool average_pool"),
        "not_divided": wrong(average=lambda p: sum, credit=HALF),
        "last_lost": instead(
            strided=lambda p, s: without_last(s.strided), restrided=lambda p, s: without_last(s.restrided)
        ),
        "one_side": wrong(sides=1, spoils="corners sizes"),
        "without_one": wrong(first=0),
        "rounded_up": wrong(whole=lambda p: math.ceil),
    },
    version=2,
    carry=("max_pool", "average_pool", "strided", "restrided"),
)
