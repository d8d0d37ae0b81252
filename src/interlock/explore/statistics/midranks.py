"""Ranks, and what they tell of two classes: how often the larger value is in the one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["midranks", "placements"]


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value, from 1, ties sharing the mean of theirs.

    Example:
        >>> midranks(np.array([3.0, 1.0, 3.0])).tolist()
        [2.5, 1.0, 2.5]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def placements(values: NDArray[np.float64], positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return, for each row, the share of the other class that it is in order with, ties counting a half.

    Their mean over either class is the area under the ROC curve, and their spread is its error: DeLong's
    structural components.

    Args:
        values: Any order, shape [n].
        positive: Which rows should have the larger values; both classes are present, shape [n].

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), Comparing the areas under two or more correlated ROC curves;
        by midranks as Sun and Xu (2014), Fast implementation of DeLong's algorithm.

    Example:
        >>> placements(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])).tolist()
        [1.0, 0.5, 0.5, 1.0]
    """
    negative = ~positive
    ranks = midranks(values)
    found = np.empty(len(values))
    found[positive] = (ranks[positive] - midranks(values[positive])) / np.count_nonzero(negative)
    found[negative] = 1 - (ranks[negative] - midranks(values[negative])) / np.count_nonzero(positive)
    return found
