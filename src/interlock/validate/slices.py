"""The worst slices: parts of the holdout where the model does worse than on the rest, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.adjust import adjust
from interlock.validate.auc import auc, auc_interval
from interlock.validate.bootstrap import Estimate
from interlock.validate.influence import (
    Influence,
    degrees_of_freedom,
    difference,
    interval,
    mean,
    p_value,
    ratio,
)
from interlock.validate.metrics import squared_errors
from interlock.validate.partitions import Partition

__all__ = ["SLICE_METRICS", "Slice", "worst_slices"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_FEWEST_OF_A_CLASS = 20  # DeLong's interval needs some of both

#: What is compared between slices, by task: its name, what people call it, and whether more of it is better.
SLICE_METRICS = {
    "binary": ("auc", "AUC", True),
    "multiclass": ("accuracy", "accuracy", True),
    "regression": ("mae", "MAE", False),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of the holdout against the rest of it.

    Args:
        columns: Whose values make the part; several where they cut out the same rows.
        part: A level, a range, or a part of the calendar.
        n: Rows in the slice.
        metric: AUC, accuracy or mean absolute error in the slice.
        gap: The slice's metric minus the rest's.
        p: Two-sided p-value of the gap.
        adjusted: The same, adjusted for all slices looked at (Benjamini and Hochberg).
        worse: Whether the gap is to the worse side.
        bias: Mean prediction minus mean target in the slice; None for `multiclass`.
        skill: The share of the baseline's squared error that the model removes in the slice, 1 at best; its
            interval holds for all slices at once (Bonferroni).
    """

    columns: tuple[str, ...]
    part: str
    n: int
    metric: Estimate
    gap: Estimate
    p: float
    adjusted: float
    worse: bool
    bias: Estimate | None
    skill: Estimate

    @property
    def name(self) -> str:
        """Columns and part, such as `origin = LGA`."""
        return f"{', '.join(self.columns)} = {self.part}"


class _Rows(NamedTuple):
    task: str
    target: Floats
    prediction: Floats
    losses: Floats
    baseline_losses: Floats
    clusters: Clusters
    level: float


class _Part(NamedTuple):
    columns: tuple[str, ...]
    label: str
    inside: NDArray[np.bool_]


def worst_slices(
    task: str,
    target: Floats,
    prediction: Floats,
    baseline: Floats,
    partitions: Sequence[Partition],
    *,
    clusters: Clusters = None,
    minimum: int = 100,
    level: float = 0.95,
) -> tuple[Slice, ...]:
    """Compare every part of every partition with the rest of the rows.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: [n].
        prediction: [n] or [n, classes].
        baseline: Another prediction of the same shape.
        partitions: How to cut the rows, each [n].
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        minimum: Fewest rows of a slice, and of its rest; AUC also needs 20 rows of each class in both.
        level: Coverage, 0 to 1.

    Returns:
        Worst first: by how much worse than the rest the slice is at least, at the interval's near end.

    Source:
        Benjamini and Hochberg (1995), Controlling the false discovery rate;
        Murphy (1988), Skill scores based on the mean square error.

    Example:
        >>> truth = np.zeros(400)
        >>> wrong = np.where(np.arange(400) < 200, 3.0, 1.0) + np.arange(400) % 2
        >>> halves = Partition("half", ("first", "second"), np.repeat([0, 1], 200))
        >>> worst_slices("regression", truth, wrong, truth + 5, [halves])[0].name
        'half = first'
    """
    order = np.argsort(prediction, kind="stable") if task == "binary" else np.arange(len(target))
    rows = _Rows(
        task,
        target[order],
        prediction[order],
        squared_errors(target, prediction)[order],
        squared_errors(target, baseline)[order],
        None if clusters is None else clusters[order],
        level,
    )
    parts = [part for part in _parts(partitions, order) if _is_enough(rows, part.inside, minimum)]
    slices = [_slice(rows, part, of=len(parts)) for part in parts]
    adjusted = adjust([each.p for each in slices], "bh").p
    found = (replace(each, adjusted=p) for each, p in zip(slices, adjusted, strict=True))
    return tuple(sorted(found, key=lambda each: _certain_gap(each, task), reverse=True))


