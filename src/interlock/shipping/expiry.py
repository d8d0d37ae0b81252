"""How long shipped rows stay: files of hours that are over for so many days are deleted, and counted."""

from __future__ import annotations

import msgspec

from interlock.serve.ledger.retention import keep_from
from interlock.shipping.compact import finished
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import File, Manifest, manifests, with_files, write
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
        InputError: If the destination is away, or the days are negative.
    """
    destination, oldest = Destination.at(address), keep_from(keep_days)
    with reaching(destination):
        return sum(_expire(manifest, destination, oldest) for manifest in manifests(destination))


def _expire(manifest: Manifest, destination: Destination, oldest: float) -> int:
    marked = with_files(manifest, lambda file: msgspec.structs.replace(file, expired=_is_old(file, oldest)))
    going = [file for piece in marked.pieces for file in piece.files if file.expired]
    if not going:
        return 0
    if manifest.joining or any(file.joined and not file.cleared for file in going):
        return _expire(finished(manifest, destination), destination, oldest)
    write(destination, marked)
    for file in going:
        destination.delete(file.name)
    gone = with_files(marked, lambda file: None if file.expired else file)
    write(destination, msgspec.structs.replace(gone, deleted=marked.expired))
    return len(going)


def _is_old(file: File, oldest: float) -> bool:
    return file.expired or hour_of(file.name) + _HOUR <= oldest
