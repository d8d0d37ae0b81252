"""Rows as 64-bit hashes, so that rows that repeat another one are found in bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from interlock.profile.distinct import mix
from interlock.profile.hashing import hash_strings
from interlock.profile.values import Values
from interlock.table.arrow import batch_values
from interlock.table.source import Table

__all__ = ["first_of_each", "hash_rows"]

_NULL = np.uint64(0x6E756C6C)


def first_of_each(table: Table) -> NDArray[np.bool_]:
    """Return which rows are the first of their kind; the others repeat one of them in every column.

    Args:
        table: Of n rows; 16 bytes a row are in memory.

    Returns:
        bool [n]. Of a billion pairs of different rows none is taken for equal (64-bit hashes).

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> first_of_each(open_table(pa.table({"a": [1, 2, 1], "b": ["x", None, "x"]})))
        array([ True,  True, False])
    """
    hashes = [hash_rows(batch_values(batch)) for batch in table.batches()]
    found = np.zeros(sum(map(len, hashes)), np.bool_)
    if hashes:
        found[np.unique(np.concatenate(hashes), return_index=True)[1]] = True
    return found


def hash_rows(columns: Mapping[str, Values]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each row; rows are equal if all their columns are, null equal to null.

    Args:
        columns: Of one batch, each of shape [n].

    Returns:
        Shape [n].
    """
    total: NDArray[np.uint64] = np.zeros(len(next(iter(columns.values())).data), np.uint64)
    for name, values in columns.items():
        total += mix(_hash_values(values) ^ _salt(name))
    return mix(total)


def _salt(name: str) -> np.uint64:
    """Return what makes the hash of a column its own, so that equal values of two columns differ."""
    seed = zlib.crc32(name.encode("utf-8", "surrogatepass")) << 1 | 1
    return np.uint64(mix(np.array([seed], np.uint64))[0])


def _hash_values(values: Values) -> NDArray[np.uint64]:
    hashed = _hash_strings(values) if values.kind == "string" else _hash_numbers(values)
    return hashed if values.valid is None else np.where(values.valid, hashed, _NULL)


def _hash_strings(values: Values) -> NDArray[np.uint64]:
    strings = [] if values.dictionary is None else values.dictionary.tolist()
    codes = values.data.astype(np.int64)
    # One more entry, for whatever code stands at a null.
    found = np.append(hash_strings(strings), _NULL)
    return found[codes if values.valid is None else np.where(values.valid, codes, len(strings))]


def _hash_numbers(values: Values) -> NDArray[np.uint64]:
    if values.kind != "number":
        return values.data.astype(np.int64).view(np.uint64)
    # Adding zero makes minus zero zero; one NaN equals another.
    numbers = values.data.astype(np.float64) + 0.0
    return np.where(np.isnan(numbers), np.nan, numbers).view(np.uint64)
