"""Many small files of an hour become one, in an order that survives a kill, while others read.

What is about to be written is announced in the segment's manifest; it is written and read back; in one write
of the manifest it takes the place of the others; these are deleted, and that is noted. So at every moment the
files that the manifest names hold each row once. Whoever read it before finds in it now where the rows are.
"""

from __future__ import annotations

import fcntl
import os
import posixpath
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa

from interlock.errors import InputError
from interlock.serve.ledger.maintenance import alone
from interlock.serve.ledger.removal import MANIFESTS, removals
from interlock.serve.ledger.segment import segments
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import File, Joined, Manifest, manifests, read, with_files, write
from interlock.shipping.parquet import Part, hour_of, packed, table_of
from interlock.shipping.shipped import fetch, reaching, stored
from interlock.table.systems import LOCAL

__all__ = ["Compacted", "compact", "finished"]

_HOUR = 3600.0
_LOCK = ".compact.lock"


class Compacted(NamedTuple):
    """What came of it.

    Args:
        before: Files that are gone.
        after: Files that took their place.
        rows: What these hold.
    """

    before: int = 0
    after: int = 0
    rows: int = 0

    @property
    def sentence(self) -> str:
        """What it came to, in words."""
        if not self.after:
            return "there is nothing to join"
        return f"{self.before:,} files became {self.after:,}, with {self.rows:,} rows and outcomes"


def compact(
    address: str | Path,
    hours: float,
    *,
    ledger: str | Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Compacted:
    """Join the shipped files of each segment and hour, where the hour ended before so many hours.

    A run that was killed is finished by the next.

    Args:
        address: Where was shipped to.
        hours: How many hours stay as they were shipped.
        ledger: The folder that is shipped from here: its segments alone are looked at, also those that a
            service still writes. By default those of all machines that are shipped as a whole, which nobody
            ships again.
        progress: Told of each segment.

    Returns:
        How many files became how many.

    Raises:
        InputError: If the destination is away, another process is at it, or the hours are negative.
    """
    if not hours >= 0:
        raise InputError("hours are 0 or more", got=hours, next_step="give a number such as 24")
    destination, oldest = Destination.at(str(address)), time.time() - hours * _HOUR
    total = Compacted()
    with ExitStack() as stack:
        if ledger is not None:
            stack.enter_context(alone(ledger))
        stack.enter_context(reaching(destination))
        stack.enter_context(_one_at_a_time(destination))
        own = None if ledger is None else _own(Path(ledger))
        for seen in manifests(destination):
            if (seen.whole if own is None else seen.segment in own) and _is_open(seen, oldest):
                progress(seen.segment)
                now = read(destination, seen.segment) or seen
                total = Compacted(*map(sum, zip(total, _compact(now, destination, oldest), strict=True)))
    return total


def finished(manifest: Manifest, destination: Destination) -> Manifest:
    """Return a manifest after whatever a run that was killed left to do.

    Raises:
        InputError: If what took the place of other files is not there; then these are left.
        OSError: If the destination is away.
    """
    made = [file for file in manifest.files if _is_left(file)]
    if not made and not manifest.joining:
        return manifest
    for file in made:
        fetch(destination, file)
    for name in [*manifest.joining, *(each.name for file in made for each in file.joined)]:
        destination.delete(name)
    cleared = with_files(
        manifest, lambda file: msgspec.structs.replace(file, cleared=True) if _is_left(file) else file
    )
    cleared = msgspec.structs.replace(cleared, joining=())
    write(destination, cleared)
    return cleared


def _is_left(file: File) -> bool:
    """Whether what a file was made of may still be there."""
    return bool(file.joined) and not file.cleared


def _own(ledger: Path) -> set[str]:
    """Return the names of all segments of a ledger, also of those that were removed here."""
    return {each.name for each in segments(ledger)} | {note.segment for note in removals(ledger)}


def _is_open(manifest: Manifest, oldest: float) -> bool:
    """Whether there is anything to do."""
    left = any(_is_left(file) for file in manifest.files)
    return bool(manifest.joining) or left or bool(_groups(manifest, oldest))


def _groups(manifest: Manifest, oldest: float) -> dict[str, list[File]]:
    """Return the files that are to become one, by its name: it says segment, first and last block."""
    found: dict[str, list[tuple[int, int, File]]] = {}
    for piece in manifest.pieces:
        for file in piece.files:
            if hour_of(file.name) + _HOUR <= oldest and not file.expired and not file.then:
                folder = posixpath.dirname(file.name)
                found.setdefault(folder, []).append((piece.first, piece.end - 1, file))
    named = {file.name for piece in manifest.pieces for file in piece.files}
    groups = {
        f"{folder}/{manifest.segment}-{group[0][0]:06d}-{group[-1][1]:06d}.parquet": [
            file for _, _, file in group
        ]
        for folder, group in found.items()
        if len(group) > 1
    }
    return {name: files for name, files in groups.items() if name not in named}


def _compact(manifest: Manifest, destination: Destination, oldest: float) -> Compacted:
    manifest = finished(manifest, destination)
    groups = _groups(manifest, oldest)
    if not groups:
        return Compacted()
    announced = msgspec.structs.replace(manifest, joining=tuple(groups))
    write(destination, announced)
    made = {files[0].name: one for name, files in groups.items() if (one := _join(name, files, destination))}
    gone = {each.name for file in made.values() for each in file.joined}
    switched = with_files(
        announced, lambda file: made.get(file.name) or (None if file.name in gone else file)
    )
    switched = msgspec.structs.replace(switched, joining=())
    write(destination, switched)
    finished(switched, destination)
    before = sum(len(files) for files in groups.values() if files[0].name in made)
    return Compacted(before, len(made), sum(file.rows for file in made.values()))


def _join(name: str, files: Sequence[File], destination: Destination) -> File | None:
    """Write one file in the place of several; None where their columns differ, as after an update."""
    tables = [table_of(fetch(destination, file), file.name) for file in files]
    if any(not table.schema.equals(tables[0].schema, check_metadata=True) for table in tables):
        return None
    members: list[Joined] = []
    start = 0
    for file, table in zip(files, tables, strict=True):
        members.append(Joined(file.name, start, table.num_rows))
        members += [Joined(each.name, start + each.start, each.rows) for each in file.joined]
        start += table.num_rows
    content = packed(pa.concat_tables(tables))
    made = stored(Part(name, start, sum(file.requests for file in files), content), destination)
    return msgspec.structs.replace(made, joined=tuple(members))


@contextmanager
def _one_at_a_time(destination: Destination) -> Iterator[None]:
    """Keep a second run out, where the destination is a folder; a bucket knows no lock."""
    if destination.system != LOCAL:
        yield
        return
    folder = Path(destination.root) / MANIFESTS
    if not folder.is_dir():
        raise InputError(
            "nothing was shipped to this place",
            where=destination.shown,
            next_step="name a folder or an address that `interlock ledger ship` ships to",
        )
    file = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise InputError(
            "another process joins files here",
            where=destination.shown,
            next_step="wait until it is done, then try again",
        ) from None
    try:
        yield
    finally:
        os.close(file)
