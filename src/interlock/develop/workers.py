"""Who runs the trials: this process, processes beside it, or the workers of a cluster.

A process that is killed, by the system for its memory or by a library that crashes, takes its trial with it
and nothing else: the others that were under way are run again, one at a time, until it is known which it was.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np

from interlock.develop import spool
from interlock.develop.budget import Budget
from interlock.develop.trials import Order, Outcome, Problem, load_libraries, lost, run
from interlock.table import executor

__all__ = ["Adaptive", "Beside", "Crew", "Here", "crew_of"]

_GRACE = 0.5  # seconds after which a trial that has not come to its end is left behind
_LOOK = 0.2  # seconds between two looks at what is under way
_LARGE = 2_000_000  # cells, from which on a trial may need much memory and time
_LONG = 0.3  # seconds a trial must take to be worth sending away
_WORTH = 10.0  # seconds of work that are worth starting processes
_MOST = 4  # the window of the search
_KILLED = "its process was killed, probably because memory ran out"


class Crew(Protocol):
    """Runs trials."""

    def outcome(self, orders: Sequence[Order], limit: Callable[[Order], Order]) -> Outcome:
        """Return what the first of some orders came to; the others may be run meanwhile.

        Args:
            orders: At least one, in their order.
            limit: Says when a trial must end that begins now, and from how many rows it learns.
        """

    def close(self) -> None:
        """Stop what is under way."""


class Here:
    """This process; each trial is run when it is waited for."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def outcome(self, orders: Sequence[Order], limit: Callable[[Order], Order]) -> Outcome:
        """Run the first."""
        return run(self._problem, limit(orders[0]))

    def close(self) -> None:
        """Do nothing: nothing is under way."""


class Beside:
    """Other processes: those of an executor, or of this machine.

    Args:
        problem: What all trials share.
        folder: Where it is written for the others to read.
        count: How many trials run side by side.
        given: An executor, such as that of a cluster; None makes processes here.
    """

    def __init__(self, problem: Problem, folder: Path, count: int, given: Executor | None = None) -> None:
        self._folder, self._count, self._given = spool.write(problem, folder), count, given
        self._futures: dict[int, Future[Outcome]] = {}
        self._ends: dict[int, float] = {}
        self._crashes: dict[int, int] = {}
        self._stack, self._pool = ExitStack(), given
        self._loading: list[Future[None]] = []
        self._others = set(multiprocessing.active_children())

    def is_ready(self) -> bool:
        """Start the processes; tell whether they have loaded what they need, so that time can be taken."""
        self._open()
        return all(future.done() for future in self._loading)

    def outcome(self, orders: Sequence[Order], limit: Callable[[Order], Order]) -> Outcome:
        """Keep as many under way as may be, until the first has come to its end."""
        first = orders[0]
        if not self._can_leave(first):
            return run(spool.read(self._folder), limit(first))
        while True:
            if not self.is_ready():
                wait(self._loading, _LOOK)
                continue
            try:
                self._submit(orders, limit)
            except BrokenExecutor:  # a process died between two looks; its trials hear of it a little later
                wait(list(self._futures.values()), _GRACE)
                if self._after_a_crash(first) is not None:
                    return lost(first, "failed", _KILLED)
                continue
            under_way = [future for future in self._futures.values() if not future.done()]
            wait([self._futures[first.number], *under_way], _LOOK, FIRST_COMPLETED)
            if self._futures[first.number].done():
                found = self._result(first)
            elif time.time() > self._ends[first.number] + _GRACE:
                self._restart()
                found = lost(first, "cut", "time was up")
            else:
                continue
            if found is not None:
                self._futures.pop(first.number, None)
                return found

    def close(self) -> None:
        """Kill the processes that are ours."""
        for future in self._futures.values():
            future.cancel()
        if self._given is None:
            self._kill()

    def _submit(self, orders: Sequence[Order], limit: Callable[[Order], Order]) -> None:
        suspects = [order for order in orders if self._crashes.get(order.number)]
        most = 1 if suspects else self._count
        for order in [*suspects, *orders]:
            running = sum(not future.done() for future in self._futures.values())
            if running >= most:
                return
            if order.number not in self._futures and self._can_leave(order):
                asked = limit(order)
                self._ends[order.number] = asked.latest
                with _deaf_to_interrupts():
                    self._futures[order.number] = self._open().submit(_run, self._folder, asked)

    def _can_leave(self, order: Order) -> bool:
        """Tell whether another process can read it: it does not know classes of the script that runs."""
        return self._given is not None or b"__main__" not in pickle.dumps(order)

    def _result(self, order: Order) -> Outcome | None:
        """Return what it came to; None where it has to be run again."""
        try:
            return self._futures[order.number].result()
        except (BrokenExecutor, CancelledError):
            return self._after_a_crash(order)
        except Exception as error:
            if type(error).__name__ == "KilledWorker":  # Dask's: several workers died of it
                return lost(order, "failed", _KILLED)
            raise

    def _after_a_crash(self, order: Order) -> Outcome | None:
        hit = [number for number, future in self._futures.items() if _crashed(future)]
        for number in hit:
            self._crashes[number] = self._crashes.get(number, 0) + 1
        alone = hit == [order.number]
        self._restart()
        if self._given is not None or alone:
            return lost(order, "failed", _KILLED)
        return None

    def _restart(self) -> None:
        """Forget what has not come to its end, and begin with new processes."""
        self._futures = {
            number: future
            for number, future in self._futures.items()
            if future.done() and not _crashed(future)
        }
        if self._given is None:
            self._kill()

    def _open(self) -> Executor:
        if self._pool is None:
            self._pool = self._stack.enter_context(executor(workers=self._count))
            with _deaf_to_interrupts():
                self._loading = [self._pool.submit(_load, self._folder) for _ in range(self._count)]
        return self._pool

    def _kill(self) -> None:
        for child in set(multiprocessing.active_children()) - self._others:
            child.kill()
        with suppress(Exception):  # what it tells of the processes that were just killed is known
            self._stack.close()
        self._pool, self._loading = None, []


