"""Building on a Dask cluster gives the bytes of a build on one machine, also when a worker dies in the midst."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import BLUEPRINT, ROOT
from test_chunks import contents

from listok.exams import build
from listok.exams.blueprint import Blueprint, read_blueprint
from listok.exams.build import build_exam, workers_for
from listok.exams.roster import numbered
from listok.workers import cluster
from listok.workers.cluster import ClusterError
from listok.workers.pool import Workers, in_process

pytest.importorskip("distributed", reason="Dask is not installed")

Spawn = Callable[[], "subprocess.Popen[bytes]"]

CLASS = numbered(30)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, Spawn]]:
    """A scheduler's address, and what starts a worker of it: a process of two threads, without a nurse."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(tmp_path)}
    running: list[subprocess.Popen[bytes]] = []

    def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        cwd=tmp_path))  # fmt: skip
        return running[-1]

    start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    yield address, lambda: start("dask_worker", address, "--nthreads", "2", "--no-nanny", "--no-dashboard")
    for process in reversed(running):
        process.kill()
        process.wait()


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blueprint:
    monkeypatch.setattr("listok.exams.plan.CHUNK", 4)
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 60)
    (tmp_path / "exam.toml").write_text(BLUEPRINT, encoding="utf-8")
    return read_blueprint(tmp_path / "exam.toml")


def test_two_workers_make_the_same_bytes_even_when_one_dies(
    tmp_path: Path, plan: Blueprint, scheduler: tuple[str, Spawn]
) -> None:
    address, spawn = scheduler
    build_exam(plan, CLASS, tmp_path / "here", in_process(), engine="typst")
    first, second = spawn(), spawn()
    build_exam(plan, CLASS, tmp_path / "there", on(address, 2), engine="typst")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")

    def kill(stage: str, done: int, _total: int) -> None:
        if stage == "print" and done >= 8 and first.poll() is None:
            first.send_signal(signal.SIGKILL)
            first.wait()

    build_exam(plan, CLASS, tmp_path / "again", on(address, 2), engine="typst", report=kill)
    assert first.poll() == -signal.SIGKILL
    assert second.poll() is None
    assert contents(tmp_path / "again") == contents(tmp_path / "here")


def on(address: str, workers: int) -> Workers:
    """The cluster, once so many workers are there."""
    import distributed

    with distributed.Client(address, timeout=60) as client:
        client.wait_for_workers(workers, timeout=60)
    return workers_for(CLASS, 1, address, "typst", None)


def test_workers_that_would_make_other_files_refuse(
    tmp_path: Path, plan: Blueprint, scheduler: tuple[str, Spawn], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, spawn = scheduler
    spawn()
    bank = tmp_path / "bank"
    with pytest.raises(ClusterError, match=rf"^worker \S+ has no folder {bank}: [^\n]*$"):
        build_exam(plan, CLASS, tmp_path / "out", workers_for(CLASS, 1, address, None, bank), pdf=False)
    monkeypatch.setattr(build, "stamp", lambda *_: "another")
    with pytest.raises(ClusterError, match=r"^worker \S+ would not make the same files: [^\n]*$"):
        build_exam(plan, CLASS, tmp_path / "out", workers_for(CLASS, 1, address, None, None), pdf=False)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://no.such.host.invalid:8786"])
def test_a_scheduler_that_is_not_there_is_one_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    with pytest.raises(ClusterError, match=r"^--scheduler \S+: cannot be reached \([^\n]+\)$"):
        workers_for(CLASS, 1, address, None, None)


@pytest.mark.parametrize("address", ["nonsense", "", "tcp://host", "http://host:8786", "tcp://host:port"])
def test_what_is_no_address_is_one_line_and_leaves_no_client(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distributed.Client", None)
    with pytest.raises(ClusterError, match=r"^--scheduler \S*: cannot be reached \([^\n]+\)$"):
        workers_for(CLASS, 1, address, None, None)


def test_a_scheduler_without_workers_is_one_line(
    scheduler: tuple[str, Spawn], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = scheduler
    time.sleep(3)
    real: Any = __import__("distributed").Client.wait_for_workers
    monkeypatch.setattr("distributed.Client.wait_for_workers", lambda self, n, timeout: real(self, n, timeout=1))
    with pytest.raises(ClusterError, match=r"this scheduler has no workers: dask worker tcp://"):
        workers_for(CLASS, 1, address, None, None)
