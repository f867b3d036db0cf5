"""Builds that are killed, or told to end, while they are at work; `kills.py` does so by the dozen."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import kills
import pytest
from conftest import BLUEPRINT
from kills import Example, Whole

from listok.exams.work import FOLDER

COPIES = 52
"""Two chunks, so that two processes share the work."""

LONG = "".join(f"[[items]]\nexercise = {number}\nlevel = 3\n" for number in (25, 15, 48))
"""Problems of many pages, so that a build takes long enough to be disturbed."""

Undisturbed = tuple[Example, Whole]


@pytest.fixture(scope="module", params=["typst", "pdflatex"])
def undisturbed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A build with an engine, and its files when nobody disturbs."""
    if request.param == "pdflatex":
        request.getfixturevalue("pdflatex")
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "exam.toml").write_text(BLUEPRINT + LONG, encoding="utf-8")
    example = Example(request.param, COPIES, folder, folder / "exam.toml")
    return example, example.whole()


@pytest.mark.parametrize(
    ("kill", "times"), [(kills.builds_killed, 3), (kills.workers_killed, 2), (kills.hand_overs_killed, 2)]
)
def test_kills_at_random_moments_change_no_byte(
    kill: Callable[[Example, Whole, int, random.Random], Iterator[str]], times: int, undisturbed: Undisturbed
) -> None:
    example, whole = undisturbed
    assert len(list(kill(example, whole, times, random.Random(5)))) > times


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_told_to_end_tidies_up_and_goes_on_later(
    number: signal.Signals, undisturbed: Undisturbed
) -> None:
    example, whole = undisturbed
    out = example.folder / "out"
    build = example.start(out)
    deadline = time.monotonic() + kills.SECONDS
    while not any(out.glob(f"{FOLDER}/*/text-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.5)
    workers = kills.workers_of(build.pid)
    assert len(workers) == 2
    build.send_signal(number)
    _, said = build.communicate(timeout=kills.SECONDS)
    assert (said.strip(), build.returncode) == (("Aborted!", 1) if number == signal.SIGINT else ("", 128 + number))
    assert not any(map(kills.alive, workers))
    assert list((example.folder / "tmp").iterdir()) == []
    assert [path.name for path in out.iterdir()] == [FOLDER]
    assert example.contents(example.start(out), out) == whole.files
    shutil.rmtree(out)


def test_a_build_killed_when_all_was_delivered_ends_well_when_it_is_run_again(undisturbed: Undisturbed) -> None:
    example, whole = undisturbed
    out = Path(shutil.copytree(example.folder / "whole", example.folder / "out"))
    (out / FOLDER).mkdir()  # it was about to remove its folder
    (out / FOLDER / "lock").touch()
    again = example.start(out)
    assert example.contents(again, out) == whole.files
    shutil.rmtree(out)


def test_what_a_killed_build_was_printing_comes_to_an_end(undisturbed: Undisturbed) -> None:
    """Nobody waits for the engine any more, and the worker that ran it stops it."""
    example, _ = undisturbed
    out = example.folder / "out"
    build = example.start(out)
    engine = "-fmt=listok" if example.engine == "pdflatex" else "typst_worker"

    def engines() -> list[int]:
        return kills.running(engine, f"TMPDIR={example.folder / 'tmp'}")

    deadline = time.monotonic() + kills.SECONDS
    while not engines() and build.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    build.kill()
    build.communicate()
    while engines() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not engines()
    shutil.rmtree(out)
