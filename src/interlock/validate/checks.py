"""Checks of method: what may be wrong with how a model was made, said without stopping anything.

Each is a small function of what was measured and returns one sentence, and whether somebody should look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Checked
from interlock.develop.edges import EDGE
from interlock.develop.importance import Importance
from interlock.develop.score import losses, mean_loss
from interlock.report.format import listed, percent
from interlock.validate.check import Check

__all__ = [
    "Check",
    "Rows",
    "class_shares",
    "idle_columns",
    "overfitting",
    "overlap_in_time",
    "repeated_rows",
    "splits",
    "tuning",
    "underfitting",
]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None

_GAP = 0.1  # of the baseline's loss
_MAJORITY, _MINORITY = 0.8, 0.1
_OUTLIER = 3.5
_REPEATED = 0.01
_NAMED = 4


@dataclass(frozen=True)
class Rows:
    """Rows with what was answered.

    Args:
        target: float64 [n].
        prediction: The model's, [n] or [n, classes].
        baseline: Likewise.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
    """

    target: Floats
    prediction: Floats
    baseline: Floats
    clusters: Clusters = None


def overfitting(task: str, train: Rows, holdout: Rows) -> Check:
    """Compare the loss of rows that were learned from with that of the holdout.

    It is found where the gap is certainly more than a tenth of the baseline's loss. A holdout of later rows
    may have drifted instead.
    """
    sides = [_loss(task, each.prediction, each) for each in (train, holdout)]
    gap = sides[1][0] - sides[0][0]
    reach = math.hypot(*(high - value for value, _, high in sides))
    unit = _loss(task, holdout.baseline, holdout)[0] or 1.0
    low, high = (gap - reach) / unit, (gap + reach) / unit
    said = (
        f"a row of the holdout loses {_percents(gap / unit, low, high)} of the baseline's loss more than one "
        "that was learned from"
    )
    return Check("overfitting", low > _GAP, said)


def underfitting(task: str, train: Rows, holdout: Rows) -> Check:
    """Ask whether the model is certainly better than the baseline, on either side."""
    better = [
        name
        for name, each in (("the rows learned from", train), ("the holdout", holdout))
        if _gain(task, each)[1] > 0
    ]
    said = f"certainly better than always the same answer on {' and on '.join(better) or 'neither side'}"
    return Check("underfitting", not better, said)


def splits(values: Sequence[float], metric: str) -> Check:
    """Ask whether learning again without a part of the rows gives one model that is unlike the others.

    Source:
        Iglewicz and Hoaglin (1993), How to detect and handle outliers: the modified z-score, above 3.5.
    """
    if len(values) < 3:
        return Check("splits", found=None, sentence="the model was not learned again often enough to tell")
    apart = np.abs(np.array(values) - np.median(values))
    spread = float(np.median(apart))
    odd = int((0.6745 * apart > _OUTLIER * spread).sum()) if spread > 0 else 0
    said = f"{odd} of {len(values)} models learned again have a {metric} unlike the others"
    return Check("splits", odd > 0, said)


def class_shares(target: Floats, classes: Sequence[str]) -> Check:
    """Ask whether one of two classes has four fifths of the rows, or one of several less than a tenth."""
    if not classes:
        return Check("class_shares", found=False, sentence="a number is predicted, so there are no classes")
    shares = np.bincount(target.astype(np.intp), minlength=len(classes)) / len(target)
    if len(classes) == 2:
        most = int(shares.argmax())
        said = f"{classes[most]} has {percent(float(shares[most]))} of the rows"
        found = bool(shares[most] >= _MAJORITY)
    else:
        rare = [name for name, share in zip(classes, shares, strict=True) if share <= _MINORITY]
        said = f"{listed(rare, _NAMED) if rare else 'no class'} has less than a tenth of the rows"
        found = bool(rare)
    return Check("class_shares", found, f"{said}{': accuracy alone says little' if found else ''}")


def idle_columns(importances: Sequence[Importance]) -> Check:
    """Name the columns without which nothing is certainly lost."""
    idle = [each.column for each in importances if each.low <= 0]
    said = f"without {listed(idle, _NAMED)} nothing is certainly lost" if idle else "every column is used"
    return Check("idle_columns", bool(idle), said)


def overlap_in_time(times: Floats | None, first: float | None) -> Check:
    """Ask whether rows were learned from that are later than the first row of the holdout."""
    if times is None or first is None:
        return Check("overlap_in_time", found=False, sentence="the rows have no time")
    share = float(np.mean(times[np.isfinite(times)] > first)) if np.isfinite(times).any() else 0.0
    said = f"{percent(share)} of the rows learned from are later than the holdout's first"
    return Check("overlap_in_time", share > 0, said)


def repeated_rows(train: Checked, holdout: Checked) -> Check:
    """Count rows of the holdout whose inputs were all learned from in one row."""
    known = set(_keys(train))
    share = float(np.mean([key in known for key in _keys(holdout)]))
    said = f"{percent(share)} of the holdout's rows have the inputs of a row that was learned from"
    return Check("repeated_rows", share > _REPEATED, said)


def tuning(winner: str, names: Sequence[str], notes: Sequence[str]) -> Check:
    """Ask whether the winner was tried in several settings, and whether it stands at the edge of the search.

    Args:
        winner: What won.
        names: The candidate of each trial that came to its end.
        notes: What development noted; those on edges are taken.
    """
    edges = [note for note in notes if note.endswith(EDGE)]
    times = len(names) if winner == "blend" else sum(name == winner for name in names)
    said = f"{winner} was tried in {times} setting{'' if times == 1 else 's'}"
    return Check("tuning", times <= 1 or bool(edges), "; ".join([said, *edges]))


def _keys(checked: Checked) -> list[bytes]:
    columns = [np.ascontiguousarray(checked.numbers + 0.0)]
    rows = [row.tobytes() for row in columns[0]]
    texts = checked.string_matrix().tolist()
    return [row + "\0".join(text).encode() for row, text in zip(rows, texts, strict=True)]


def _loss(task: str, prediction: Floats, rows: Rows) -> tuple[float, float, float]:
    return mean_loss(losses(task, prediction, rows.target), rows.clusters)  # type: ignore[arg-type]


def _gain(task: str, rows: Rows) -> tuple[float, float, float]:
    ours, theirs = (losses(task, each, rows.target) for each in (rows.prediction, rows.baseline))  # type: ignore[arg-type]
    return mean_loss(theirs - ours, rows.clusters)


def _percents(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
