"""Growth: whether a level rises or falls over the time of the table."""

from __future__ import annotations

import math

import numpy as np

from interlock.explore.findings.course import YEAR, Course, amount, picture, size_of, subject, worth
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.findings.moving import Moving
from interlock.explore.statistics.estimate import Estimate
from interlock.report.format import count, percent

__all__ = ["trend_finding"]

_WEIGHT = {"target": 0.4, "rows": 0.12, "input": 0.2, "missing": 0.2}


def trend_finding(each: Moving, found: Course) -> Finding | None:
    """Return the finding that a level grows or falls, where that is worth a sentence.

    Args:
        each: What is followed.
        found: How it went. Over less than two years the effect is the change over the whole time, and the
            sentence says that a season may be behind it; of inputs nothing is said then.

    Returns:
        None where the interval of the change holds one too small to mention; and where, over less than two
        years, the level itself does not end where the slope leads: a slope beside a step back is a season.
    """
    change = _scaled(found.slope, found.years)
    if not worth(each, found, change) or (each.role in ("input", "missing") and not found.steady):
        return None
    if not found.steady and not _is_seen(found, change):
        return None
    effect = found.slope if found.steady else change
    weight = _WEIGHT[each.role]
    severity = weight + 0.3 * weight * min(size_of(each, found, change), 2.0)
    sentence, method = _sentence(each, found, effect), _method(each, found)
    return finding("trend", each.columns, sentence, effect, method, severity, picture(each, found))


def _sentence(each: Moving, found: Course, effect: Estimate) -> str:
    way = "grows" if effect.value > 0 else "falls"
    size = f"{amount(each, abs(effect.value))} {'a year' if found.steady else 'in all'}"
    end = "." if found.steady else ": less than two years cannot tell growth from a season."
    return f"{subject(each)} {way} by {size}{_relative(each, found, effect)}, {_ends(each, found)}{end}"


def _method(each: Moving, found: Course) -> str:
    what = f"{count(found.slope.n)} {found.series.unit} {'counts' if each.role == 'rows' else 'means'}"
    return f"slope of {what} beside their seasons by least squares on {each.note}; cosine long-run variance"


def _relative(each: Moving, found: Course, effect: Estimate) -> str:
    middle = float(np.nanmean(found.values))
    if each.shown.startswith("share") or middle <= 0 or float(np.nanmin(found.values)) < 0:
        return ""
    return f" ({percent(abs(effect.value) / middle)} of the mean)"


def _ends(each: Moving, found: Course) -> str:
    """Say what the level was in the first and in the last year, or in the first and the last fifth."""
    part = "year" if found.steady else "fifth of the time"
    unit = f" a {found.series.unit}" if each.role == "rows" else ""
    before, after = ("–" if math.isnan(level) else amount(each, level) for level in _levels(found))
    return f"from {before}{unit} in the first {part} to {after}{unit} in the last"


def _levels(found: Course) -> tuple[float, float]:
    starts, values = found.series.starts, found.values
    length = YEAR if found.steady else 0.2 * (starts[-1] - starts[0])
    first, last = values[starts < starts[0] + length], values[starts > starts[-1] - length]
    before, after = (
        float(np.nanmean(part)) if np.isfinite(part).any() else math.nan for part in (first, last)
    )
    return before, after


def _is_seen(found: Course, change: Estimate) -> bool:
    """Whether the level of the last fifth lies beyond that of the first by half of the change at least."""
    before, after = _levels(found)
    return (after - before) / change.value >= 0.5


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    value, low, high = (end * factor for end in estimate[:3])
    return Estimate(value, low, high, estimate.n, estimate.log_p)
