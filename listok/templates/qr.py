"""QR symbols as dark modules, for printers to draw: of a form's code, and of the code with a page's number.

How many pages a form has is not known before it is set. But a symbol with another number of the page differs from that
of page 1 in the same modules whatever the code, for the symbols of texts of one kind and length are affine over the
field of two elements. So a form brings the symbol of its page 1, the preamble of a document brings the `turns`, and
both drawn as one path by the even-odd rule are the symbol of the page.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import TypeAlias

import segno

MODULES = 21
"""Side of the symbol (version 1) without its quiet zone."""

PAGES = 99
"""The most pages that a form may have."""

Rectangles: TypeAlias = tuple[tuple[int, int, int, int], ...]
"""Dark modules as rectangles that have nothing in common: x, y (from the upper left corner), width, height."""

_ANY = "000-000-000"


@functools.lru_cache(maxsize=1024)
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of the QR symbol of a short text, true where dark, without a quiet zone."""
    symbol = segno.make(text, error="m", version=1, mask=0, boost_error=False, micro=False)
    return tuple(tuple(bool(module) for module in row) for row in symbol.matrix)


def rectangles(text: str) -> Rectangles:
    """The QR symbol of a short text."""
    return _rectangles(modules(text))


def first_page(code: str) -> Rectangles:
    """The symbol of page 1 of a form; of nothing, where there is no code."""
    if len(code) not in (0, len(_ANY)):
        raise ValueError(f"{code!r} is not as long as the code of a form")
    return rectangles(said(code, 1)) if code else ()


@functools.cache
def turns() -> tuple[Rectangles, ...]:
    """For pages 1 to `PAGES` the modules in which their symbols differ from that of page 1."""
    first = modules(said(_ANY, 1))
    found = []
    for page in range(1, PAGES + 1):
        rows = zip(modules(said(_ANY, page)), first, strict=True)
        found.append(_rectangles([[a != b for a, b in zip(*pair, strict=True)] for pair in rows]))
    return tuple(found)


def said(code: str, page: int) -> str:
    """What the symbol of a printed page says."""
    return f"{code}/{page}"


def svg_path(dark: Rectangles) -> str:
    """Dark modules as a path of SVG."""
    return "".join(f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in dark)


def _rectangles(dark: Sequence[Sequence[bool]]) -> Rectangles:
    """Runs of each row, and those below one another as one rectangle."""
    found: list[tuple[int, int, int, int]] = []
    above: dict[tuple[int, int], int] = {}
    for y, row in enumerate(dark):
        here = {}
        x = 0
        for module, same in itertools.groupby(row):
            width = len(list(same))
            if module and (x, width) in above:
                place = here[x, width] = above[x, width]
                found[place] = (*found[place][:3], found[place][3] + 1)
            elif module:
                here[x, width] = len(found)
                found.append((x, y, width, 1))
            x += width
        above = here
    return tuple(found)
