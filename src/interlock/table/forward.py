"""A split by time with groups kept together: what is held out is later and of nobody learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.table.split import Split, split

__all__ = ["part_groups", "split_forward"]

#: Of the groups that have rows on both sides of the cut, this share is held out and the others learned from.
_HELD = 1 / 3


def split_forward(time: NDArray[Any], groups: NDArray[Any], *, fraction: float = 0.2, seed: int = 0) -> Split:
    """Split by time and by group at once.

    The latest rows are cut off as a split by time does. A group that lies on both sides of the cut goes to
    one of them by chance, one in three to those held out, and its rows on the other side are used by neither:
    there they would either be of the past or of somebody known.

    Args:
        time: float64 seconds or int64 microseconds [n]; a row without a time goes to those to learn from.
        groups: One value a row; NaN is a group of its own.
        fraction: Share of the rows from the cut on, between 0 and 1; fewer are held out.
        seed: Of the choice among the groups on both sides.

    Returns:
        The split; unlike that of `split` it may leave rows out, and says how many.

    Raises:
        InputError: If there are too few times, or no row is left on one side.

    Example:
        >>> time, person = np.arange(10.0), np.array(["a", "a", "b", "b", "a", "c", "c", "c", "d", "d"])
        >>> found = split_forward(time, person, fraction=0.4)
        >>> found.train.tolist(), found.holdout.tolist()
        ([0, 1, 2, 3, 4, 5], [8, 9])
    """
    cut = split(time, kind="time", fraction=fraction)
    late = np.zeros(len(time), np.bool_)
    late[cut.holdout] = True
    train, held = part_groups(late, groups, seed)
    if not train.any() or not held.any():
        raise InputError(
            "no split is both by time and by group: every group has rows before and after the cut",
            got=f"{len(time):,} rows in {np.unique(_codes(groups)).size:,} groups, {cut.explanation}",
            next_step='choose one: by = "time" (known groups, later) or by = "group" (new groups, any time)',
        )
    unused = len(time) - int(train.sum()) - int(held.sum())
    how = cut.explanation.partition(" %), ")[2]
    return Split(
        np.flatnonzero(train),
        np.flatnonzero(held),
        f"{train.sum():,} rows to learn from and {held.sum():,} held out, {how}, whole groups on one side; "
        f"{unused:,} rows of groups on both sides of that time are used by neither",
    )


def part_groups(
    late: NDArray[np.bool_], groups: NDArray[Any], seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which early rows to learn from and which late rows to hold out, so that no group is in both.

    Args:
        late: bool [n], whether a row lies after the cut.
        groups: One value a row.
        seed: Of the choice among the groups on both sides.

    Returns:
        Two masks, bool [n].
    """
    codes = _codes(groups)
    size = int(codes.max()) + 1
    after, before = (np.bincount(codes[where], minlength=size) > 0 for where in (late, ~late))
    both = np.flatnonzero(after & before)
    held = after & ~before
    order = np.random.default_rng(seed).permutation(both)
    held[order[: round(_HELD * len(order))]] = True
    return ~late & ~held[codes], late & held[codes]


def _codes(groups: NDArray[Any]) -> NDArray[np.intp]:
    if groups.dtype == object:
        groups = np.array([f"{type(value).__name__}:{value}" for value in groups])
    return np.unique(groups, return_inverse=True)[1]
