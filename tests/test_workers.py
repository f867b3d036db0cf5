"""Sharing work among processes: whenever one dies, and whatever it was at, no work is lost and no wait has no end."""

from __future__ import annotations

import gc
import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from listok.workers.pool import Job, WorkerError, Workers, processes
from listok.workers.process_pool import ProcessPool

SECONDS = 60
"""What nothing here should take; where a test waits so long, it fails."""


def dies_once(mark: Path, number: int) -> int:
    """A piece of work that kills its process the first time."""
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tells_and_waits(mark: Path) -> None:
    mark.write_text(str(os.getpid()))
    time.sleep(60)


def test_work_of_a_dead_worker_is_done_by_another(tmp_path: Path) -> None:
    results: dict[str, int] = {}
    jobs = [Job(str(n), lambda n=n: (dies_once, (tmp_path / "mark", n))) for n in range(8)]

    def finished(job: Job, result: int) -> Iterator[Job]:
        results[job.name] = result
        if job.name == "7":
            yield Job("9", lambda: (dies_once, (tmp_path / "mark", 9)))

    with processes(2) as workers:
        workers.run(jobs, finished)
    assert results == {str(n): n * n for n in (*range(8), 9)}


def test_workers_look_for_garbage_less_often_than_others() -> None:
    thresholds: list[tuple[int, int, int]] = []

    def finished(_job: Job, threshold: tuple[int, int, int]) -> tuple[Job, ...]:
        thresholds.append(threshold)
        return ()

    with processes(2) as workers:
        workers.run([Job("ask", lambda: (gc.get_threshold, ()))], finished)
    assert thresholds[0][0] > 10_000, "Python's own threshold is some hundred objects"


def test_workers_that_always_die_are_one_line() -> None:
    with processes(2) as workers, pytest.raises(WorkerError, match=r"^chunk 7: the process .* died 6 times [^\n]*$"):
        workers.run([Job("chunk 7", lambda: (always_dies, ()))], lambda *_: ())


def test_no_more_work_is_under_way_than_the_window() -> None:
    waiting = most = 0

    def jobs() -> Iterator[Job]:
        nonlocal waiting, most
        for n in range(20):
            waiting += 1
            most = max(most, waiting)
            yield Job(str(n), lambda n=n: (divmod, (n, 7)))

    def finished(_job: Job, _result: Any) -> tuple[Job, ...]:
        nonlocal waiting
        waiting -= 1
        return ()

    with Workers(ProcessPool(1, math.inf), 3) as workers:
        workers.run(jobs(), finished)
    assert (waiting, most) == (0, 3)


def slow(n: int) -> int:
    time.sleep(0.2 if n % 5 == 0 else 0)
    return n


def test_results_come_in_order_and_no_more_than_a_few_wait() -> None:
    begun = most = taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal begun, most
        for n in range(40):
            begun += 1
            most = max(most, begun - taken)
            yield Job(str(n), lambda n=n: (slow, (n,)))

    with Workers(ProcessPool(2, math.inf), 3) as workers:
        for n, result in enumerate(workers.in_order(jobs())):
            assert result == n
            taken += 1
    assert taken == 40
    assert 3 < most <= 7


def test_results_of_a_dead_worker_come_in_order_too(tmp_path: Path) -> None:
    jobs = [Job(str(n), lambda n=n: (dies_once, (tmp_path / "mark", n))) for n in range(12)]
    with processes(2) as workers:
        assert list(workers.in_order(jobs)) == [n * n for n in range(12)]


def test_workers_are_replaced_and_no_work_is_lost() -> None:
    seen: dict[str, int] = {}

    def finished(job: Job, process: int) -> tuple[Job, ...]:
        seen[job.name] = process
        return ()

    with Workers(ProcessPool(1, lifetime=3), 2) as workers:
        for stage in "ab":
            workers.run([Job(f"{stage}{n}", lambda: (os.getpid, ())) for n in range(6)], finished)
    assert len(seen) == 12
    assert len(set(seen.values())) == 4


def does_not_hear(mark: Path) -> None:
    signal.signal(signal.SIGTERM, lambda *_: None)  # as when what the signal raises is lost
    tells_and_waits(mark)


def fails_when_there(mark: Path) -> None:
    while not mark.exists():
        time.sleep(0.01)
    divmod(1, 0)


