"""Erasing one person's rows from a ledger and from where it was shipped to, in an order that survives a kill.

Outcomes go first, everywhere; then the rows. A shipped file is announced in its manifest with the digest of
what is about to take its place, replaced, and settled: at every moment it is one that the manifest knows.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from interlock.errors import InputError
from interlock.serve.ledger import Header, Record
from interlock.serve.ledger.condition import Condition, holds
from interlock.serve.ledger.erasure import erase_outcomes, erase_rows, found_in, read_rows
from interlock.serve.ledger.format import Erasure, joined
from interlock.serve.ledger.maintenance import alone, let_go
from interlock.serve.ledger.segment import segments
from interlock.shipping import columns
from interlock.shipping.compact import finished
from interlock.shipping.destination import Destination
from interlock.shipping.manifest import (
    OUTCOMES,
    ROWS,
    File,
    Manifest,
    Piece,
    digest,
    manifests,
    with_files,
    write,
)
from interlock.shipping.parquet import packed, request_of, table_of
from interlock.shipping.shipped import fetch, reaching

__all__ = ["erase", "settled"]

#: What the name of a file, or of one that was left beside it, says of its segment.
_SEGMENT = re.compile(r"\.?(\d{8}T\d{6}Z-[0-9a-f]{16}-\d{6,})-\d{6,}(-\d{6,})?\.parquet")
#: What stays of a table, and what was erased from it.
_Change = Callable[[Any], tuple[Any, Erasure]]


def erase(
    ledger: str | Path | None, wanted: Sequence[Condition], *, key: bytes = b"", shipped: Sequence[str] = ()
) -> Erasure:
    """Erase one person's rows, outcomes and kept bodies.

    Args:
        ledger: The folder; its servers may run. None where only shipped rows are left.
        wanted: Whose; all conditions have to hold.
        key: Of the hashes, where a named column is hashed.
        shipped: Addresses that were shipped to.

    Returns:
        What was erased, here and there together.

    Raises:
        InputError: If nothing in the ledger holds what the rows are to be found by, the key is another, or a
            destination is away; what was erased until then stays erased, and the command can be run again.
    """
    places = [Destination.at(address) for address in shipped]
    with ExitStack() as stack:
        if ledger is not None:
            stack.enter_context(alone(ledger))
            let_go(ledger)
        for place in places:
            stack.enter_context(reaching(place))
            _settle_all(place, ledger)
        ids = found_in(_contents(ledger, places), wanted, key)
        found = [_outcomes(place, ids) for place in places]
        found += [erase_outcomes(ledger, ids)] if ledger is not None else []
        found += [_rows(place, ids, wanted) for place in places]
        found += [erase_rows(ledger, ids, wanted)] if ledger is not None else []
    return joined(found)


def settled(manifest: Manifest, destination: Destination) -> Manifest:
    """Return a manifest after a replacement of its files that was or was not done.

    Raises:
        OSError: If the destination is away.
    """
    return msgspec.structs.replace(
        manifest, pieces=tuple(_settled(piece, destination) for piece in manifest.pieces)
    )


def _contents(
    ledger: str | Path | None, places: Sequence[Destination]
) -> Iterator[tuple[Header, Iterator[Record]]]:
    if ledger is not None:
        yield from read_rows(ledger)
    for place in places:
        for manifest in manifests(place):
            files = [file for file in manifest.files if file.name.startswith(f"{ROWS}/")]
            yield (
                manifest.header,
                (row for file in files for row in columns.records(table_of(fetch(place, file), file.name))),
            )


def _outcomes(place: Destination, ids: Collection[str]) -> Erasure:
    def change(table: Any) -> tuple[Any, Erasure]:
        gone = _among(table["id"], ids)
        return table.filter(pa.array([not each for each in gone])), Erasure(outcomes=sum(gone))

    return _change_files(place, OUTCOMES, change)


def _rows(place: Destination, ids: Collection[str], wanted: Sequence[Condition]) -> Erasure:
    def change(table: Any) -> tuple[Any, Erasure]:
        gone = _among(table["id"], ids)
        rows = list(columns.records(table))
        left = {request_of(row) for row, lost in zip(rows, gone, strict=True) if not lost}
        taken = {request_of(row) for row, lost in zip(rows, gone, strict=True) if lost}
        bodies = [
            row.body if not row.body or not (holds(row.body, wanted) or request_of(row) in taken) else b""
            for row in rows
        ]
        emptied = {
            request_of(row)
            for row, body in zip(rows, bodies, strict=True)
            if body != row.body and request_of(row) not in taken
        }
        place = table.schema.get_field_index("body")
        kept = table.set_column(place, "body", pa.array(bodies, pa.binary()))
        counted = Erasure(requests=len(taken - left), rows=sum(gone), bodies=len(emptied))
        return kept.filter(pa.array([not each for each in gone])), counted

    return _change_files(place, ROWS, change)


def _among(column: Any, ids: Collection[str]) -> list[bool]:
    return [each in ids for each in column.to_pylist()]


def _newest(files: dict[str, File], file: File) -> File:
    return files.get(file.name, file)


def _change_files(place: Destination, folder: str, change: _Change) -> Erasure:
    """Put others in the place of the files in which something changes, one segment after the other."""
    total = Erasure()
    for manifest in manifests(place):
        contents: dict[str, bytes] = {}
        files: dict[str, File] = {}
        for file in manifest.files:
            if file.name.startswith(f"{folder}/"):
                kept, gone = change(table_of(fetch(place, file), file.name))
                if gone != Erasure():
                    contents[file.name] = packed(kept)
                    files[file.name] = msgspec.structs.replace(
                        file, then=digest(contents[file.name]), erasing=gone, joined=()
                    )
        if contents:
            announced = with_files(manifest, partial(_newest, files))
            write(place, announced)
            for name, content in contents.items():
                place.put(name, content)
            write(place, settled(announced, place))
            total = joined([total, *(file.erasing for file in files.values())])
    return total


def _settled(piece: Piece, destination: Destination) -> Piece:
    files, erased = [], [piece.erased]
    for file in piece.files:
        if not file.then:
            files.append(file)
            continue
        done = digest(fetch(destination, file)) == file.then
        lost = file.erasing if done else Erasure()
        files.append(
            msgspec.structs.replace(
                file,
                sha256=file.then if done else file.sha256,
                rows=file.rows - lost.rows - lost.outcomes,
                requests=file.requests - lost.requests,
                then="",
                erasing=Erasure(),
            )
        )
        erased.append(lost)
    return msgspec.structs.replace(piece, files=tuple(files), erased=joined(erased))


def _settle_all(place: Destination, ledger: str | Path | None) -> None:
    """Finish what a run that was killed began, and delete what it left beside."""
    named, there = set(), list(manifests(place))
    if not there and ledger is not None:
        raise InputError(
            "the ledger was shipped to a place that is empty now, so nothing can be erased there",
            where=place.shown,
            next_step="bring it back; or, if it is gone for good, remove the notes in the ledger's `shipped`",
        )
    for manifest in there:
        if any(file.then for file in manifest.files):
            manifest = settled(manifest, place)  # noqa: PLW2901  the same, later
            write(place, manifest)
        finished(manifest, place)
        named |= {file.name for piece in manifest.pieces for file in piece.files}
    if ledger is None:
        return
    own = {segment.name for segment in segments(ledger)}  # others may be shipping theirs at this moment
    for folder in (ROWS, OUTCOMES):
        for name in [*place.names(folder), *place.leftovers(folder)]:
            segment = _SEGMENT.match(posixpath.basename(name))
            if segment and segment[1] in own and name not in named:
                place.delete(name)
