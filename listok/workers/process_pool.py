"""Processes of this machine that share work, any of which may die at any moment: that costs the task it was at.

Every worker has a pipe of its own, whose far end nobody else holds. A worker that dies, however much of an answer it
has sent, ends its pipe, and so is noticed at once; its task is given to another. The executors that share one pipe for
all answers (those of concurrent.futures and loky) wait for ever for the rest of an answer that was torn off.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from listok.generators.faults import Leave
from listok.workers.garbage import collect_rarely

DEATHS = 6
"""Workers that die at one task before it is given up: so many are no accident."""

GRACE = 5.0
"""Seconds in which a worker may tidy up when it is not wanted any more."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class DeadWorkers(Exception):
    """Every worker that was given a task died at it."""


@dataclass(eq=False)
class _Task:
    """A function and its arguments, pickled, and how many workers have died at it."""

    call: bytes
    future: Future[Any] = field(default_factory=Future)
    deaths: int = 0


@dataclass(eq=False)
class _Worker:
    """A process, our end of its pipe, and how many more tasks it may be given."""

    process: BaseProcess
    pipe: Connection
    left: float


class ProcessPool:
    """At most `size` workers, started when they are needed: afresh rather than forked, so that threads and open files
    stay behind. After `lifetime` tasks a worker is replaced, so that what workers remember does not pile up.

    Only the thread that made the pool may use it.
    """

    def __init__(self, size: int, lifetime: float) -> None:
        self._size, self._lifetime = size, lifetime
        self._workers: list[_Worker] = []
        self._leaving: list[_Worker] = []
        self._tasks: dict[_Worker, _Task] = {}
        self._waiting = deque[_Task]()

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Have a task done as soon as a worker is free."""
        task = _Task(pickle.dumps((work, arguments)))
        self._waiting.append(task)
        self._hand_out()
        return task.future

    def wait(self, futures: Collection[Future[Any]], /) -> Collection[Future[Any]]:
        """Wait until at least one of the tasks is done, or given up with `DeadWorkers`; gives all that are."""
        while not (ended := [future for future in futures if future.done()]):
            busy = list(self._tasks)
            ready = multiprocessing.connection.wait([worker.pipe for worker in busy])
            for worker in busy:
                if worker.pipe in ready:
                    self._receive(worker)
            self._hand_out()
        return ended

    def stop(self) -> None:
        """End all workers; what they are at is not wanted any more."""
        workers = self._workers + self._leaving
        self._workers, self._leaving = [], []
        try:
            for worker in workers:
                worker.pipe.close()
                if worker in self._tasks:
                    worker.process.terminate()
            end = time.monotonic() + GRACE
            for worker in workers:
                worker.process.join(max(0.0, end - time.monotonic()))
        finally:  # what a signal raises amid an import can be lost
            for worker in workers:
                worker.process.kill()
                worker.process.join(GRACE)

    def _hand_out(self) -> None:
        """Give tasks that wait to workers that are free."""
        while self._waiting and (worker := self._free()) is not None:
            task = self._waiting.popleft()
            self._tasks[worker] = task
            worker.left -= 1
            try:
                worker.pipe.send_bytes(task.call)
            except OSError:
                self._died(worker)

    def _free(self) -> _Worker | None:
        """A worker without a task, one that is started now if there may be another; or None."""
        for worker in [worker for worker in self._workers if worker not in self._tasks]:
            if worker.left > 0 and worker.process.is_alive():
                return worker
            self._dismiss(worker)
        return self._start() if len(self._workers) < self._size else None

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there,), daemon=True)
        resource_tracker.ensure_running()  # by itself it would start below, and let the signals through
        with _held(*_SIGNALS):  # the worker begins so, and lets them through when it knows how to leave
            process.start()
            self._workers.append(_Worker(process, here, self._lifetime))
        there.close()
        return self._workers[-1]

    def _receive(self, worker: _Worker) -> None:
        """Take a worker's answer, or see that it died before the whole of it was sent."""
        try:
            answer = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._died(worker)
            return
        future = self._tasks.pop(worker).future
        try:
            error, result = pickle.loads(answer)
        except Exception as unread:  # as when its class is not to be found here
            error, result = unread, None
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    def _died(self, worker: _Worker) -> None:
        """Let another worker try what one died at, unless too many have."""
        task = self._tasks.pop(worker)
        self._dismiss(worker)
        task.deaths += 1
        if task.deaths < DEATHS:
            self._waiting.appendleft(task)
        else:
            task.future.set_exception(DeadWorkers())

    def _dismiss(self, worker: _Worker) -> None:
        """Let a worker leave by itself."""
        worker.pipe.close()
        self._workers.remove(worker)
        self._leaving = [other for other in (*self._leaving, worker) if other.process.is_alive()]


@contextlib.contextmanager
def _held(*numbers: signal.Signals) -> Iterator[None]:
    """Let signals wait until the end of the block; a process that is started in it holds them, too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in a worker ----------------------------------------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """Do one task after another until the pipe ends."""
    collect_rarely()
    threading.Thread(target=_watch, args=(threading.main_thread(),), daemon=True).start()
    for number in _SIGNALS:
        signal.signal(number, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    while True:
        try:
            call = pipe.recv_bytes()
            pipe.send_bytes(_answer(call))
        except (EOFError, OSError):  # nobody is there any more
            return


def _answer(call: bytes) -> bytes:
    """What a task raised, or None, and its result."""
    try:
        work, arguments = pickle.loads(call)
        return pickle.dumps((None, work(*arguments)))
    except Exception as error:
        error.add_note(f"in a worker:\n{traceback.format_exc()}")
        try:
            return pickle.dumps((error, None))
        except Exception as unsent:  # as when its class is local
            return pickle.dumps((unsent, None))


def _leave(_signal: int, _frame: object) -> None:
    raise Leave(1)  # not held for a fault of the exercise that is at work


def _watch(worker: threading.Thread) -> None:
    """Make a worker leave when the process that started it is no more, whatever the worker is at."""
    parent = multiprocessing.parent_process()
    if parent is None or worker.ident is None:
        return
    parent.join()
    signal.pthread_kill(worker.ident, signal.SIGTERM)  # lets the work in hand remove its folder and stop its engine
    time.sleep(GRACE)
    os._exit(1)
