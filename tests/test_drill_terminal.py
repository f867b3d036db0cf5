"""The drill in a terminal: what is typed is marked as in `listok grade`, whatever is typed and however it ends."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import itertools
import json
import os
import pty
import random
import re
import select
import signal
import sys
import termios
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import BLUEPRINT, ROOT, Plant, python

from listok.answerkeys.items import Part
from listok.answerkeys.marking.grading import Response, mark_problem
from listok.cli import main
from listok.drill.console import Console, fitted
from listok.drill.events import Event, Helped, Left, Passed, Shown, Tried, Unknown, in_order
from listok.drill.onefile import SEEDS
from listok.drill.session import Drill, Pool, Problem, Scope
from listok.drill.store import Store
from listok.drill.terminal import Practice
from listok.generators.answers import ENGLISH_LETTERS, Matrix, Open
from listok.generators.bank import bank, find, variant_of
from listok.generators.codes import DRILL_SEEDS, EXAM_SEEDS, VariantCode, read_code
from listok.generators.exercise import LEVELS, AnyVariant
from listok.templates import plain
from listok.templates.text import LANGS, Lang

THOROUGH = int(os.environ.get("LISTOK_THOROUGH", "0"))
"""With 1 all exercises and levels are tried, with more so many variants of each at least."""

BEGIN = datetime.datetime(2026, 12, 1, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=3)))
SEED = DRILL_SEEDS[5]
ESCAPE = re.compile(r"\x1b\[(\?2004h|\?2004l\r|K)")
"""What readline says of the line that is typed: where it begins and ends, so that a paste is told, and what is deleted
in it. Nothing else moves a cursor."""


@dataclasses.dataclass
class Played:
    """What became of lines typed into a drill."""

    said: str
    events: list[Event]

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def tried(self) -> list[Tried]:
        return [event for event in self.events if isinstance(event, Tried)]


def play(
    log: Path, typed: Sequence[str], number: int = 40, level: int = 1, lang: Lang = "en", *, scope: Scope | None = None,
    folder: Path | None = None, seeds: Sequence[int] = (SEED,), days: int = 0,
) -> Played:  # fmt: skip
    """Type lines into a drill whose pool has a few seeds, ten seconds a moment, till the end of the input."""
    moments = (BEGIN + datetime.timedelta(days=days, seconds=10 * n) for n in itertools.count())
    out = io.StringIO()
    with Store(log) as store:
        before = {event.id for event in store.news()}
    with Store(log) as store:
        scope = scope or Scope.of([number], level)
        pool = Pool({(task.number, task.level): seeds for task in scope.tasks}, check=lambda variant: None)
        drill = Drill(store.header.student, [], scope, lang, folder, pool)
        console = Console(io.StringIO("".join(f"{line}\n" for line in typed)), out)
        Practice(drill, store, console, lambda: next(moments)).run()
    with Store(log) as store:
        events = [event for event in store.news() if event.id not in before]
    return Played(out.getvalue(), in_order(events))


def variant_at(number: int, level: int = 1, seed: int = SEED, folder: Path | None = None) -> AnyVariant:
    return find(number, folder).variant(seed, level)


def asked(variant: AnyVariant, lang: Lang = "en") -> Problem:
    return Problem(variant, lang, None, lambda event: None)


def right_answers(variant: AnyVariant) -> list[str]:
    """What answers every part rightly, and goes through the parts that are not marked."""
    return [
        "" if isinstance(part.key, Open) else part.key.samples(part.asked).right[0] for part in asked(variant).parts
    ]


# --- marks are those of `listok grade` ----------------------------------------------------------------------------

SAMPLED = [2, 7, 12, 15, 23, 40] if not THOROUGH else list(bank())
"""Exercises with answers of every kind among them."""


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("number", SAMPLED)
def test_marks_are_those_of_grading(tmp_path: Path, number: int, lang: Lang) -> None:
    """Samples of every key, a variant a session: at first all that are wrong or malformed and then a right one, then by
    turns wrong ones that are left as they are, with what follows from them, and further right ones."""
    outcomes = set()
    for level in LEVELS if THOROUGH else (1 + number % 3,):
        samples = [part.key.samples(part.asked) for part in asked(variant_at(number, level), lang).parts]
        for turn in range(max(THOROUGH, 2 * max(len(each.right) for each in samples))):
            outcomes |= compare(tmp_path / f"{level}-{turn}", number, level, lang, turn)
    assert outcomes >= {"right", "wrong"}
    assert "carried" in outcomes or not variant_at(number).exercise.carry


def compare(log: Path, number: int, level: int, lang: Lang, turn: int) -> set[str]:
    """See that a session gives the marks of grading, and give the outcomes."""
    variant = variant_at(number, level, SEED + turn)
    problem = asked(variant, lang)
    typed: list[str] = []
    given: dict[str, Response] = {}
    own: dict[str, object] = {}
    expected: list[tuple[str, str, str, str | None]] = []
    reasons: list[str] = []
    for part in problem.parts:
        if isinstance(part.key, Open):
            typed += ["", ""]
            continue
        is_table = isinstance(part.key, Matrix) and len(part.asked.right) > 1
        for answer in answers_to(part, variant, own, turn):
            if answer.strip() == "?" or (is_table and not answer):
                continue  # a command; and an empty line is no table
            typed += lines_of(answer, is_table)
            marks = mark_problem(variant, problem.points, {**given, part.name: Response(answer)}, (lang,))
            mark = next(mark for mark in marks if mark.part == part.name)
            if mark.outcome == "unreadable":
                assert mark.reason is not None
                reasons.append(mark.reason.sentence(lang))
            elif mark.outcome != "missing":
                given[part.name] = Response(answer)
                own[part.name] = mark.value
                expected.append((part.name, mark.outcome, str(mark.score), mark.mistake))
            if mark.score == 1:
                break
        else:  # left wrong; or a Latin e, say, that a Russian sheet cannot tell from its own
            typed.append(":p")
    played = play(log, typed, number, level, lang, seeds=[SEED + turn])
    assert [(event.part, event.outcome, event.share, event.mistake) for event in played.tried] == expected
    said = re.sub(r"\s+", " ", played.said)
    for reason in reasons:
        assert re.sub(r"\s+", " ", reason) in said
    assert len(played.of(Left)) == 1, "the problem was gone through to its end"
    return {outcome for _, outcome, _, _ in expected}


def answers_to(part: Part, variant: AnyVariant, own: Mapping[str, object], turn: int) -> list[str]:
    """What is typed for a part, one after another until it is right."""
    samples = part.key.samples(part.asked)
    right = samples.right[turn // 2 % len(samples.right)]
    if not turn:
        return [*samples.wrong, *samples.malformed, right]
    wrong = [samples.wrong[turn // 2 % len(samples.wrong)]] if samples.wrong else []
    if turn % 2 == 0:
        return [*wrong, right]
    follows = None
    with contextlib.suppress(Exception):  # no later answer can be computed from some wrong ones
        follows = variant.carried(part.name, own) if own else None
    return [part.key.show(follows)] if follows is not None else wrong


def lines_of(answer: str, is_table: bool) -> list[str]:
    """An answer as it is typed: a table of which the first line is no whole one ends with an empty line."""
    lines = answer.split("\n")
    whole = len(lines) == 1 and (";" in answer or not any(map(str.isnumeric, answer)))
    return lines if not is_table or whole else [*lines, ""]


# --- a session ----------------------------------------------------------------------------------------------------


def test_a_wrong_answer_gets_its_sentence_and_another_try(tmp_path: Path) -> None:
    variant = variant_at(40)
    part = asked(variant).parts[0]
    wrong = part.key.show(part.asked.mistakes["flipped"])
    played = play(tmp_path / "log", [wrong, right_answers(variant)[0], "q"])
    assert [(e.outcome, e.mistake) for e in played.tried] == [("partial", "flipped"), ("right", None)] or [
        (e.outcome, e.mistake) for e in played.tried
    ] == [("wrong", "flipped"), ("right", None)]
    sentence = plain.printer("en").blocks(part.filled.blocks(part.filled.text.mistake("flipped", part.name)))
    assert " ".join(sentence.split()) in " ".join(played.said.split())
    assert "Try again; if you are stuck, h is a hint and s the solution." in played.said


def test_hints_come_one_by_one_and_then_the_solution_is_known(tmp_path: Path) -> None:
    played = play(tmp_path / "log", ["h", "h", "h", "h", "h", ":q"])
    helped = [(event.part, event.steps, event.whole) for event in played.events if isinstance(event, Helped)]
    assert helped[0] == ("map", 1, False)
    assert helped[-1][2]
    assert [steps for _, steps, _ in helped] == list(range(1, len(helped) + 1))
    assert played.said.count("That was the whole solution.") == 1


@pytest.mark.parametrize("colon", ["", ":"])
@pytest.mark.parametrize("change", [str, str.upper, lambda key: f"  {key} "], ids=["as it is", "upper case", "spaces"])
def test_commands(tmp_path: Path, colon: str, change: Callable[[str], str]) -> None:
    keys = ["?", "h", "p", "s", "", "n", "q"]
    played = play(tmp_path / "log", [change(colon + key) if key else "" for key in keys])
    assert [type(event) for event in played.events] == [Shown, Helped, Passed, Helped, Left, Shown][
        : len(played.events)
    ]
    assert "A table 4 × 4" in played.said
    assert "Passed over." in played.said


def test_keys_of_the_russian_layout_are_the_same_keys(tmp_path: Path) -> None:
    played = play(tmp_path / "log", [",", "р", "з", "ы", "", "т"], lang="ru")
    assert [type(event) for event in played.events][:4] == [Shown, Passed, Helped, Left]
    assert "Нужна латинская буква: h — подсказка, p — пропустить пункт." in played.said.replace("\xa0", " ")
    assert "Таблица 4 × 4" in played.said


def test_letters_that_may_be_answers_are_answers(tmp_path: Path) -> None:
    """Exercise 7 has so many options at level 3 that `h` is one of them."""
    variant = variant_at(7, 3)
    part = asked(variant).parts[0]
    assert len(part.asked.options) >= 8
    for lang, letter in (("en", "h"), ("ru", "h"), ("ru", "з")):
        played = play(tmp_path / f"{lang}{letter}", [letter, "s", "p", ":p", ":q"], 7, 3, lang)  # type: ignore[arg-type]
        assert [event.typed for event in played.tried] == [part.asked.options[7]]
        assert [type(event) for event in played.events if not isinstance(event, Tried)] == [Shown, Passed]
        assert "[:h :s :p :n :q :?]: " in played.said
        assert "[h s p n q ?]: " in played.said, "the next part reads no letters"
    assert ENGLISH_LETTERS[7] == "h"


def test_tables_are_typed_in_a_line_or_row_by_row(tmp_path: Path) -> None:
    variant = variant_at(40)
    part = asked(variant).parts[0]
    line = part.key.show(part.asked.right)
    rows = line.split("; ")
    ways = [
        [line],
        [line.replace(", ", " ")],
        [*rows, ""],
        [*(f"({row})" for row in rows), ""],
        [" ".join(f"[{row}]" for row in rows)],
        [*(row.replace(", ", " ") for row in rows), "", "?"],
        ["[[1, 2], [3", "", *rows, ""],  # rubbish is read to its end, and refused
        [rows[0], ":h", *rows, ""],
        [rows[0], "?", *rows, ""],
    ]
    for n, way in enumerate(ways):
        played = play(tmp_path / str(n), [*way, ":q"])
        assert [event.outcome for event in played.tried] == ["right"], way
        assert ("The table that was begun is dropped." in played.said) == (n >= 7)


def test_a_problem_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    log, variant = tmp_path / "log", variant_at(40)
    answers = right_answers(variant)
    first = play(log, [answers[0], "p", "q"])
    assert [type(event) for event in first.events] == [Shown, Tried, Passed]
    second = play(log, answers[2:])
    assert second.said.startswith("Here is the problem at which you stopped.")
    assert not second.of(Shown)
    assert [event.part for event in second.tried] == [part.name for part in asked(variant).parts][2:]
    assert second.said.count("This part is done already.") == 2
    assert len(second.of(Left)) == 1
    assert f"The problem is done; parts that are right: {len(answers) - 1} of {len(answers)}." in second.said
    assert "Here is the problem" not in play(log, ["q"]).said


def test_a_drawing_that_was_compared_is_not_asked_for_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = play(log, ["", "", "q"], 19)
    assert isinstance(asked(variant_at(19)).parts[0].key, Open)
    assert [type(event) for event in first.events] == [Shown, Passed]
    second = play(log, ["q"], 19)
    assert second.said.startswith("Here is the problem at which you stopped.")
    assert second.said.count("This part is done already.") == 1
    assert not second.events


def test_a_problem_that_was_killed_after_its_last_answer_is_done_with(tmp_path: Path) -> None:
    log, variant = tmp_path / "log", variant_at(40)
    play(log, [*right_answers(variant), "q"])
    with Store(log) as store, Store(tmp_path / "killed") as killed:
        killed.add(*(event for event in store.news() if not isinstance(event, Left)))
    played = play(tmp_path / "killed", ["q"], seeds=DRILL_SEEDS[5:7])
    assert [type(event) for event in played.events] == [Left, Shown]
    assert "Here is the problem" not in played.said


def test_variants_never_come_again(tmp_path: Path) -> None:
    log, seeds = tmp_path / "log", DRILL_SEEDS[:4]
    codes: list[str] = []
    for day in range(3):
        played = play(log, ["n"] * (2 if day < 2 else 9), seeds=seeds, days=day)
        codes += [event.code for event in played.events if isinstance(event, Shown)]
    assert len(codes) == len(set(codes)) == len(seeds)
    assert "Nothing is left to solve here" in played.said


def test_two_terminals_at_once_show_different_variants(tmp_path: Path) -> None:
    """A second terminal begins while the first is at its first problem; each goes on through others."""
    log, scope, out = tmp_path / "log", Scope.of([10], 1), io.StringIO()
    other: list[Played] = []

    class Waiting(io.StringIO):
        def readline(self, *_: int) -> str:
            if not other:
                other.append(play(log, ["n", "n", "n", "q"], 10, seeds=DRILL_SEEDS[:20]))
            return super().readline()

    with Store(log) as store:
        drill = Drill(store.header.student, [], scope, "en", None, Pool({(10, 1): DRILL_SEEDS[:20]}, lambda v: None))
        Practice(drill, store, Console(Waiting("n\nn\nn\nq\n"), out), lambda: BEGIN).run()
    with Store(log) as store:
        codes = [event.code for event in store.news() if isinstance(event, Shown)]
    assert len(codes) == len(set(codes)) == 7


def test_events_of_a_newer_listok_are_counted_in_one_line(tmp_path: Path) -> None:
    with Store(tmp_path / "log") as store:
        store.add(*(Unknown(f"{n:016x}", f'{{"event":"sung","id":"{n:016x}"}}') for n in range(3)))
    for lang, said in (("en", "The log holds events of a newer listok (3)"), ("ru", "версии listok (3)")):
        played = play(tmp_path / "log", ["q"], lang=lang)  # type: ignore[arg-type]
        assert said in played.said


def test_every_kind_of_part_is_gone_through(tmp_path: Path, plant: Plant) -> None:
    planted = plant()
    variant = planted.exercise.variant(SEED)
    answers = right_answers(variant)
    played = play(tmp_path / "log", [*answers, ""], planted.number, folder=planted.folder)
    marked = [part.name for part in asked(variant).parts if not isinstance(part.key, Open)]
    assert [event.part for event in played.tried] == marked
    assert "The problem is done: all that is marked here is right." in played.said
    assert "A point for the constant increment." in played.said


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_wider_than_the_terminal(tmp_path: Path, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems and whole solutions in a terminal of 80 columns; 21 and 23 have wide matrices at level 3."""
    monkeypatch.setenv("COLUMNS", "80")
    for number in (3, 6, 19, 21, 23) if not THOROUGH else bank():
        for level in LEVELS if THOROUGH else (3,):
            parts = len(asked(variant_at(number, level), lang).parts)
            played = play(tmp_path / f"{number}-{level}", [":s", ""] * parts, number, level, lang)
            for line in played.said.splitlines():
                assert len(line) < 80, (number, level, line)


