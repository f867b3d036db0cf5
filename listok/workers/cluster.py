"""Building on a Dask cluster: the same work as on this machine, sent to workers that share no disk with it."""

from __future__ import annotations

import functools
import importlib
import platform
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import Any

from listok.exams.press.chunks import print_pages
from listok.exams.press.engine import Engine
from listok.exams.press.stamp import stamp
from listok.generators.values import ListokError
from listok.workers.pool import WorkerError, Workers

PIP = "pip install 'listok[cluster]'"
"""What installs Dask for this Python; the workers need it as well."""

SECONDS_TO_CONNECT = 15

WINDOW = 3
"""Jobs that wait or run for each thread of the cluster: enough to keep it busy, few enough to be held in memory."""

_ALONE = threading.Lock()
"""A worker may have several threads, and drawing and writing remember things: one at a time, they share one core."""


class ClusterError(WorkerError):
    """A cluster that cannot be reached, or whose workers would not make the same files."""


def cluster(scheduler: str, engine: Engine | None, bank: Path | None) -> Workers:
    """The workers of the Dask scheduler at an address such as ``tcp://host:8786``.

    Each refuses work if its listok, its engine or its folder of exercises is not the same as here. Raises
    `ClusterError`.
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
    return Workers(lambda: _Cluster(client, engine, bank), WINDOW * threads)


class _Cluster(Executor):
    """Dask's executor, with the check that its workers make the same files as this machine."""

    def __init__(self, client: Any, engine: Engine | None, bank: Path | None) -> None:
        self._client, self._executor = client, client.get_executor(pure=False)
        self._terms = (stamp(engine, bank), engine, bank)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        mine: Future[Any] = Future()
        theirs = self._executor.submit(checked, *self._terms, fn, args)
        theirs.add_done_callback(functools.partial(_hand_on, mine))
        return mine

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()


def checked(
    stamp_wanted: str, engine: Engine | None, bank: Path | None, work: Callable[..., Any], arguments: tuple[Any, ...]
) -> Any:
    """On a worker: do a piece of work if this machine makes the same of it as the one that asks."""
    if bank is not None and not bank.is_dir():
        raise ClusterError(f"worker {platform.node()} has no folder {bank}: --bank must be there on every worker")
    if stamp(engine, bank) != stamp_wanted:
        raise ClusterError(
            f"worker {platform.node()} would not make the same files: its listok, {engine or 'Python packages'} or "
            f"--bank is another; install the same ones there and restart it"
        )
    if work is print_pages:
        return work(*arguments)  # the engine is a process of its own
    with _ALONE:
        return work(*arguments)


def _hand_on(mine: Future[Any], theirs: Future[Any]) -> None:
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
        mine.set_exception(_lost(error))


def _lost(error: Exception) -> Exception:
    """Dask's word for work whose workers died one after another, as one line; any other error as it is."""
    from distributed import KilledWorker

    if not isinstance(error, KilledWorker):
        return error
    return ClusterError("several workers of the cluster died at the same work (not enough memory?): run it again")
