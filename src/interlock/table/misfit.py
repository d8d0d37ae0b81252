"""Where a column of text first holds a value that is not of the kind one wants."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow.types as pt

from interlock.table.inference import Text, narrow
from interlock.table.source import Table

__all__ = ["Misfit", "first_misfit"]


class Misfit(NamedTuple):
    """A value that makes a column text.

    Args:
        row: Of the table; its first one is 1.
        value: As it is written.
    """

    row: int
    value: str


def first_misfit(table: Table, column: str, text: Text) -> Misfit | None:
    """Return the first value of a column of text that is not of a kind; None where all are.

    Args:
        table: Read up to that row.
        column: A column of strings.
        text: The kind, such as `timestamp`.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> days = open_table(pa.table({"day": ["2013-01-01", None, "soon", "2013-01-02"]}))
        >>> first_misfit(days, "day", "timestamp")
        Misfit(row=3, value='soon')
    """
    done = 0
    for batch in table.batches([column]):
        array = batch.column(0)
        array = array.dictionary_decode() if pt.is_dictionary(array.type) else array
        if not narrow((text,), array):
            place = _first(array, text)
            return Misfit(done + place + 1, array[place].as_py())
        done += len(array)
    return None


def _first(array: Any, text: Text) -> int:
    """Halve the array until one value is left; there is one that does not fit."""
    start, size = 0, len(array)
    while size > 1:
        half = size // 2
        if narrow((text,), array.slice(start, half)):
            start, size = start + half, size - half
        else:
            size = half
    return start
