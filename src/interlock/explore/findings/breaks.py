"""Breaks: where a level jumps, and stays."""

from __future__ import annotations

import numpy as np

from interlock.explore.findings.course import Course, amount, picture, size_of, subject, worth
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.findings.moving import Moving
from interlock.report.format import count, moment

__all__ = ["break_finding"]

_WEIGHT = {"target": 0.5, "rows": 0.25, "input": 0.35, "missing": 0.4}


def break_finding(each: Moving, found: Course) -> Finding | None:
    """Return the finding that a level jumps, where that is worth a sentence.

    Args:
        each: What is followed.
        found: How it went.

    Returns:
        None where no step fits better than a curve, or its interval holds one too small to mention.
    """
    if found.step is None or not worth(each, found, found.step.size):
        return None
    size, place = found.step.size, found.step.place
    before, after = (amount(each, float(np.nanmean(part))) for part in np.split(found.values, [place]))
    unit = f" a {found.series.unit}" if each.role == "rows" else ""
    when = moment(float(found.series.starts[place]), clock=found.series.unit == "hour")
    way = "up" if size.value > 0 else "down"
    sentence = (
        f"{subject(each)} jumps {way} by {amount(each, abs(size.value))}{unit} beside trend and season "
        f"around {when}: on average {before}{unit} before and {after}{unit} after, trend and season included."
    )
    method = (
        f"largest step in {count(size.n)} {found.series.unit}s beside trend and season on {each.note}; sup-t "
        "test with a cosine long-run variance, interval given the date"
    )
    weight = _WEIGHT[each.role]
    severity = weight + 0.3 * weight * min(size_of(each, found, size), 2.0)
    return finding("break", each.columns, sentence, size, method, severity, picture(each, found))
