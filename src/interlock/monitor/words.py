"""Differences in plain words, with amounts."""

from __future__ import annotations

from interlock.contract import Column
from interlock.monitor.apart import Apart
from interlock.profile import ColumnProfile
from interlock.report.format import number, percent

__all__ = ["distribution_moved", "rate_moved"]

_VISIBLE = 0.1  # standard deviations
_RATES = {
    "missing": "missing in {} of the rows",
    "unseen": "levels that training never saw in {} of the rows",
    "violations": "{detail} in {} of the rows",
    "refused": "{} of the rows refused",
}


def distribution_moved(column: Column, then: ColumnProfile, now: ColumnProfile, most: Apart) -> str:
    """Say how the values of a column have moved.

    Args:
        column: Its name and unit.
        then: At least one value.
        now: At least one value.
        most: How far apart they are.

    Returns:
        Such as `temp: mean 58.1 → 46.2 °F (-0.66 sd)`.

    Example:
        >>> import numpy as np
        >>> from interlock.monitor.apart import apart
        >>> from interlock.profile import Values
        >>> was, is_now = (ColumnProfile.of(Values("number", np.array(v))) for v in ([1.0, 3.0], [2.0, 5.0]))
        >>> distribution_moved(Column("wait", "number", unit="min"), was, is_now, apart(was, is_now))
        'wait: mean 2 → 3.5 min (+1.06 sd)'
    """
    if then.categories is not None and now.categories is not None:
        return f"{column.name}: {_levels_moved(then, now, most)}"
    if then.kind == "boolean":
        return f"{column.name}: true in {percent(then.mean)} → {percent(now.mean)} of the rows"
    return f"{column.name}: {_numbers_moved(then, now, most, column.unit)}"


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


def _numbers_moved(then: ColumnProfile, now: ColumnProfile, most: Apart, unit: str) -> str:
    unit = f" {unit}" if unit else ""
    if not then.std > 0:
        return f"mean {number(then.mean, 3)} → {number(now.mean, 3)}{unit} (it was constant)"
    moved = (now.mean - then.mean) / then.std
    if abs(moved) >= _VISIBLE or not isinstance(most.at, float):
        return f"mean {number(then.mean, 3)} → {number(now.mean, 3)}{unit} ({moved:+.2f} sd)"
    shares = f"at most {number(most.at, 3)}{unit} in {percent(most.then)} → {percent(most.now)} of the rows"
    return f"mean {number(now.mean, 3)}{unit} as before, {shares}"


def _levels_moved(then: ColumnProfile, now: ColumnProfile, most: Apart) -> str:
    if most.at is None:
        return f"{then.distinct:,} → {now.distinct:,} different values in {then.n:,} → {now.n:,} rows"
    told = f"{most.at!r} {percent(most.then)} → {percent(most.now)}"
    return f"other levels in {percent(most.distance)} of the rows, most of all {told}"
