"""Reading a ledger folder, while it is written or long after: rows and outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from interlock.serve.ledger.format import (
    Block,
    Entry,
    Header,
    Item,
    Kind,
    Truth,
    decode_entries,
    prediction_id,
)
from interlock.serve.ledger.segment import opened, segments

__all__ = ["Record", "headers", "items", "outcomes", "read", "records_of"]


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


def read(folder: str | Path) -> Iterator[Record]:
    """Yield every row of every logged request, writer by writer, each in the order of its segments' numbers.

    Args:
        folder: The ledger. A running writer may add to it meanwhile.

    Raises:
        InputError: If the folder does not exist or holds an unknown layout.
    """
    for header, entry in _entries(folder):
        if isinstance(entry, Entry):
            yield from records_of(header, entry)


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
    return tuple(found[0] for segment in segments(folder) if (found := opened(segment)))


def _entries(folder: str | Path) -> Iterator[tuple[Header, Item]]:
    for segment in segments(folder):
        if (found := opened(segment)) is not None:
            header, rest = found
            for item in items(rest):
                yield header, item


def items(rest: Iterable[Block]) -> Iterator[Item]:
    """Yield what the blocks of entries hold, up to a tail that cannot be read."""
    for block in rest:
        if block.kind is not Kind.HEADER and not block.torn:
            yield from decode_entries(block.payload)


def records_of(header: Header, entry: Entry) -> Iterator[Record]:
    """Spread one request over its rows, but for erased ones; a request without rows is one record."""
    count = max(1, len(entry.predictions))
    rejected = frozenset(entry.rejected)
    for row in range(count):
        if row in entry.erased:
            continue
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
