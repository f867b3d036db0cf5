"""Files as users meet them: a name means a whole file, and what cannot be read or written is told in one line."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from listok.generators.values import ListokError

PRIVATE = ("keys", "answers", "exam", "marks", "marks-parts", "feedback", "report", "questions")
"""Files and folders whose names are these up to the first point hold answers, names or marks."""

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab"}
"""What stands between the cells of a CSV file, and what it is called."""


class OutputError(ListokError):
    """Files that cannot be written; nothing half-written is left under its final name."""


def output_error(error: OSError, out: Path, state: str, again: str) -> OutputError:
    """The error of the disk when files were written into `out`, as one line: how things stand, and what to do."""
    problem = f"{error.filename or out}: {error.strerror}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(f"{problem}; {state}: make room and {again}")
    return OutputError(f"{problem}: give another --out")


def part_of(path: Path) -> Path:
    """Where a file stands until it is whole."""
    return path.with_name(path.name + ".part")


def is_private(name: str) -> bool:
    """Whether a file or folder of that name, or a file in such a folder, is for its owner's eyes alone."""
    return name.partition("/")[0].partition(".")[0] in PRIVATE


def private_file(path: Path) -> BinaryIO:
    """A new file, open for writing, that nobody but its owner can read, whatever the umask. Raises `OSError`."""
    path.unlink(missing_ok=True)  # who has the old one open, or has put a link there, does not get the new one
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.fchmod(file, 0o600)
    return os.fdopen(file, "wb")


def _new_file(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)  # a link, perhaps, which must not be followed
    return path.open("xb")


def private_folder(path: Path) -> None:
    """Make a folder that nobody but its owner can look into, or make it one; no link is followed. Raises `OSError`."""
    path.mkdir(mode=0o700, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(folder, 0o700)
    finally:
        os.close(folder)


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write into. Its name appears only when the file is whole and on the disk; until then, and after an
    error, a file of that name stays as it was. A `private` one is for its owner alone. Raises `OSError`."""
    part = part_of(path)
    try:
        with private_file(part) if private else _new_file(part) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, pieces: Iterable[str | bytes], *, private: bool = False) -> Path:
    """Write a `whole_file` from its pieces, text as UTF-8, and give its path. Raises `OSError`."""
    with whole_file(path, private=private) as file:
        for piece in pieces:
            file.write(piece if isinstance(piece, bytes) else piece.encode())
    return path


def read_text(path: Path, fault: Callable[[str], ListokError], remedy: str) -> str:
    """The text of a file in UTF-8, with or without BOM.

    Raises the error that `fault` makes of one line, which ends with `remedy` where the file is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise fault(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise fault(f"{path}: not UTF-8 (byte {error.start}): {remedy}") from None


_SEPARATOR = re.compile(rf'\s*"?sep=([{"".join(DELIMITERS)}])"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)


def csv_rows(
    text: str, source: str, fault: Callable[[str], ListokError], *, strict: bool = False
) -> tuple[str, list[list[str]]]:
    """The delimiter of a CSV file, which is the most frequent one in its first line that is not empty, and its rows.

    A line ``sep=;``, by which Excel is told the delimiter, is no row. With `strict`, a quote must end its cell. Cells
    may be of any length. `source` names the file in the error that `fault` makes of one line.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    told = _SEPARATOR.match(text)
    delimiter = told[1] if told else max(DELIMITERS, key=first.count)
    text = text[told.end() :] if told else text
    limit = csv.field_size_limit(2**31 - 1)  # a long cell may be a bad one; it does not make the file unreadable
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        return delimiter, list(reader)
    except csv.Error as error:
        raise fault(f"{source}: line {reader.line_num}: {error}; save the table as CSV once more") from None
    finally:
        csv.field_size_limit(limit)
