"""The model card's pictures as values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.profile import Profile
from interlock.report import Calibration, Compare, Intervals, Ranking
from interlock.validate.evidence import Evidence
from interlock.validate.slices import SLICE_METRICS

__all__ = ["calibration_chart", "leaderboard_chart", "scores_chart", "slices_chart"]

_SHOWN_SLICES = 20
_BINS = 40
#: Widths of the bins of probabilities, the finest last but for one.
_STEPS = tuple(part * 10.0**-power for power in range(9, 1, -1) for part in (1.0, 2.5, 5.0))


def calibration_chart(evidence: Evidence) -> Calibration:
    """Return what was predicted against what happened."""
    bins = evidence.calibration.bins
    value = evidence.task == "regression"
    return Calibration(
        title="Predicted and observed",
        n=evidence.rows.used,
        note="95 % intervals",
        x_title="mean prediction" if value else "predicted probability",
        y_title="mean of the target" if value else "share that came true",
        predicted=tuple(each.predicted for each in bins),
        observed=tuple(each.observed for each in bins),
        low=tuple(each.low for each in bins),
        high=tuple(each.high for each in bins),
        counts=tuple(each.n for each in bins),
    )


def slices_chart(evidence: Evidence) -> Intervals:
    """Return the worst slices against the rest; there is at least one."""
    shown = evidence.slices[:_SHOWN_SLICES]
    return Intervals(
        title="The slices furthest behind the rest",
        n=evidence.rows.used,
        note="95 % intervals; the dashed line is no difference",
        x_title=f"{SLICE_METRICS[evidence.task][1]}, slice minus rest",
        labels=tuple(each.name for each in shown),
        values=tuple(each.gap.value for each in shown),
        low=tuple(each.gap.low for each in shown),
        high=tuple(each.gap.high for each in shown),
        counts=tuple(each.n for each in shown),
        baseline=0.0,
    )


def leaderboard_chart(evidence: Evidence) -> Ranking:
    """Return how the candidates compared; there is at least one."""
    entries = evidence.leaderboard
    known = all(entry.low is not None for entry in entries)
    return Ranking(
        title="Candidates in development",
        x_title=entries[0].metric,
        labels=tuple(entry.name for entry in entries),
        values=tuple(entry.value for entry in entries),
        low=tuple(entry.low or 0.0 for entry in entries) if known else (),
        high=tuple(entry.high or 0.0 for entry in entries) if known else (),
        chosen=next((entry.name for entry in entries if entry.chosen), ""),
    )


def scores_chart(evidence: Evidence, scores: Profile) -> Compare:
    """Return the predictions of a `binary` task by what came true.

    Args:
        evidence: What validation found.
        scores: The profile of the predictions, with `prediction|0` and `prediction|1`.
    """
    edges = _edges(scores)
    first, second = (_shares(scores, column, edges) for column in ("prediction|0", "prediction|1"))
    return Compare(
        title="Predictions by what came true",
        n=evidence.rows.used,
        x_title="predicted probability",
        left=tuple(edges[:-1].tolist()),
        right=tuple(edges[1:].tolist()),
        first=first,
        second=second,
        names=(evidence.classes[0], evidence.classes[1]),
    )


def _edges(scores: Profile) -> NDArray[np.float64]:
    """Return some 40 bins from the lowest to the highest prediction, at round numbers."""
    low, high = scores["prediction"].minimum, scores["prediction"].maximum
    step = next(each for each in _STEPS if (high - low) / each <= _BINS)
    return np.arange(np.floor(low / step), max(np.ceil(high / step), np.floor(low / step) + 1) + 1) * step


def _shares(scores: Profile, column: str, edges: NDArray[np.float64]) -> tuple[float, ...]:
    histogram = scores[column].histogram
    if histogram is None:
        return ()
    return tuple(np.diff(histogram.cdf(edges)).tolist())
