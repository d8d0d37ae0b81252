"""Whether intervals hold the truth as often as they promise, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import wilson_interval
from interlock.report.format import percent
from interlock.validate.bootstrap import Estimate
from interlock.validate.calibration import effective_n
from interlock.validate.evidence import Covered, Gate, Measurement, measured
from interlock.validate.influence import interval, mean
from interlock.validate.judgement import Findings, not_measured
from interlock.validate.partitions import Partition

__all__ = ["coverage_by_slice", "judge_coverage", "measure_coverage"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_FEWEST = 30  # rows of a slice


def measure_coverage(
    level: float, ends: Floats, target: Floats, *, clusters: Clusters = None, grouping: str = "rows"
) -> tuple[Measurement, ...]:
    """Measure how many rows lie inside, what was promised, and the mean width.

    Args:
        level: The share of rows that is to lie inside.
        ends: float64 [n, 2].
        target: float64 [n].
        clusters: int64 [n], numbered groups of rows that stand or fall together; None: rows are independent.
        grouping: What the groups are called.
    """
    n = len(target)
    inside, width = mean(_inside(ends, target)), mean(ends[:, 1] - ends[:, 0])
    covered = Estimate(
        "interval_coverage", inside.value, *wilson_interval(inside.value, effective_n(inside, clusters))
    )
    wide = Estimate("interval_width", width.value, *interval(width, clusters))
    asked = Measurement(
        "interval_level", "share asked for", level, None, None, n, "[develop] interval", "model"
    )
    return (
        measured(covered, "share of rows inside their interval", n, f"Wilson, {grouping}"),
        asked,
        measured(wide, "mean width of the intervals", n, f"Student's t, {grouping}"),
    )


def coverage_by_slice(
    ends: Floats, target: Floats, partitions: Sequence[Partition], *, clusters: Clusters = None
) -> tuple[Covered, ...]:
    """Return coverage and width in each part of at least 30 rows, the least covered first.

    They inform and are no gate: what is promised holds for all rows together.
    """
    inside, width = _inside(ends, target), ends[:, 1] - ends[:, 0]
    found = []
    for partition in partitions:
        for code, label in enumerate(partition.labels):
            rows = partition.codes == code
            if rows.sum() < _FEWEST:
                continue
            share = mean(inside[rows])
            n = effective_n(share, None if clusters is None else clusters[rows])
            low, high = wilson_interval(share.value, n)
            found.append(
                Covered(
                    f"{partition.column} = {label}",
                    int(rows.sum()),
                    share.value,
                    low,
                    high,
                    float(width[rows].mean()),
                )
            )
    return tuple(sorted(found, key=lambda each: each.share))


def judge_coverage(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge the coverage: not certainly below what was asked for, less a tolerance."""
    found, asked = (findings.measurements.get(each) for each in ("interval_coverage", "interval_level"))
    if found is None or asked is None or found.high is None:
        return not_measured(name, threshold, "the model gives no intervals")
    least = asked.value - threshold
    sentence = (
        f"{percent(found.value)} of the rows lie inside their interval [{percent(found.low or 0.0)}, "
        f"{percent(found.high)}], {percent(asked.value)} were asked for; "
        f"asked: not certainly below {percent(least)}"
    )
    return Gate(
        name, found.value, found.low, found.high, threshold, passed=found.high >= least, sentence=sentence
    )


def _inside(ends: Floats, target: Floats) -> Floats:
    return np.asarray((ends[:, 0] <= target) & (target <= ends[:, 1]), np.float64)
