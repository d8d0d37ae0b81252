"""What a ledger segment holds, byte by byte: a header block, then blocks of entries, each with its checksum.

A block is a frame (80 bytes) and a payload. The frame holds a magic number, the CRC-32 of all that follows,
what the payload is, its length, the cumulative `Counts` of the writer with this block included, and the time.
The payload of a header block is one `Header`; of an entries block one array of `Entry`, `Truth` and, where
rows of a person were erased, one `Erasure`.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import InputError

__all__ = [
    "FRAME",
    "Block",
    "Counts",
    "Ends",
    "Entry",
    "Erasure",
    "Header",
    "Item",
    "Kind",
    "Outcome",
    "Redacted",
    "Truth",
    "blocks",
    "decode_entries",
    "ends",
    "frame",
    "head",
    "is_prediction_id",
    "joined",
    "prediction_id",
]

#: Magic, CRC-32 of all that follows, kind, payload length, seven counters, seconds since 1970.
FRAME = struct.Struct("<4sIII7Qd")
_MAGIC = b"ILB1"
_CHECKED_FROM = 8
_ARRAY = struct.Struct(">BI")
_ARRAY_32 = 0xDD
_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{1,15}")

#: The truth about one prediction: the label of a class, or the value of a regression.
Outcome = str | float | int | bool


class Kind(IntEnum):
    """What a block holds; `CLOSED` is the last block of a writer that stopped gracefully."""

    HEADER = 0
    ENTRIES = 1
    CLOSED = 2


class Counts(NamedTuple):
    """Cumulative counts of one writer, in requests but for the last two.

    Args:
        received: Requests to a prediction route.
        logged: Of these, in the ledger, this block included.
        sampled_out: Of these, left out by the sampling rate.
        dropped: Of these, lost because the buffer was full or the disk refused.
        rejected: Of those received: refused in whole or in part.
        rows: Rows of the logged requests.
        outcomes: Truths recorded.
    """

    received: int = 0
    logged: int = 0
    sampled_out: int = 0
    dropped: int = 0
    rejected: int = 0
    rows: int = 0
    outcomes: int = 0


class Redacted(msgspec.Struct, frozen=True, array_like=True):
    """An input of which the ledger does not keep all, because it is personal.

    Args:
        column: Its name.
        kind: `drop`, `hash` or `truncate`.
        type: Of the contract's column.
        step: Of `truncate`: characters kept, or the number rounded down to; else 0.
    """

    column: str
    kind: str
    type: str
    step: float = 0.0


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What all entries of a segment share.

    Args:
        release: Digest of the release that answers.
        contract: Digest of its contract.
        name: Name of the release.
        numbers: Names of the numeric inputs, in the order of `Entry.numbers`.
        strings: Names of the string inputs, likewise.
        classes: Labels of a classification, in the order of multiclass predictions.
        writer: 16 hexadecimal digits, random; begins every prediction id of this writer.
        flush_seconds: Longest time that an entry waits in memory.
        sample: Share of requests that is logged.
        role: `champion` or `challenger`, who answered; `shadow`, who was asked and not listened to.
        types: Types of the numeric inputs, in their order: `number`, `integer`, `boolean`, `timestamp`.
        redacted: The inputs that are personal.
        key: Fingerprint of the key that their hashes were made with; empty where none is hashed.
    """

    release: str
    contract: str = ""
    name: str = ""
    numbers: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    writer: str = ""
    flush_seconds: float = 0.5
    sample: float = 1.0
    role: str = "champion"
    types: tuple[str, ...] = ()
    redacted: tuple[Redacted, ...] = ()
    key: str = ""


class Entry(msgspec.Struct, array_like=True, tag=0, gc=False):
    """One request to a prediction route, with its rows.

    Args:
        first: Number of its first prediction id; row i has number `first + i`.
        protocol: `v1`, `v2` or `mlflow`.
        status: HTTP status of the answer.
        time: When it arrived, seconds since 1970.
        latency: From the whole body read to the answer handed over, seconds.
        numbers: Per row, the checked numeric inputs; empty where the body could not be read.
        strings: Per row, the checked string inputs.
        predictions: Per row; None where there is none.
        flags: Per row, `(column, code, action)` of each violation; empty where no row has any.
        rejected: Indices of the rejected rows.
        error: Code of the refusal of the whole request, such as `malformed`.
        body: The first 2 KB of the body of a request refused in whole or in part; else empty.
        request: The caller's id of the request; empty where it gave none.
        trace: The caller's trace; empty where it told none.
        shadow_of: Of a shadow's entry: the id of the first prediction that the client got instead.
        fallback: Of an entry of the champion's that stands in for a challenger: why, and its digest.
        erased: Indices of the rows that were erased; what they held is gone.
    """

    first: int
    protocol: str
    status: int
    time: float = 0.0
    latency: float = 0.0
    numbers: list[list[float]] = []
    strings: list[list[str]] = []
    predictions: list[float | list[float] | None] = []
    flags: list[list[tuple[str, str, str]]] = []
    rejected: list[int] = []
    error: str = ""
    body: bytes = b""
    request: str = ""
    trace: str = ""
    shadow_of: str = ""
    fallback: tuple[str, ...] = ()
    erased: list[int] = []


class Truth(msgspec.Struct, array_like=True, tag=1, gc=False):
    """One outcome.

    Args:
        id: Prediction id.
        outcome: Label of the class, or value.
        time: When it arrived, seconds since 1970.
    """

    id: str
    outcome: Outcome
    time: float


