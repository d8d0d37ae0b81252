"""Removing whole segments: what was in one stays written down, so that the account still adds up."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from interlock.address import scheme
from interlock.atomic import write_atomically
from interlock.serve.ledger.format import Counts, ends
from interlock.serve.ledger.segment import Segment, claimed, segments

__all__ = [
    "MANIFESTS",
    "REMOVED",
    "SHIPPED",
    "Removal",
    "Shipped",
    "how_shipped",
    "is_shipped",
    "is_shipped_to",
    "mark_shipped",
    "removals",
    "remove",
    "shipped_to",
]

#: The folder of what was removed, inside the ledger's.
REMOVED = "removed"
#: The folder of what was shipped, inside the ledger's.
SHIPPED = "shipped"
#: The folder of manifests where a ledger was shipped to.
MANIFESTS = "_ledger"


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of a segment that was removed.

    Args:
        segment: Its name.
        writer: Whose it was.
        number: Counted from 0 by that writer.
        before: The writer's counts when it was begun.
        after: The counts with it.
        reason: `quota` or `keep_days`.
        closed: Whether its writer stopped gracefully in it.
        destination: Where its rows were shipped before; empty where they are gone.
        time: When, seconds since 1970.
    """

    segment: str
    writer: str
    number: int
    before: Counts
    after: Counts
    reason: str
    closed: bool = False
    destination: str = ""
    time: float = 0.0


class Shipped(msgspec.Struct, frozen=True):
    """How much of a segment is at its destination, read back and compared.

    Args:
        destination: The address, without secrets.
        bytes: Size of the segment then.
        blocks: So many of its blocks, its header among them.
        whole: Whether that is all of it: its writer had ended it.
    """

    destination: str
    bytes: int
    blocks: int
    whole: bool


def mark_shipped(segment: Segment, shipped: Shipped) -> None:
    """Note how much of a segment is at its destination.

    Raises:
        InputError: If the disk refuses.
    """
    path = segment.path.parent / SHIPPED / f"{segment.name}.json"
    write_atomically(path, msgspec.json.encode(shipped))


def how_shipped(segment: Segment) -> Shipped | None:
    """Return how much of a segment was shipped; None where nothing was."""
    try:
        content = (segment.path.parent / SHIPPED / f"{segment.name}.json").read_bytes()
        return msgspec.json.decode(content, type=Shipped)
    except (OSError, msgspec.DecodeError):
        return None


def is_shipped(segment: Segment) -> Shipped | None:
    """Return where all of a segment was shipped; None where it was not, or has grown since."""
    found = how_shipped(segment)
    try:
        whole = found is not None and found.whole and found.bytes >= segment.path.stat().st_size
    except OSError:
        return None
    return found if whole else None


def remove(segment: Segment, reason: str) -> bool:
    """Remove a segment that nobody writes, after noting what was in it; whether that was done.

    Args:
        segment: Of a ledger folder.
        reason: `quota` or `keep_days`.

    Raises:
        InputError: If the note cannot be written; the segment is then still there.
    """
    with claimed(segment.path) as free:
        if not free:
            return False
        before, after, _, closed = ends(segment.path)
        shipped = is_shipped(segment)
        note = Removal(
            segment=segment.name,
            writer=segment.writer,
            number=segment.number,
            before=before,
            after=after,
            closed=closed,
            reason=reason,
            destination=shipped.destination if shipped else "",
            time=time.time(),
        )
        root = segment.path.parent
        write_atomically(root / REMOVED / f"{segment.name}.json", msgspec.json.encode(note))
        segment.path.unlink(missing_ok=True)
        (root / SHIPPED / f"{segment.name}.json").unlink(missing_ok=True)
    return True


def shipped_to(folder: str | Path) -> tuple[str, ...]:
    """Return where segments of a ledger were shipped to, as its own notes say."""
    there = [known.destination for each in segments(folder) if (known := how_shipped(each))]
    gone = [note.destination for note in removals(folder) if note.destination]
    return tuple(dict.fromkeys([*there, *gone]))


def is_shipped_to(address: str | Path) -> bool:
    """Whether a place is one that a ledger was shipped to, and not the folder of a service.

    Example:
        >>> is_shipped_to("s3://bucket/ledger")
        True
    """
    return bool(scheme(str(address))) or (Path(address) / MANIFESTS).is_dir()


def removals(folder: str | Path) -> tuple[Removal, ...]:
    """Return the notes of a folder, but those of segments that are still there after a crash in between."""
    root = Path(folder)
    notes = (msgspec.json.decode(path.read_bytes(), type=Removal) for path in _notes(root))
    return tuple(note for note in notes if not (root / f"{note.segment}.ledger").exists())


def _notes(root: Path) -> list[Path]:
    return sorted((root / REMOVED).glob("[0-9]*.json"))
