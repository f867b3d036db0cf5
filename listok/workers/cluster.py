"""Work on a Dask cluster: the same work as on this machine, sent to workers that share no disk with it."""

from __future__ import annotations

import functools
import importlib
import threading
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from typing import Any, TypeAlias

from listok.generators.values import ListokError
from listok.workers.pool import Task, WorkerError, Workers

PIP = "pip install 'listok[cluster]'"
"""What installs Dask for this Python; the workers need it as well."""

SECONDS_TO_CONNECT = 15

WINDOW = 3
"""Jobs that wait or run for each thread of the cluster: enough to keep it busy, few enough to be held in memory."""

_ONE_AT_A_TIME = threading.Lock()
"""A worker may have several threads. Python code shares one core and its caches, so one thread works at a time."""

Work: TypeAlias = Callable[..., Any]


class ClusterError(WorkerError):
    """A cluster that cannot be reached, or whose workers would not make the same files."""


def cluster(scheduler: str, check: Task, threaded: Collection[Work] = ()) -> Workers:
    """The workers of the Dask scheduler at an address such as ``tcp://host:8786``.

    A worker does `check` before each piece of work; it raises `ClusterError` where that machine must not do the work.
    `threaded` are functions that several threads of one worker may run at the same time. Raises `ClusterError`.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise ClusterError(f"--scheduler needs Dask: {PIP}") from None
    try:
        # What is no address is found before there is a client: one that was refused it is never closed, and when it is
        # collected as garbage in the thread of the next client, the two wait for each other.
        distributed.comm.get_address_host_port(scheduler)
        client = distributed.Client(scheduler, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(f"--scheduler {scheduler}: cannot be reached ({' '.join(str(error).split())})") from None
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
    except TimeoutError:
        client.close()
        raise ClusterError(f"{scheduler}: this scheduler has no workers: dask worker {scheduler}") from None
    threads = sum(client.nthreads().values())
    return Workers(_ClusterPool(client, check, threaded), WINDOW * threads)


class _ClusterPool:
    """Dask's executor, with a check on the worker before each piece of work."""

    def __init__(self, client: Any, check: Task, threaded: Collection[Work]) -> None:
        self._client, self._executor = client, client.get_executor(pure=False)
        self._check, self._threaded = check, threaded

    def submit(self, work: Work, /, *arguments: Any) -> Future[Any]:
        mine: Future[Any] = Future()
        theirs = self._executor.submit(work_on_worker, self._check, work in self._threaded, work, arguments)
        theirs.add_done_callback(functools.partial(_pass_on, mine))
        return mine

    def wait(self, futures: Collection[Future[Any]], /) -> Collection[Future[Any]]:
        return wait(futures, return_when=FIRST_COMPLETED).done

    def stop(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


def work_on_worker(check: Task, threaded: bool, work: Work, arguments: tuple[Any, ...]) -> Any:
    """On a worker: the result of a piece of work, if the check lets this machine do it."""
    right, terms = check
    right(*terms)
    if threaded:
        return work(*arguments)
    with _ONE_AT_A_TIME:
        return work(*arguments)


def _pass_on(mine: Future[Any], theirs: Future[Any]) -> None:
    """Pass a result on; what only Dask can raise becomes one line."""
    try:
        mine.set_result(theirs.result())
    except ListokError as error:
        mine.set_exception(error)
    except CancelledError:
        mine.set_exception(ClusterError("the cluster's scheduler was lost: run the same command again"))
    except ModuleNotFoundError as error:
        mine.set_exception(ClusterError(f"a worker of the cluster has no module {error.name!r}: {PIP} there"))
    except Exception as error:
        mine.set_exception(_one_line(error))


def _one_line(error: Exception) -> Exception:
    """Dask's error for work whose workers died one after another, as one line; any other error as it is."""
    from distributed import KilledWorker

    if not isinstance(error, KilledWorker):
        return error
    return ClusterError("several workers of the cluster died at the same work (not enough memory?): run it again")
