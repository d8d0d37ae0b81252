"""What was made of some rows, kept for the next one that asks for the same: a table is binned once a fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from interlock.develop.sample import Sample

__all__ = ["MOST", "MOST_CELLS", "Kept", "recall"]

Made = TypeVar("Made")

#: Entries at most: two settings that need tables of their own, in five folds each.
MOST = 10
#: Cells of all entries at most: 25 million are 200 MB as doubles, and an eighth of it as bins.
MOST_CELLS = 25_000_000

#: What was asked for, and what was made of it, the latest last.
Kept = list[tuple[tuple[object, ...], Made]]


def recall(kept: Kept[Made], asked: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """Return what was made for the same question, or make it and forget what was longest not asked for.

    Args:
        kept: What is remembered; it changes in place.
        asked: What it is made of. Numbers are the same where they are equal, all else where it is one object:
            to compare rows by what they hold would take as long as what is saved.
        make: Makes it.

    Returns:
        The very object that was made before, where it is still there. At most `MOST` are, of `MOST_CELLS`
        cells together; the one asked for always.

    Example:
        >>> kept: Kept[str] = []
        >>> recall(kept, (1,), lambda: "first"), recall(kept, (1,), lambda: "again")
        ('first', 'first')
    """
    found = next((entry for entry in kept if _same(entry[0], asked)), None)
    if found is None:
        while kept and (
            len(kept) >= MOST or _cells(asked) + sum(_cells(had) for had, _ in kept) > MOST_CELLS
        ):
            del kept[0]  # before another is made, so that both are never in memory
        found = (asked, make())
    else:
        kept[:] = [entry for entry in kept if entry is not found]
    kept.append(found)
    return found[1]


def _same(had: tuple[object, ...], asked: tuple[object, ...]) -> bool:
    return len(had) == len(asked) and all(
        one is other or (isinstance(one, int | float) and one == other)
        for one, other in zip(had, asked, strict=True)
    )


def _cells(asked: tuple[object, ...]) -> int:
    return sum(len(each) * each.columns for each in asked if isinstance(each, Sample))
