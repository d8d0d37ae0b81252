"""Reading a ledger folder, while it is written or long after: rows, outcomes, and the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import InputError
from interlock.serve.ledger.format import (
    Block,
    Counts,
    Entry,
    Header,
    Kind,
    Truth,
    blocks,
    decode_entries,
    prediction_id,
)

__all__ = ["Account", "Record", "account", "headers", "outcomes", "read"]

_HEADER = msgspec.msgpack.Decoder(Header)


class Record(NamedTuple):
    """One row of one request, or a request that could not be read (then `numbers` and `strings` are empty).

    Args:
        id: Prediction id.
        time: When the request arrived, seconds since 1970.
        protocol: `v1`, `v2` or `mlflow`.
        status: HTTP status of the answer to the whole request.
        numbers: The checked numeric inputs in the order of the header; NaN where missing.
        strings: The checked string inputs; the contract's MISSING where missing.
        flags: `(column, code, action)` of each violation.
        prediction: As the model gave it: probability of the positive class, probabilities, or value; None
            where the row, or its request, was refused.
        rejected: Whether the contract rejected this row, or the request could not be read.
        latency: Of the whole request, seconds.
        release: Digest of the release that answered.
        row: Index of the row in its request.
        rows: Number of rows of its request.
        error: Code of the refusal of the whole request; else empty.
        body: First 2 KB of a request refused in whole or in part; else empty.
        request: The caller's id of the request; empty where it gave none.
        trace: The caller's trace; empty where it told none.
        shadow_of: Of a shadow's row: the id of the prediction that the client got for it; else empty.
        fallback: Why the champion stands in for a challenger, and the challenger's digest; else empty.
    """

    id: str
    time: float
    protocol: str
    status: int
    numbers: tuple[float, ...]
    strings: tuple[str, ...]
    flags: tuple[tuple[str, str, str], ...]
    prediction: float | tuple[float, ...] | None
    rejected: bool
    latency: float
    release: str
    row: int = 0
    rows: int = 1
    error: str = ""
    body: bytes = b""
    request: str = ""
    trace: str = ""
    shadow_of: str = ""
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every request; all counts are requests but for `rows` and `outcomes`.

    `received == logged + sampled_out + dropped` holds in each block of each writer.

    Args:
        received: Requests to a prediction route that a block accounts for.
        logged: Of these, in the ledger.
        sampled_out: Of these, left out by the sampling rate.
        dropped: Of these, lost because the buffer was full or the disk refused.
        rejected: Of those received: refused in whole or in part.
        rows: Rows of the logged requests.
        outcomes: Truths recorded.
        found: Logged requests that are in the folder now; fewer than `logged` where segments were removed.
        waiting: Received by a writer that has not stopped gracefully, and in no block yet: in the memory of a
            running process, or lost with a killed one.
        torn: Segments whose tail could not be read (a kill in the midst of a write).
        writers: Processes that wrote here.
        unclosed: Of these, running or killed.
        flush_seconds: Longest time that an entry waits in memory, seconds.
    """

    received: int
    logged: int
    sampled_out: int
    dropped: int
    rejected: int
    rows: int
    outcomes: int
    found: int
    waiting: int
    torn: int
    writers: int
    unclosed: int
    flush_seconds: float

    @property
    def balanced(self) -> bool:
        """Whether the identity holds."""
        return self.received == self.logged + self.sampled_out + self.dropped

    @property
    def coverage(self) -> float:
        """Share of the received requests that can be read; 1.0 where none was received."""
        received = self.received + self.waiting
        return self.found / received if received else 1.0


class _Writer(NamedTuple):
    """What the segments of one writer say together."""

    header: Header
    counts: Counts
    found: int
    torn: int
    closed: bool


def read(folder: str | Path) -> Iterator[Record]:
    """Yield every row of every logged request, segment by segment in the order of their beginning.

    Args:
        folder: The ledger. A running writer may add to it meanwhile.

    Raises:
        InputError: If the folder does not exist or holds an unknown layout.
    """
    for header, entry in _entries(folder):
        if isinstance(entry, Entry):
            yield from _records(header, entry)


def outcomes(folder: str | Path) -> Iterator[Truth]:
    """Yield every recorded outcome; where one prediction has several, the latest `time` counts.

    Args:
        folder: The ledger.

    Raises:
        InputError: As `read`.
    """
    for _, entry in _entries(folder):
        if isinstance(entry, Truth):
            yield entry


