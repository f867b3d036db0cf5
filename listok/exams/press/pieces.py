"""What passes between the build and the engines: pieces of paper to print, and what became of each.

A *piece* is the source of one run of pages in an engine's own language: a form's sheet, a form's key, a page of the
grading grid. An engine's ``print_chunk(preamble, pieces, target)`` prints a chunk of them into one PDF and says where
each one landed. A piece that the engine cannot print is named and left out; the others are delivered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Piece:
    """The source of one run of pages, in the language of the engine that will print it."""

    id: str  # a form's code, or "grid": ASCII letters, digits and hyphens, unique in its chunk
    body: str


@dataclass(frozen=True, slots=True)
class Printed:
    """What an engine made of a chunk. Pages count from 1 in the PDF that was made."""

    pages: tuple[tuple[str, int, int], ...]  # id, first page, number of pages (padding for duplex included)
    broken: tuple[tuple[str, str], ...]  # id, the engine's first error line: left out of the PDF


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
