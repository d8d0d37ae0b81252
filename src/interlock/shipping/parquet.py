"""The Parquet files of one piece: rows and outcomes apart, by the date and hour of the request, in UTC."""

from __future__ import annotations

import calendar
import io
import math
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from interlock.errors import InputError
from interlock.serve.ledger import Entry, Header, Truth
from interlock.serve.ledger.format import Item
from interlock.serve.ledger.reader import Record, records_of
from interlock.shipping.columns import outcome_table, record_table
from interlock.shipping.manifest import OUTCOMES, ROWS

__all__ = ["Part", "hour_of", "packed", "parts", "request_of", "table_of"]

_HOUR = 3600.0
T = TypeVar("T", Record, Truth)


class Part(NamedTuple):
    """One file to be.

    Args:
        name: From the destination's folder.
        rows: How many it holds.
        requests: How many requests these are of; 0 for outcomes.
        content: Parquet.
    """

    name: str
    rows: int
    requests: int
    content: bytes


def parts(header: Header, items: Sequence[Item], stem: str) -> Iterator[Part]:
    """Yield the files of a piece; their names do not depend on where the piece ends.

    Args:
        header: Of the segment.
        items: Of its blocks, in order.
        stem: Segment and number of the first block: the name of the files.
    """
    rows = [record for item in items if isinstance(item, Entry) for record in records_of(header, item)]
    found = [item for item in items if isinstance(item, Truth)]
    for partition, group in _by_hour(rows):
        requests = len({request_of(row) for row in group})
        content = packed(record_table(header, group))
        yield Part(f"{ROWS}/{partition}/{stem}.parquet", len(group), requests, content)
    for partition, told in _by_hour(found):
        content = packed(outcome_table(header, told))
        yield Part(f"{OUTCOMES}/{partition}/{stem}.parquet", len(told), 0, content)


def packed(table: Any) -> bytes:
    """Return a table as Parquet."""
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def table_of(content: bytes, where: str) -> Any:
    """Read Parquet.

    Raises:
        InputError: If it is none.
    """
    try:
        return pq.read_table(io.BytesIO(content), partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            "a shipped file cannot be read", where=where, got=error, next_step="restore it, or ship it again"
        ) from error


def request_of(row: Record) -> int:
    """Return the number of the first row of a row's request.

    Example:
        >>> third = Record("c0ffee-1a", 0.0, "v1", 200, (), (), (), None, False, 0.0, "r", row=2)
        >>> request_of(third)
        24
    """
    return int(row.id.rpartition("-")[2], 16) - row.row


def hour_of(name: str) -> float:
    """Return when the hour of a file began, seconds since 1970; infinite where it is in none.

    Example:
        >>> hour_of("predictions/date=1970-01-02/hour=01/x.parquet")
        90000.0
    """
    found = re.search(r"/date=(\d{4}-\d\d-\d\d)/hour=(\d\d)/", name)
    return calendar.timegm(time.strptime("".join(found.groups()), "%Y-%m-%d%H")) + 0.0 if found else math.inf


def _by_hour(rows: Sequence[T]) -> Iterator[tuple[str, list[T]]]:
    groups: dict[str, list[T]] = {}
    for row in rows:
        groups.setdefault(_partition(row.time), []).append(row)
    yield from groups.items()


def _partition(moment: float) -> str:
    """Return the folders of a moment: a date and an hour, or their lack where it is none."""
    try:
        return time.strftime("date=%Y-%m-%d/hour=%H", time.gmtime(moment // _HOUR * _HOUR))
    except (OverflowError, ValueError, OSError):
        return "date=unknown/hour=00"