def test_a_terminal_without_columns_still_gets_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in ("1", "10", "41"):
        monkeypatch.setenv("COLUMNS", columns)
        assert "Convolution by hand" in play(tmp_path / columns, ["s", "q"]).said


# --- formulas that are too wide -----------------------------------------------------------------------------------

PICTURE = """\
    W₁ = ⎛ 3  2  1⎞,   W₂ = ⎜ 2  −2⎟,   X = ⎛ 4   4⎞.
         ⎝−1  0  2⎠         ⎝ 1   1⎠        ⎝ 0   1⎠"""


def test_what_fits_is_not_touched() -> None:
    assert fitted(PICTURE + "\n\nText.", 60) == PICTURE + "\n\nText."


def test_pictures_are_cut_between_formulas() -> None:
    assert fitted("Before\n\n" + PICTURE, 40) == (
        "Before\n\n"
        "W₁ = ⎛ 3  2  1⎞,   W₂ = ⎜ 2  −2⎟,\n     ⎝−1  0  2⎠         ⎝ 1   1⎠\n\n"
        "   X = ⎛ 4   4⎞.\n       ⎝ 0   1⎠"
    )


def test_no_bracket_is_cut() -> None:
    for width in range(1, 60):
        for piece in fitted(PICTURE, width).split("\n\n"):
            for line in piece.split("\n"):
                assert sum(map(line.count, "⎛⎜⎝")) == sum(map(line.count, "⎞⎟⎠"))
        assert sorted(re.sub(r"\s", "", fitted(PICTURE, width))) == sorted(re.sub(r"\s", "", PICTURE))


