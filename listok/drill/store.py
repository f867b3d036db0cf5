"""The log on a student's own computer: one SQLite file, which is only ever added to.

Lines are kept as they came, those of a newer listok too. An event is on the disk when `add` returns, so that a process
that is killed loses nothing it has told of; several terminals may share a log. SQLite keeps a rollback journal, not a
write-ahead log, which does not work on network drives, where universities keep home folders.
"""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from platformdirs import user_data_path

from listok.drill.events import (
    Event,
    Header,
    LogError,
    Unknown,
    line_of,
    new_header,
    read_event,
    read_header,
    read_log,
)
from listok.templates.files import read_text, write_whole

FORMAT = 1
"""Of the tables; what stands in the lines has a format of its own."""

APPLICATION = 0x6C697374
"""Tells SQLite files of ours from others: `list`, in the bytes that SQLite's header keeps for it."""

SECONDS = 20.0
"""How long one terminal waits for another that is writing."""

_MAGIC = b"SQLite format 3\0"
_TABLES = (
    "CREATE TABLE header (line TEXT NOT NULL)",
    "CREATE TABLE events (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, line TEXT NOT NULL)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)
_REASONS = {
    sqlite3.SQLITE_BUSY: "another program is writing to it: try again",
    sqlite3.SQLITE_FULL: "the disk is full: make room and try again",
    sqlite3.SQLITE_READONLY: "it cannot be written to: give another --log",
    sqlite3.SQLITE_PERM: "it cannot be written to: give another --log",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: give another --log",
    sqlite3.SQLITE_IOERR: "the disk fails: give another --log",
}
"""By SQLite's primary codes; anything else means that the file is damaged."""

_DAMAGED = "this log is damaged: move it away, or give another --log"
_NO_LOG = "this is no log of listok drill: give another --log"


def usual_place() -> Path:
    """Where the log is kept if nothing else is said."""
    return user_data_path("listok") / "drill.sqlite3"


class Store:
    """An open log. Raises `LogError` with one line that names the file, which stays as it is if it is no log.

    `header` tells whose log it is; a new one gets a student's number of its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        _check(path)
        with self._told():
            self._log = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
        try:
            with self._told():
                self._log.execute("PRAGMA synchronous = FULL")
                self.header = self._header()
        except BaseException:
            self._log.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()

    def news(self) -> list[Event | Unknown]:
        """What was added since this was last asked, by whatever terminal; at first, everything."""
        found = []
        for number, line in self._rows(self._seen):
            try:
                found.append(read_event(line))
            except (LogError, TypeError) as error:
                raise LogError(f"{self.path}: event {number}: {error}: {_DAMAGED}") from None
            self._seen = number
        return found

    def add(self, *events: Event | Unknown) -> None:
        """Add events, all or none; they are on the disk when this returns."""
        self._add({event.id: line_of(event) for event in events})

    def export(self) -> str:
        """The whole log as lines of JSON, as they came."""
        return "".join(f"{line}\n" for line in (line_of(self.header), *(line for _, line in self._rows())))

    def export_to(self, path: Path) -> None:
        """Write the log into a file for its owner alone. One that is there already is replaced if it is a log of which
        all stands here; else `LogError` is raised."""
        if path.exists():
            held = {read_event(line).id for _, line in self._rows()}
            try:
                _, events = read_log(_lines(path))
            except LogError:
                raise LogError(f"{path}: something else is there: give another name") from None
            if not {event.id for event in events} <= held:
                raise LogError(f"{path}: it holds events that this log lacks: --import it first, or give another name")
        try:
            write_whole(path, [self.export()], private=True)
        except OSError as error:
            raise LogError(f"{path}: cannot be written ({error.strerror})") from None

    def take(self, path: Path) -> tuple[int, int]:
        """Add the events of an exported log (`-`: of standard input), all or none; how many were new, and how many are
        in it. Raises `LogError` with the number of the line that is wrong."""
        lines = _lines(path)
        try:
            read_log(lines)
        except LogError as error:
            raise LogError(f"{path}: {error}; nothing was taken") from None
        _, *rest = (line.strip() for line in lines if line.strip())
        found = {read_event(line).id: line for line in reversed(rest)}
        return self._add(dict(reversed(found.items()))), len(found)

    def _header(self) -> Header:
        if self._is_new():
            with self._writing():
                if self._is_new():  # and no other terminal was quicker
                    for statement in _TABLES:
                        self._log.execute(statement)
                    self._log.execute("INSERT INTO header VALUES (?)", (line_of(new_header()),))
        ((number,),) = self._log.execute("PRAGMA user_version")
        if number > FORMAT:
            raise LogError(f"{self.path}: a newer listok keeps this log: install it, or give another --log")
        lines = self._log.execute("SELECT line FROM header").fetchall()
        try:
            return read_header(lines[0][0])
        except (LogError, LookupError, TypeError) as error:
            raise LogError(f"{self.path}: {error if isinstance(error, LogError) else _DAMAGED}") from None

    def _is_new(self) -> bool:
        return self._log.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    def _rows(self, after: int = 0) -> list[tuple[int, str]]:
        with self._told():
            rows = "SELECT number, line FROM events WHERE number > ? ORDER BY number"
            return self._log.execute(rows, (after,)).fetchall()

    def _add(self, lines: Mapping[str, str]) -> int:
        with self._told(), self._writing():
            before = self._log.total_changes
            self._log.executemany("INSERT OR IGNORE INTO events (id, line) VALUES (?, ?)", lines.items())
            return self._log.total_changes - before

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that nobody else writes during, undone if anything happens in it."""
        self._log.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._log.execute("COMMIT")
        except BaseException:
            if self._log.in_transaction:
                self._log.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's errors into one line."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            raise LogError(f"{self.path}: {_REASONS.get(code, _DAMAGED)}") from None


def _check(path: Path) -> None:
    """See that a path is a log, or make an empty file there, which nobody but its owner reads; an empty file is a log
    that was never written to."""
    try:
        if path == usual_place():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise LogError(f"{path}: cannot be made ({error.strerror}): give another --log") from None
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            head = file.read(100) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b"?"
    except OSError as error:
        raise LogError(f"{path}: cannot be read ({error.strerror}): give another --log") from None
    if head and not (head.startswith(_MAGIC) and int.from_bytes(head[68:72], "big") == APPLICATION):
        raise LogError(f"{path}: {_NO_LOG}")


def _lines(path: Path) -> list[str]:
    """The lines of a file, or of standard input. Only a line's end parts them: JSON may hold other separators."""
    if path == Path("-"):
        try:
            text = io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", newline="\n").read()
        except UnicodeDecodeError:
            raise LogError("-: not UTF-8: give what --export wrote") from None
    else:
        text = read_text(path, LogError, "give what --export wrote")
    return text.split("\n")
