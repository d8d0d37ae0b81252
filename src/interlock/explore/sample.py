"""A random sample of a table's rows, drawn while they stream by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.profile import Values

__all__ = ["CELLS", "ROWS", "Drawing", "Sample"]

#: The most rows of a sample.
ROWS = 100_000
#: The most cells of a sample: it stays below some 200 MB however wide the table is.
CELLS = 20_000_000


class Sample(NamedTuple):
    """Rows drawn at random without replacement, in the table's order; all of them where they are few.

    Args:
        columns: The values of each column.
        rows: How many rows were drawn.
        total: Out of how many.
    """

    columns: dict[str, Values]
    rows: int
    total: int

    @property
    def note(self) -> str:
        """How the rows were chosen, for people."""
        if self.rows == self.total:
            return "all rows"
        return f"a random sample of {self.rows:,} of {self.total:,} rows"


class Drawing:
    """Draws a sample from batches: which rows is settled before the first one.

    Args:
        total: Rows of the table.
        width: Its columns.
        rows: The most rows to draw.
        seed: Of the draw; the same seed draws the same rows, however they are cut into batches.

    Example:
        >>> drawing = Drawing(1000, 1, rows=3)
        >>> drawing.take({"i": Values("integer", np.arange(1000))})
        >>> drawing.sample().rows
        3
    """

    def __init__(self, total: int, width: int, *, rows: int = ROWS, seed: int = 0) -> None:
        size = min(total, rows, max(CELLS // width, 1000))
        self._chosen = np.sort(np.random.default_rng(seed).choice(total, size, replace=False, shuffle=False))
        self._total, self._seen = total, 0
        self._taken: list[dict[str, Values]] = []

    def take(self, columns: Mapping[str, Values]) -> None:
        """Take what was chosen of the next batch."""
        rows = len(next(iter(columns.values())).data)
        low, high = np.searchsorted(self._chosen, [self._seen, self._seen + rows])
        places = self._chosen[low:high] - self._seen
        self._taken.append({name: _taken(each, places) for name, each in columns.items()})
        self._seen += rows

    def sample(self) -> Sample:
        """Return the sample, once every batch was offered; the parts are let go."""
        parts, self._taken = self._taken, []
        columns = {name: _joined([part.pop(name) for part in parts]) for name in list(parts[0])}
        return Sample(columns, len(self._chosen), self._total)


def _taken(values: Values, rows: NDArray[np.int64]) -> Values:
    valid = None if values.valid is None else values.valid[rows]
    if values.kind != "string" or values.dictionary is None:
        return Values(values.kind, values.data[rows], valid)
    # Only the strings that these rows use are kept; what stands at a null may lie outside the dictionary.
    codes = values.data[rows] if valid is None else np.where(valid, values.data[rows], 0)
    used, codes = np.unique(codes, return_inverse=True)
    return Values(
        "string", codes.astype(np.int32), valid, values.dictionary[used[used < len(values.dictionary)]]
    )


def _joined(parts: list[Values]) -> Values:
    kind = parts[0].kind
    valid = None
    if any(part.valid is not None for part in parts):
        known = [np.ones(len(part.data), bool) if part.valid is None else part.valid for part in parts]
        valid = np.concatenate(known)
    if kind != "string":
        return Values(kind, np.concatenate([part.data for part in parts]), valid)
    places: dict[str, int] = {}
    codes = [_renumbered(part, places) for part in parts]
    return Values(kind, np.concatenate(codes), valid, np.array([*places, None], dtype=object)[:-1])


def _renumbered(part: Values, places: dict[str, int]) -> NDArray[np.int32]:
    """Return a part's codes into one dictionary for all parts, which grows by its new strings."""
    strings = [] if part.dictionary is None else part.dictionary.tolist()
    numbers = np.array([*(places.setdefault(text, len(places)) for text in strings), 0], dtype=np.int32)
    return numbers[np.minimum(part.data.astype(np.int64), len(strings))]