def test_a_long_formula_is_broken_between_words() -> None:
    formula = "    y = " + " + ".join(f"{n} max(0; x₁ − {n})" for n in range(12))
    lines = fitted(formula, 60).split("\n")
    assert max(map(len, lines)) <= 60
    assert [len(line) - len(line.lstrip()) for line in lines] == [4, *[7] * (len(lines) - 1)]
    assert " ".join(" ".join(lines).split()) == formula.strip()


# --- what is typed may be anything --------------------------------------------------------------------------------


def hostile() -> list[bytes]:
    at_random = random.Random(11)
    return [
        b"\0", b"1\0002", b"\x1b[2J\x1b]0;title\x07", b"\xff\xfe\xfa", "\u202e1\u2066".encode(), b"\x08" * 50,
        b"\r\r\r", "\u2028".encode(), b"((((" * 900, b"1;" * 1900, b"9" * 4100, b"x" * 10**7, b"1 " * 10**6,
        b"__import__('os').system('true')", b"{}[]", b"\xed\xa0\x80", b"::::", b":sss", "💥".encode() * 1000,
        at_random.randbytes(3000).replace(b"\n", b" "),
    ]  # fmt: skip


def run_piped(log: Path, typed: bytes, *arguments: str) -> tuple[str, int]:
    """`listok drill` fed through a pipe: all it prints, and how it ends."""
    import subprocess

    environment = os.environ | {"PYTHONPATH": str(ROOT), "LISTOK_LOG": str(log), "PYTHONIOENCODING": ""}
    done = subprocess.run(
        [sys.executable, "-m", "listok", "drill", *arguments], input=typed, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=environment, cwd=ROOT, check=False, timeout=300,
    )  # fmt: skip
    return done.stdout.decode(), done.returncode


