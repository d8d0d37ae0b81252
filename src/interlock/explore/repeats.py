"""Rows that occur more than once, counted by their hashes in bounded memory."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import Estimate, wilson, z_value

__all__ = ["BUDGET", "Duplicates"]

#: The most different rows that are remembered: 16 MB.
BUDGET = 1 << 20


class Duplicates:
    """Counts rows by hash, exactly up to a budget of different rows, beyond it on a sample of them.

    Past the budget only the rows whose hash begins with one more zero bit are remembered, and so on: a
    uniform sample of the different rows, each with its exact count.

    Args:
        budget: The most different rows to remember.

    Example:
        >>> rows = Duplicates()
        >>> rows.update(np.array([7, 8, 7], dtype=np.uint64))
        >>> rows.share().value
        0.3333333333333333
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.rows = 0
        self._bits = 0
        self._hashes = np.empty(0, np.uint64)
        self._counts = np.empty(0, np.int64)
        self._waiting: list[NDArray[np.uint64]] = []
        self._waiting_rows = 0

    @property
    def exact(self) -> bool:
        """Whether every row is counted."""
        self._count()
        return self._bits == 0

    def update(self, hashes: NDArray[np.uint64]) -> None:
        """Add the hashes of a batch of rows, shape [n]."""
        self.rows += len(hashes)
        kept = self._kept(hashes)
        self._waiting.append(kept)
        self._waiting_rows += len(kept)
        if self._waiting_rows >= self.budget:
            self._count()

    def _count(self) -> None:
        """Count what waits: many batches at once, as each time all that is remembered is gone through."""
        if not self._waiting:
            return
        new, counts = _tally(np.concatenate(self._waiting))
        self._waiting, self._waiting_rows = [], 0
        place = np.searchsorted(self._hashes, new)
        known = np.zeros(len(new), np.bool_)
        inside = place < len(self._hashes)
        known[inside] = self._hashes[place[inside]] == new[inside]
        self._counts[place[known]] += counts[known]
        self._hashes = np.insert(self._hashes, place[~known], new[~known])
        self._counts = np.insert(self._counts, place[~known], counts[~known])
        while len(self._hashes) > self.budget:
            self._bits += 1
            keep = int(np.searchsorted(self._hashes, self._limit()))
            self._hashes, self._counts = self._hashes[:keep].copy(), self._counts[:keep].copy()

    def share(self) -> Estimate:
        """Return the share of rows that repeat another one, so that removing them loses nothing.

        The interval is Wilson's where every row is counted, else the delta method's for the ratio of repeated
        rows to all rows among the sampled ones.
        """
        self._count()
        seen, different = int(self._counts.sum()), len(self._counts)
        if self.exact:
            return wilson(seen - different, seen)
        share = (seen - different) / seen
        residual = (self._counts - 1) - share * self._counts
        half = z_value() * math.sqrt(float(np.sum(residual.astype(np.float64) ** 2))) / seen
        return Estimate(share, max(share - half, 0.0), min(share + half, 1.0), self.rows)

    def _limit(self) -> np.uint64:
        return np.uint64(1 << (64 - self._bits))

    def _kept(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return hashes if self._bits == 0 else hashes[hashes < self._limit()]


def _tally(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the different hashes in order, and how often each occurs."""
    ordered = np.sort(hashes)
    first = np.flatnonzero(np.append(np.ones(min(len(ordered), 1), np.bool_), ordered[1:] != ordered[:-1]))
    return ordered[first], np.diff(np.append(first, len(ordered)))
