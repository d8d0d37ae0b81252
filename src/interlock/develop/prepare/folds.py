"""Which training rows are encoded from which others, for features that are made of the target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.develop.sample import Sample

__all__ = ["Fold", "folds", "targets"]

_FOLDS = 5

#: The rows that are encoded, and the rows they are encoded from: int [a] and int [b].
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


def folds(rows: Sample, *, count: int = _FOLDS, seed: int = 0) -> list[Fold]:
    """Return which rows are encoded, and from which rows.

    Where there is a time, each fifth of it is encoded from what came before, and rows whose time is not known
    came first. The first fifth has no past, and is cross-fitted within itself, as all rows are where there is
    no time: in fifths drawn at random, rows of one unit together.

    Args:
        rows: The training rows.
        count: How many parts.
        seed: Of the draw.

    Returns:
        Pairs of row numbers; the first ones of all pairs are all rows, each once.
    """
    if rows.time is None:
        return list(_apart(rows, np.arange(len(rows)), count, seed))
    time = np.where(np.isnan(rows.time), -np.inf, rows.time)
    order = np.argsort(time, kind="stable")
    edges = [time[order[len(order) * part // count]] for part in range(1, count)]
    part = np.searchsorted(np.unique(edges), time, side="right")
    first, *later = [np.flatnonzero(part == each) for each in np.unique(part)]
    return [
        *_apart(rows, first, count, seed),
        *((each, np.flatnonzero(part < part[each[0]])) for each in later),
    ]


def _apart(rows: Sample, among: NDArray[np.intp], count: int, seed: int) -> Iterator[Fold]:
    units = among if rows.units is None else rows.units[among]
    unit, number = np.unique(units, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(len(unit)) % count
    for each in np.unique(drawn):
        chosen = drawn[number] == each
        yield among[chosen], among[~chosen]


def targets(rows: Sample) -> NDArray[np.float64]:
    """Return the target as columns to take means of, float64 [n, width]: one for each of several classes."""
    if rows.task == "multiclass":
        return np.asarray(rows.target[:, None] == np.arange(rows.classes), np.float64)
    return rows.target[:, None]