@pytest.mark.parametrize("lang", LANGS)
def test_whatever_is_typed_is_read_or_refused_in_words(tmp_path: Path, lang: Lang) -> None:
    log = tmp_path / "log"
    said, status = run_piped(
        log, b"\n".join([*hostile(), b"p", *hostile(), b":q"]), "2", "--level", "1", "--lang", lang
    )
    assert status == 0, said[-2000:]
    assert "Traceback" not in said
    shown = {unicodedata.category(character) for character in said.replace("\n", "")}
    assert not shown & {"Cc", "Cf", "Cs", "Co"}
    assert len(said) < 200_000
    with Store(log) as store:
        events = store.news()
    assert isinstance(events[0], Shown)
    assert all(len(event.typed) <= 4000 for event in events if isinstance(event, Tried))
    with Store(log) as store, Store(tmp_path / "other") as other:
        store.export_to(tmp_path / "copy")
        assert other.take(tmp_path / "copy")[0] == len(events)


def test_the_end_of_the_input_is_an_end(tmp_path: Path) -> None:
    said, status = run_piped(tmp_path / "log", b"", "40", "--lang", "en")
    assert status == 0
    assert said.endswith("Nothing has been answered yet.\n")
    said, status = run_piped(tmp_path / "log", b"p", "40", "--lang", "en")  # without an end of line
    assert status == 0
    assert "Passed over." in said