class Erasure(msgspec.Struct, frozen=True, array_like=True, tag=2, gc=False):
    """What was erased from one block; its counts stay what they were, so the account still adds up.

    Args:
        requests: Requests of which nothing is left.
        rows: Rows, those of these requests included.
        outcomes: Outcomes of erased rows.
        bodies: Kept bodies of refused requests that were emptied.
        torn: Bytes of a tail that could not be read and were cut off.
        time: When, seconds since 1970.
    """

    requests: int = 0
    rows: int = 0
    outcomes: int = 0
    bodies: int = 0
    torn: int = 0
    time: float = 0.0


def joined(parts: Iterable[Erasure]) -> Erasure:
    """Return the sum of what was erased, with the latest time."""
    every = list(parts)
    names = ("requests", "rows", "outcomes", "bodies", "torn")
    return Erasure(
        **{name: sum(getattr(each, name) for each in every) for name in names},
        time=max((each.time for each in every), default=0.0),
    )


#: What a block of entries holds.
Item = Entry | Truth | Erasure


class Block(NamedTuple):
    """One block as read; `torn` is the number of unreadable bytes, in place of all else.

    `damaged` says that all of them are there and the checksum is wrong: somebody, or the disk, changed them.
    """

    kind: Kind
    counts: Counts
    time: float
    payload: bytes
    torn: int = 0
    damaged: bool = False


_ENTRIES = msgspec.msgpack.Decoder(list[Item])


def prediction_id(writer: str, number: int) -> str:
    """Return the id of a writer's prediction.

    Args:
        writer: 16 hexadecimal digits.
        number: Counted from 0 by that writer.

    Example:
        >>> prediction_id("00c0ffee00c0ffee", 26)
        '00c0ffee00c0ffee-1a'
    """
    return f"{writer}-{number:x}"


def is_prediction_id(text: str) -> bool:
    """Whether `text` has the form of a prediction id.

    Example:
        >>> is_prediction_id("00c0ffee00c0ffee-1a"), is_prediction_id("1a")
        (True, False)
    """
    return _ID.fullmatch(text) is not None


def frame(kind: Kind, counts: Counts, time: float, payload: bytes) -> bytes:
    """Return one block.

    Args:
        kind: What the payload is.
        counts: The writer's counts, this block included.
        time: Seconds since 1970.
        payload: A MessagePack value.
    """
    return head(kind, counts, time, payload) + payload


def head(
    kind: Kind, counts: Counts, time: float, payload: bytes | bytearray, length: int | None = None
) -> bytes:
    """Return what stands before a payload in its block.

    Args:
        kind: What the payload is.
        counts: The writer's counts, this block included.
        time: Seconds since 1970.
        payload: A MessagePack value, or for entries: `length` MessagePack values end to end.
        length: Number of entries in `payload`; None where it is one value already.
    """
    array = b"" if length is None else _ARRAY.pack(_ARRAY_32, length)
    checked = FRAME.pack(_MAGIC, 0, kind, len(array) + len(payload), *counts, time)[_CHECKED_FROM:] + array
    return struct.pack("<4sI", _MAGIC, zlib.crc32(payload, zlib.crc32(checked))) + checked


def blocks(content: bytes) -> Iterator[Block]:
    """Yield the blocks of a segment; the last one has `torn > 0` where the tail cannot be read.

    Args:
        content: The bytes of the segment. A writer that was killed leaves half a block at the end at most.
    """
    position = 0
    while position < len(content):
        block = _block(content, position)
        yield block
        if block.torn:
            return
        position += FRAME.size + len(block.payload)


class Ends(NamedTuple):
    """Where a segment begins and ends.

    Args:
        before: The writer's counts before it.
        after: The counts with it.
        time: Of its last block, seconds since 1970.
        closed: Whether its writer stopped gracefully in it.
    """

    before: Counts
    after: Counts
    time: float
    closed: bool


def ends(path: Path) -> Ends:
    """Return where a segment begins and ends, from its frames alone; nothing else is read.

    Args:
        path: A segment.
    """
    first, last, time, closed = None, Counts(), 0.0, False
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while len(content := file.read(FRAME.size)) == FRAME.size:
            magic, _, kind, length, *counts, moment = FRAME.unpack(content)
            if magic != _MAGIC or file.tell() + length > size:
                break
            last, time, closed = Counts(*counts), moment, kind == Kind.CLOSED
            first = first or last
            file.seek(length, os.SEEK_CUR)
    return Ends(first or last, last, time, closed)


def decode_entries(payload: bytes) -> list[Item]:
    """Return the entries of a block's payload.

    Raises:
        InputError: Where the checksum was right and the content is not ours: written by another version.
    """
    try:
        return _ENTRIES.decode(payload)
    except msgspec.DecodeError as error:
        raise InputError(
            "a ledger block has an unknown layout",
            got=error,
            next_step="read it with the version that wrote it",
        ) from error


def _block(content: bytes, position: int) -> Block:
    """Read the block at `position`; torn where it is cut, or its checksum is wrong."""
    torn = Block(Kind.ENTRIES, Counts(), 0.0, b"", torn=len(content) - position)
    if len(content) - position < FRAME.size:
        return torn._replace(damaged=not content.startswith(_MAGIC[: len(content) - position], position))
    magic, checksum, kind, length, *counts, time = FRAME.unpack_from(content, position)
    payload = content[position + FRAME.size : position + FRAME.size + length]
    checked = content[position + _CHECKED_FROM : position + FRAME.size]
    if magic != _MAGIC or len(payload) < length or zlib.crc32(payload, zlib.crc32(checked)) != checksum:
        return torn._replace(damaged=magic != _MAGIC or len(payload) == length)
    return Block(Kind(kind), Counts(*counts), time, payload)
