"""The work of a build or an export: jobs are begun, a few at a time, and their results taken, whoever does them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from listok.generators.values import ListokError
from listok.workers.process_pool import DEATHS, DeadWorkers, ProcessPool

LIFETIME = 60
"""Jobs for each process before a new one takes over: some 15 chunks, a minute's work, for a second's start."""


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


class Pool(Protocol):
    """Who does tasks."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Have a task done, now or later."""

    def wait(self, futures: Collection[Future[Any]], /) -> Collection[Future[Any]]:
        """Those of all tasks under way that are done; waits until there is one."""

    def stop(self) -> None:
        """End the pool; tasks that are under way are not wanted any more."""


class Workers:
    """A pool that gets no more than `window` jobs at a time, so that neither arguments nor results pile up.

    A context: the pool ends with it.
    """

    def __init__(self, pool: Pool, window: int) -> None:
        self._pool, self._window = pool, window

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()

    def run(self, jobs: Iterable[Job], finished: Finished) -> None:
        """Do all jobs and those that follow from them.

        Raises what a job raises, and `WorkerError` where the workers that do a job keep dying.
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
        the next job has to wait for another."""
        running: dict[Future[Any], Job] = {}
        while True:
            while len(running) < self._window:
                job = queue.popleft() if queue else next(rest, None)
                if job is None:
                    break
                work, arguments = job.task()
                running[self._pool.submit(work, *arguments)] = job
            if not running:
                return
            for future in self._pool.wait(running):
                job = running.pop(future)
                yield job, _result(job, future)


def _result(job: Job, future: Future[Any]) -> Any:
    try:
        return future.result()
    except DeadWorkers:
        raise WorkerError(
            f"{job.name}: the process that worked on it died {DEATHS} times (not enough memory?): run the same "
            f"command again, perhaps with fewer --jobs"
        ) from None


class _InProcess:
    """Does each task at once, in this process."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def wait(self, futures: Collection[Future[Any]], /) -> Collection[Future[Any]]:
        return list(futures)

    def stop(self) -> None:
        pass


def in_process() -> Workers:
    """This process alone."""
    return Workers(_InProcess(), 1)


def processes(jobs: int, lifetime: float = LIFETIME) -> Workers:
    """Processes of this machine; with one job, this process alone.

    As many jobs as there are processes wait for one that is free, so that none is idle while results are taken.
    """
    return in_process() if jobs == 1 else Workers(ProcessPool(jobs, lifetime), 2 * jobs)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