# --- in a real terminal -------------------------------------------------------------------------------------------


class Terminal:
    """`listok drill` in a pseudo-terminal of some size."""

    def __init__(self, log: Path, *arguments: str, rows: int = 24, columns: int = 80, term: str = "xterm") -> None:
        environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
        environment |= {"PYTHONPATH": str(ROOT), "LISTOK_LOG": str(log), "TERM": term, "LC_ALL": "C.UTF-8"}
        self.pid, self.file = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, "-m", "listok", "drill", *arguments], environment)
        termios.tcsetwinsize(self.file, (rows, columns))
        self.before = termios.tcgetattr(self.file)
        self.said = ""

    def read(self, seconds: float) -> bool:
        """Take in what is printed for so long; whether anything was."""
        ready, _, _ = select.select([self.file], [], [], seconds)
        try:
            more = os.read(self.file, 65536) if ready else b""
        except OSError:
            return False
        self.said += more.decode(errors="replace")
        return bool(more)

    def wait_for(self, text: str, start: int = 0, seconds: float = 120) -> int:
        """Wait until a text is printed after a place; where it ends."""
        deadline = time.monotonic() + seconds
        while text not in self.said[start:]:
            assert time.monotonic() < deadline, f"no {text!r} in {self.said[start:]!r}"
            self.read(0.2)
        return start + self.said[start:].index(text) + len(text)

    def type(self, text: str) -> None:
        os.write(self.file, text.encode())

    def end(self, told: signal.Signals | str | None = None) -> int:
        """Wait for the end; the exit code, or minus the signal. A signal, or Ctrl-C, that comes while readline is at
        work on a key is noticed with the next one: where nothing is said of it, it is sent again."""
        deadline, silent = time.monotonic() + 60, True
        while time.monotonic() < deadline:
            if silent and isinstance(told, str):
                with contextlib.suppress(OSError):  # there is nobody any more
                    self.type(told)
            elif silent and told is not None:
                os.kill(self.pid, told)
            silent = not self.read(2 if told is not None else 0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0):
                    pass
                os.close(self.file)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"does not end: {self.said[-500:]!r}")


