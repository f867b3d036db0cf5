"""The log of a drill: what a student met, typed and was helped with. All that is said of progress follows from it.

A log is a set of events, each a line of JSON with an id of its own: taken in twice, or from two places, it is the same
log. Its first line says what it is and whose: the number by which the student's variants are chosen.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from listok.generators.messages import MessageError
from listok.generators.values import ListokError, shortened

FORMAT = 1
"""Raised when logs are written that an older listok would misread; new kinds of events do not raise it."""

YEARS = 1970, 2999
"""The first and last years of events: a clock that is wrong says 1970, and days can be reckoned on from the last."""

ID_BYTES, STUDENT_BYTES = 8, 16


class LogError(ListokError):
    """A log that cannot be read or written; nothing of it is taken."""


class BadLine(MessageError, LogError):
    """A line that does not belong into a log."""


class Header(Struct, frozen=True):
    """The first line of a log: its format, and the student's number, 32 hexadecimal digits drawn once."""

    log: Literal["listok drill"]
    format: int
    student: str


class _Event(Struct, frozen=True, kw_only=True, tag_field="event"):
    """Something that happened to a variant, at a moment of local time with its offset (ISO 8601)."""

    id: str
    at: datetime.datetime
    code: str


class Shown(_Event, frozen=True, kw_only=True, tag="shown"):
    """A problem was put on the screen; `fingerprint` tells its numbers from those of any other variant."""

    fingerprint: str
    lang: Literal["ru", "en"]


class Tried(_Event, frozen=True, kw_only=True, tag="tried"):
    """An answer was read and marked: the outcome and the share of the points as in marking, and how many seconds the
    part is expected to take a good student with these numbers."""

    part: str
    typed: str
    outcome: str
    share: Annotated[str, Meta(pattern=r"^(0|1|[1-9][0-9]{0,5}/[1-9][0-9]{0,5})$")]
    mistake: str | None = None
    expected: int = 0

    @property
    def right(self) -> bool:
        """Whether the whole part is right, or follows from the student's own earlier answers."""
        return self.share == "1"


class Helped(_Event, frozen=True, kw_only=True, tag="helped"):
    """So many steps of a part's solution were shown by now; `whole` where all were."""

    part: str
    steps: int
    whole: bool = False


class Passed(_Event, frozen=True, kw_only=True, tag="passed"):
    """A part was passed over by the student."""

    part: str


class Left(_Event, frozen=True, kw_only=True, tag="left"):
    """The student went on to another problem, or stopped."""


Event: TypeAlias = Shown | Tried | Helped | Passed | Left


class Unknown(Struct, frozen=True):
    """An event of a kind that a newer listok writes: kept as it is."""

    id: str
    line: str


_HEADER = msgspec.json.Decoder(Header)
_EVENT = msgspec.json.Decoder(Event)
_ENCODER = msgspec.json.Encoder()
_KINDS = frozenset(("shown", "tried", "helped", "passed", "left"))


class _Kind(Struct, frozen=True):
    event: str
    id: str


_KIND = msgspec.json.Decoder(_Kind)


def new_id() -> str:
    """An id that no other event has."""
    return secrets.token_hex(ID_BYTES)


def new_header() -> Header:
    """The first line of a new log, with a student's number that nobody else has."""
    return Header("listok drill", FORMAT, secrets.token_hex(STUDENT_BYTES))


def line_of(record: Header | Event | Unknown) -> str:
    """One line of a log, without its end."""
    return record.line if isinstance(record, Unknown) else _ENCODER.encode(record).decode()


def read_event(line: str) -> Event | Unknown:
    """One event; raises `BadLine` without saying where."""
    try:
        kind = _KIND.decode(line)
        _check_hex(kind.id, ID_BYTES, "id")
        if kind.event not in _KINDS:
            return Unknown(kind.id, line.strip())
        event = _EVENT.decode(line)
    except (msgspec.MsgspecError, UnicodeError, ValueError) as error:
        raise BadLine("no_event", why=shortened(str(error), 120)) from None
    if event.at.tzinfo is None:
        raise BadLine("event_without_offset")
    if not YEARS[0] <= event.at.year <= YEARS[1]:
        raise BadLine("event_of_no_year", year=event.at.year)
    return event


def read_header(line: str) -> Header:
    """The first line of a log; raises `BadLine` where it is something else, or of a later format."""
    try:
        header = _HEADER.decode(line)
        _check_hex(header.student, STUDENT_BYTES, "student")
    except (msgspec.MsgspecError, UnicodeError, ValueError):
        raise BadLine("no_log", start='{"log":"listok drill", ...}') from None
    if header.format > FORMAT:
        raise BadLine("log_too_new", format=header.format, known=FORMAT)
    return header


def _check_hex(text: str, count: int, what: str) -> None:
    if len(text) != 2 * count or not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"{what} is not {2 * count} hexadecimal digits")


def read_log(lines: Iterable[str]) -> tuple[Header, list[Event | Unknown]]:
    """A whole log, each event once, in the order of the lines. Raises `BadLine` with the number of the line."""
    header: Header | None = None
    found: dict[str, Event | Unknown] = {}
    for number, line in enumerate(lines, 1):
        try:
            if header is None:
                header = read_header(line)
            elif line.strip():
                event = read_event(line)
                found.setdefault(event.id, event)
        except BadLine as error:
            raise BadLine("line_of_log", line=number, what=error.message) from None
    return header or read_header(""), list(found.values())


def in_order(events: Iterable[Event | Unknown]) -> list[Event]:
    """Events of known kinds by time, those of one moment by id: the order in which everything is reckoned."""
    return sorted((e for e in events if not isinstance(e, Unknown)), key=lambda e: (e.at, e.id))


def lines(header: Header, events: Sequence[Event | Unknown]) -> list[str]:
    """A log as lines."""
    return [line_of(header), *map(line_of, events)]
