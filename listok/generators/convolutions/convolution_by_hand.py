"""Convolve a small image with a kernel, pool the map, change the stride, pad with zeros, and find output sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from listok.generators.answers import Matrix, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene, pixel_grid
from listok.generators.ratios import ratio, ratios
from listok.generators.remember import remembers_last
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
    """A square `image` and a square `kernel`, not larger; windows of `pool` by `pool`; the `stride` of the first
    strided map; the `padding` of the padded one; `layers` whose output sizes are asked."""

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
    def other_stride(self) -> int:
        """The stride of the second strided map: 2 or 3, whichever the first is not."""
        return 3 if self.stride == 2 else 2

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
    restrided: Grid
    restrided_side: int
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


def _correlate(image: Grid, kernel: Grid) -> Grid:
    """Slide the kernel, not flipped, over an image. Where the image is written in one row, so is the kernel, with
    zeros for the rest of each row of the image."""
    width, side = len(image), len(image) - len(kernel) + 1
    rest = (0,) * (side - 1)
    pixels = [pixel for row in image for pixel in row]
    weights = [weight for row in kernel for weight in (*row, *rest)][: len(kernel) * width - len(rest)]
    sums = np.correlate(pixels, weights, "valid").tolist()
    # sums of windows that would run over the edge of the image stand between the rows
    return tuple([tuple(sums[start : start + side]) for start in range(0, side * width, width)])


def _framed(image: Grid, padding: int) -> Grid:
    """The image with so many rows and columns of zeros on every side."""
    zeros = (0,) * padding
    edge = ((0,) * (len(image) + 2 * padding),) * padding
    return (*edge, *[(*zeros, *row, *zeros) for row in image], *edge)


def _inner(padded: Grid, padding: int) -> Grid:
    """The map of the image alone, which is the middle of the map of the image with its frame."""
    return tuple([row[padding:-padding] for row in padded[padding:-padding]])


def _windows(grid: Grid, size: int, step: int) -> list[list[list[int]]]:
    """The cells of square windows so far apart, as rows of windows."""
    starts = range(0, len(grid) - size + 1, step)
    return [[[cell for row in grid[i : i + size] for cell in row[j : j + size]] for j in starts] for i in starts]


def _largest(windows: list[list[list[int]]]) -> Grid:
    return tuple([tuple(map(max, row)) for row in windows])


def _averages(windows: list[list[list[int]]], count: int) -> Averages:
    """Sums over the windows, divided by a count."""
    return tuple([ratios(map(sum, row), count) for row in windows])


def _thinned(grid: Grid, stride: int) -> Grid:
    return tuple([row[::stride] for row in grid[::stride]])


@remembers_last
def solve(p: Params) -> Solution:
    image, kernel, k = p.image, p.kernel, p.k
    frame = _framed(image, p.padding)
    padded = _correlate(frame, kernel)
    plain = _inner(padded, p.padding)
    blocks = _windows(plain, p.pool, p.pool)
    inside = k - p.padding
    size_steps = []
    for number, layer in enumerate(p.layers, 1):
        room = layer.side + 2 * layer.padding - layer.kernel
        moves = room // layer.stride
        size_steps.append(Size(number, layer.side, layer.kernel, layer.padding, layer.stride, room, moves, moves + 1))
    return Solution(
        map=plain,
        map_side=p.n - k + 1,
        first=tuple([Term(image[i][j], kernel[i][j]) for i in range(k) for j in range(k)]),
        max_pool=_largest(blocks),
        average_pool=_averages(blocks, p.pool**2),
        block=tuple(blocks[0][0]),
        strided=_thinned(plain, p.stride),
        strided_side=(p.n - k) // p.stride + 1,
        restrided=_thinned(plain, p.other_stride),
        restrided_side=(p.n - k) // p.other_stride + 1,
        padded=padded,
        padded_side=p.n + 2 * p.padding - k + 1,
        padded_image=frame,
        corner=tuple([
            Term(image[i][j], kernel[i + p.padding][j + p.padding]) for i in range(inside) for j in range(inside)
        ]),
        sizes=tuple([s.result for s in size_steps]),
        size_steps=tuple(size_steps),
    )  # fmt: skip


def oracle(p: Params) -> Solution:
    """By the definition: visit every window and every cell; a size is the number of places where a window starts."""
    n, k, around = len(p.image), len(p.kernel), p.padding
    offsets = [(a, b, p.kernel[a][b]) for a in range(k) for b in range(k)]
    places, every = range(-around, n + around), range(-around, n + around - k + 1)
    rows = {i: {j: p.image[i][j] if 0 <= i < n and 0 <= j < n else 0 for j in places} for i in places}
    visited = {i: {j: sum([rows[i + a][j + b] * w for a, b, w in offsets]) for j in every} for i in every}

    def windows(starts: Sequence[int]) -> Grid:
        return tuple([tuple([visited[i][j] for j in starts]) for i in starts])

    plain = windows(range(n - k + 1))
    strided, restrided = (
        windows([i for i in range(0, n, stride) if i + k <= n]) for stride in (p.stride, p.other_stride)
    )
    padded = windows(every)
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
        first=tuple([Term(rows[a][b], w) for a, b, w in offsets]),
        max_pool=tuple(tuple(max(block) for block in row) for row in pools),
        average_pool=tuple(tuple(ratio(sum(block), len(block)) for block in row) for row in pools),
        block=tuple(pools[0][0]),
        strided=strided,
        strided_side=len(strided),
        restrided=restrided,
        restrided_side=len(restrided),
        padded=padded,
        padded_side=len(padded),
        padded_image=tuple([tuple(row.values()) for row in rows.values()]),
        corner=tuple([Term(rows[a - around][b - around], w) for a, b, w in offsets if a >= around and b >= around]),
        sizes=tuple([s.result for s in steps]),
        size_steps=tuple(steps),
    )


def check(p: Params, s: Solution) -> str | None:
    if not any(map(any, p.kernel)):
        return "the kernel is all zeros"
    if len({cell for row in p.image for cell in row}) == 1:
        return "all pixels of the image are equal"
    if len({cell for row in s.map for cell in row}) == 1:
        return "all numbers of the feature map are equal"
    if len(s.max_pool) == len(s.strided) == len(s.restrided) == 1:
        return "the pooled map and both strided maps are a single number"
    return None


def effort(p: Params, s: Solution) -> int:
    """Products with weights other than 0 (in the padded map only at the edge, where it is new), and cells seen."""
    weights = sum(map(bool, sum(p.kernel, ())))
    seen = sum(max(0, min(p.n, i + p.k) - max(0, i)) for i in range(-p.padding, p.n + p.padding - p.k + 1))
    edge = seen**2 - (s.map_side * p.k) ** 2
    taken = s.strided_side**2 + s.restrided_side**2
    return s.map_side**2 * (weights + 2) + edge * weights // p.k**2 + taken + 3 * len(p.layers)


def _with_kernel(p: Params, kernel: Grid) -> dict[str, Value]:
    padded = _correlate(_framed(p.image, p.padding), kernel)
    plain = _inner(padded, p.padding)
    blocks = _windows(plain, p.pool, p.pool)
    return {
        "map": plain,
        "max_pool": _largest(blocks),
        "average_pool": _averages(blocks, p.pool**2),
        "strided": _thinned(plain, p.stride),
        "restrided": _thinned(plain, p.other_stride),
        "padded": padded,
    }


def flipped(p: Params) -> Mapping[str, Value]:
    return _with_kernel(p, tuple(row[::-1] for row in p.kernel[::-1]))


def minus_lost(p: Params) -> Mapping[str, Value]:
    return _with_kernel(p, tuple(tuple(map(abs, row)) for row in p.kernel))


def overlapping(p: Params) -> Mapping[str, Value]:
    windows = _windows(solve(p).map, p.pool, 1)
    return {"max_pool": _largest(windows), "average_pool": _averages(windows, p.pool**2)}


def not_divided(p: Params) -> Mapping[str, Value]:
    return {"average_pool": _averages(_windows(solve(p).map, p.pool, p.pool), 1)}


def last_lost(p: Params) -> Mapping[str, Value]:
    s = solve(p)
    maps = {"strided": s.strided, "restrided": s.restrided}
    return {name: tuple([row[:-1] for row in grid[:-1]]) for name, grid in maps.items() if len(grid) > 1}


def one_side(p: Params) -> Mapping[str, Value]:
    """Without the zeros above and to the left, the first windows of the padded map do not exist."""
    return {
        "padded": tuple([row[p.padding :] for row in solve(p).padded[p.padding :]]),
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
        "restrided": Matrix("restrided", points=1),
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
    credit={"not_divided": Fraction(1, 2)},
    carry={
        "max_pool": lambda p, s: _largest(_windows(s.map, p.pool, p.pool)),
        "average_pool": lambda p, s: tuple(
            tuple(Fraction(sum(window)) / len(window) for window in row) for row in _windows(s.map, p.pool, p.pool)
        ),
        "strided": lambda p, s: _thinned(s.map, p.stride),
        "restrided": lambda p, s: _thinned(s.map, p.other_stride),
    },
)