def events_in(log: Path) -> list[Event]:
    with Store(log) as store:
        return in_order(store.news())


PROMPT = "[h s p n q ?]: "


@pytest.mark.parametrize(("term", "rows", "columns"), [("xterm", 24, 80), ("dumb", 40, 120)])
def test_a_whole_session_in_a_terminal(tmp_path: Path, term: str, rows: int, columns: int) -> None:
    log = tmp_path / "log"
    terminal = Terminal(log, "40", "--level", "1", "--lang", "en", rows=rows, columns=columns, term=term)
    place = terminal.wait_for(PROMPT)
    (shown,) = events_in(log)
    variant = variant_of(read_code(shown.code))  # type: ignore[arg-type]
    place = answer(terminal, "?", PROMPT, place)
    place = answer(terminal, "one\x7f\x7f\x7f1 2; 3 4", PROMPT, place)  # edited in the line
    for line in right_answers(variant)[:-1]:
        place = answer(terminal, line, PROMPT, place)
    place = answer(terminal, right_answers(variant)[-1], "Enter for the next problem, q quits: ", place)
    place = answer(terminal, "", PROMPT, place)
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "The problem is done: all of it is right." in terminal.said
    assert terminal.said.rstrip().splitlines()[-1].startswith("• ")
    plain_text = ESCAPE.sub("", terminal.said) if term == "xterm" else terminal.said
    assert "\x1b" not in plain_text
    assert isinstance(events_in(log)[0], Shown)
    assert len([event for event in events_in(log) if isinstance(event, Tried) and event.right]) == len(
        variant.exercise.parts
    )


def answer(terminal: Terminal, line: str, then: str, place: int) -> int:
    terminal.type(line + "\n")
    return terminal.wait_for(then, place)


def test_lines_pasted_together_are_one_answer(tmp_path: Path) -> None:
    log = tmp_path / "log"
    terminal = Terminal(log, "40", "--level", "1", "--lang", "en")
    place = terminal.wait_for(PROMPT)
    (shown,) = events_in(log)
    table = right_answers(variant_of(read_code(shown.code)))[0].replace("; ", "\n")  # type: ignore[arg-type]
    terminal.type(f"\x1b[200~{table}\x1b[201~")
    terminal.type("\r")
    terminal.wait_for(PROMPT, terminal.wait_for("Right.", place))
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "\x1b" not in ESCAPE.sub("", terminal.said)
    (tried,) = (event for event in events_in(log) if isinstance(event, Tried))
    assert tried.typed == table


