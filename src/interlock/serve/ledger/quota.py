"""How much disk a ledger may take, and what gives way when it is full: a stated policy, never silence."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import msgspec

from interlock.errors import InputError, InterlockError
from interlock.serve.ledger.removal import is_shipped, remove
from interlock.serve.ledger.segment import Segment, segments

__all__ = ["Policy", "Quota", "make_room", "used"]

_LOG = logging.getLogger("interlock.ledger")

#: `drop_new`: new entries are dropped and counted. `drop_oldest_shipped`: the oldest segments go that were
#: shipped and read back; where there are none, new entries are dropped. `drop_oldest`: the oldest go anyway.
Policy = Literal["drop_oldest_shipped", "drop_new", "drop_oldest"]


class Quota(msgspec.Struct, frozen=True):
    """How much disk a ledger's folder may take.

    Args:
        bytes: Most, for the segments of all its writers together.
        policy: What gives way.

    Example:
        >>> Quota(1 << 30).policy
        'drop_oldest_shipped'
    """

    bytes: int
    policy: Policy = "drop_oldest_shipped"

    def __post_init__(self) -> None:
        if self.bytes < 1 << 20 or self.policy not in get_args(Policy):
            raise InputError(
                "the ledger's quota is at least 1 MB, with a policy of " + ", ".join(get_args(Policy)),
                got=f"{self.bytes} bytes, {self.policy}",
                next_step="mend [ledger] in interlock.toml",
            )


def used(folder: Path) -> int:
    """Return what the segments of a folder take, bytes."""
    return sum(_size(path) for path in folder.glob("*.ledger"))


def make_room(folder: Path, quota: Quota, needed: int) -> bool:
    """Whether `needed` more bytes may be written, after removing what the policy lets go.

    Args:
        folder: The ledger's.
        quota: What it may take.
        needed: Bytes.

    Returns:
        False where new entries have to be dropped.
    """
    excess = used(folder) + needed - quota.bytes
    if excess <= 0:
        return True
    for segment in _oldest(folder, quota.policy):
        size = _size(segment.path)
        try:
            gone = remove(segment, "quota")
        except InterlockError:  # no room even for the note: then nothing may go
            return False
        if gone:
            _LOG.warning("the ledger's quota is used up; %s was removed", segment.path.name)
            excess -= size
        if excess <= 0:
            return True
    return False


def _oldest(folder: Path, policy: Policy) -> Iterator[Segment]:
    if policy == "drop_new":
        return
    for segment in sorted(segments(folder), key=lambda each: _changed(each.path)):
        if policy == "drop_oldest" or is_shipped(segment):
            yield segment


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
