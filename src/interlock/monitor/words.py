"""Differences in plain words, with amounts."""

from __future__ import annotations

import math

from interlock.contract import Column
from interlock.profile import Categories, ColumnProfile
from interlock.report.format import number, percent

__all__ = ["distribution_moved", "rate_moved"]

_RATES = {
    "missing": "missing in {} of the rows",
    "unseen": "levels that training never saw in {} of the rows",
    "violations": "{detail} in {} of the rows",
    "refused": "{} of the rows refused",
}


def distribution_moved(column: Column, then: ColumnProfile, now: ColumnProfile) -> str:
    """Say how the values of a column have moved.

    Args:
        column: Its name and unit.
        then: At least one value.
        now: At least one value.

    Returns:
        Such as `temp: mean 58.1 → 46.2 °F (-0.66 sd)`.

    Example:
        >>> import numpy as np
        >>> from interlock.profile import Values
        >>> was, is_now = (ColumnProfile.of(Values("number", np.array(v))) for v in ([1.0, 3.0], [2.0, 5.0]))
        >>> distribution_moved(Column("wait", "number", unit="min"), was, is_now)
        'wait: mean 2 → 3.5 min (+1.06 sd)'
    """
    if then.categories is not None and now.categories is not None:
        return f"{column.name}: {_level_moved(then.categories, now.categories)}"
    if then.kind == "boolean":
        return f"{column.name}: true in {percent(then.mean)} → {percent(now.mean)} of the rows"
    return f"{column.name}: {_numbers_moved(then, now, column.unit)}"


def rate_moved(column: str, measure: str, share: float, share_then: float, detail: str = "") -> str:
    """Say how a share of the rows has moved.

    Args:
        column: Whose rows; empty for whole rows.
        measure: `missing`, `unseen`, `violations` or `refused`.
        share: Now.
        share_then: Then.
        detail: Which violation, or which new levels.

    Example:
        >>> rate_moved("wind", "missing", 0.4, 0.0267)
        'wind: missing in 2.7 % → 40 % of the rows'
    """
    told = _RATES[measure].format(f"{percent(share_then)} → {percent(share)}", detail=detail)
    named = f", most often {detail}" if measure == "unseen" and detail else ""
    return f"{column}: {told}{named}" if column else f"{told}{named}"


def _numbers_moved(then: ColumnProfile, now: ColumnProfile, unit: str) -> str:
    unit = f" {unit}" if unit else ""
    if not then.std > 0:
        return f"mean {number(then.mean, 3)} → {number(now.mean, 3)}{unit} (it was constant)"
    moved = (now.mean - then.mean) / then.std
    if abs(moved) >= 0.1 or math.isnan(moved):
        return f"mean {number(then.mean, 3)} → {number(now.mean, 3)}{unit} ({moved:+.2f} sd)"
    middle = (" to ".join(number(end, 3) for end in side.quantile([0.25, 0.75])) for side in (then, now))
    return f"mean {number(now.mean, 3)}{unit} as before, its middle half {' → '.join(middle)}{unit}"


def _level_moved(then: Categories, now: Categories) -> str:
    if not (then.exact and now.exact):
        return f"{then.distinct:,} → {now.distinct:,} different values in {then.n:,} → {now.n:,} rows"
    shares = {
        level: (then.counts.get(level, 0) / then.n, now.counts.get(level, 0) / now.n)
        for level in then.counts.keys() | now.counts.keys()
    }
    most = max(shares, key=lambda level: (abs(shares[level][1] - shares[level][0]), level))
    before, after = shares[most]
    return f"{most!r} {percent(before)} → {percent(after)} of the rows, the most of its levels"
