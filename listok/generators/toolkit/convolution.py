"""Convolution and pooling of square images, by the definition. A grid is a tuple of rows.

Convolution is what the field calls so: cross-correlation, the kernel is not flipped (Goodfellow et al., Deep Learning,
eq. 9.6). A window always fits inside the image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from listok.generators.toolkit.linear import dot

T = TypeVar("T")
Grid: TypeAlias = tuple[tuple[T, ...], ...]


def windows(grid: Grid[T], size: int, stride: int = 1) -> list[list[list[T]]]:
    """The numbers in each window of `size` by `size`, as rows of windows, the first in the upper left corner."""
    starts = range(0, len(grid) - size + 1, stride)
    return [[[cell for row in grid[i : i + size] for cell in row[j : j + size]] for j in starts] for i in starts]


@lru_cache(maxsize=64)  # the mistakes of a variant ask for the same maps again
def convolved(image: Grid[Any], kernel: Grid[Any], stride: int = 1) -> Grid[Any]:
    """The feature map: in each window the sum of pixels times weights. Image n by n, kernel k by k, map of side
    (n - k) // stride + 1."""
    k = len(kernel)
    starts = range(0, len(image) - k + 1, stride)

    def cell(i: int, j: int) -> Any:
        return sum([dot(pixels[j : j + k], weights) for pixels, weights in zip(image[i : i + k], kernel, strict=True)])

    return tuple([tuple([cell(i, j) for j in starts]) for i in starts])


def padded(image: Grid[int], before: int, after: int) -> Grid[int]:
    """The image with rows and columns of zeros: `before` above and to the left, `after` below and to the right."""
    width = before + len(image) + after
    above, below = ((0,) * width,) * before, ((0,) * width,) * after
    return above + tuple([(0,) * before + row + (0,) * after for row in image]) + below


def pooled(grid: Grid[T], size: int, stride: int, keep: Callable[[Sequence[T]], Any]) -> Grid[Any]:
    """What `keep` makes of the numbers of each window (the largest: max pooling; the mean: average pooling)."""
    return tuple([tuple([keep(window) for window in row]) for row in windows(grid, size, stride)])


def thinned(grid: Grid[T], stride: int) -> Grid[T]:
    """The rows and columns with numbers 1, 1 + stride, and so on: the map with that stride, taken from the full one."""
    return tuple([row[::stride] for row in grid[::stride]])
