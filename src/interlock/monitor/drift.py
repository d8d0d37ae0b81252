"""One column then and now: what has moved, by how much, and how likely that is without any drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from interlock.contract import Column
from interlock.monitor import chance
from interlock.monitor.apart import Apart, apart
from interlock.monitor.words import distribution_moved, rate_moved
from interlock.profile import Categories, ColumnProfile

__all__ = ["FLOOR", "Measure", "Shift", "of_rate", "shifts"]

Measure = Literal["distribution", "missing", "unseen", "violations", "refused"]

#: The smallest distance worth an alarm: a tenth of the rows would have to change their value.
FLOOR = 0.1


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference between the release's profile and the traffic's.

    Args:
        column: Of which column; `prediction` of the answers, empty of whole rows.
        measure: What was compared: the `distribution` of the values, or the share of rows that are `missing`
            a value, hold a level `unseen` in training, break a rule (`violations`) or were `refused`.
        effect: The size: Kolmogorov-Smirnov distance for numbers, total variation for categories, both 0
            to 1; Cohen's h for shares, 0 to pi.
        floor: The smallest effect worth an alarm.
        chance: How likely so large an effect is without drift; an upper bound.
        n: Rows now.
        n_then: Rows then.
        sentence: The same in words, with amounts.
    """

    column: str
    measure: Measure
    effect: float
    floor: float
    chance: float
    n: int
    n_then: int
    sentence: str

    @property
    def size(self) -> float:
        """The effect in units of its floor, to rank by."""
        return self.effect / self.floor


def shifts(
    column: Column, then: ColumnProfile, now: ColumnProfile, *, design: float = 1.0, floor: float = FLOOR
) -> list[Shift]:
    """Compare a column's profile with the release's.

    Args:
        column: Of the contract: its name and unit.
        then: The release's profile.
        now: The traffic's.
        design: How many rows tell as much of the distribution as one that stands alone. Shares of rows that
            are missing a value or hold a new level are faults, not weather: there each row counts.
        floor: The smallest distance worth an alarm; twice that for Cohen's h.

    Returns:
        One shift a measure that applies.

    Example:
        >>> from interlock.profile import Values
        >>> was, is_now = (ColumnProfile.of(Values("number", np.arange(n) % 10.0)) for n in (50_000, 6))
        >>> [round(shift.chance, 2) for shift in shifts(Column("x", "number"), was, is_now)]
        [0.29, 1.0]
    """
    most = apart(then, now)
    found = [] if most is None else [_distribution(column, then, now, most, design, floor)]
    missing, missing_then = now.nulls + now.nans, then.nulls + then.nans
    found.append(of_rate(column.name, "missing", missing, now.rows, missing_then, then.rows, floor=floor))
    return [*found, *_unseen(column, then, now, floor)]


def of_rate(
    column: str,
    measure: Measure,
    count: int,
    n: int,
    count_then: int,
    n_then: int,
    *,
    floor: float = FLOOR,
    detail: str = "",
) -> Shift:
    """Compare two shares of rows.

    Args:
        column: Whose rows; empty for whole rows.
        measure: What the rows have in common.
        count: Of `n` rows now.
        n: Rows now, at least 1.
        count_then: Of `n_then` rows then.
        n_then: Rows then, at least 1.
        floor: Half the smallest Cohen's h worth an alarm.
        detail: Which violation, or which new levels.
    """
    share, share_then = count / n, count_then / n_then
    return Shift(
        column,
        measure,
        abs(chance.cohen_h(share, share_then)),
        2 * floor,
        chance.of_rates(count, n, count_then, n_then),
        n,
        n_then,
        rate_moved(column, measure, share, share_then, detail),
    )


def _distribution(
    column: Column, then: ColumnProfile, now: ColumnProfile, most: Apart, design: float, floor: float
) -> Shift:
    if then.categories is not None and now.categories is not None:
        shares = _shares(then.categories, now.categories)
        bound = chance.of_total_variation(most.distance, shares, now.n, then.n, design)
    else:
        bound = chance.of_ks(most.distance, now.n, then.n, design)
    sentence = distribution_moved(column, then, now, most)
    return Shift(column.name, "distribution", most.distance, floor, bound, now.n, then.n, sentence)


def _shares(then: Categories, now: Categories) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the share of each level, or of each bucket of hashes, over both samples together."""
    if then.exact and now.exact:
        counts_then, counts = then.counts, now.counts
        levels = counts_then.keys() | counts.keys()
        both = np.array([counts_then.get(level, 0) + counts.get(level, 0) for level in levels])
    else:
        both = then.buckets() + now.buckets()
    return np.asarray(both / both.sum(), np.float64)


def _unseen(column: Column, then: ColumnProfile, now: ColumnProfile, floor: float) -> Iterator[Shift]:
    """Compare the share of rows with new levels to what is to be expected of the next rows of training.

    Source:
        I. Good, The population frequencies of species and the estimation of population parameters (1953): the
        levels that occurred once, over the rows, estimate the share of the next rows with a new level.
    """
    seen, held = then.categories, now.categories
    if seen is None or held is None or not (seen.exact and held.exact and seen.n and held.n):
        return
    known = seen.counts
    new = {level: count for level, count in held.counts.items() if level not in known}
    once = sum(count == 1 for count in known.values())
    detail = ", ".join(repr(level) for level in sorted(new, key=lambda level: (-new[level], level))[:3])
    yield of_rate(column.name, "unseen", sum(new.values()), held.n, once, seen.n, floor=floor, detail=detail)
