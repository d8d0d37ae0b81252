"""Columns of undecoded JSON values, put together as rows for the one decoder that all protocols share.

Whatever form a request has, its values reach the contract as the same bytes, so they get the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from interlock.serve.message import Refusal

__all__ = ["Raw", "array", "rows_of_columns", "rows_of_table"]

#: One undecoded JSON value.
Raw = msgspec.Raw | bytes


def rows_of_columns(columns: Mapping[str, Sequence[Raw]]) -> bytes:
    """Return a JSON array of objects.

    Args:
        columns: Undecoded values by column name.

    Raises:
        Refusal: 400 where the columns have different lengths.

    Example:
        >>> rows_of_columns({"age": [b"41", b"null"], "city": [b'"Oslo"', b'"Rome"']})
        b'[{"age":41,"city":"Oslo"},{"age":null,"city":"Rome"}]'
    """
    if len({len(values) for values in columns.values()}) > 1:
        raise Refusal(400, "shape", "the columns have different lengths")
    return _join([*columns], zip(*columns.values(), strict=True))


def rows_of_table(names: Sequence[str], rows: Sequence[Sequence[Raw]]) -> bytes:
    """Return a JSON array of objects.

    Args:
        names: Of the columns.
        rows: Undecoded values, row by row.

    Raises:
        Refusal: 400 where a name comes twice or a row has another length.

    Example:
        >>> rows_of_table(["age"], [[b"41"]])
        b'[{"age":41}]'
    """
    if len(set(names)) != len(names):
        raise Refusal(400, "shape", "a column comes twice")
    if any(len(row) != len(names) for row in rows):
        raise Refusal(400, "shape", "a row has another number of values than there are columns")
    return _join(names, rows)


def array(values: Iterable[Raw]) -> bytes:
    """Return a JSON array of undecoded values.

    Example:
        >>> array([b"{}", b"1"])
        b'[{},1]'
    """
    return b"[" + b",".join(values) + b"]"


def _join(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    keys = [msgspec.json.encode(name) + b":" for name in names]
    return array(b"{" + b",".join([k + v for k, v in zip(keys, row, strict=True)]) + b"}" for row in rows)