@pytest.mark.parametrize("how", ["\x03", "\x04", signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_it_ends_the_log_has_every_verdict(tmp_path: Path, how: str | signal.Signals) -> None:
    log = tmp_path / "log"
    terminal = Terminal(log, "10", "--level", "1", "--lang", "en")
    place = terminal.wait_for(PROMPT)
    place = answer(terminal, "-7", PROMPT, place)
    terminal.type("12")  # still being typed
    terminal.wait_for("12", place)
    if isinstance(how, str):
        if how == "\x04":
            terminal.type("\x7f\x7f")  # it ends an empty line alone
        assert terminal.end(how) == 0
        assert "What is due when" in terminal.said[place:]
        assert "Traceback" not in terminal.said
    else:
        assert terminal.end(how) in (-how, 128 + how)
    assert [type(event) for event in events_in(log)] == [Shown, Tried]
    assert Terminal(log, "10", "--lang", "en").wait_for("Here is the problem at which you stopped.")


def test_killed_at_random_moments_it_loses_only_what_is_being_typed(tmp_path: Path) -> None:
    log, at_random, verdicts = tmp_path / "log", random.Random(9), 0
    for turn in range(8 if not THOROUGH else 60):
        terminal = Terminal(log, "10", "--level", "1", "--lang", "en")
        place, end = terminal.wait_for(PROMPT), time.monotonic() + at_random.uniform(0, 1.0)
        start = place
        while time.monotonic() < end:
            terminal.type(f"{turn + 2}\n")
            while PROMPT not in terminal.said[place:] and time.monotonic() < end:
                terminal.read(0.01)
            place = len(terminal.said)
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.end() == -signal.SIGKILL
        told = ESCAPE.sub("", terminal.said[start:]).replace("\r", "")
        verdicts += len(re.findall(r"^(Wrong|Right|Partly right)\.", told, re.M))
        tried = [event for event in events_in(log) if isinstance(event, Tried)]
        assert verdicts <= len(tried) <= verdicts + turn + 1, "at most the last one of each was not told"
    assert verdicts > 8


def test_the_first_problem_needs_little(tmp_path: Path) -> None:
    """What takes long to import is not needed before the first prompt."""
    code = (
        "import sys; from listok.cli import main\n"
        "try: main(['drill', '40', '--log', sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sympy', 'lxml', 'pylatex', 'typst', 'distributed') if name in sys.modules])\n"
        "print(sum(name.startswith('listok.generators.recurrent.') for name in sys.modules))"
    )
    import subprocess

    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "log")], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment, cwd=ROOT, check=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines()[-2:] == ["[]", "0"]


# --- the command --------------------------------------------------------------------------------------------------


def run(log: Path, *arguments: object, typed: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["drill", *map(str, arguments)], input=typed, env={"LISTOK_LOG": str(log)})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def shown_in(log: Path) -> list[VariantCode]:
    codes = (read_code(event.code) for event in events_in(log) if isinstance(event, Shown))
    return [code for code in codes if isinstance(code, VariantCode)]


@pytest.mark.parametrize(
    ("arguments", "numbers", "levels"),
    [
        (("40", "15", "--level", "2"), {40, 15}, {2}),
        (("softmax",), {13}, {1}),
        (("--topic", "convolutions"), {40}, {1}),
        ((), set(range(1, 100)), {1}),
    ],
)
def test_what_is_asked_for_is_asked(
    tmp_path: Path, arguments: tuple[str, ...], numbers: set[int], levels: set[int]
) -> None:
    assert run(tmp_path / "log", *arguments, typed="n\nn\nn\nq\n")[0] == 0
    shown = shown_in(tmp_path / "log")
    assert len(shown) == 4
    assert {code.level for code in shown} == levels
    assert {code.number for code in shown} <= numbers
    assert all(code.is_drill for code in shown)
    if len(numbers) == 2:
        assert {code.number for code in shown} == numbers


@pytest.mark.parametrize("command", ["show", "key"])
def test_a_code_of_a_drill_is_called_one(command: str) -> None:
    for seed in (DRILL_SEEDS[0], DRILL_SEEDS[-1], EXAM_SEEDS[-1], 0):
        code = find(10).code(seed, 1)
        result = CliRunner().invoke(main, [command, str(code)])
        assert result.exit_code == 0
        assert (f"{code}" in result.stderr and "to practise with: no exam draws it" in result.stderr) == code.is_drill


