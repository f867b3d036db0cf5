"""The log of a drill on the disk: nothing told of is lost, nothing foreign is touched, rubbish is one clear line."""

from __future__ import annotations

import datetime
import itertools
import os
import random
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from listok.drill import store as store_module
from listok.drill.events import (
    Header,
    Helped,
    Left,
    LogError,
    Passed,
    Shown,
    Tried,
    Unknown,
    line_of,
    new_id,
    read_event,
)
from listok.drill.store import Store
from listok.generators.values import LONGEST_LINE, ListokError

AT = datetime.datetime(2026, 12, 1, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=3)))
CODE = "028-G00-073"
HOSTILE = ["", "\0\x1b[2J\x07\u202e", "\u2028\u2029\x85", "ё" * 1000, '"}\n{"log":', "💥" * 200]


def tried(typed: str = "1/2", event: str | None = None) -> Tried:
    return Tried(id=event or new_id(), at=AT, code=CODE, part="loss", typed=typed, outcome="right", share="1")


EVERY = [
    Shown(id=new_id(), at=AT, code=CODE, fingerprint="00ff", lang="ru"),
    tried(),
    Helped(id=new_id(), at=AT, code=CODE, part="loss", steps=1),
    Passed(id=new_id(), at=AT, code=CODE, part="loss"),
    Left(id=new_id(), at=AT, code=CODE),
    Unknown("ab" * 8, '{"event":"sung","id":"abababababababab","song":"ля"}'),
]


