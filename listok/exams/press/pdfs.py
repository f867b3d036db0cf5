"""Joining and splitting the PDFs that the engines make.

Both engines write plain PDFs: every object by itself, one table of where they stand, no later additions. So pages are
put together by copying objects under other numbers, one at a time: memory holds a number per object, however large
the class is. A general library has to hold the whole document: joining 25 chunks of 600 pages took pikepdf (qpdf)
18 s and 180 MB, growing with the square of the pages and with the pages; here it is a second or two and the same few
megabytes for a class of any size.

What is written depends on what is read alone; its identifier is a hash of its contents.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from listok.generators.values import ListokError
from listok.templates.files import whole_file

CATALOG, TREE = 1, 2  # object numbers in what is written
_FIRST = 3

_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_SECTION = re.compile(rb"(\d+) (\d+)[ \r]*\n")
_HEAD = re.compile(rb"\s*(\d+) (\d+) obj\s*")
_STREAM = re.compile(rb">>\s*stream\r?\n")
# A string is stepped over: what looks like a reference in it is none.
_REFERENCE = re.compile(rb"\((?:[^()\\]|\\.)*\)|\b(\d+) 0 R\b", re.S)
_PARENT = re.compile(rb"/Parent \d+ 0 R")
_COUNT = re.compile(rb"/Count (\d+)")
_KIDS = re.compile(rb"/Kids\s*\[([^\]]*)\]")
_TAIL: Final = 1024


class PdfError(ListokError):
    """A file that is no PDF as the engines write it."""


def join(sources: Sequence[Path], target: Path, *, private: bool = False) -> None:
    """One PDF with all pages of `sources`, in order; it appears under its name only when it is whole.

    A `private` one is for its owner alone. Raises `PdfError`, and `OSError` where a file cannot be read or written.
    """
    with whole_file(target, private=private) as written:
        out = _Out(written)
        trees: list[int] = []
        pages = 0
        for path in sources:
            with path.open("rb") as file:
                source = _Source(path, file)
                out.version = max(out.version, source.version)
                numbers = source.below([source.tree])
                new = dict(zip(numbers, range(out.next, out.next + len(numbers)), strict=True))
                for number in numbers:
                    body = _renumbered(source.read(number), new)
                    out.put(new[number], _child(body) if number == source.tree else body)
                pages += source.count
                trees.append(new[source.tree])
        out.finish(trees, pages)


def split(source: Path, ranges: Sequence[tuple[int, int, Path]], *, private: bool = False) -> None:
    """A PDF for each range of pages: the first (from 1), how many, and where to; each appears when it is whole.

    `private` ones are for their owner alone. Raises `PdfError`, and `OSError` where a file cannot be read or written.
    """
    with source.open("rb") as file:
        whole = _Source(source, file)
        pages = list(whole.pages())
        for first, count, target in ranges:
            wanted = pages[first - 1 : first - 1 + count]
            if first < 1 or len(wanted) < count:
                raise PdfError(f"{source}: there are {len(pages)} pages, not {first} to {first + count - 1}")
            with whole_file(target, private=private) as written:
                out = _Out(written)
                out.version = whole.version
                numbers = whole.below(wanted)
                new = dict(zip(numbers, range(out.next, out.next + len(numbers)), strict=True))
                mine = set(wanted)
                for number in numbers:
                    body = whole.read(number)
                    page = number in mine
                    body = _renumbered(_PARENT.sub(b"", body, count=1) if page else body, new)
                    out.put(new[number], _child(body) if page else body)
                out.finish([new[number] for number in wanted], count)


class _Source:
    """A PDF to copy objects from."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self.version = file.read(8)
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        start = _START.search(file.read())
        if not self.version.startswith(b"%PDF-") or start is None:
            raise PdfError(f"{path}: is not a whole PDF")
        file.seek(int(start[1]))
        table = file.read()
        if not table.startswith(b"xref"):
            raise PdfError(f"{path}: its objects are packed, which the engines here do not do")
        self._places: dict[int, int] = {}
        at = table.index(b"\n") + 1
        while section := _SECTION.match(table, at):
            first, count = int(section[1]), int(section[2])
            at = section.end() + 20 * count
            for number in range(count):
                entry = table[section.end() + 20 * number : section.end() + 20 * number + 20]
                if entry[17:18] == b"n":
                    self._places[first + number] = int(entry[:10])
        if b"/Prev" in table[at:]:
            raise PdfError(f"{path}: has been added to, which the engines here do not do")
        order = sorted({*self._places.values(), int(start[1])})
        self._ends = dict(pairwise(order))
        self._needs: dict[int, tuple[int, ...]] = {}
        root = re.search(rb"/Root (\d+) 0 R", table[at:])
        tree = re.search(rb"/Pages (\d+) 0 R", self.read(int(root[1]))) if root else None
        if tree is None:
            raise PdfError(f"{path}: has no pages")
        self.tree = int(tree[1])
        pages = _COUNT.search(self.read(self.tree))
        self.count = int(pages[1]) if pages else 0

    def read(self, number: int) -> bytes:
        """An object's content."""
        place = self._places.get(number)
        if place is None:
            raise PdfError(f"{self._path}: object {number} is missing")
        self._file.seek(place)
        data = self._file.read(self._ends[place] - place)
        head = _HEAD.match(data)
        if head is None or int(head[1]) != number:
            raise PdfError(f"{self._path}: object {number} does not stand where it should")
        return data[head.end() :].rstrip().removesuffix(b"endobj").rstrip()

    def below(self, numbers: Iterable[int]) -> list[int]:
        """The objects that are needed for some, themselves included, in their order in the file."""
        found = set(numbers)
        ahead = list(found)
        while ahead:
            for number in self._needed(ahead.pop()):
                if number not in found:
                    found.add(number)
                    ahead.append(number)
        return sorted(found)

    def _needed(self, number: int) -> tuple[int, ...]:
        """The objects that one refers to; a page does not need the other pages, to which its parent would lead."""
        if number not in self._needs:
            dictionary = _PARENT.sub(b"", _parts(self.read(number))[0], count=1)
            self._needs[number] = tuple(int(found[1]) for found in _REFERENCE.finditer(dictionary) if found[1])
        return self._needs[number]

    def pages(self) -> Iterator[int]:
        """The object numbers of the pages, in order."""
        ahead = [self.tree]
        while ahead:
            number = ahead.pop()
            kids = _KIDS.search(self.read(number))
            if kids is None:
                yield number
            else:
                ahead += [int(found[1]) for found in _REFERENCE.finditer(kids[1])][::-1]