class Adaptive:
    """This process, until the trials turn out to take long enough for processes beside it.

    Args:
        problem: What all trials share.
        budget: What is left of time and trials.
        folder: Where the rows are written for the others to read.
        count: How many trials then run side by side.
        asked: Whether processes were asked for, so that they are started whether they pay or not, and waited
            for: who asks may fear that a trial takes its process with it.
    """

    def __init__(
        self, problem: Problem, budget: Budget, folder: Path, count: int, *, asked: bool = False
    ) -> None:
        self._problem, self._budget, self._folder, self._count = problem, budget, folder, count
        self._crew: Crew = Here(problem)
        self._beside: Beside | None = None
        self._seconds: list[float] = []
        self._asked = asked
        self._large = len(problem.rows) * problem.rows.columns >= _LARGE

    def outcome(self, orders: Sequence[Order], limit: Callable[[Order], Order]) -> Outcome:
        """Run the first here, or some beside."""
        if self._beside is None and self._is_worth_it():
            self._beside = Beside(self._problem, self._folder, self._count)
        if self._beside is not None and (self._asked or self._beside.is_ready()):
            self._crew = self._beside
        found = self._crew.outcome(orders, limit)
        self._seconds.append(found.seconds)
        return found

    def close(self) -> None:
        """Stop what is under way."""
        if self._beside is not None:
            self._beside.close()

    def _is_worth_it(self) -> bool:
        """Tell whether what is left takes several times as long as it takes to start processes."""
        if self._asked:
            return True
        each = float(np.mean(self._seconds)) if self._seconds else _LONG * self._large
        trials, made = self._budget.trials, len(self._seconds)
        left = min(self._budget.left, np.inf if trials is None else (trials - made) * each)
        return self._count > 1 and each >= _LONG and left >= _WORTH


@contextmanager
def crew_of(
    problem: Problem,
    budget: Budget,
    *,
    folder: Path | None = None,
    workers: int | None = None,
    given: Executor | None = None,
) -> Iterator[Crew]:
    """Choose who runs the trials, and stop what is under way in the end.

    Args:
        problem: What all trials share.
        budget: Time and trials.
        folder: Where the rows may be written for other processes to read; None takes a temporary one.
        workers: Processes side by side; 0 for this process alone, None for what pays.
        given: An executor, such as that of a cluster.
    """
    if workers == 0:
        yield Here(problem)
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix="rows-") as name:
        count = workers or min(_MOST, os.cpu_count() or 1)
        if given is None:
            crew: Crew = Adaptive(problem, budget, Path(name), count, asked=workers is not None)
        else:
            crew = Beside(problem, Path(name), workers or _MOST, given)
        try:
            yield crew
        finally:
            crew.close()


def _load(folder: Path) -> None:
    load_libraries()
    _ = spool.read(folder).parts


def _run(folder: Path, order: Order) -> Outcome:
    return run(spool.read(folder), order)


def _crashed(future: Future[Outcome]) -> bool:
    return future.cancelled() or (future.done() and isinstance(future.exception(), BrokenExecutor))


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: this one decides what becomes of them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
