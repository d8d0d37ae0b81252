"""What came true against what was predicted, where outcomes have arrived, beside the holdout's evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from interlock.monitor.dependence import Days, days
from interlock.monitor.metric import Metric, enough, metrics
from interlock.report.format import number
from interlock.validate.auc import auc_interval
from interlock.validate.evidence import Evidence, bracketed
from interlock.validate.influence import Influence, degrees_of_freedom, interval, standard_error

__all__ = ["Change", "Then", "Truths", "change", "measured_then", "performance", "truths"]

Floats = NDArray[np.float64]
_FEWEST_DAYS = 5
_Z = float(ndtri(0.975))


class Truths(NamedTuple):
    """Predictions whose outcome has arrived.

    Args:
        task: `binary`, `multiclass` or `regression`.
        outcome: The class's index or the value, [n].
        prediction: [n] or, for `multiclass`, [n, classes].
        clusters: The day of each row; None where rows are taken as independent.
    """

    task: str
    outcome: Floats
    prediction: Floats
    clusters: Days

    @property
    def enough(self) -> bool:
        """Whether a metric and its interval can be computed: enough rows, and 5 days where clustered."""
        lived = _FEWEST_DAYS if self.clusters is None else len(np.unique(self.clusters))
        return enough(self.task, self.outcome) and lived >= _FEWEST_DAYS

    def take(self, rows: NDArray[np.bool_]) -> Truths:
        """Return some of the rows."""
        clusters = None if self.clusters is None else self.clusters[rows]
        return Truths(self.task, self.outcome[rows], self.prediction[rows], clusters)


class Then(NamedTuple):
    """A metric as validation measured it: value and 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """One metric now, and on the holdout.

    Args:
        metric: Such as `auc`.
        part: Of which rows, such as `origin = LGA`; empty for all.
        value: Now.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n: Rows now.
        then: On the holdout; None where it was not measured.
        worse: By how much it is worse than on the holdout, in the metric's unit; negative where better.
        floor: How much worse is worth an alarm.
        chance: How likely it is to be so much worse by chance alone; None without the holdout's.
        sentence: The same in words.
    """

    metric: str
    part: str
    value: float
    low: float
    high: float
    n: int
    then: float | None
    worse: float | None
    floor: float
    chance: float | None
    sentence: str

    @property
    def size(self) -> float:
        """How much worse, in units of the floor, to rank by; 0 where there is nothing to compare with."""
        return self.worse / self.floor if self.worse is not None and self.floor > 0 else 0.0


def truths(
    task: str, outcome: Floats, prediction: Floats, moments: Floats, arrived: NDArray[np.bool_]
) -> Truths:
    """Return the predictions whose outcome has arrived, in clusters of days.

    Args:
        task: `binary`, `multiclass` or `regression`.
        outcome: [n].
        prediction: [n] or [n, classes].
        moments: When each row happened, seconds since 1970; NaN where unknown, [n].
        arrived: Which rows have both, bool [n].
    """
    return Truths(task, outcome[arrived], prediction[arrived], days(moments[arrived]))


def performance(arrived: Truths, evidence: Evidence | None, part: str = "") -> tuple[Change, ...]:
    """Compare each metric with the holdout's.

    Args:
        arrived: Predictions with their outcomes.
        evidence: What validation measured; None where the release has none that can be read.
        part: Which rows these are; empty for all.

    Returns:
        One change a metric, the headline first; none where outcomes are too few.
    """
    if not arrived.enough:
        return ()
    then = measured_then(evidence)
    return tuple(change(arrived, metric, then.get(metric.name), part) for metric in metrics(arrived.task))


def measured_then(evidence: Evidence | None) -> Mapping[str, Then]:
    """Return the holdout's metrics that have an interval, by name."""
    return {
        each.name: Then(each.value, each.low, each.high)
        for each in (evidence.measurements if evidence else ())
        if each.low is not None and each.high is not None
    }


def change(arrived: Truths, metric: Metric, then: Then | None, part: str = "") -> Change:
    """Compare one metric with the holdout's.

    The difference has both standard errors, the holdout's from its interval, and Student's t with one degree
    of freedom for each day (or row) of now but one.

    Args:
        arrived: Predictions with their outcomes, enough of them.
        metric: Which.
        then: The holdout's; None where it has none.
        part: Which rows these are; empty for all.

    Example:
        >>> outcome = np.arange(400) % 2.0
        >>> arrived = Truths("binary", outcome, 0.25 + outcome / 2, None)
        >>> change(arrived, metrics("binary")[2], Then(0.05, 0.04, 0.06)).sentence
        'Brier score 0.0625 [0.0625, 0.0625], 0.05 on the holdout'
    """
    estimate = metric.estimate(arrived.outcome, arrived.prediction)
    low, high = _interval(metric, estimate, arrived)
    worse = None if then is None else metric.worse(estimate.value, then.value)
    told = f", {number(then.value, 3)} on the holdout" if then is not None else ""
    return Change(
        metric=metric.name,
        part=part,
        value=estimate.value,
        low=low,
        high=high,
        n=len(arrived.outcome),
        then=None if then is None else then.value,
        worse=worse,
        floor=metric.tolerance(estimate.value if then is None else then.value, arrived.outcome),
        chance=None if then is None else _chance(metric, estimate, then, arrived),
        sentence=f"{metric.label} {bracketed(estimate.value, low, high)}{told}",
    )


def _interval(metric: Metric, estimate: Influence, arrived: Truths) -> tuple[float, float]:
    if metric.name == "auc":
        return auc_interval(arrived.outcome, estimate, arrived.clusters)
    return interval(estimate, arrived.clusters)


def _chance(metric: Metric, estimate: Influence, then: Then, arrived: Truths) -> float:
    error = math.hypot(standard_error(estimate, arrived.clusters), (then.high - then.low) / (2 * _Z))
    gap = estimate.value - then.value
    if error == 0:
        return float(metric.worse(estimate.value, then.value) <= 0)
    freedom = degrees_of_freedom(estimate, arrived.clusters)
    if metric.better == "zero":
        return float(2 * stdtr(freedom, -abs(gap) / error))
    return float(stdtr(freedom, -metric.worse(estimate.value, then.value) / error))