def whole(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a file."""
    with sqlite3.connect(path) as log:
        return log.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def ids(path: Path) -> set[str]:
    with Store(path) as log:
        return {event.id for event in log.news()}


# --- what is added stays ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_log_is_for_its_owner_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with Store(tmp_path / "log") as log:
            log.add(tried())
            log.export_to(tmp_path / "copy.jsonl")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.jsonl", "log"]


def test_the_usual_place_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "new"))
    place = store_module.usual_place()
    with Store(place) as log:
        log.add(tried())
    assert place.is_relative_to(tmp_path)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_a_log_is_what_was_added_whoever_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Store(path) as log:
        header = log.header
        assert log.news() == []
        log.add(*EVERY)
        assert log.news() == EVERY
        assert log.news() == []
    with Store(path) as log, Store(path) as other:
        assert log.header == other.header == header
        assert log.news() == EVERY
        log.add(*EVERY)  # once more is the same log
        assert log.news() == []
        more = tried("2")
        other.add(more)
        assert log.news() == [more]
        assert other.news() == [*EVERY, more]
    with Store(tmp_path / "another") as another:
        assert another.header.student != header.student


@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_was_typed_comes_back(tmp_path: Path, typed: str) -> None:
    event = tried(typed)
    with Store(tmp_path / "log") as log:
        log.add(event)
        log.export_to(tmp_path / "copy")
    with Store(tmp_path / "other") as other:
        assert other.take(tmp_path / "copy") == (1, 1)
        assert other.news() == [event]


def test_the_log_is_only_ever_added_to() -> None:
    text = Path(store_module.__file__).read_text(encoding="utf-8")
    assert not re.search(r"\b(UPDATE|DELETE|REPLACE|DROP|VACUUM)\b", text)


# --- several processes, and the end of one ------------------------------------------------------------------------

APPENDING = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT / "tests")!r})
from test_drill_store import tried
from listok.drill.store import Store

count = int(sys.argv[2])
with Store(Path(sys.argv[1])) as log:
    print("open", flush=True)
    while count:
        event = tried("x" * 500)
        log.add(event)
        print(event.id, flush=True)
        count -= 1
"""


def appending(path: Path, count: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", APPENDING, str(path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)


def test_several_terminals_may_share_a_log(tmp_path: Path) -> None:
    path = tmp_path / "log"  # made by all of them at once
    terminals = [appending(path, 60) for _ in range(3)]
    told = [terminal.communicate(timeout=300)[0].split()[1:] for terminal in terminals]
    assert [terminal.returncode for terminal in terminals] == [0, 0, 0]
    assert [len(each) for each in told] == [60, 60, 60]
    assert ids(path) == set(itertools.chain(*told))
    assert whole(path)


def test_a_process_that_is_killed_loses_nothing_it_has_told_of(tmp_path: Path) -> None:
    path, at_random, told = tmp_path / "log", random.Random(5), set[str]()
    for _ in range(12):
        process = appending(path, -1)
        assert process.stdout is not None
        if at_random.random() < 0.8:  # the others are killed while they start, or make the log
            told |= set(process.stdout.readline().split()) - {"open"}
        time.sleep(at_random.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        told |= set(process.communicate(timeout=60)[0].split()) - {"open"}
        assert whole(path) or not path.exists()
        assert told <= ids(path)
    assert len(told) > 12


def test_an_event_is_added_whole_or_not_at_all(tmp_path: Path) -> None:
    with Store(tmp_path / "log") as log:
        with pytest.raises(AttributeError):
            log.add(tried(), None)  # type: ignore[arg-type]
        assert log.news() == []
        log.add(tried())  # and the log is free for the next one
        assert len(log.news()) == 1


def test_who_holds_a_log_for_ever_is_told_of_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SECONDS", 0.1)
    path = tmp_path / "log"
    with Store(path) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LogError, match=r"log: another program is writing to it: try again$"):
            log.add(tried())
        other.close()
        log.add(tried())
        assert len(log.news()) == 1


# --- logs of other times ------------------------------------------------------------------------------------------


def made(path: Path, *events: str, header: str | None = None, tables: int = 1) -> Path:
    """A log as the first listok made it."""
    log = sqlite3.connect(path, isolation_level=None)
    log.execute("BEGIN")
    log.execute("CREATE TABLE header (line TEXT NOT NULL)")
    log.execute("CREATE TABLE events (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, line TEXT NOT NULL)")
    log.execute("PRAGMA application_id = 1818850164")
    log.execute(f"PRAGMA user_version = {tables}")
    student = "0123456789abcdef" * 2
    log.execute(
        "INSERT INTO header VALUES (?)", (header or f'{{"log":"listok drill","format":1,"student":"{student}"}}',)
    )
    for number, line in enumerate(events):
        log.execute("INSERT INTO events (id, line) VALUES (?, ?)", (f"{number:016x}", line))
    log.execute("COMMIT")
    log.close()
    return path


OLD = [
    '{"event":"shown","id":"0000000000000000","at":"2026-11-30T09:30:00.125+03:00","code":"028-G00-073",'
    '"fingerprint":"00ff","lang":"ru"}',
    '{"event":"tried","id":"0000000000000001","at":"2026-11-30T09:31:00.125+03:00","code":"028-G00-073","part":"loss",'
    '"typed":"0,5","outcome":"wrong","share":"0","mistake":"natural_logarithm","expected":90}',
    '{"event":"left","id":"0000000000000002","at":"2026-11-30T09:32:00.125+03:00","code":"028-G00-073"}',
]


def test_an_old_log_opens_in_a_newer_listok(tmp_path: Path) -> None:
    with Store(made(tmp_path / "log", *OLD)) as log:
        shown, answered, left = log.news()
        assert isinstance(shown, Shown)
        assert isinstance(answered, Tried)
        assert isinstance(left, Left)
        assert (answered.mistake, answered.expected) == ("natural_logarithm", 90)
        assert log.header.student == "0123456789abcdef" * 2
        log.add(tried())
        assert len(log.news()) == 1


def test_what_a_newer_listok_wrote_is_kept_as_it_is(tmp_path: Path) -> None:
    newer = [
        '{"event":"sung", "id":"0000000000000000", "song":"ля"}',
        OLD[2].replace("0000000000000002", "0000000000000001").replace("}", ',"mood":"merry"}'),
    ]
    with Store(made(tmp_path / "log", *newer)) as log:
        assert [type(event) for event in log.news()] == [Unknown, Left]
        log.export_to(tmp_path / "copy")
    assert (tmp_path / "copy").read_text(encoding="utf-8").splitlines()[1:] == newer
    with Store(tmp_path / "other") as other:
        assert other.take(tmp_path / "copy") == (2, 2)
        assert other.export().splitlines()[1:] == newer


@pytest.mark.parametrize(
    ("header", "tables", "said"),
    [
        (None, 2, "a newer listok keeps this log: install it, or give another --log"),
        (line_of(Header("listok drill", 2, "0" * 32)), 1, "a log of format 2, and this listok reads 1"),
    ],
)
def test_a_log_of_a_later_format_is_left_alone(tmp_path: Path, header: str | None, tables: int, said: str) -> None:
    path = made(tmp_path / "log", *OLD, header=header, tables=tables)
    refused(path, said)


def refused(path: Path, said: str) -> None:
    """See that a path is refused in one line that names it, and that nothing there has changed."""
    before = {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()}
    with pytest.raises(LogError) as caught, Store(path) as log:
        log.news()
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= LONGEST_LINE + len(str(path))
    assert {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()} == before


def rubbish() -> Iterator[bytes]:
    at_random = random.Random(7)
    yield b"\n"
    yield b"SQLite format 3"
    yield b"SQLite format 3\0" + bytes(84)
    yield b"SQLite format 3\0" + bytes(4096)
    yield b'{"log":"listok drill","format":1}\n'
    for size in (1, 99, 100, 101, 5000, 10**6):
        yield at_random.randbytes(size)
        yield b"SQLite format 3\0" + at_random.randbytes(size)


@pytest.mark.parametrize("content", list(rubbish()), ids=lambda content: f"{len(content)}-{content[:20]!r}")
def test_a_file_that_is_no_log_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").write_bytes(content)
    refused(tmp_path / "log", "no log of listok drill: give another --log")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "log") as other:
        other.execute("CREATE TABLE events (number INTEGER PRIMARY KEY, id TEXT, line TEXT)")
    other.close()
    refused(tmp_path / "log", "no log of listok drill: give another --log")


@pytest.mark.parametrize("size", [101, 4096, 5000, 8192, 12000])
def test_half_a_log_is_left_alone(tmp_path: Path, size: int) -> None:
    path = made(tmp_path / "log", *(OLD[0].replace("0" * 16, f"{n:016x}") for n in range(300)))
    path.write_bytes(path.read_bytes()[:size])
    refused(path, "this log is damaged: move it away, or give another --log")


def test_a_log_that_is_damaged_anywhere_is_one_line_or_whole(tmp_path: Path) -> None:
    good = made(tmp_path / "good", *(OLD[0].replace("0" * 16, f"{n:016x}") for n in range(100))).read_bytes()
    at_random, told = random.Random(3), 0
    for _ in range(60):
        place = at_random.randrange(100, len(good) - 64)
        path = tmp_path / "log"
        path.write_bytes(good[:place] + at_random.randbytes(64) + good[place + 64 :])
        said = fault(path)
        if said is not None:
            told += 1
            assert said.startswith(f"{path}: ")
            assert "\n" not in said
    assert told > 10


def fault(path: Path) -> str | None:
    """What is said of a log that cannot be read; None where it can."""
    try:
        with Store(path) as log:
            log.news()
    except ListokError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        OLD[0][:-1],
        OLD[0].replace("+03:00", ""),
        '{"event":"sung","id":7}',
        OLD[0].replace("2026", "9999"),
        OLD[0].replace("2026", "0001"),
    ],
)
def test_an_event_that_is_none_is_one_line(tmp_path: Path, line: str) -> None:
    refused(made(tmp_path / "log", OLD[0], line), "event 2: no event of a drill (")


