"""What was shipped of one segment: its files with their digests, and the counts that they stand for.

A file is part of the ledger once a manifest names it; the manifest is written after the files, and is
replaced whole. Its pieces follow each other: each begins with the block at which the one before it ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import msgspec

from interlock.errors import InputError
from interlock.serve.ledger.format import Counts, Erasure, Header, joined
from interlock.serve.ledger.removal import MANIFESTS
from interlock.shipping.destination import Destination

__all__ = [
    "FOLDER",
    "OUTCOMES",
    "ROWS",
    "File",
    "Joined",
    "Manifest",
    "Piece",
    "digest",
    "manifests",
    "read",
    "with_files",
    "write",
]

#: The folders of a destination: rows, outcomes, and manifests (Hive's readers pass `_...` over).
ROWS, OUTCOMES, FOLDER = "predictions", "outcomes", MANIFESTS


class Joined(msgspec.Struct, frozen=True):
    """A file that became a part of another.

    Args:
        name: From the destination's folder.
        start: The place of its first row there.
        rows: How many it had.
    """

    name: str
    start: int
    rows: int


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One Parquet file.

    Args:
        name: From the destination's folder.
        rows: How many it holds.
        sha256: Of its bytes.
        requests: How many requests these rows are of; 0 for outcomes.
        then: Of the bytes that are about to take its place, while a person's rows are erased; else empty.
        erasing: What is about to be erased from it.
        expired: Whether it is about to be deleted, because it is old.
        joined: The files that it was made of, in order; empty where it was shipped as it is, or was changed.
        cleared: Whether those are deleted.
        joined_at: When it was made of them, seconds since 1970.
    """

    name: str
    rows: int
    sha256: str
    requests: int = 0
    then: str = ""
    erasing: Erasure = Erasure()
    expired: bool = False
    joined: tuple[Joined, ...] = ()
    cleared: bool = False
    joined_at: float = 0.0


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Blocks of a segment that were shipped together.

    Args:
        first: Number of the first block.
        end: Number of the block after the last.
        after: The writer's counts with them.
        files: What they became.
        erased: What was erased from them, before or since.
    """

    first: int
    end: int
    after: Counts
    files: tuple[File, ...]
    erased: Erasure = Erasure()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was shipped of one segment.

    Args:
        segment: Its name.
        writer: Whose it is.
        number: Counted from 0 by its writer.
        header: Of the segment.
        before: The writer's counts when it was begun.
        pieces: In order.
        torn: Bytes of a tail that could not be read.
        whole: Whether all of it was shipped.
        closed: Whether its writer stopped gracefully in it.
        deleted: Requests in files that were deleted after `keep_shipped_days`.
        joining: Names of files that are about to be written, to take the place of several.
    """

    segment: str
    writer: str
    number: int
    header: Header
    before: Counts
    pieces: tuple[Piece, ...] = ()
    torn: int = 0
    whole: bool = False
    closed: bool = False
    deleted: int = 0
    joining: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Number of the first block that was not shipped; the header is block 0."""
        return self.pieces[-1].end if self.pieces else 1

    @property
    def after(self) -> Counts:
        """The writer's counts with all that was shipped."""
        return self.pieces[-1].after if self.pieces else self.before

    @property
    def files(self) -> tuple[File, ...]:
        """All files that count, in order."""
        return tuple(file for piece in self.pieces for file in piece.files if not file.expired)

    @property
    def requests(self) -> int:
        """Requests that are there now."""
        return sum(file.requests for file in self.files)

    @property
    def expired(self) -> int:
        """Requests in files that were, or are about to be, deleted because they are old."""
        going = (file for piece in self.pieces for file in piece.files if file.expired)
        return self.deleted + sum(file.requests for file in going)

    @property
    def erased(self) -> Erasure:
        """What was erased."""
        return joined(piece.erased for piece in self.pieces)


def with_files(manifest: Manifest, change: Callable[[File], File | None]) -> Manifest:
    """Return a manifest with others in the place of its files.

    Args:
        manifest: Of a segment.
        change: What takes the place of a file; None for nothing.
    """
    pieces = [
        msgspec.structs.replace(
            piece, files=tuple(kept for file in piece.files if (kept := change(file)) is not None)
        )
        for piece in manifest.pieces
    ]
    return msgspec.structs.replace(manifest, pieces=tuple(pieces))


def _path(segment: str) -> str:
    """Return where the manifest of a segment stands."""
    return f"{FOLDER}/{segment}.json"


def read(destination: Destination, segment: str) -> Manifest | None:
    """Return the manifest of a segment; None where nothing of it was shipped.

    Raises:
        OSError: If the destination is away.
        InputError: If it is of another version.
    """
    try:
        content = destination.get(_path(segment))
    except FileNotFoundError:
        return None
    return _decoded(content, f"{destination.shown}/{_path(segment)}")


def manifests(destination: Destination) -> Iterator[Manifest]:
    """Yield all manifests of a destination: writers by the beginning of their first, each writer's by number.

    Raises:
        OSError: If the destination is away.
        InputError: If one is of another version.
    """
    names = [name for name in destination.names(FOLDER) if name.endswith(".json")]
    found = [_decoded(destination.get(name), f"{destination.shown}/{name}") for name in names]
    begun: dict[str, tuple[int, str]] = {}
    for each in found:
        begun[each.writer] = min(
            begun.get(each.writer, (each.number, each.segment)), (each.number, each.segment)
        )
    yield from sorted(found, key=lambda each: (begun[each.writer][1], each.writer, each.number))


def write(destination: Destination, manifest: Manifest) -> None:
    """Write a manifest, or put it in the place of the one before.

    Raises:
        OSError: If the destination is away.
    """
    destination.put(_path(manifest.segment), msgspec.json.format(msgspec.json.encode(manifest)))


def digest(content: bytes) -> str:
    """Return the digest of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def _decoded(content: bytes, where: str) -> Manifest:
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise InputError(
            "a manifest of shipped rows has an unknown layout",
            where=where,
            got=error,
            next_step="read it with the version that wrote it",
        ) from error
