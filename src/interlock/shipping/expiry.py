"""How long shipped rows stay: files of hours that are over for so many days are deleted, and counted."""

from __future__ import annotations

import msgspec

from interlock.serve.ledger.retention import keep_from
from interlock.shipping.compact import alone_at, cleared
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import File, Manifest, manifests, read, with_files, write
from interlock.shipping.parquet import hour_of
from interlock.shipping.shipped import reaching

__all__ = ["expire"]

_HOUR = 3600.0


def expire(address: str, keep_days: float) -> int:
    """Delete the shipped files of hours that ended before so many days.

    A file is marked in its manifest, deleted, and taken out of the manifest; a run that was killed in between
    is finished by the next.

    Args:
        address: Where was shipped to.
        keep_days: How many days stay.

    Returns:
        How many files went.

    Raises:
        InputError: If the destination is away, another process is at it, or the days are negative.
    """
    destination, oldest = Destination.at(address), keep_from(keep_days)
    with reaching(destination), alone_at(destination):
        return sum(_expire(manifest, destination, oldest) for manifest in manifests(destination))


def _expire(seen: Manifest, destination: Destination, oldest: float) -> int:
    if not any(_is_old(file, oldest) for piece in seen.pieces for file in piece.files):
        return 0
    now = read(destination, seen.segment) or seen
    for name in now.joining:  # of a run that was killed; one that is at work will see that its hour is gone
        if _is_over(name, oldest):
            destination.delete(name)
    now = cleared(now, destination, lambda name: _is_over(name, oldest))
    marked = with_files(now, lambda file: msgspec.structs.replace(file, expired=_is_old(file, oldest)))
    going = {file.name for piece in marked.pieces for file in piece.files if file.expired}
    write(destination, marked)
    for name in going:
        destination.delete(name)
    now = read(destination, seen.segment) or marked  # others of its files may have been joined meanwhile
    gone = with_files(now, lambda file: None if file.name in going else file)
    write(destination, msgspec.structs.replace(gone, deleted=marked.expired))
    return len(going)


def _is_old(file: File, oldest: float) -> bool:
    return file.expired or _is_over(file.name, oldest)


def _is_over(name: str, oldest: float) -> bool:
    return hour_of(name) + _HOUR <= oldest
