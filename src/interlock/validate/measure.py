"""Every number with a name: from predictions and a holdout to measurements."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from interlock.validate.auc import auc, auc_interval
from interlock.validate.average_precision import average_precision, average_precision_interval
from interlock.validate.bootstrap import Estimate, compare
from interlock.validate.calibration import Calibration, calibrate, confidence
from interlock.validate.evidence import Measurement, measured
from interlock.validate.influence import difference, interval
from interlock.validate.metrics import metrics_for

__all__ = ["measure_calibration", "measure_metrics"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_REPLICATES = 1000
#: What a baseline that says the same of every row cannot be compared in.
_NO_GAIN = ("precision_improvement", "recall_improvement", "lift_improvement")


def measure_metrics(
    task: str,
    target: Floats,
    prediction: Floats,
    baseline: Floats,
    *,
    clusters: Clusters = None,
    grouping: str = "rows",
    origin: str = "the training rows",
    threshold: float = 0.5,
    seed: int = 0,
) -> tuple[Measurement, ...]:
    """Measure each metric of the task, and its paired improvement on the baseline.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: [n].
        prediction: [n] or [n, classes].
        baseline: The same shape.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        grouping: What the groups are called.
        origin: Where the baseline is from.
        threshold: From which probability on the positive class is said.
        seed: Of the bootstrap.

    Returns:
        `<metric>` and `<metric>_improvement`; a metric that is not defined here is left out.
    """
    classes = prediction.shape[1] if prediction.ndim == 2 else 2
    metrics = metrics_for(task, threshold=threshold, classes=classes)
    labels = {metric.name: metric.label for metric in metrics}
    gains = {f"{name}_improvement": f"{label}, gain on the baseline" for name, label in labels.items()}
    estimates = compare(
        target, prediction, baseline, metrics, clusters=clusters, replicates=_REPLICATES, seed=seed
    )
    method = f"BCa bootstrap of {grouping}"
    found = []
    for each in estimates:
        gained = f", baseline from {origin}" if each.name in gains else ""
        if math.isfinite(each.value) and each.name not in _NO_GAIN:
            found.append(measured(each, (labels | gains)[each.name], len(target), method + gained))
    if task != "binary":
        return tuple(found)
    areas = _auc(target, prediction, clusters, grouping)
    return (*areas, *found, *_average_precision(target, prediction, baseline, clusters, grouping, origin))


def measure_calibration(
    task: str,
    target: Floats,
    prediction: Floats,
    *,
    clusters: Clusters = None,
    seed: int = 0,
) -> tuple[Calibration, tuple[Measurement, ...]]:
    """Compare predictions with what happened.

    For `multiclass`: the likeliest class's probability with how often it was right. For `regression` the
    error is in standard deviations of the target, so that one threshold fits all targets.
    """
    chances = task != "regression"
    if task == "multiclass":
        target, prediction = confidence(target, prediction)
    result = calibrate(target, prediction, chances=chances, clusters=clusters, seed=seed)
    error, n = result.error, len(target)
    if not chances:
        spread = float(target.std())
        error = replace(error, value=error.value / spread, low=error.low / spread, high=error.high / spread)
    bins = f"{len(result.bins)} bins"
    regression = "logistic regression" if chances else "linear regression"
    return result, (
        measured(error, "calibration error", n, bins if chances else f"{bins}, in standard deviations"),
        measured(result.large, "mean prediction minus mean outcome", n, "Student's t"),
        measured(result.slope, "calibration slope (right at one)", n, regression),
        measured(result.intercept, "calibration intercept (right at zero)", n, regression),
    )


def _auc(
    target: Floats, prediction: Floats, clusters: Clusters, grouping: str
) -> tuple[Measurement, Measurement]:
    area = auc(target, prediction)
    low, high = auc_interval(target, area, clusters)
    method = "DeLong" if clusters is None else f"DeLong by {grouping} (Obuchowski)"
    gain = Estimate("auc_improvement", area.value - 0.5, low - 0.5, high - 0.5)
    return (
        measured(Estimate("auc", area.value, low, high), "AUC", len(target), method),
        measured(gain, "AUC, gain on the baseline", len(target), method),
    )


def _average_precision(
    target: Floats, prediction: Floats, baseline: Floats, clusters: Clusters, grouping: str, origin: str
) -> tuple[Measurement, Measurement]:
    ours, theirs = average_precision(target, prediction), average_precision(target, baseline)
    gap = difference(ours, theirs)
    gain = Estimate("average_precision_improvement", gap.value, *interval(gap, clusters))
    own = Estimate("average_precision", ours.value, *average_precision_interval(ours, clusters))
    n, label, method = len(target), "average precision", f"infinitesimal jackknife of {grouping}"
    return (
        measured(own, label, n, method),
        measured(gain, f"{label}, gain on the baseline", n, f"{method}, baseline from {origin}"),
    )