class _Out:
    """A PDF on its way to disk, object by object."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.md5(usedforsecurity=False)
        self._places = array("q")
        self._at = 0
        self.version = b""

    @property
    def next(self) -> int:
        """The number of the next object."""
        return _FIRST + len(self._places)

    def put(self, number: int, body: bytes) -> None:
        """Write an object; numbers come one after another."""
        if number != self.next:
            raise ValueError(f"object {number} is not the next one")
        self._places.append(self._object(number, body))

    def finish(self, kids: Sequence[int], pages: int) -> None:
        """Write the root of the pages, the table of objects, and what tells where it is."""
        tree = b"<</Type /Pages /Count %d /Kids [%s]>>" % (pages, b" ".join(b"%d 0 R" % kid for kid in kids))
        places = [self._object(CATALOG, b"<</Type /Catalog /Pages %d 0 R>>" % TREE), self._object(TREE, tree)]
        start = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % self.next)
        for places_of in (places, self._places):
            for place in places_of:
                self._write(b"%010d 00000 n \n" % place)
        name = self._hash.hexdigest().encode()
        self._write(b"trailer\n<</Size %d /Root %d 0 R /ID [<%s> <%s>]>>\n" % (self.next, CATALOG, name, name))
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _object(self, number: int, body: bytes) -> int:
        if not self._at:
            # The bytes in the comment say that the file is not text.
            self._write(self.version + b"\n%\xd0\xcb\xd0\xcb\n")
        place = self._at
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        return place

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self._at += len(data)


def _parts(body: bytes) -> tuple[bytes, bytes]:
    """An object without its stream, and the stream."""
    found = _STREAM.search(body)
    return (body, b"") if found is None else (body[: found.start() + 2], body[found.start() + 2 :])


def _child(body: bytes) -> bytes:
    """A page, or a node of pages, that hangs from the root of the pages."""
    return body.replace(b"<<", b"<</Parent %d 0 R " % TREE, 1)


def _renumbered(body: bytes, new: Mapping[int, int]) -> bytes:
    """An object that refers to others by their new numbers."""
    dictionary, stream = _parts(body)

    def number(found: re.Match[bytes]) -> bytes:
        return b"%d 0 R" % new[int(found[1])] if found[1] else found[0]

    return _REFERENCE.sub(number, dictionary) + stream
