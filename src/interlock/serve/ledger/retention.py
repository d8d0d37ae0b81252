"""How long segments stay: whole segments go once all in them is older, noted in the account."""

from __future__ import annotations

import time
from pathlib import Path

from interlock.errors import InputError
from interlock.serve.ledger.format import ends
from interlock.serve.ledger.removal import is_shipped, remove
from interlock.serve.ledger.segment import Segment, segments

__all__ = ["DAY", "keep_from", "prune"]

#: Seconds.
DAY = 86_400.0


def keep_from(keep_days: float) -> float:
    """Return the moment before which nothing is kept, seconds since 1970.

    Raises:
        InputError: If the number of days is negative.
    """
    if not keep_days >= 0:
        raise InputError("days to keep are 0 or more", got=keep_days, next_step="write keep_days = 30")
    return time.time() - keep_days * DAY


def prune(folder: str | Path, keep_days: float, *, unshipped: bool = False) -> tuple[Segment, ...]:
    """Remove the segments whose last block is older than so many days, but those being written.

    Args:
        folder: The ledger; nobody else maintains it.
        keep_days: How many days stay.
        unshipped: Whether those go, too, that were not shipped and read back; else they stay.

    Returns:
        Those that went.

    Raises:
        InputError: If there is no ledger, or the days are negative.
    """
    oldest = keep_from(keep_days)
    old = [each for each in segments(folder) if ends(each.path).time < oldest]
    return tuple(each for each in old if (unshipped or is_shipped(each)) and remove(each, "keep_days"))
