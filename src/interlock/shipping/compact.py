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
from interlock.serve.ledger.format import joined as erased_together
from interlock.serve.ledger.maintenance import alone
from interlock.serve.ledger.removal import MANIFESTS, removals
from interlock.serve.ledger.segment import segments
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import File, Joined, Manifest, Piece, manifests, read, with_files, write
from interlock.shipping.parquet import Part, hour_of, packed, table_of
from interlock.shipping.shipped import fetch, reaching, stored
from interlock.table.systems import LOCAL

__all__ = ["Compacted", "alone_at", "cleared", "compact", "finished"]

_HOUR = 3600.0
_LOCK = ".compact.lock"
#: Who began to read so many seconds ago may still ask where the rows of a file are.
_READING = 86_400.0


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
    if destination.system == LOCAL and not (Path(destination.root) / MANIFESTS).is_dir():
        raise InputError(
            "nothing was shipped to this place",
            where=destination.shown,
            next_step="name a folder or an address that `interlock ledger ship` ships to",
        )
    total = Compacted()
    with ExitStack() as stack:
        if ledger is not None:
            stack.enter_context(alone(ledger))
        stack.enter_context(reaching(destination))
        stack.enter_context(alone_at(destination))
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
    manifest = cleared(manifest, destination)
    if not manifest.joining:
        return manifest
    for name in manifest.joining:
        destination.delete(name)
    now = read(destination, manifest.segment) or manifest  # old hours may have been deleted meanwhile
    left = tuple(name for name in now.joining if name not in manifest.joining)
    now = msgspec.structs.replace(now, joining=left)
    write(destination, now)
    return now


def cleared(
    manifest: Manifest, destination: Destination, concerned: Callable[[str], bool] = lambda _: True
) -> Manifest:
    """Return a manifest after deleting what its files were made of, where that is still to be done.

    Args:
        manifest: Of a segment.
        destination: Where it stands.
        concerned: Tells by a file's name whether it is to be looked at; all are by default.

    Raises:
        InputError: If a file that took the place of others is not there; then these are left.
        OSError: If the destination is away.
    """
    made = [file for file in manifest.files if _is_left(file) and concerned(file.name)]
    if not made:
        return manifest
    for file in made:
        fetch(destination, file)
    for name in (each.name for file in made for each in file.joined):
        destination.delete(name)
    done = {file.name for file in made}
    now = with_files(
        read(destination, manifest.segment) or manifest,
        lambda file: msgspec.structs.replace(file, cleared=True) if file.name in done else file,
    )
    write(destination, now)
    return now


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
    manifest = _trimmed(finished(manifest, destination))
    groups = _groups(manifest, oldest)
    if not groups:
        return Compacted()
    announced = msgspec.structs.replace(manifest, joining=tuple(groups))
    write(destination, announced)
    made = {name: one for name, files in groups.items() if (one := _join(name, files, destination))}
    now = read(destination, manifest.segment) or announced
    there = {*now.files}  # old hours may have been deleted meanwhile
    made = {name: one for name, one in made.items() if there.issuperset(groups[name])}
    switched = _exchanged(now, [(groups[name], one) for name, one in made.items()])
    left = tuple(name for name in now.joining if name not in made)
    switched = _trimmed(msgspec.structs.replace(switched, joining=left))
    write(destination, switched)
    finished(switched, destination)
    before = sum(len(groups[name]) for name in made)
    return Compacted(before, len(made), sum(file.rows for file in made.values()))


def _exchanged(manifest: Manifest, made: Sequence[tuple[Sequence[File], File]]) -> Manifest:
    """Return a manifest with one file in the place of the first of several, and without the others."""
    firsts = {files[0].name: one for files, one in made}
    gone = {file.name for files, _ in made for file in files}
    return with_files(manifest, lambda file: firsts.get(file.name) or (None if file.name in gone else file))


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
    return msgspec.structs.replace(made, joined=tuple(members), joined_at=time.time())


def _trimmed(manifest: Manifest) -> Manifest:
    """Return a manifest without pieces that have no files, and without where rows were a day ago."""
    oldest = time.time() - _READING
    manifest = with_files(
        manifest,
        lambda file: (
            msgspec.structs.replace(file, joined=()) if file.cleared and file.joined_at < oldest else file
        ),
    )
    pieces: list[Piece] = []
    for piece in manifest.pieces:
        if piece.files or not pieces:
            pieces.append(piece)
        else:
            erased = erased_together([pieces[-1].erased, piece.erased])
            pieces[-1] = msgspec.structs.replace(pieces[-1], end=piece.end, after=piece.after, erased=erased)
    return msgspec.structs.replace(manifest, pieces=tuple(pieces))


@contextmanager
def alone_at(destination: Destination) -> Iterator[None]:
    """Keep others from joining or deleting files meanwhile, where that is a folder; a bucket knows no lock.

    Raises:
        InputError: If another process is at it.
    """
    folder = Path(destination.root) / MANIFESTS
    if destination.system != LOCAL or not folder.is_dir():
        yield
        return
    file = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o640)
    try:
        _take(file, destination)
        yield
    finally:
        os.close(file)


def _take(file: int, destination: Destination) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            "another process joins or deletes files here",
            where=destination.shown,
            next_step="wait until it is done, then try again",
        ) from None