@pytest.mark.parametrize("line", ["", "7", '{"log":"listok drill","format":1,"student":"xy"}'])
def test_a_header_that_is_none_is_one_line(tmp_path: Path, line: str) -> None:
    path = made(tmp_path / "log", *OLD, header=line or " ")
    refused(path, "no log of a drill: the first line should be")


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("folder", "cannot be read (Is a directory): give another --log"),
        ("pipe", "no log of listok drill"),
        ("nowhere/log", "cannot be made (No such file or directory): give another --log"),
    ):
        with pytest.raises(LogError, match=re.escape(said)):
            Store(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]


def test_an_empty_file_is_a_log_that_was_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    with Store(tmp_path / "log") as log:
        log.add(tried())
    assert len(ids(tmp_path / "log")) == 1


# --- from log to log ----------------------------------------------------------------------------------------------


def test_taking_in_a_log_twice_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    with Store(tmp_path / "one") as one, Store(tmp_path / "other") as other:
        one.add(*EVERY)
        one.export_to(copy)
        extra = tried("only there")
        other.add(EVERY[0], extra)
        assert other.take(copy) == (5, 6)
        assert other.take(copy) == (0, 6)
        assert [event.id for event in other.news()] == [
            EVERY[0].id, extra.id, *(event.id for event in EVERY[1:])
        ]  # fmt: skip
        assert one.export() == copy.read_text(encoding="utf-8")
        assert {event.id for event in map(read_event, other.export().splitlines()[1:])} == ids(tmp_path / "other")