def test_a_worker_that_does_not_leave_is_stopped(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    jobs = [Job("wait", lambda: (does_not_hear, (mark,))), Job("fail", lambda: (fails_when_there, (mark,)))]
    with pytest.raises(ZeroDivisionError), processes(2) as workers:
        workers.run(jobs, lambda *_: ())
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_an_error_in_a_worker_is_raised_here_and_ends_the_rest(tmp_path: Path) -> None:
    jobs = [Job("wait", lambda: (tells_and_waits, (tmp_path / "mark",))), Job("fail", lambda: (divmod, (1, 0)))]
    start = time.monotonic()
    with pytest.raises(ZeroDivisionError), processes(2) as workers:
        workers.run(jobs, lambda *_: ())
    assert time.monotonic() - start < 50, "the other work was not waited for"


def test_workers_do_not_outlive_a_killed_build(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"""
from pathlib import Path
from types import ModuleType
from listok.workers.pool import Job, processes
from test_workers import tells_and_waits
if __name__ == "__main__":
    with processes(2) as workers:
        workers.run([Job("x", lambda: (tells_and_waits, (Path({str(mark)!r}),)))], lambda *_: ())
"""
    (tmp_path / "driver.py").write_text(source)
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    parent = subprocess.Popen([sys.executable, tmp_path / "driver.py"], env=environment)
    deadline = time.monotonic() + 60
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = int(mark.read_text())
    parent.kill()
    parent.wait()
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


# --- hand-overs ---------------------------------------------------------------------------------------------------

LARGE = 4_000_000
"""Bytes of an answer that no pipe holds: whoever sends it waits until it is read."""


def tells_and_hands_over(mark: Path, size: int) -> bytes:
    mark.write_text(str(os.getpid()))
    time.sleep(0.5)  # until whoever takes the answer has been stopped
    return bytes(size)


def told(mark: Path) -> int:
    """The process that a worker has told of in a file, which is then removed."""
    deadline = time.monotonic() + SECONDS
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process = int(mark.read_text())
    mark.unlink()
    return process


Driver = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    """Runs statements in a program of its own, which shares work among `workers`."""
    started: list[subprocess.Popen[str]] = []

    def start(statements: str) -> subprocess.Popen[str]:
        source = f"""
from pathlib import Path
from listok.workers.pool import Job, processes
from test_workers import tells_and_hands_over, tells_and_waits
mark = Path({str(tmp_path / "mark")!r})
if __name__ == "__main__":
    with processes(2) as workers:
        {statements}
"""
        (tmp_path / "driver.py").write_text(source)
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        command = [sys.executable, str(tmp_path / "driver.py")]
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True))  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


HAND_OVER = (
    f"workers.run([Job('x', lambda: (tells_and_hands_over, (mark, {LARGE})))], "
    "lambda job, result: print(len(result)) or ())"
)


def test_a_worker_killed_while_it_hands_over_costs_its_job_alone(tmp_path: Path, driver: Driver) -> None:
    """Whoever takes the answer is made to stand still, so that the worker is killed with a part of it sent."""
    build = driver(HAND_OVER)
    for _ in range(3):
        worker = told(tmp_path / "mark")
        build.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(worker, signal.SIGKILL)
        build.send_signal(signal.SIGCONT)
    assert build.communicate(timeout=SECONDS) == (f"{LARGE}\n", "")
    assert build.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_told_to_leave_amid_a_hand_over_costs_its_job_alone(
    tmp_path: Path, driver: Driver, number: signal.Signals
) -> None:
    build = driver(HAND_OVER)
    worker = told(tmp_path / "mark")
    build.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    os.kill(worker, number)
    build.send_signal(signal.SIGCONT)
    assert build.communicate(timeout=SECONDS) == (f"{LARGE}\n", "")


@pytest.mark.parametrize("work", ["tells_and_waits, (mark,)", f"tells_and_hands_over, (mark, {LARGE})"])
def test_an_interruption_ends_the_workers_and_leaves_nothing_to_say(tmp_path: Path, driver: Driver, work: str) -> None:
    build = driver(f"workers.run((Job(str(n), lambda: ({work})) for n in range(10**6)), lambda *_: ())")
    workers = {told(tmp_path / "mark") for _ in range(2)}
    build.send_signal(signal.SIGINT)
    _, said = build.communicate(timeout=SECONDS)
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert said.count("Traceback") == 1
    assert "leaked" not in said
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def begins(marks: Path, number: int) -> int:
    """A piece of work that tells of each try, and of which two kill their process the first time."""
    again = any(marks.glob(f"{number}-*"))
    (marks / f"{number}-{os.getpid()}").touch()
    time.sleep(0.1)
    if number % 5 == 3 and not again:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_work_of_other_workers_is_not_done_twice(tmp_path: Path) -> None:
    jobs = [Job(str(n), lambda n=n: (begins, (tmp_path, n))) for n in range(10)]
    with processes(3) as workers:
        assert list(workers.in_order(jobs)) == list(range(10))
    begun = Counter(int(mark.name.partition("-")[0]) for mark in tmp_path.iterdir())
    assert begun == {n: 2 if n in (3, 8) else 1 for n in range(10)}


def test_a_worker_killed_while_it_had_nothing_to_do_is_replaced() -> None:
    seen: list[int] = []

    def finished(_job: Job, process: int) -> tuple[Job, ...]:
        seen.append(process)
        return ()

    with processes(2) as workers:
        for n in range(3):
            workers.run([Job(str(n), lambda: (os.getpid, ()))], finished)
            os.kill(seen[-1], signal.SIGKILL)
    assert len(set(seen)) == 3


def gives_what_cannot_be_sent() -> Callable[[], int]:
    return lambda: 1


def raises_what_cannot_be_sent() -> None:
    class LocalError(Exception):
        pass

    raise LocalError


@pytest.mark.parametrize("work", [gives_what_cannot_be_sent, raises_what_cannot_be_sent])
def test_what_cannot_be_sent_is_an_error(work: Callable[[], object]) -> None:
    with processes(2) as workers, pytest.raises((AttributeError, TypeError), match="local"):
        workers.run([Job("x", lambda: (work, ()))], lambda *_: ())


def fails_far_away() -> None:
    raise ValueError("no such number")


def test_an_error_tells_where_in_the_worker_it_arose() -> None:
    with processes(2) as workers, pytest.raises(ValueError, match="no such number") as caught:
        workers.run([Job("x", lambda: (fails_far_away, ()))], lambda *_: ())
    assert "in fails_far_away" in "".join(caught.value.__notes__)
