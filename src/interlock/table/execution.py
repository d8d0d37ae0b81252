"""The one seam for work side by side: an executor of processes here, or of a Dask cluster's workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Thread
from types import ModuleType
from typing import Any

from interlock.errors import InputError

__all__ = ["executor"]

#: How long to wait for a cluster, and for its first worker.
_SECONDS = 10
_LOOK = 1.0  # seconds between two looks at whether the process that began this one still runs


@contextmanager
def executor(cluster: str | None = None, workers: int | None = None) -> Iterator[Executor]:
    """Open an executor; leaving it stops what has not begun yet.

    Args:
        cluster: The address of a Dask scheduler, such as `tcp://10.0.0.1:8786`. Its workers have Interlock
            installed and reach the files by the same paths or addresses. None takes processes here.
        workers: Processes of this machine; None for one a core. A cluster has its own.

    Yields:
        A `concurrent.futures.Executor`. What it is given is pickled, so functions stand in a module.

    Raises:
        InputError: If the cluster cannot be reached or has no workers, or if workers died again and again.

    Example:
        >>> with executor(workers=1) as pool:
        ...     pool.submit(divmod, 7, 2).result()
        (3, 1)
    """
    try:
        with _processes(workers) if cluster is None else _dask(cluster) as opened:
            yield opened
    except BrokenExecutor as error:
        raise _died(error) from error
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # Dask's, which need not be installed
            raise _died(error) from error
        raise


@contextmanager
def _processes(workers: int | None) -> Iterator[Executor]:
    pool = ProcessPoolExecutor(workers, _Spawn(), _end_with, (os.getpid(),))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with(parent: int) -> None:
    """Let this process end when the one that began it does, however that ends: nobody waits for it any more.

    A thread waits for that. Linux could send a signal instead, but it does so when the thread ends that began
    the process, which need not be the end of the other process.
    """
    Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    begun_by = parent_process()
    ends = [] if begun_by is None else [begun_by.sentinel]
    while os.getppid() == parent and not wait(ends, _LOOK):
        pass
    os._exit(1)


class _Process(SpawnProcess):
    """A process that does not run the caller's script again.

    Python would, so that every script that learns a model needed `if __name__ == "__main__"`. What is sent
    stands in modules, so nothing of the script is needed.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - multiprocessing's name
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)  # noqa: SLF001
        finally:
            sys.modules["__main__"] = main


class _Spawn(SpawnContext):
    Process = _Process


@contextmanager
def _dask(cluster: str) -> Iterator[Executor]:
    try:
        make: Any = import_module("distributed").Client
    except ModuleNotFoundError as error:
        raise InputError(
            "a cluster needs Dask, which is not installed", next_step="pip install 'interlock[cluster]'"
        ) from error
    try:
        client = make(cluster, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            "the cluster cannot be reached",
            where=cluster,
            got=error,
            next_step="start it with `dask scheduler` and `dask worker`, or go on without --cluster",
        ) from error
    with client:
        _wait_for_a_worker(client, cluster)
        yield client.get_executor()


def _wait_for_a_worker(client: Any, cluster: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_SECONDS)
    except TimeoutError as error:
        raise InputError(
            "the cluster has no workers", where=cluster, next_step=f"start one with `dask worker {cluster}`"
        ) from error


def _died(error: Exception) -> InputError:
    return InputError(
        "the processes that did the work died again and again",
        got=error,
        next_step="give them more memory, or take fewer of them",
    )
