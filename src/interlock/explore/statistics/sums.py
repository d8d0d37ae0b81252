"""Columns that are sums of others, to the digit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import Estimate, wilson

__all__ = ["Sum", "sums"]

#: An identity holds in at least this share of the rows, to this part of the largest term.
_HOLDS, _CLOSE = 0.99, 1e-6
#: Each term must move in so many rows, or it could be left out.
_MOVES = 0.001
_PROBES = 48


class Sum(NamedTuple):
    """One column that is the sum of two or three others.

    Args:
        total: Its number.
        terms: The numbers of the others, ascending.
        share: Of the rows in which it holds, with Wilson's interval.
    """

    total: int
    terms: tuple[int, ...]
    share: Estimate


def sums(columns: NDArray[np.float64], *, close: float = _CLOSE) -> tuple[Sum, ...]:
    """Return which columns are sums of two or three others in nearly every row.

    Args:
        columns: Finite numbers, shape [n, k]; the work grows with the fourth power of k.
        close: How close the sum must come, as a part of the largest term.

    Returns:
        A sum of three terms only where it holds in more rows than two of them do.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a, b, c = rng.integers(1, 1000, (3, 500)).astype(float)
        >>> [(each.total, each.terms) for each in sums(np.stack([a, b, c, a + c], axis=1))]
        [(3, (0, 2))]
    """
    n, k = columns.shape
    moves = [place for place in range(k) if _varies(columns[:, place])]
    if n < _PROBES or len(moves) < 3:
        return ()
    probes = columns[np.linspace(0, n - 1, _PROBES).astype(np.int64)]
    found: dict[tuple[int, tuple[int, ...]], Sum] = {}
    for size in (2, 3):
        for total, terms in _candidates(probes, moves, size, close):
            share = _share(columns, total, terms, close)
            within = [key for key in found if key[0] == total and set(key[1]) <= set(terms)]
            best = max((found[key].share.value for key in within), default=0.0)
            if share.value >= _HOLDS and share.value > best:
                found = {key: each for key, each in found.items() if key not in within}
                found[total, terms] = Sum(total, terms, share)
    return tuple(found.values())


def _varies(column: NDArray[np.float64]) -> bool:
    values, counts = np.unique(column, return_counts=True)
    return len(values) > 1 and 1 - counts.max() / len(column) >= _MOVES


def _candidates(
    probes: NDArray[np.float64], places: list[int], size: int, close: float
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield what holds in nearly all probes: all combinations in the first ones, then those that are left."""
    terms = np.array(list(combinations(places, size)))
    if len(terms) == 0:
        return
    for total in places:
        left = terms[~(terms == total).any(axis=1)]
        missed = np.zeros(len(left), np.int64)
        for row in probes:
            parts = row[left]
            scale = np.maximum(np.abs(parts).max(axis=1), abs(row[total]))
            missed += np.abs(parts.sum(axis=1) - row[total]) > close * scale
            left, missed = left[missed <= 1], missed[missed <= 1]
            if len(left) == 0:
                break
        yield from ((total, tuple(int(each) for each in chosen)) for chosen in left)


def _share(columns: NDArray[np.float64], total: int, terms: tuple[int, ...], close: float) -> Estimate:
    parts = columns[:, list(terms)]
    scale = np.maximum(np.abs(parts).max(axis=1), np.abs(columns[:, total]))
    holds = np.abs(parts.sum(axis=1) - columns[:, total]) <= close * scale + 1e-12
    return wilson(int(holds.sum()), len(columns))
