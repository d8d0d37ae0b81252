"""Erasing the rows of one person from segments: rewritten beside, then renamed; the account still adds up.

What is erased leaves an `Erasure` in its block, with counts alone. Outcomes go before the rows that they are
about, so that a run that was killed finds again what is left, and goes on.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from interlock.contract import MISSING
from interlock.errors import InputError
from interlock.serve.ledger.condition import Condition, holds, test
from interlock.serve.ledger.format import (
    Block,
    Entry,
    Erasure,
    Header,
    Item,
    Kind,
    Truth,
    decode_entries,
    frame,
    joined,
    prediction_id,
)
from interlock.serve.ledger.format import blocks as read_blocks
from interlock.serve.ledger.maintenance import LEFTOVER, alone, let_go
from interlock.serve.ledger.reader import Record, items, records_of
from interlock.serve.ledger.segment import Segment, claimed, opened, segments

__all__ = [
    "erase",
    "erase_outcomes",
    "erase_rows",
    "find",
    "found_in",
    "read_rows",
    "without",
]

_Change = Callable[[Header, Item], tuple[Item | None, Erasure]]


def erase(folder: str | Path, wanted: Sequence[Condition], key: bytes = b"") -> Erasure:
    """Erase one person's rows, outcomes and kept bodies from a ledger whose servers may run.

    Args:
        folder: The ledger.
        wanted: Whose; all conditions have to hold.
        key: Of the hashes, where a named column is hashed.

    Returns:
        What was erased.

    Raises:
        InputError: If nothing holds what the rows are to be found by, the key is another, a block was
            changed, or a writer does not let go.
    """
    with alone(folder):
        let_go(folder)
        ids = find(folder, wanted, key)
        return joined([erase_outcomes(folder, ids), erase_rows(folder, ids, wanted)])


def find(folder: str | Path, wanted: Sequence[Condition], key: bytes = b"") -> set[str]:
    """Return the prediction ids of the person's rows in a folder.

    Args:
        folder: The ledger.
        wanted: As `conditions` gives them.
        key: Of the hashes.

    Raises:
        InputError: As `test`, or if no segment holds the columns.
    """
    return found_in(read_rows(folder), wanted, key)


def read_rows(folder: str | Path) -> Iterator[tuple[Header, Iterator[Record]]]:
    """Yield the header of each segment, and its rows."""
    for segment in segments(folder):
        if (found := opened(segment)) is not None:
            yield found[0], _records(*found)


def found_in(
    contents: Iterable[tuple[Header, Iterable[Record]]], wanted: Sequence[Condition], key: bytes
) -> set[str]:
    """Return the prediction ids of the person's rows among some.

    Args:
        contents: Headers, and the rows under each.
        wanted: As `conditions` gives them.
        key: Of the hashes.

    Raises:
        InputError: As `test`, or if there are headers and none names the columns.
    """
    found: set[str] = set()
    seen = known = False
    for header, rows in contents:
        matches, seen = test(header, wanted, key), True
        if matches is not None:
            known = True
            found |= {record.id for record in rows if matches(record)}
    if seen and not known:
        raise InputError(
            "nothing in the ledger holds what the rows are to be found by",
            got=", ".join(condition.column for condition in wanted),
            next_step="name inputs of the contract that are neither dropped nor truncated, or id=PREDICTION",
        )
    return found


def erase_outcomes(folder: str | Path, ids: Collection[str]) -> Erasure:
    """Erase the outcomes of some predictions.

    Args:
        folder: The ledger; nobody else maintains it, and its writers have let go.
        ids: Of the predictions.

    Returns:
        What was erased.
    """

    def change(_: Header, item: Item) -> tuple[Item | None, Erasure]:
        if isinstance(item, Truth) and item.id in ids:
            return None, Erasure(outcomes=1)
        return item, Erasure()

    return joined(_rewrite(segment, change) for segment in segments(folder))


def erase_rows(folder: str | Path, ids: Collection[str], wanted: Sequence[Condition] = ()) -> Erasure:
    """Erase some rows, and the kept bodies of refused requests that hold what they were found by.

    Tails that cannot be read are cut off: they may hold anything.

    Args:
        folder: As `erase_outcomes`.
        ids: Of the rows.
        wanted: What they were found by.

    Returns:
        What was erased.
    """

    def change(header: Header, item: Item) -> tuple[Item | None, Erasure]:
        if not isinstance(item, Entry):
            return item, Erasure()
        kept, gone = without(header, item, ids)
        if kept is not None and kept.body and holds(kept.body, wanted):
            return msgspec.structs.replace(kept, body=b""), joined([gone, Erasure(bodies=1)])
        return kept, gone

    return joined(_rewrite(segment, change) for segment in segments(folder))


def without(header: Header, entry: Entry, ids: Collection[str]) -> tuple[Entry | None, Erasure]:
    """Return an entry without some of its rows, None where none is left; and what was erased."""
    count = max(1, len(entry.predictions))
    gone = [
        row
        for row in range(count)
        if row not in entry.erased and prediction_id(header.writer, entry.first + row) in ids
    ]
    if not gone:
        return entry, Erasure()
    rows = len(gone) if entry.predictions else 0
    if len(gone) + len(entry.erased) == count:
        return None, Erasure(requests=1, rows=rows)
    kept = msgspec.structs.replace(
        entry,
        numbers=_blank(entry.numbers, gone, math.nan),
        strings=_blank(entry.strings, gone, MISSING),
        predictions=[None if row in gone else each for row, each in enumerate(entry.predictions)],
        flags=[[] if row in gone else each for row, each in enumerate(entry.flags)],
        rejected=[row for row in entry.rejected if row not in gone],
        body=b"",
        erased=sorted([*entry.erased, *gone]),
    )
    return kept, Erasure(rows=rows)


def _records(header: Header, rest: Iterable[Block]) -> Iterator[Record]:
    for item in items(rest):
        if isinstance(item, Entry):
            yield from records_of(header, item)


def _blank(rows: list[list[Any]], gone: Sequence[int], null: float | str) -> list[list[Any]]:
    return [[null] * len(row) if place in gone else row for place, row in enumerate(rows)]


def _rewrite(segment: Segment, change: _Change) -> Erasure:
    """Write a segment anew where something in it changes; one that is written now began after the wish."""
    with claimed(segment.path) as free:
        found = opened(segment) if free else None
        if found is None:
            return Erasure()
        header, rest = found
        blocks = list(rest)
        tail = blocks.pop() if blocks[-1].torn else None
        if tail is not None and tail.damaged:
            raise InputError(
                "a block was changed, so what is behind it cannot be read or erased",
                where=segment.path,
                next_step="`interlock ledger verify` names it; restore the file, or remove it by hand",
            )
        cut = Erasure(torn=tail.torn) if tail else Erasure()
        changes = [_changed(header, block, change) for block in blocks]
        total = joined([cut, *(gone for _, gone in changes)])
        if total != Erasure():
            changes[-1] = _noted(blocks[-1], changes[-1], cut)
            _replace(segment.path, b"".join(content for content, _ in changes))
    return total


def _changed(header: Header, block: Block, change: _Change) -> tuple[bytes, Erasure]:
    """Return a block as it is written anew, and what was erased from it."""
    if block.kind is Kind.HEADER:
        return frame(block.kind, block.counts, block.time, block.payload), Erasure()
    changes = [change(header, item) for item in decode_entries(block.payload)]
    gone = joined(each for _, each in changes)
    if gone == Erasure():
        return frame(block.kind, block.counts, block.time, block.payload), gone
    return _written(block, [item for item, _ in changes if item is not None], gone), gone


def _noted(block: Block, written: tuple[bytes, Erasure], cut: Erasure) -> tuple[bytes, Erasure]:
    """Note in the last block that a tail was cut off behind it."""
    if not cut.torn or block.kind is Kind.HEADER:
        return written
    (again,) = read_blocks(written[0])
    return _written(block, decode_entries(again.payload), cut), joined([written[1], cut])


def _written(block: Block, held: Sequence[Item], gone: Erasure) -> bytes:
    before = [item for item in held if isinstance(item, Erasure)]
    note = msgspec.structs.replace(joined([*before, gone]), time=time.time())
    rest = [item for item in held if not isinstance(item, Erasure)]
    return frame(block.kind, block.counts, block.time, msgspec.msgpack.encode([note, *rest]))


def _replace(path: Path, content: bytes) -> None:
    """Put new content in place of a segment; until then the old one is whole."""
    beside = path.with_suffix(LEFTOVER)
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
