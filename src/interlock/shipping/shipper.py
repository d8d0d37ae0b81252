"""Shipping: what is new in a ledger's segments becomes Parquet elsewhere, exactly once.

Files are written and read back first, their manifest last. A file's name says segment and first block, so a
run that was killed writes the same files again, over those that no manifest names yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import InputError
from interlock.serve.ledger.format import Block, Entry, Erasure, Item, Kind, Truth, decode_entries, joined
from interlock.serve.ledger.maintenance import alone
from interlock.serve.ledger.removal import Shipped, how_shipped, mark_shipped
from interlock.serve.ledger.segment import SHADOWS, Segment, folders, in_use, opened, segments
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import Manifest, Piece, read, write
from interlock.shipping.parquet import parts
from interlock.shipping.shipped import stored
from interlock.table.retry import is_refusal

__all__ = ["Shipment", "ship", "ship_every"]

#: So many entries make a piece at most, but for what one block holds: memory stays bounded.
PIECE_ENTRIES = 20_000
#: Pauses while the destination is away, seconds: the first, and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0

Tell = Callable[[str], None]


class Shipment(NamedTuple):
    """What one round shipped.

    Args:
        segments: Segments of which something was shipped.
        requests: Requests.
        rows: Their rows.
        outcomes: Outcomes.
        files: Parquet files.
        bytes: Their size.
    """

    segments: int = 0
    requests: int = 0
    rows: int = 0
    outcomes: int = 0
    files: int = 0
    bytes: int = 0

    @property
    def sentence(self) -> str:
        """What it came to, in words."""
        if not self.files and not self.segments:
            return "nothing new to ship"
        return (
            f"{self.requests:,} requests with {self.rows:,} rows, and {self.outcomes:,} outcomes, shipped in "
            f"{self.files:,} files, {self.bytes / 1e6:.1f} MB"
        )


def ship(ledger: str | Path, address: str | Path, *, progress: Tell = lambda _: None) -> Shipment:
    """Ship what is new in a ledger to a destination.

    Args:
        ledger: The folder; its servers may run.
        address: A folder, or an address such as `s3://bucket/ledger`.
        progress: Told of each segment.

    Returns:
        What was shipped; all of it was read back and compared.

    Raises:
        InputError: If there is no ledger, or the destination is away or refuses.
    """
    destination = Destination.at(str(address))
    try:
        return _round(Path(ledger), destination, progress)
    except OSError as error:
        raise InputError(
            "the destination cannot be written",
            where=destination.shown,
            got=error,
            next_step="check address and credentials, or use --every: what is here stays until it is there",
        ) from error


def ship_every(
    ledger: str | Path,
    address: str | Path,
    seconds: float,
    *,
    say: Tell,
    wait: Callable[[float], bool],
    after: Callable[[], None] = lambda: None,
) -> None:
    """Ship again and again; while the destination is away, wait longer and longer, and say what waits here.

    Once it is time to stop there is one more round: a service that stops first leaves its last rows behind.

    Args:
        ledger: As `ship`.
        address: As `ship`.
        seconds: From round to round.
        say: Takes a line where something happened.
        wait: Sleeps for so many seconds; False where it is time to stop.
        after: Called after each round that went well.

    Raises:
        InputError: If there is no ledger, or the address is none.
    """
    destination, pause, last = Destination.at(str(address)), 0.0, False
    segments(ledger)
    while True:
        try:
            shipped = _round(Path(ledger), destination, lambda _: None)
        except OSError as error:
            pause = min(max(FIRST_PAUSE, pause * 2), LONGEST_PAUSE)
            say(_away(Path(ledger), destination, error, pause))
        else:
            if pause:
                say(f"{destination.shown} is there again")
            pause = 0.0
            if shipped.files:
                say(shipped.sentence)
            after()
        if last:
            return
        last = not wait(pause or seconds)


def _away(ledger: Path, destination: Destination, error: OSError, pause: float) -> str:
    unshipped = [each for each in segments(ledger) if _is_behind(each, destination)]
    size = sum(each.path.stat().st_size for each in unshipped if each.path.exists())
    what = "refuses" if is_refusal(error) else "is away"
    return (
        f"{destination.shown} {what} ({str(error).splitlines()[0]}); {len(unshipped)} segments, "
        f"{size / 1e6:.1f} MB, wait here; next try in {pause:.0f} s"
    )


def _is_behind(segment: Segment, destination: Destination) -> bool:
    known = how_shipped(segment)
    try:
        size = segment.path.stat().st_size
    except FileNotFoundError:
        return False
    return known is None or known.destination != destination.shown or known.bytes < size or not known.whole


def _round(ledger: Path, destination: Destination, progress: Tell) -> Shipment:
    """Ship what is new of a ledger, and what its shadows were asked into a folder of their own."""
    total = Shipment()
    for folder in folders(ledger):
        place = destination if folder == ledger else destination.inside(SHADOWS)
        with alone(folder):
            for segment in segments(folder):
                if _is_behind(segment, place):
                    progress(segment.name)
                    total = Shipment(*map(sum, zip(total, _segment(segment, place), strict=True)))
    return total


def _segment(segment: Segment, destination: Destination) -> Shipment:
    """Ship what is new in a segment, piece by piece."""
    ended = not in_use(segment.path)  # asked before it is read: what ends later is read again next time
    size = segment.path.stat().st_size
    known = how_shipped(segment)
    if known and known.destination == destination.shown and known.bytes == size and not ended:
        return Shipment()
    found = opened(segment)
    if found is None:
        return Shipment()
    header, rest = found
    blocks = list(rest)
    manifest = read(destination, segment.name) or Manifest(
        segment=segment.name,
        writer=segment.writer,
        number=segment.number,
        header=header,
        before=blocks[0].counts,
    )
    total = Shipment()
    for first, group in _groups(blocks, manifest.end):
        manifest, done = _piece(manifest, first, group, destination)
        total = Shipment(*map(sum, zip(total, done, strict=True)))
    manifest = _ended(manifest, blocks, destination, ended=ended)
    whole = [block for block in blocks if not block.torn]
    mark_shipped(segment, Shipped(destination.shown, size, len(whole), whole=manifest.whole))
    return total._replace(segments=int(total.files > 0))


def _ended(manifest: Manifest, blocks: Sequence[Block], destination: Destination, *, ended: bool) -> Manifest:
    """Note in the manifest that its segment is there as a whole."""
    if not ended or manifest.whole:
        return manifest
    closed = any(block.kind is Kind.CLOSED for block in blocks)
    torn = blocks[-1].torn
    manifest = msgspec.structs.replace(manifest, whole=True, closed=closed, torn=torn)
    write(destination, manifest)
    return manifest


def _groups(blocks: Sequence[Block], first: int) -> Iterator[tuple[int, list[tuple[Block, list[Item]]]]]:
    """Yield groups of new blocks with what they hold, each small enough to be one piece."""
    group: list[tuple[Block, list[Item]]] = []
    for block in blocks[first:]:
        if not block.torn:
            group.append((block, decode_entries(block.payload)))
        if sum(len(items) for _, items in group) >= PIECE_ENTRIES:
            yield first, group
            first, group = first + len(group), []
    if group:
        yield first, group


def _piece(
    manifest: Manifest, first: int, group: Sequence[tuple[Block, list[Item]]], destination: Destination
) -> tuple[Manifest, Shipment]:
    """Ship some blocks: files, then the manifest that names them."""
    items = [item for _, each in group for item in each]
    made = list(parts(manifest.header, items, f"{manifest.segment}-{first:06d}"))
    files = tuple(stored(part, destination) for part in made)
    entries = [item for item in items if isinstance(item, Entry)]
    piece = Piece(
        first=first,
        end=first + len(group),
        after=group[-1][0].counts,
        files=files,
        erased=joined(item for item in items if isinstance(item, Erasure)),
    )
    manifest = msgspec.structs.replace(manifest, pieces=(*manifest.pieces, piece))
    write(destination, manifest)
    rows = sum(max(1, len(entry.predictions)) - len(entry.erased) for entry in entries)
    outcomes = sum(isinstance(item, Truth) for item in items)
    size = sum(len(part.content) for part in made)
    return manifest, Shipment(1, len(entries), rows, outcomes, len(made), size)
