"""Running the work of a build or an export: in this process, in several, or on a cluster; what dies is done again."""

from __future__ import annotations

import functools
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias

from listok.generators.values import ListokError
from listok.workers.garbage import collect_rarely

RESTARTS = 3
"""Pools that may break one after another, with no work done in between, before the build gives up."""

LIFETIME = 60
"""Jobs for each process before new ones take over: some 15 chunks, a minute's work, for a second's start."""

GRACE = 5.0
"""Seconds in which a worker may tidy up when it is not wanted any more."""


class WorkerError(ListokError):
    """Workers that die again and again."""


Task: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and its arguments, all of which another process can be sent."""


@dataclass(frozen=True)
class Job:
    """A piece of work: `task` says what to do, and is asked only when the work is about to begin."""

    name: str
    task: Callable[[], Task]

    @classmethod
    def of(cls, name: str, task: Task) -> Job:
        """A piece of work that is known at once."""
        return cls(name, lambda: task)


Finished: TypeAlias = Callable[[Job, Any], Iterable[Job]]
"""Told of each job done and its result; gives the jobs that follow from it."""


class Workers:
    """Who does the work: an executor, which `start` makes (and makes again when one broke).

    It gets no more than `window` jobs at a time, so that neither arguments nor results pile up, and is replaced after
    `lifetime` jobs, so that what workers remember does not pile up either.
    """

    def __init__(self, start: Callable[[], Executor], window: int, lifetime: float = math.inf) -> None:
        self._start, self._window, self._lifetime = start, window, lifetime
        self._left = lifetime
        self._executor: Executor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop(at_once=kind is not None)

    def run(self, jobs: Iterable[Job], finished: Finished) -> None:
        """Do all jobs and those that follow from them; those whose worker died are done again.

        Raises what a job raises, and `WorkerError` if workers keep dying.
        """
        queue = deque[Job]()
        for job, result in self._done(queue, iter(jobs)):
            queue.extend(finished(job, result))

    def in_order(self, jobs: Iterable[Job]) -> Iterator[Any]:
        """The results of jobs, one by one in the order of the jobs. Raises as `run` does.

        No more than a few jobs are begun before the result of the first of them is taken.
        """
        done: dict[Job, Any] = {}
        begun = deque[Job]()

        def few() -> Iterator[Job | None]:
            for job in jobs:
                while len(begun) >= 2 * self._window:
                    yield None
                begun.append(job)
                yield job

        for job, result in self._done(deque(), few()):
            done[job] = result
            while begun and begun[0] in done:
                yield done.pop(begun.popleft())

    def _done(self, queue: deque[Job], rest: Iterator[Job | None]) -> Iterator[tuple[Job, Any]]:
        """Jobs and their results as they come, from a queue that may grow and from `rest`, which may give None where
        the next job has to wait for another; what dies is done again."""
        broken = 0
        while True:
            lost: list[Job] = []
            for job, result in self._results(queue, rest, lost):
                yield job, result
                broken = 0
            if not lost:
                return
            self._stop(at_once=True)
            broken += 1
            if broken > RESTARTS:
                raise WorkerError(
                    f"{lost[0].name}: the process that worked on it died {broken} times (not enough memory?): run the "
                    f"same command again, perhaps with fewer --jobs"
                )
            queue.extendleft(reversed(lost))

    def _results(self, queue: deque[Job], rest: Iterator[Job | None], lost: list[Job]) -> Iterator[tuple[Job, Any]]:
        """Jobs and their results as they come; ends early, with the jobs not done in `lost`, when workers die."""
        running: dict[Future[Any], Job] = {}
        while True:
            if self._executor is None:
                self._executor, self._left = self._start(), self._lifetime
            while len(running) < self._window and self._left > 0:
                job = queue.popleft() if queue else next(rest, None)
                if job is None:
                    break
                self._left -= 1
                work, arguments = job.task()
                try:
                    running[self._executor.submit(work, *arguments)] = job
                except BrokenExecutor:
                    lost += [job, *running.values()]
                    return
            if not running and self._left > 0:
                return
            if not running:
                self._stop(at_once=False)
                continue
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                try:
                    result = future.result()
                except BrokenExecutor:
                    lost += running.values()
                    return
                yield running.pop(future), result

    def _stop(self, *, at_once: bool) -> None:
        executor, self._executor = self._executor, None
        if executor is None:
            return
        if at_once:  # nobody wants the work in hand any more; a pool by itself would finish it first
            _end([*(getattr(executor, "_processes", None) or {}).values()])
        executor.shutdown(cancel_futures=at_once)


def _end(workers: Sequence[BaseProcess]) -> None:
    """Tell workers to leave, and stop those that do not: what a signal raises amid an import can be lost."""
    for worker in workers:
        worker.terminate()
    end = time.monotonic() + GRACE
    for worker in workers:
        worker.join(max(0.0, end - time.monotonic()))
        if worker.is_alive():
            worker.kill()


# --- executors ----------------------------------------------------------------------------------------------------


class _InProcessExecutor(Executor):
    """Does each job at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def in_process() -> Workers:
    """This process alone."""
    return Workers(_InProcessExecutor, 1)


def processes(jobs: int, lifetime: float = LIFETIME) -> Workers:
    """Processes of this machine: started afresh rather than forked, so that threads and open files stay behind."""
    if jobs == 1:
        return in_process()
    context = multiprocessing.get_context("spawn")
    start = functools.partial(ProcessPoolExecutor, jobs, mp_context=context, initializer=_begin_worker)
    return Workers(start, 2 * jobs, lifetime * jobs)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin_worker() -> None:
    """Make a worker leave quietly when interrupted, and when the build that started it is no more."""
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(threading.main_thread(),), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(1)


def _watch(worker: threading.Thread) -> None:
    parent = multiprocessing.parent_process()
    if parent is None or worker.ident is None:
        return
    parent.join()
    signal.pthread_kill(worker.ident, signal.SIGTERM)  # lets the work in hand remove its folder and stop its engine
    time.sleep(GRACE)
    os._exit(1)
