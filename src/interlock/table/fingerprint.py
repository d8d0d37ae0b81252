"""One digest for rows, whatever library holds them and however they are cut into batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from interlock.table.arrow import batch_values

__all__ = ["digest_rows"]


def digest_rows(batches: Iterable[Any]) -> str:
    """Return `sha256:` and the digest of rows: their columns' names, kinds, values and nulls, in order.

    Args:
        batches: `pyarrow.RecordBatch`es or tables of one schema; columns that cannot be read are
            passed over.

    Returns:
        The same for the same rows, whatever the batching and whatever stands in memory at the nulls.

    Example:
        >>> import pyarrow as pa
        >>> rows = pa.table({"a": [1, None, 3]})
        >>> digest_rows([rows]) == digest_rows([rows.slice(0, 1), rows.slice(1)])
        True
    """
    columns: dict[str, _Column] = {}
    for batch in batches:
        for name, column in batch_values(batch).items():
            digest = columns.setdefault(name, _Column(f"{name}\0{column.kind}"))
            valid = np.ones(column.data.size, np.bool_) if column.valid is None else column.valid
            digest.valid.update(valid.tobytes())
            if column.dictionary is None:
                digest.data.update(np.where(valid, column.data, column.data.dtype.type(0)).tobytes())
            else:
                digest.strings(column.data, valid, column.dictionary)
    return f"sha256:{hashlib.sha256(b''.join(column.digest() for column in columns.values())).hexdigest()}"


class _Column:
    """Running digests of one column: adding bytes in pieces gives what adding them at once gives."""

    def __init__(self, header: str) -> None:
        self.header = hashlib.sha256(header.encode())
        self.valid, self.data, self.lengths = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()

    def strings(self, codes: NDArray[Any], valid: NDArray[np.bool_], levels: NDArray[np.object_]) -> None:
        indices = pa.array(codes, mask=~valid)
        text = pc.fill_null(pa.array(levels, pa.large_string()).take(indices), "")
        offsets = np.frombuffer(text.buffers()[1], np.int64, len(text) + 1)
        self.lengths.update(np.diff(offsets).tobytes())
        self.data.update(memoryview(text.buffers()[2])[offsets[0] : offsets[-1]])

    def digest(self) -> bytes:
        return b"".join(part.digest() for part in (self.header, self.valid, self.data, self.lengths))
