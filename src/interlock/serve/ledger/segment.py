"""The segments of a folder by name: whose they are, in which order, and whether one is in use."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import InputError
from interlock.serve.ledger.format import Block, Header, blocks

__all__ = ["SHADOWS", "Segment", "claim", "claimed", "folders", "in_use", "opened", "segment_of", "segments"]

#: Where shadows have their ledger, inside the ledger's folder.
SHADOWS = "shadow"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{16})-(\d{6,})\.ledger")
_HEADER = msgspec.msgpack.Decoder(Header)


class Segment(NamedTuple):
    """A segment as its name tells it.

    Args:
        path: The file.
        stamp: When it was begun, by the clock of its machine; a clock may jump, so nothing is ordered by it
            but the writers.
        writer: 16 hexadecimal digits.
        number: Counted from 0 by its writer.
    """

    path: Path
    stamp: str
    writer: str
    number: int

    @property
    def name(self) -> str:
        """Its name without the suffix."""
        return self.path.stem


def segment_of(path: Path) -> Segment:
    """Return a segment by its path.

    Raises:
        InputError: If its name is not one that a writer gives.

    Example:
        >>> segment_of(Path("20261123T205758Z-03eb9c673ea80cd6-000002.ledger")).number
        2
    """
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise InputError(
            "a file of the ledger has not the name of a segment",
            where=path,
            next_step="give it its old name, or move it out of the folder",
        )
    return Segment(path, found[1], found[2], int(found[3]))


def folders(ledger: str | Path) -> tuple[Path, ...]:
    """Return the folder of a ledger, and that of its shadows where it has some.

    Raises:
        InputError: If there is no ledger.
    """
    root = Path(ledger)
    segments(root)
    return (root, root / SHADOWS) if any((root / SHADOWS).glob("*.ledger")) else (root,)


def segments(folder: str | Path) -> tuple[Segment, ...]:
    """Return the segments of a folder: writers by the beginning of their first, each writer's by number.

    Args:
        folder: The ledger.

    Raises:
        InputError: If the folder does not exist.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(
            "there is no ledger here", where=root, next_step="give the ledger folder of the service"
        )
    found = [segment_of(path) for path in root.glob("*.ledger")]
    begun: dict[str, tuple[int, str]] = {}
    for each in found:
        begun[each.writer] = min(begun.get(each.writer, (each.number, each.stamp)), (each.number, each.stamp))
    return tuple(sorted(found, key=lambda each: (begun[each.writer][1], each.writer, each.number)))


def opened(segment: Segment) -> tuple[Header, Iterator[Block]] | None:
    """Return the header and all blocks of a segment, the header's among them; None where it has no header."""
    try:
        rest = blocks(segment.path.read_bytes())
    except FileNotFoundError:  # the quota or the retention removed it since it was listed
        return None
    first = next(rest, None)
    if first is None or first.torn:
        return None
    return _HEADER.decode(first.payload), chain([first], rest)


def claim(file: int) -> None:
    """Mark an open segment as in use by this process, until it is closed or the process ends, however."""
    with suppress(OSError):  # a file system without locks: then nothing can tell
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Hold a segment for the block, and say whether that succeeded: not while its writer writes it."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(file)


def in_use(path: Path) -> bool:
    """Whether a running process writes this segment."""
    with claimed(path) as free:
        return not free and path.exists()
