"""Folds: which rows to learn from and which to watch, several times, so that few rows say more.

What is watched is never earlier than what is learned from where there is a time, and never of a group that is
learned from where there are groups: the splits are those of the sealed holdout, made again inside the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.errors import InputError
from interlock.table.forward import part_groups

__all__ = ["Fold", "Kind", "folds"]

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


class Kind(NamedTuple):
    """What rows share, which decides how they may be parted.

    Args:
        task: Classes keep their shares where neither time nor group decides.
        target: float64 [n].
        time: float64 [n], seconds: what is watched is later than what is learned from; None for any order.
        groups: int64 [n]: no group is both learned from and watched; None where rows stand alone.
    """

    task: Task
    target: Floats
    time: Floats | None = None
    groups: NDArray[np.int64] | None = None


class Fold(NamedTuple):
    """One time of learning.

    Args:
        learn: Numbers of the rows to learn from, ascending.
        watched: Numbers of the rows to watch, ascending; each row is watched in one fold at most.
    """

    learn: Rows
    watched: Rows


def folds(kind: Kind, *, count: int = 5, seed: int = 0) -> tuple[Fold, ...]:
    """Part rows several times.

    Without a time each row is watched once. With a time the rows are cut into `count` + 1 blocks of equal
    size, rows of one instant together, and each block but the first is watched after all before it was
    learned from; where there are groups as well, `table.forward` says which rows of both are left out.

    Args:
        kind: What rows share.
        count: How many folds, at least 2; fewer are returned where there are fewer instants, or where a group
            leaves nothing to learn from.
        seed: Of what is left to chance.

    Returns:
        At least one fold.

    Raises:
        InputError: No fold is possible: too few rows, instants or groups.

    Source:
        Stone (1974), JRSS B 36 (cross-validation); Tashman (2000), International Journal of Forecasting 16
        (a rolling origin).

    Example:
        >>> found = folds(Kind("regression", np.zeros(6), time=np.arange(6.0)), count=2)
        >>> [(fold.learn.tolist(), fold.watched.tolist()) for fold in found]
        [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    """
    found = _forward(kind, count, seed) if kind.time is not None else _crossed(kind, count, seed)
    kept = tuple(fold for fold in found if len(fold.learn) and len(fold.watched))
    if not kept:
        raise InputError(
            "rows cannot be cut into folds",
            got=f"{len(kind.target):,} rows",
            next_step="bring more rows, times or groups; or compare on one part: fewer rows are needed",
        )
    return kept


def _crossed(kind: Kind, count: int, seed: int) -> list[Fold]:
    places = _by_group(kind.groups, count, seed) if kind.groups is not None else _by_class(kind, count, seed)
    return [Fold(np.flatnonzero(places != at), np.flatnonzero(places == at)) for at in range(count)]


def _by_class(kind: Kind, count: int, seed: int) -> NDArray[np.intp]:
    """Deal the rows out like cards, class by class (or, for a regression, in the order of the target)."""
    order = np.random.default_rng(seed).permutation(len(kind.target))
    order = order[np.argsort(kind.target[order], kind="stable")]
    if kind.task == "regression":  # neighbours in the target go to different folds, in an order of chance
        return _shuffled_deal(order, count, seed)
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(len(order)) % count
    return places


def _shuffled_deal(order: Rows, count: int, seed: int) -> NDArray[np.intp]:
    hands = -(-len(order) // count)
    dealt = np.random.default_rng(seed + 1).permuted(np.tile(np.arange(count), (hands, 1)), axis=1)
    places = np.empty(len(order), np.intp)
    places[order] = dealt.ravel()[: len(order)]
    return places


def _by_group(groups: NDArray[np.int64], count: int, seed: int) -> NDArray[np.intp]:
    """Give whole groups to the fold that is smallest so far, the largest groups first."""
    codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled, place = np.zeros(count), np.empty(len(sizes), np.intp)
    for group in order:
        place[group] = filled.argmin()
        filled[place[group]] += sizes[group]
    return place[codes]


def _forward(kind: Kind, count: int, seed: int) -> list[Fold]:
    time = np.where(np.isnan(_of(kind.time)), -np.inf, _of(kind.time))  # untimed rows are learned from
    block = _blocks(time, count + 1)
    found = []
    for at in range(1, int(block.max()) + 1):
        known = np.flatnonzero(block <= at)
        late = block[known] == at
        learn, watched = ~late, late
        if kind.groups is not None:
            learn, watched = part_groups(late, kind.groups[known], seed + at)
        found.append(Fold(known[learn], known[watched]))
    return found


def _of(time: Floats | None) -> Floats:
    return np.empty(0) if time is None else time


def _blocks(time: Floats, count: int) -> NDArray[np.intp]:
    """Cut the rows into blocks of about equal size, rows of one instant in one block, numbered from 0."""
    codes, sizes = np.unique(time, return_inverse=True, return_counts=True)[1:]
    middle = np.cumsum(sizes) - sizes / 2
    block = np.minimum((middle / len(time) * count).astype(np.intp), count - 1)
    return np.unique(block, return_inverse=True)[1][codes]