def _parts(partitions: Sequence[Partition], order: NDArray[np.intp]) -> list[_Part]:
    """List the parts; rows that several columns cut out alike are one part, named after all of them."""
    found: dict[bytes, _Part] = {}
    for partition in partitions:
        codes = partition.codes[order]
        for code, label in enumerate(partition.labels):
            inside = codes == code
            key = np.packbits(inside).tobytes()
            same = found.get(key)
            if same is None:
                found[key] = _Part((partition.column,), label, inside)
            elif same.label == label:
                found[key] = same._replace(columns=(*same.columns, partition.column))
    return list(found.values())


def _is_enough(rows: _Rows, inside: NDArray[np.bool_], minimum: int) -> bool:
    n = int(inside.sum())
    if not minimum <= n <= len(inside) - minimum:
        return False
    if rows.task != "binary":
        return True
    ours, all_ours = int(rows.target[inside].sum()), int(rows.target.sum())
    counts = (ours, n - ours, all_ours - ours, len(inside) - n - (all_ours - ours))
    return min(counts) >= _FEWEST_OF_A_CLASS


def _slice(rows: _Rows, part: _Part, *, of: int) -> Slice:
    inside = part.inside
    name, _, higher_is_better = SLICE_METRICS[rows.task]
    clusters = None if rows.clusters is None else rows.clusters[inside]
    ours = _metric(rows, inside)
    if rows.task == "binary":
        ends = auc_interval(rows.target[inside], ours, clusters, level=rows.level)
    else:
        ends = interval(ours, clusters, level=rows.level)
    gap = difference(_spread(ours, inside), _spread(_metric(rows, ~inside), ~inside))
    freedom = degrees_of_freedom(ours, clusters)  # the slice's own: it may be of a few days
    p = p_value(gap, rows.clusters, freedom=freedom)
    ends_of_gap = interval(gap, rows.clusters, level=rows.level, freedom=freedom)
    return Slice(
        part.columns,
        part.label,
        int(inside.sum()),
        metric=Estimate(name, ours.value, *ends),
        gap=Estimate(f"{name}_gap", gap.value, *ends_of_gap),
        p=p,
        adjusted=p,
        worse=(gap.value < 0) == higher_is_better and gap.value != 0,
        bias=_bias(rows, inside, clusters),
        skill=_skill(rows, inside, clusters, level=1 - (1 - rows.level) / of),
    )


def _metric(rows: _Rows, inside: NDArray[np.bool_]) -> Influence:
    target, prediction = rows.target[inside], rows.prediction[inside]
    if rows.task == "binary":
        return auc(target, prediction)
    if rows.task == "multiclass":
        return mean((prediction.argmax(axis=1) == target).astype(np.float64))
    return mean(np.abs(prediction - target))


def _bias(rows: _Rows, inside: NDArray[np.bool_], clusters: Clusters) -> Estimate | None:
    if rows.task == "multiclass":
        return None
    bias = mean(rows.prediction[inside] - rows.target[inside])
    return Estimate("bias", bias.value, *interval(bias, clusters, level=rows.level))


def _skill(rows: _Rows, inside: NDArray[np.bool_], clusters: Clusters, *, level: float) -> Estimate:
    """Estimate one minus the ratio of squared errors; the interval is that of the ratio's logarithm."""
    ours, theirs = rows.losses[inside], rows.baseline_losses[inside]
    if not theirs.any():
        return Estimate("skill", 0.0, 0.0, 0.0)  # where the baseline makes no error, none can be removed
    share = ratio(ours, theirs)
    if share.value == 0:
        return Estimate("skill", 1.0, 1.0, 1.0)
    low, high = interval(Influence(np.log(share.value), share.values / share.value), clusters, level=level)
    return Estimate("skill", 1 - share.value, 1 - float(np.exp(high)), 1 - float(np.exp(low)))


def _spread(estimate: Influence, inside: NDArray[np.bool_]) -> Influence:
    values = np.zeros(len(inside))
    values[inside] = estimate.values
    return Influence(estimate.value, values)


def _certain_gap(found: Slice, task: str) -> float:
    return -found.gap.high if SLICE_METRICS[task][2] else found.gap.low