def test_a_blueprint_limits_what_is_asked(tmp_path: Path) -> None:
    blueprint = tmp_path / "exam.toml"
    blueprint.write_text(BLUEPRINT + '[[items]]\nexercise = 15\nparts = ["gd"]\nlevel = 3\n', encoding="utf-8")
    assert run(tmp_path / "log", "--exam", blueprint, "--lang", "en", typed="n\n" * 30)[0] == 0
    assert {(code.number, code.level) for code in shown_in(tmp_path / "log")} == {
        (10, 1),
        (40, 2),
        (17, 1),
        (18, 1),
        (15, 3),
    }


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("41",), 1, "listok: unknown exercise '41'; the nearest number is 40"),
        (("--topic", "convolution"), 1, "listok: unknown topic 'convolution'; did you mean 'convolutions'?"),
        (("--level", "4"), 2, "4 is not in the range"),
        (("40", "--topic", "descent"), 2, "give exercises or --topic"),
        (("40", "--exam", "exam.toml"), 2, "--exam says which exercises and levels"),
        (("--exam", "nowhere.toml"), 1, "nowhere.toml: cannot be read"),
        (("--progress", "--export", "-"), 2, "give one of --progress, --export, --import and --html"),
        (("--log", "/nowhere/log"), 1, "/nowhere/log: cannot be made"),
        (("--import", "nowhere"), 1, "nowhere: cannot be read"),
        (("--lang", "de"), 2, "'de' is not one of"),
    ],
)
def test_a_fault_is_one_line(tmp_path: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    code, out, err = run(tmp_path / "log", *arguments)
    assert (code, out) == (status, "")
    assert said in err
    assert len([line for line in err.splitlines() if line.startswith(("listok:", "Error:"))]) == 1


def test_rubbish_instead_of_a_log_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"rubbish")
    for arguments in ((), ("--progress",), ("--export", "-"), ("--import", tmp_path / "log")):
        code, out, err = run(tmp_path / "log", *arguments)
        assert (code, out) == (1, "")
        assert err == f"listok: {tmp_path / 'log'}: this is no log of listok drill: give another --log\n"
    assert (tmp_path / "log").read_bytes() == b"rubbish"


@pytest.mark.parametrize("lang", LANGS)
def test_a_log_goes_to_another_computer_and_says_the_same_there(tmp_path: Path, lang: Lang) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    play(here, [right_answers(variant_at(40))[0], "s", "", "q"])
    code, out, _ = run(here, "--export", "-")
    assert code == 0
    assert json.loads(out.splitlines()[0])["log"] == "listok drill"
    assert run(here, "--export", tmp_path / "copy") == (0, "", "")
    assert (tmp_path / "copy").read_text(encoding="utf-8") == out
    taken = {"en": "Taken: 3; known already: 0.\n", "ru": "Добавлено: 3; уже было: 0.\n"}[lang]
    assert run(there, "--import", tmp_path / "copy", "--lang", lang) == (0, taken, "")
    assert run(there, "--import", "-", typed=out)[1] == "Добавлено: 0; уже было: 3.\n"
    progress = run(here, "--progress", "--lang", lang)
    assert progress == run(there, "--progress", "--lang", lang)
    assert {"en": "Convolution by hand", "ru": "Свёртка своими руками"}[lang] in progress[1]


def test_the_reference_and_the_module_are_light(tmp_path: Path) -> None:
    assert "sympy" not in python("-c", "import sys, listok.cli.drill_; print([*sys.modules])").split("'")


@pytest.mark.parametrize(("page", "lang"), [("drill.md", "en"), ("drill.ru.md", "ru")])
def test_the_example_of_the_docs_is_what_is_said(
    page: str, lang: Lang, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (example,) = re.findall(r"```console\n(.*?)```", text, re.S)
    typed = re.findall(r"^.*\]: (.*)$", example, re.M)
    said = play(tmp_path / "log", typed, 10, lang=lang, seeds=[DRILL_SEEDS[-9]]).said
    assert example.rstrip() in said.replace("\xa0", " ")
    assert f"[default: {SEEDS}]" in " ".join(run(tmp_path / "log", "--help")[1].split())
