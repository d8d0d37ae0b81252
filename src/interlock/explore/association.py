"""How each column is related to the target: one effect size a column, with its interval and its test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.contract.labels import labels
from interlock.explore.sample import Sample
from interlock.explore.statistics.auc import auc
from interlock.explore.statistics.correlation_ratio import correlation_ratio
from interlock.explore.statistics.cramers_v import cramers_v, pooled
from interlock.explore.statistics.discoveries import discoveries
from interlock.explore.statistics.estimate import Estimate
from interlock.explore.statistics.log_tail import two_sided
from interlock.explore.statistics.ranked import ranked
from interlock.explore.statistics.spearman import spearman
from interlock.profile import Values
from interlock.report import Chart, Intervals

__all__ = ["Association", "associations", "in_groups", "is_known", "target_values"]

Measure = Literal["AUC", "Cramér's V", "eta", "Spearman's rho"]

#: A test needs so many rows, and so many in the smallest class or of those that are missing.
_ROWS, _CLASS = 20, 5
#: Relations are notable when their interval lies above this strength.
_WEAK = 0.02
#: A number is cut into so many groups of equal size, to see relations that do not only rise or fall.
_GROUPS = 10


@dataclass(frozen=True, slots=True)
class Association:
    """How one column is related to the target.

    Args:
        column: Its name.
        about: Whether it is about the column's `value`, or about whether it is `missing`.
        measure: The effect size: `AUC` (number, two classes), `eta` (number and classes, category and
            number), `Spearman's rho` (two numbers), `Cramér's V` (category and classes). A number that
            neither rises nor falls with the target throughout is cut into about ten groups, for `Cramér's V`
            or `eta`.
        value: The estimate on the measure's own scale.
        low: The lower end of its 95 % interval.
        high: The upper end.
        strength: The estimate on a common scale, 0 (none) to 1 (it determines the target): |2 AUC - 1|, V,
            eta
            or |rho|.
        strength_low: The lower end on that scale; 0 where the interval holds no effect.
        strength_high: The upper end.
        log_p: The natural logarithm of the p-value of no relation.
        n: Rows with both values.
        discovered: Whether it holds among all columns that were tested (Benjamini-Hochberg, 1 %).
    """

    column: str
    about: Literal["value", "missing"]
    measure: Measure
    value: float
    low: float
    high: float
    strength: float
    strength_low: float
    strength_high: float
    log_p: float
    n: int
    discovered: bool = False

    @property
    def p(self) -> float:
        """The p-value; 0.0 where it is below 1e-323, so print and keep `log_p`."""
        return math.exp(self.log_p)

    @property
    def notable(self) -> bool:
        """Whether it holds and is worth a sentence: with many rows the weakest relations hold, too."""
        return self.discovered and self.strength_low >= _WEAK

    @property
    def picture(self) -> Chart:
        """The estimate and its interval, to be drawn."""
        rising = self.measure in ("AUC", "Spearman's rho")
        return Intervals(
            title=f"{self.measure} of {self.shown} and the target",
            labels=(self.shown,),
            values=(self.value,),
            low=(self.low,),
            high=(self.high,),
            n=self.n,
            x_title=self.measure,
            baseline=(0.5 if self.measure == "AUC" else 0.0) if rising else None,
            note="95 % interval" + ("; dashed: no relation" if rising else ""),
        )

    @property
    def shown(self) -> str:
        """What it is about, for people: the column, or that it is missing."""
        return self.column if self.about == "value" else f"{self.column} is missing"

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib; see `Chart.plot`."""
        return self.picture.plot(ax)


def associations(sample: Sample, contract: Contract) -> tuple[Association, ...]:
    """Return the relation of each input with the target, the strongest first.

    Args:
        sample: Rows of the table, the target's column among them.
        contract: With a target; its inputs are tested.

    Returns:
        One for each input's values, and one for each input that is missing in at least five rows.
    """
    target = target_values(sample, contract)
    found: list[Association] = []
    for column in contract.inputs:
        found.extend(_of_column(column.name, sample.columns[column.name], target, contract))
    held = discoveries([each.p for each in found])
    marked = [replace(each, discovered=bool(hold)) for each, hold in zip(found, held, strict=True)]
    return tuple(sorted(marked, key=lambda each: (-each.strength, each.column, each.about)))


def target_values(sample: Sample, contract: Contract) -> NDArray[np.float64]:
    """Return the target of the sample: the class or the value, NaN where it is missing."""
    if contract.target is None:
        return np.full(sample.rows, np.nan)
    return labels(contract, sample.columns[contract.target.name])


def is_known(values: Values) -> NDArray[np.bool_]:
    """Return where a column holds a value that is not null, NaN or infinite."""
    known = np.ones(len(values.data), bool) if values.valid is None else values.valid.copy()
    return known & np.isfinite(values.data) if values.kind == "number" else known


