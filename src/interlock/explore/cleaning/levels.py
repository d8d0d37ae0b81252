"""The different values of a column and how many rows hold each: what a cleaning step is measured on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from interlock.explore.sample import Sample
from interlock.profile import ColumnProfile, Values
from interlock.report.format import count
from interlock.table import Table, batch_values

__all__ = ["Levels", "column_levels", "read_levels"]

#: The most different values of a column that are remembered while a table is read.
_MOST = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Levels(NamedTuple):
    """The different values of a column.

    Args:
        counts: Rows by value: strings, floats, moments as ISO 8601; nulls are not among them.
        rows: How many rows were looked at, nulls included.
        basis: Which rows these are, for people.
    """

    counts: Mapping[object, int]
    rows: int
    basis: str = "all rows"


def column_levels(name: str, found: ColumnProfile, sample: Sample) -> Levels:
    """Return the values of a column: of all rows where the profile has them all, else of the sample.

    Args:
        name: The column's name.
        found: Its profile.
        sample: Rows of the table.
    """
    if found.categories is not None and found.categories.exact:
        return Levels({text: hits for text, hits in found.categories.counts.items()}, found.rows)  # noqa: C416 - as objects
    if found.histogram is not None and found.histogram.exact and found.kind != "timestamp":
        cells = found.histogram.cells()
        if bool((cells.left == cells.right).all()):
            return Levels(dict(zip(cells.left.tolist(), cells.counts.tolist(), strict=True)), found.rows)
    return Levels(_counted(sample.columns[name]), sample.rows, sample.note)


def read_levels(table: Table, columns: Sequence[str]) -> dict[str, Levels]:
    """Read some columns of a table once for their values.

    Args:
        table: Of any size.
        columns: Their names.

    Returns:
        The values of each column; of a column with more than 100,000, those that come first.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> read_levels(open_table(pa.table({"a": ["x", "y", "x", None]})), ["a"])["a"].counts
        Counter({'x': 2, 'y': 1})
    """
    counts: dict[str, Counter[object]] = {name: Counter() for name in columns}
    beyond: Counter[str] = Counter()
    rows = 0
    for batch in table.batches(columns):
        rows += batch.num_rows
        for name, values in batch_values(batch).items():
            for value, hits in _counted(values).items():
                if value in counts[name] or len(counts[name]) < _MOST:
                    counts[name][value] += hits
                else:
                    beyond[name] += hits
    return {
        name: Levels(found, rows - beyond[name], _basis(rows, beyond[name])) for name, found in counts.items()
    }


def _basis(rows: int, beyond: int) -> str:
    return (
        "all rows"
        if not beyond
        else f"the first {count(_MOST)} different values, {count(rows - beyond)} rows"
    )


def _counted(values: Values) -> dict[object, int]:
    data = values.data if values.valid is None else values.data[values.valid]
    if values.dictionary is not None:
        hits = np.bincount(data.astype(np.int64), minlength=len(values.dictionary))
        return {values.dictionary[code]: int(hits[code]) for code in np.flatnonzero(hits)}
    found, times = np.unique(data, return_counts=True)
    read = map(_moment, found.tolist()) if values.kind == "timestamp" else map(float, found.tolist())
    return {value: hits for value, hits in zip(read, times.tolist(), strict=True) if value == value}  # noqa: PLR0124


def _moment(microseconds: int) -> object:
    try:
        return (_EPOCH + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:  # beyond the years 1 to 9999
        return microseconds / 1e6