def headers(folder: str | Path) -> tuple[Header, ...]:
    """Return what each segment says of itself: releases, contracts and names of the inputs.

    Args:
        folder: The ledger.

    Raises:
        InputError: As `read`.
    """
    return tuple(header for _, header, _ in _segments(folder))


def account(folder: str | Path) -> Account:
    """Add up all writers of a folder.

    Args:
        folder: The ledger.

    Returns:
        The account; while the service runs, `waiting` is what is still in memory.

    Raises:
        InputError: As `read`.
    """
    writers: dict[str, _Writer] = {}
    for _, header, rest in _segments(folder):
        known = writers.get(header.writer, _Writer(header, Counts(), 0, 0, closed=False))
        writers[header.writer] = _follow(known, rest)
    totals = Counts(*(sum(column) for column in zip(*(w.counts for w in writers.values()), strict=True)))
    return Account(
        **totals._asdict(),
        found=sum(writer.found for writer in writers.values()),
        waiting=sum(_waiting(Path(folder), writer) for writer in writers.values()),
        torn=sum(writer.torn for writer in writers.values()),
        writers=len(writers),
        unclosed=sum(not writer.closed for writer in writers.values()),
        flush_seconds=max((writer.header.flush_seconds for writer in writers.values()), default=0.0),
    )


def _follow(known: _Writer, rest: Iterator[Block]) -> _Writer:
    """Take one more segment of a writer into account."""
    counts, found, torn, closed = known.counts, known.found, known.torn, known.closed
    for block in rest:
        if block.torn:
            torn += 1
            continue
        logged = block.counts.logged - counts.logged if block.counts.logged > counts.logged else 0
        found += logged if block.kind is not Kind.HEADER else 0
        counts, closed = block.counts, closed or block.kind is Kind.CLOSED
    return _Writer(known.header, counts, found, torn, closed)


def _waiting(folder: Path, writer: _Writer) -> int:
    """Return what a writer received since its last block, from its counter in memory."""
    live = folder / f"{writer.header.writer}.live"
    if writer.closed or not live.is_file():
        return 0
    return max(0, int.from_bytes(live.read_bytes()[:8], "little") - writer.counts.received)


def _segments(folder: str | Path) -> Iterator[tuple[Path, Header, Iterator[Block]]]:
    """Yield path, header and all blocks of each segment."""
    root = Path(folder)
    if not root.is_dir():
        raise InputError(
            "there is no ledger here", where=root, next_step="give the ledger folder of the service"
        )
    for path in sorted(root.glob("*.ledger")):
        rest = blocks(path.read_bytes())
        first = next(rest, None)
        if first is not None and not first.torn:
            yield path, _HEADER.decode(first.payload), chain([first], rest)


def _entries(folder: str | Path) -> Iterator[tuple[Header, Entry | Truth]]:
    for _, header, rest in _segments(folder):
        for block in rest:
            if block.kind is not Kind.HEADER and not block.torn:
                for entry in decode_entries(block.payload):
                    yield header, entry


def _records(header: Header, entry: Entry) -> Iterator[Record]:
    """Spread one request over its rows; a request without rows is one record."""
    count = max(1, len(entry.predictions))
    rejected = frozenset(entry.rejected)
    for row in range(count):
        prediction = entry.predictions[row] if entry.predictions else None
        yield Record(
            prediction_id(header.writer, entry.first + row),
            entry.time,
            entry.protocol,
            entry.status,
            tuple(entry.numbers[row]) if entry.numbers else (),
            tuple(entry.strings[row]) if entry.strings else (),
            tuple(entry.flags[row]) if entry.flags else (),
            tuple(prediction) if isinstance(prediction, list) else prediction,
            bool(entry.error) or row in rejected,
            entry.latency,
            header.release,
            row,
            count,
            entry.error,
            entry.body,
            entry.request,
            entry.trace,
            _beside(entry.shadow_of, row),
            entry.fallback,
        )


def _beside(first: str, row: int) -> str:
    """Return the id of row `row` of the request whose first id is given; empty for none."""
    writer, _, number = first.partition("-")
    return prediction_id(writer, int(number, 16) + row) if first else ""
