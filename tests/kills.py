"""Kill builds of the real example, and their workers, at random moments: each ends whole, and with the same bytes.

    python tests/kills.py                   with both engines: 60 builds, 100 workers, 20 workers amid a hand-over
    python tests/kills.py --engines typst --builds 5 --workers 0 --hand-overs 0

A killed build is begun again by the same command, and may be killed again, until it ends by itself. A build whose
worker is killed has to end by itself. Nothing may wait longer than `SECONDS`, and nothing may be left behind.
"""

from __future__ import annotations

import argparse
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "midterm.toml"

SECONDS = 300
"""What no build takes, on a busy machine either."""

EACH = 4
"""Workers killed in one build: fewer than may die at one piece of work before it is given up."""

SETTLED = 0.3
"""Seconds in which a worker that has no more to do uses no processor time."""

Contents = dict[str, bytes]


@dataclass(frozen=True)
class Whole:
    """The files of a build that nobody disturbed, and how long it took."""

    files: Contents
    seconds: float


@dataclass(frozen=True)
class Example:
    """A build for so many students in two processes, in a folder of its own: of the real example, if of no other."""

    engine: str
    copies: int
    folder: Path
    blueprint: Path = EXAMPLE

    def start(self, out: Path) -> subprocess.Popen[str]:
        """Begin to build, or go on."""
        command = [sys.executable, "-m", "listok", "build", str(self.blueprint), "--copies", str(self.copies),
                   "--jobs", "2", "--engine", self.engine, "--out", str(out)]  # fmt: skip
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder / "tmp")}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def whole(self) -> Whole:
        """A build that nobody disturbs."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        start = time.monotonic()
        files = self.contents(self.start(self.folder / "whole"), self.folder / "whole")
        return Whole(files, time.monotonic() - start)

    def contents(self, build: subprocess.Popen[str], out: Path) -> Contents:
        """The files of a build that ends well, with nothing left over."""
        _, said = build.communicate(timeout=SECONDS)
        assert build.returncode == 0, said
        assert "Traceback" not in said
        assert "leaked" not in said
        assert [path for path in out.rglob("*") if path.is_dir()] == []
        return {path.name: path.read_bytes() for path in out.iterdir()}


# --- killing --------------------------------------------------------------------------------------------------------


def builds_killed(example: Example, whole: Whole, kills: int, chance: random.Random) -> Iterator[str]:
    """Kill a build at one random moment after the other, once in six as it delivers its files or has just done so."""
    while kills > 0:
        with _folder(example) as out:
            moments = 0
            while kills > 0:
                build = example.start(out)
                late = chance.random() < 1 / 6
                moment = chance.uniform(0, 0.3) if late else chance.uniform(0, whole.seconds / 2)
                if late:
                    _wait(functools.partial(_delivers, build, out))
                try:
                    build.wait(moment)
                    break
                except subprocess.TimeoutExpired:
                    workers = workers_of(build.pid)
                    build.kill()
                build.communicate(timeout=SECONDS)
                _wait(functools.partial(_gone, workers))
                kills, moments = kills - 1, moments + 1
                yield f"build killed {moment:.2f} s after {'its first file was there' if late else 'it began'}"
                for path in _files(out):
                    assert path.read_bytes() == whole.files[path.name], f"{path} is not whole"
            if build.returncode == -signal.SIGKILL:
                build = example.start(out)
            assert example.contents(build, out) == whole.files
            assert list((example.folder / "tmp").iterdir()) == [], "a worker of a killed build has not tidied up"
            yield f"whole and the same after {moments} kills"


def _files(out: Path) -> list[Path]:
    return [path for path in out.glob("*") if path.is_file()]


def _delivers(build: subprocess.Popen[str], out: Path) -> bool:
    """Whether a build has begun to deliver its files, or has ended."""
    return build.poll() is not None or bool(_files(out))


def _gone(processes: list[int]) -> bool:
    return not any(map(alive, processes))


def workers_killed(example: Example, whole: Whole, kills: int, chance: random.Random) -> Iterator[str]:
    """Kill workers of builds at random moments."""
    yield from _disturbed(example, whole, kills, lambda build: _kill_worker(build, chance))


def hand_overs_killed(example: Example, whole: Whole, kills: int, chance: random.Random) -> Iterator[str]:
    """Kill workers of builds while they hand over a result."""
    yield from _disturbed(example, whole, kills, lambda build: _kill_hand_over(build, chance))


def _disturbed(
    example: Example, whole: Whole, kills: int, kill: Callable[[subprocess.Popen[str]], str]
) -> Iterator[str]:
    """Builds in which workers are killed, at most `EACH` in each."""
    while kills > 0:
        with _folder(example) as out:
            build = example.start(out)
            done = 0
            while done < min(EACH, kills) and build.poll() is None:
                if what := kill(build):
                    done += 1
                    yield what
            assert example.contents(build, out) == whole.files
            yield f"whole and the same after {done} kills"
            kills -= done


def _kill_worker(build: subprocess.Popen[str], chance: random.Random) -> str:
    """Wait a random time, and kill one of the workers, if there is any."""
    moment = chance.uniform(0.2, 5)
    if _ended(build, moment) or not (workers := workers_of(build.pid)):
        return ""
    victim = chance.choice(workers)
    os.kill(victim, signal.SIGKILL)
    return f"worker killed after {moment:.2f} s"


def _kill_hand_over(build: subprocess.Popen[str], chance: random.Random) -> str:
    """Wait a random time, let nobody take results until a worker has one that it cannot get rid of, and kill it."""
    if _ended(build, chance.uniform(0.2, 5)) or not (workers := workers_of(build.pid)):
        return ""
    build.send_signal(signal.SIGSTOP)
    try:
        victim = chance.choice(workers)
        _wait(lambda: not alive(victim) or _settled(victim))
        if not alive(victim):
            return ""
        os.kill(victim, signal.SIGKILL)
    finally:
        build.send_signal(signal.SIGCONT)
    return "worker killed amid a hand-over"


# --- processes ------------------------------------------------------------------------------------------------------


def workers_of(build: int) -> list[int]:
    """The worker processes of a build."""
    return [child for child in _children(build) if b"spawn_main" in _read(child, "cmdline")]


def alive(process: int) -> bool:
    """Whether a process is at work; one that is dead and of which nobody has taken note is not."""
    return _state(process) not in ("", "Z")


def running(word: str, variable: str) -> list[int]:
    """Processes with a word in their command lines, and a variable with its value in their environments."""
    numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [number for number in numbers if word.encode() in _read(number, "cmdline")
            and variable.encode() in _read(number, "environ").split(b"\0")]  # fmt: skip


def _settled(process: int) -> bool:
    """Whether a process waits, and for no program that it runs."""
    before = _processor_time(process)
    time.sleep(SETTLED)
    return _state(process) == "S" and _processor_time(process) == before and not _children(process)


def _children(process: int) -> list[int]:
    return [int(child) for child in _read(process, f"task/{process}/children").split()]


def _state(process: int) -> str:
    return (_stat(process) or [""])[0]


def _processor_time(process: int) -> list[str]:
    return _stat(process)[11:13]


def _stat(process: int) -> list[str]:
    """What Linux tells of a process, from its state on."""
    return _read(process, "stat").rpartition(b")")[2].decode().split()


def _read(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""


def _ended(build: subprocess.Popen[str], seconds: float) -> bool:
    try:
        build.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "a wait without an end"
        time.sleep(0.005)


@contextmanager
def _folder(example: Example) -> Iterator[Path]:
    out = example.folder / "out"
    yield out
    shutil.rmtree(out)
    for left in (example.folder / "tmp").iterdir():  # a worker that is killed cannot tidy up
        shutil.rmtree(left)


def main() -> None:
    """Kill as often as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", default=["pdflatex", "typst"], choices=["pdflatex", "typst"])
    parser.add_argument("--copies", type=int, default=60, help="students of the class (default: 60)")
    parser.add_argument("--builds", type=int, default=60, help="builds to kill, with each engine")
    parser.add_argument("--workers", type=int, default=100, help="workers to kill, with each engine")
    parser.add_argument("--hand-overs", type=int, default=20, help="workers to kill amid a hand-over, with each engine")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    arguments = parser.parse_args()
    for engine in arguments.engines:
        with tempfile.TemporaryDirectory() as name:
            example = Example(engine, arguments.copies, Path(name))
            whole = example.whole()
            chance = random.Random(arguments.seed)
            for kind, kills in (
                (builds_killed, arguments.builds),
                (workers_killed, arguments.workers),
                (hand_overs_killed, arguments.hand_overs),
            ):
                start, events = time.monotonic(), 0
                for event in kind(example, whole, kills, chance):
                    events += 1
                    print(f"{engine}: {event}", flush=True)
                print(f"{engine}: {kills} times {kind.__name__.replace('_', ' ')}: {events - kills} builds, all whole "
                      f"and the same, {time.monotonic() - start:.0f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
