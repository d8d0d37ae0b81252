"""A thread with a bounded queue, beside the event loop: for releases that must not hold up others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Lane"]

Job = TypeVar("Job")


class Lane(Generic[Job]):
    """One thread, one queue, one worker function.

    Args:
        name: Of the thread.
        work: Does one job; must not raise.
        most: Jobs that may wait.
        most_bytes: Bytes that waiting jobs may hold together.

    Example:
        >>> done: list[int] = []
        >>> lane = Lane("example", done.append)
        >>> lane.offer(1, 10), lane.close(1.0), done
        (True, True, [1])
    """

    def __init__(
        self, name: str, work: Callable[[Job], None], *, most: int = 64, most_bytes: int = 16 << 20
    ) -> None:
        self._work, self._most, self._most_bytes = work, most, most_bytes
        self._jobs: deque[tuple[Job, int]] = deque()
        self._bytes, self._closing = 0, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._jobs)

    def offer(self, job: Job, size: int) -> bool:
        """Take a job if there is room; returns at once.

        Args:
            job: For `work`.
            size: What it holds, bytes. A job larger than the whole room is never taken.

        Returns:
            Whether it was taken.
        """
        with self._changed:
            fits = len(self._jobs) < self._most and self._bytes + size <= self._most_bytes
            if not fits or self._closing:
                return False
            self._jobs.append((job, size))
            self._bytes += size
            self._changed.notify()
        return True

    def close(self, seconds: float) -> bool:
        """Finish what waits, then end the thread.

        Args:
            seconds: How long to wait for that.

        Returns:
            Whether it has ended in time; else it is left to end with the process.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closing:
                    self._changed.wait()
                if not self._jobs:
                    return
                job, size = self._jobs.popleft()
                self._bytes -= size
            self._work(job)
            del job