@pytest.mark.parametrize("change", ["\ufeff{}", "{}\n\n\n"], ids=["byte order mark", "empty lines"])
def test_a_copy_that_went_through_an_editor_is_read(tmp_path: Path, change: str) -> None:
    with Store(tmp_path / "one") as one, Store(tmp_path / "other") as other:
        one.add(*EVERY)
        text = change.replace("{}", one.export())
        (tmp_path / "copy").write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")
        assert other.take(tmp_path / "copy") == (6, 6)
        assert other.export().splitlines()[1:] == one.export().splitlines()[1:]


@pytest.mark.parametrize(
    ("number", "line", "said"),
    [
        (1, "", "line 1: no log of a drill"),
        (1, '{"log":"another"}', "line 1: no log of a drill"),
        (1, line_of(Header("listok drill", 9, "0" * 32)), "line 1: a log of format 9"),
        (3, "rubbish", "line 3: no event of a drill ("),
        (4, OLD[0][:40], "line 4: no event of a drill ("),
        (4, "[" * 100_000, "line 4: no event of a drill ("),
        (7, '{"event":"tried","id":"abababababababab"}', "line 7: no event of a drill ("),
    ],
)
def test_of_a_log_with_a_line_that_is_none_nothing_is_taken(tmp_path: Path, number: int, line: str, said: str) -> None:
    copy = tmp_path / "copy"
    with Store(tmp_path / "one") as one, Store(tmp_path / "other") as other:
        one.add(*EVERY)
        lines = one.export().splitlines()
        lines[number - 1] = line
        copy.write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(LogError, match=f"^{re.escape(str(copy))}: {re.escape(said)}.*; nothing was taken$"):
            other.take(copy)
        assert other.news() == []


def test_files_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b'{"log":"\xe9"}')
    (tmp_path / "empty").touch()
    with Store(tmp_path / "log") as log:
        for name, said in (
            ("nowhere", "cannot be read (No such file or directory)"),
            ("latin", "not UTF-8 (byte 8): give what --export wrote"),
            ("empty", "line 1: no log of a drill"),
        ):
            with pytest.raises(LogError, match=re.escape(said)):
                log.take(tmp_path / name)
        with pytest.raises(LogError, match="cannot be written"):
            log.export_to(tmp_path / "nowhere" / "copy")


def test_an_export_replaces_its_own_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    copy, letter = tmp_path / "copy", tmp_path / "letter"
    letter.write_text("Dear all", encoding="utf-8")
    with Store(tmp_path / "one") as one, Store(tmp_path / "other") as other:
        one.add(*EVERY)
        one.export_to(copy)
        one.add(tried())
        one.export_to(copy)
        assert copy.read_text(encoding="utf-8") == one.export()
        with pytest.raises(LogError, match="copy: it holds events that this log lacks: --import it first"):
            other.export_to(copy)
        with pytest.raises(LogError, match="letter: something else is there: give another name"):
            one.export_to(letter)
        assert letter.read_text(encoding="utf-8") == "Dear all"
        assert copy.read_text(encoding="utf-8") == one.export()
        other.take(copy)
        other.export_to(copy)
        assert copy.read_text(encoding="utf-8") == other.export()
