"""One at a time: shipping, erasing and pruning a ledger; and how its writers let go of their segments."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.serve.ledger.segment import in_use, opened, segments
from interlock.serve.ledger.writer import ROTATE

__all__ = ["LEFTOVER", "alone", "let_go"]

#: Suffix of a segment that is being written anew; one that is still there was left by a crash.
LEFTOVER = ".rewritten"
_LOCK = "maintenance.lock"
_PATIENCE = 15.0


@contextmanager
def alone(folder: str | Path, seconds: float = 60.0) -> Iterator[None]:
    """Keep others from maintaining this ledger meanwhile; a process that dies lets go by that.

    Args:
        folder: The ledger.
        seconds: How long to wait for them.

    Raises:
        InputError: If there is no ledger, or another process does not finish in that time.
    """
    root = Path(folder)
    segments(root)
    file = os.open(root / _LOCK, os.O_CREAT | os.O_RDWR, 0o640)
    try:
        _wait_for(file, root, seconds)
        for left in root.glob(f"*{LEFTOVER}"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(file)


def _wait_for(file: int, root: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise InputError(
                    "another process ships, erases or prunes this ledger",
                    where=root,
                    next_step="wait until it is done, then try again",
                ) from None
            time.sleep(0.05)
        else:
            return


def let_go(folder: str | Path) -> None:
    """Ask all writers to write what they hold and to begin new segments, and wait until they have.

    What was recorded before this call is then in segments that nobody writes.

    Args:
        folder: The ledger.

    Raises:
        InputError: If a writer does not let go within three of its flush intervals and 15 seconds.
    """
    root = Path(folder)
    held = [segment for segment in segments(root) if in_use(segment.path)]
    if not held:
        return
    flush = max(found[0].flush_seconds for segment in held if (found := opened(segment)))
    write_atomically(root / ROTATE, secrets.token_hex(8))
    deadline = time.monotonic() + 3 * flush + _PATIENCE
    while any(in_use(segment.path) for segment in held):
        if time.monotonic() > deadline:
            raise InputError(
                "a writer does not let go of its segment",
                where=held[0].path,
                next_step="see that its disk is not full, or stop the service; then try again",
            )
        time.sleep(0.02)