def _of_column(
    name: str, values: Values, target: NDArray[np.float64], contract: Contract
) -> Iterator[Association]:
    with_target, known = ~np.isnan(target), is_known(values)
    rows = with_target & known
    if _enough(target[rows], contract):
        yield _of_values(name, values, target, rows, contract)
    missing = int((with_target & ~known).sum())
    if min(missing, int(rows.sum())) >= _CLASS and _enough(target[with_target], contract):
        yield _of_gaps(name, known[with_target], target[with_target], contract)


def _enough(target: NDArray[np.float64], contract: Contract) -> bool:
    if len(target) < _ROWS:
        return False
    if contract.task == "regression":
        return True
    sizes = np.bincount(target.astype(np.int64))
    return len(sizes) > 1 and int(np.sort(sizes)[-2]) >= _CLASS


def _of_values(
    name: str, values: Values, target: NDArray[np.float64], rows: NDArray[np.bool_], contract: Contract
) -> Association:
    goal = target[rows]
    if values.kind == "string":
        codes = values.data[rows].astype(np.int64)
        if contract.task == "regression":
            return _scaled(name, "value", "eta", correlation_ratio(goal, _without_rare(codes)))
        return _scaled(name, "value", "Cramér's V", cramers_v(pooled(_cross(codes, goal))))
    numbers = values.data[rows].astype(np.float64)
    if contract.task == "multiclass":
        return _scaled(name, "value", "eta", correlation_ratio(numbers, goal.astype(np.int64)))
    groups = in_groups(numbers)
    if contract.task == "binary":
        rising = _scaled(name, "value", "AUC", _auc(numbers, goal))
        other = _scaled(name, "value", "Cramér's V", cramers_v(pooled(_cross(groups, goal))))
    else:
        rising = _scaled(name, "value", "Spearman's rho", spearman(numbers, goal))
        other = _scaled(name, "value", "eta", correlation_ratio(goal, groups))
    return _stronger(rising, other)


def _stronger(rising: Association, other: Association) -> Association:
    """Return the one that shows more, its p-value doubled as two were tried (Bonferroni)."""
    chosen = other if other.strength_low > rising.strength else rising
    return replace(chosen, log_p=two_sided(min(rising.log_p, other.log_p)))


def _of_gaps(
    name: str, known: NDArray[np.bool_], target: NDArray[np.float64], contract: Contract
) -> Association:
    missing = (~known).astype(np.int64)
    if contract.task == "regression":
        return _scaled(name, "missing", "eta", correlation_ratio(target, missing))
    return _scaled(name, "missing", "Cramér's V", cramers_v(_cross(missing, target)))


def in_groups(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the group of each number: its own where they are few, else one of about ten of equal size.

    Args:
        numbers: Finite, shape [n].

    Returns:
        Groups 0 to k - 1 in the order of the numbers, shape [n].

    Example:
        >>> in_groups(np.array([5.0, 1.0, 5.0, 3.0])).tolist()
        [2, 0, 2, 1]
    """
    distinct, place = ranked(numbers)
    if len(distinct) <= 2 * _GROUPS:
        return place
    in_order = np.repeat(distinct, np.bincount(place))  # a quantile of sorted numbers is found faster
    cuts = np.unique(np.quantile(in_order, np.linspace(0, 1, _GROUPS + 1)[1:-1]))
    return _without_gaps(np.searchsorted(cuts, distinct, side="left"))[place]


def _without_gaps(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber small whole numbers to 0 to k - 1, in their order; counting is faster than sorting."""
    used = np.bincount(codes) > 0
    return (np.cumsum(used) - 1)[codes]


def _auc(numbers: NDArray[np.float64], target: NDArray[np.float64]) -> Estimate:
    distinct, place = ranked(numbers)
    positives = np.bincount(place[target == 1], minlength=len(distinct))
    return auc(positives, np.bincount(place, minlength=len(distinct)) - positives)


def _cross(codes: NDArray[np.int64], target: NDArray[np.float64]) -> NDArray[np.int64]:
    place = _without_gaps(codes)
    classes = int(target.max()) + 1
    counts = np.bincount(
        place * classes + target.astype(np.int64), minlength=(int(place.max()) + 1) * classes
    )
    return counts.reshape(-1, classes).astype(np.int64)


def _without_rare(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return groups 0 to k - 1, levels of fewer than five rows together."""
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    groups = np.where(counts[place] < _CLASS, len(counts), place)
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _scaled(name: str, about: Literal["value", "missing"], measure: Measure, found: Estimate) -> Association:
    ends = [2 * end - 1 if measure == "AUC" else end for end in found[:3]]
    value, low, high = (abs(end) for end in ends)
    crosses = ends[1] <= 0 <= ends[2]
    return Association(
        name,
        about,
        measure,
        *found[:3],
        strength=value,
        strength_low=0.0 if crosses else min(low, high),
        strength_high=max(low, high),
        log_p=found.log_p,
        n=found.n,
    )
