"""Against the release in production: both answer the same rows, so what makes a day hard for both cancels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.validate.auc import auc
from interlock.validate.average_precision import average_precision
from interlock.validate.bootstrap import Estimate, compare
from interlock.validate.influence import difference, interval
from interlock.validate.metrics import Metric, squared_errors
from interlock.validate.skill import skill_difference

__all__ = ["Compared", "Production", "Rival", "against"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_REPLICATES = 1000


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric of both models on the same rows.

    Args:
        name: Such as `auc`.
        label: For people.
        ours: Of the model on trial.
        theirs: Of the release in production.
        gain: How much better ours is, positive where it is; its interval is paired.
    """

    name: str
    label: str
    ours: float
    theirs: float
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Production:
    """The model on trial against the release in production.

    Args:
        release: Its folder's name.
        digest: Its digest.
        n: Rows that both were asked.
        refused: Rows of the holdout that its contract refuses.
        metrics: Each metric of the task, the first one first.
        skill: How much more of the baseline's squared error is gone; negative where it is less.
    """

    release: str
    digest: str
    n: int
    refused: int
    metrics: tuple[Compared, ...]
    skill: Estimate


class Rival(NamedTuple):
    """What the release in production answers.

    Args:
        release: Its folder's name.
        digest: Its digest.
        prediction: [n] or [n, classes], of the rows in use.
        taken: [n], the rows that its contract takes.
    """

    release: str
    digest: str
    prediction: Floats
    taken: NDArray[np.bool_]


def against(
    task: str,
    target: Floats,
    ours: Floats,
    baseline: Floats,
    rival: Rival,
    metrics: Sequence[Metric],
    *,
    clusters: Clusters = None,
    seed: int = 0,
) -> Production:
    """Compare two models on the rows that both take.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: [n].
        ours: What the model on trial answers, [n] or [n, classes].
        baseline: What the baseline says.
        rival: The release in production.
        metrics: Those of the task.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        seed: Of the bootstrap.

    Returns:
        Both values of each metric and the paired gain: BCa bootstrap of whole clusters; for the AUC the
        difference of two correlated areas.

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver
        operating characteristic curves; by clusters Obuchowski (1997).
    """
    rows = rival.taken
    target, ours, theirs, baseline = target[rows], ours[rows], rival.prediction[rows], baseline[rows]
    if clusters is not None:
        clusters = np.unique(clusters[rows], return_inverse=True)[1].astype(np.int64)
    estimates = {
        each.name: each
        for each in compare(
            target, ours, theirs, metrics, clusters=clusters, replicates=_REPLICATES, seed=seed
        )
    }
    found = [
        Compared(
            metric.name,
            metric.label,
            estimates[metric.name].value,
            metric.value(target, theirs),
            estimates[f"{metric.name}_improvement"],
        )
        for metric in metrics
        if np.isfinite(estimates[f"{metric.name}_improvement"].value)
    ]
    mine, others, nothing = (squared_errors(target, each) for each in (ours, theirs, baseline))
    return Production(
        rival.release,
        rival.digest,
        int(rows.sum()),
        int((~rows).sum()),
        (*(_areas(target, ours, theirs, clusters) if task == "binary" else ()), *found),
        skill_difference(mine, others, nothing, clusters),
    )


def _areas(target: Floats, ours: Floats, theirs: Floats, clusters: Clusters) -> tuple[Compared, ...]:
    one, other = auc(target, ours), auc(target, theirs)
    gap = difference(one, other)
    gain = Estimate("auc_improvement", gap.value, *interval(gap, clusters))
    first, second = average_precision(target, ours), average_precision(target, theirs)
    more = difference(first, second)
    precision = Estimate("average_precision_improvement", more.value, *interval(more, clusters))
    return (
        Compared("auc", "AUC", one.value, other.value, gain),
        Compared("average_precision", "average precision", first.value, second.value, precision),
    )
