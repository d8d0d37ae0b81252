"""A time limit for code that knows none: an alarm that raises where it rings."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["TimeUp", "alarm"]

_LEAST = 1e-3
_AGAIN = 0.05  # seconds


class TimeUp(Exception):  # noqa: N818 - no error: the time that was given is over
    """The time of a block was up."""


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in the block once the time is over.

    It rings between two steps of Python, so inside a library as often as that comes back to Python: a
    solver's iteration, a round of boosting. Set it only around what is known to stand it: a library of C++
    that calls Python back may crash on an exception that it does not expect, as ONNX Runtime does. Where
    signals cannot be caught (outside the main thread, or on Windows), it never rings.

    Args:
        seconds: How long the block may take; infinity sets no alarm.

    Raises:
        TimeUp: The time is over.

    Example:
        >>> import time
        >>> try:
        ...     with alarm(0.01):
        ...         while True:
        ...             time.sleep(0.001)
        ... except TimeUp:
        ...     print("time was up")
        time was up
    """
    if seconds == float("inf") or not _can_ring():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, max(_LEAST, seconds))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _can_ring() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _ring(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    if _is_importing(frame):  # half a module would stay behind: ring again a little later
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        return
    raise TimeUp


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
