"""What passes between the build and the engines: pieces of paper to print, and what became of each.

A *piece* is the source of one run of pages in an engine's own language: a form's sheet, a form's key, a page of the
grading grid. An engine's ``print_chunk(preamble, pieces, target)`` prints a chunk of them into one PDF and says where
each one landed. A piece that the engine cannot print is named and left out; the others are delivered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Piece:
    """The source of one run of pages, in the language of the engine that will print it."""

    id: str  # a form's code, or "grid": ASCII letters, digits and hyphens, unique in its chunk
    body: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where on paper an answer is to be written: a page of its piece, from 1, and a rectangle in millimetres.

    `x` and `y` are its upper left corner, from that of the page. The lines of one answer are one place, unless a page
    ends amid them; each cell of a matrix is one by itself.
    """

    name: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Printed:
    """What an engine made of a chunk. Pages count from 1 in the PDF that was made."""

    pages: tuple[tuple[str, int, int], ...]  # id, first page, number of pages (padding for duplex included)
    broken: tuple[tuple[str, str], ...]  # id, the engine's first error line: left out of the PDF
    places: tuple[tuple[Place, ...], ...] = ()  # for each of `pages`


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle as an engine tells of it, in millimetres: a line or frame, or so many rows and columns of cells."""

    name: str
    rows: int
    columns: int
    page: int
    left: float
    top: float
    right: float
    bottom: float


def places_of(boxes: Iterable[Box]) -> tuple[Place, ...]:
    """The places of a piece: lines of one name on one page are put together, and cells taken apart."""
    places = []
    for (name, rows, columns, page), found in itertools.groupby(
        boxes, lambda box: (box.name, box.rows, box.columns, box.page)
    ):
        mine = list(found)
        left, top = min(box.left for box in mine), min(box.top for box in mine)
        width, height = max(box.right for box in mine) - left, max(box.bottom for box in mine) - top
        if not rows:
            places.append(_place(name, page, left, top, width, height))
        for row, column in itertools.product(range(rows), range(columns)):
            x, y = left + width * column / columns, top + height * row / rows
            places.append(_place(f"{name}.{row + 1}.{column + 1}", page, x, y, width / columns, height / rows))
    return tuple(places)


def _place(name: str, page: int, *lengths: float) -> Place:
    return Place(name, page, *(round(length, 2) for length in lengths))


def encode_pieces(pieces: Iterable[Piece]) -> bytes:
    """Pieces as bytes that another process or machine can read."""
    return msgspec.msgpack.encode(list(pieces))


def decode_pieces(data: bytes) -> list[Piece]:
    """Pieces from what `encode_pieces` gave."""
    return msgspec.msgpack.decode(data, type=list[Piece])


def encode_printed(printed: Printed) -> bytes:
    """What an engine made of a chunk, as bytes."""
    return msgspec.msgpack.encode(printed)


def decode_printed(data: bytes) -> Printed:
    """What an engine made of a chunk, from what `encode_printed` gave."""
    return msgspec.msgpack.decode(data, type=Printed)
