"""The worst slices: parts of the holdout where the model does worse than on the rest, beyond chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.adjust import adjust
from interlock.report.format import listed
from interlock.validate.auc import auc, auc_interval
from interlock.validate.bootstrap import Estimate
from interlock.validate.enough import lacking
from interlock.validate.influence import (
    Influence,
    degrees_of_freedom,
    difference,
    interval,
    mean,
    p_value,
)
from interlock.validate.metrics import squared_errors
from interlock.validate.pairs import halves, worst_pairs
from interlock.validate.partitions import Partition
from interlock.validate.skill import skill

__all__ = ["SLICE_METRICS", "Slice", "worst_slices"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None

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
        conditions: Column and part of each condition, where there are two; such slices were searched for on
            one half of the rows, and all their numbers are of the other half.
        elsewhere: The skill in all other rows; None in evidence of the first format.
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
    conditions: tuple[tuple[str, str], ...] = ()
    elsewhere: Estimate | None = None

    @property
    def name(self) -> str:
        """Columns and part, such as `origin = LGA`; of one that people declared, its name."""
        if self.conditions:
            return " and ".join(f"{column} = {part}" for column, part in self.conditions)
        return f"{', '.join(self.columns)} = {self.part}" if self.columns else self.part

    @property
    def where(self) -> str:
        """The same inside a sentence."""
        if self.conditions:
            return " and ".join(f"`{column}` is {part}" for column, part in self.conditions)
        named = listed([f"`{column}`" for column in self.columns], 3) if self.columns else ""
        return (
            f"{named} {'is' if len(self.columns) == 1 else 'are'} {self.part}" if named else f"`{self.part}`"
        )


class _Rows(NamedTuple):
    task: str
    target: Floats
    prediction: Floats
    losses: Floats
    baseline_losses: Floats
    clusters: Clusters
    level: float

    def take(self, chosen: NDArray[np.bool_]) -> _Rows:
        """Return some of the rows, in their order."""
        return self._replace(
            target=self.target[chosen],
            prediction=self.prediction[chosen],
            losses=self.losses[chosen],
            baseline_losses=self.baseline_losses[chosen],
            clusters=None if self.clusters is None else self.clusters[chosen],
        )


class _Part(NamedTuple):
    rows: _Rows
    columns: tuple[str, ...]
    label: str
    inside: NDArray[np.bool_]
    conditions: tuple[tuple[str, str], ...] = ()


def worst_slices(
    task: str,
    target: Floats,
    prediction: Floats,
    baseline: Floats,
    partitions: Sequence[Partition],
    *,
    declared: Sequence[Partition] = (),
    pairs: int = 0,
    clusters: Clusters = None,
    minimum: int = 100,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Slice, ...]:
    """Compare every part of every partition with the rest of the rows, and pairs of parts.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: [n].
        prediction: [n] or [n, classes].
        baseline: Another prediction of the same shape.
        partitions: How to cut the rows, each [n].
        declared: Slices that people declared, one part each, called by its label.
        pairs: How many pairs of parts to search for; see `worst_pairs`.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        minimum: Fewest rows of a slice, and of its rest; AUC also needs 20 rows of each class in both. A
            slice of fewer than five clusters is not judged.
        level: Coverage, 0 to 1.
        seed: Of the halves, on one of which pairs are searched for and on the other measured.

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
    found = [*_parts(rows, partitions, order), *_declared(rows, declared, order)]
    found += _pairs(rows, partitions, order, pairs, minimum, seed) if pairs else []
    parts = [part for part in found if _is_enough(part, minimum)]
    slices = [_slice(part, of=len(parts)) for part in parts]
    adjusted = adjust([each.p for each in slices], "bh").p
    judged = (replace(each, adjusted=p) for each, p in zip(slices, adjusted, strict=True))
    return tuple(sorted(judged, key=lambda each: _certain_gap(each, task), reverse=True))


def _declared(rows: _Rows, declared: Sequence[Partition], order: NDArray[np.intp]) -> Iterator[_Part]:
    for partition in declared:
        yield _Part(rows, (), partition.labels[0], partition.codes[order] == 0)


def _pairs(
    rows: _Rows, partitions: Sequence[Partition], order: NDArray[np.intp], most: int, minimum: int, seed: int
) -> Iterator[_Part]:
    """Search on one half, and cut the other half."""
    searched = halves(len(order), rows.clusters, seed)
    ordered = [each._replace(codes=each.codes[order]) for each in partitions]
    found = worst_pairs(rows.losses, rows.baseline_losses, ordered, searched, minimum=minimum, most=most)
    others = rows.take(~searched)
    for pair in found:
        (one, first), (other, second) = pair.conditions
        inside = pair.inside[~searched]
        yield _Part(others, (one, other), f"{first}, {second}", inside, pair.conditions)


def _parts(rows: _Rows, partitions: Sequence[Partition], order: NDArray[np.intp]) -> list[_Part]:
    """List the parts; rows that several columns cut out alike are one part, named after all of them."""
    found: dict[bytes, _Part] = {}
    for partition in partitions:
        codes = partition.codes[order]
        for code, label in enumerate(partition.labels):
            inside = codes == code
            key = np.packbits(inside).tobytes()
            same = found.get(key)
            if same is None:
                found[key] = _Part(rows, (partition.column,), label, inside)
            elif same.label == label:
                found[key] = same._replace(columns=(*same.columns, partition.column))
    return list(found.values())


def _is_enough(part: _Part, minimum: int) -> bool:
    came = part.rows.target == 1 if part.rows.task == "binary" else None
    return not lacking(part.inside, came, part.rows.clusters, minimum)


def _slice(part: _Part, *, of: int) -> Slice:
    rows, inside = part.rows, part.inside
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
        skill=_skill(rows, inside, level=1 - (1 - rows.level) / of),
        conditions=part.conditions,
        elsewhere=_skill(rows, ~inside, level=rows.level),
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


def _skill(rows: _Rows, inside: NDArray[np.bool_], *, level: float) -> Estimate:
    clusters = None if rows.clusters is None else rows.clusters[inside]
    return skill(rows.losses[inside], rows.baseline_losses[inside], clusters, level=level)


def _spread(estimate: Influence, inside: NDArray[np.bool_]) -> Influence:
    values = np.zeros(len(inside))
    values[inside] = estimate.values
    return Influence(estimate.value, values)


def _certain_gap(found: Slice, task: str) -> float:
    return -found.gap.high if SLICE_METRICS[task][2] else found.gap.low
