"""How good predictions are, each with a 95 % interval: log loss, area under the ROC curve, RMSE."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from interlock.contract.model import Task
from interlock.explore.statistics.midranks import placements

__all__ = ["Score", "auc", "log_loss", "losses", "mean_loss", "paired", "rmse", "scores"]

_Z = float(ndtri(0.975))
_LEAST = 1e-15


class Score(NamedTuple):
    """One measured figure.

    Args:
        metric: `log loss`, `AUC` or `RMSE`.
        value: The figure.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n: Rows it was measured on.
        units: How many of them are independent: the rows themselves, or groups or days of rows.
    """

    metric: str
    value: float
    low: float
    high: float
    n: int
    units: int


def losses(task: Task, prediction: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the loss of each row: minus the log probability of its class, or the squared error.

    Args:
        task: What is predicted.
        prediction: float64 [n], or [n, classes] for multiclass.
        target: float64 [n].

    Example:
        >>> losses("regression", np.array([1.0, 4.0]), np.array([1.0, 2.0]))
        array([0., 4.])
    """
    if task == "regression":
        return np.asarray((prediction - target) ** 2)
    if task == "binary":
        likely = np.where(target == 1, prediction, 1 - prediction)
    else:
        likely = prediction[np.arange(len(target)), target.astype(np.intp)]
    return np.asarray(-np.log(np.clip(likely, _LEAST, 1)))


def scores(
    task: Task,
    prediction: NDArray[np.float64],
    target: NDArray[np.float64],
    clusters: NDArray[np.int64] | None = None,
) -> tuple[Score, ...]:
    """Measure predictions; the first score is what candidates are compared by, and lower is better.

    Args:
        task: Binary: log loss and AUC; multiclass: log loss; regression: RMSE.
        prediction: float64 [n], or [n, classes] for multiclass.
        target: float64 [n].
        clusters: int64 [n], from 0: rows of one cluster, such as a day, are not independent; None where all
            rows are.
    """
    each = losses(task, prediction, target)
    if task == "regression":
        return (rmse(each, clusters),)
    first = log_loss(each, clusters)
    if task == "multiclass" or len(np.unique(target)) < 2:
        return (first,)
    return (first, auc(prediction, target, clusters))


def log_loss(each: NDArray[np.float64], clusters: NDArray[np.int64] | None = None) -> Score:
    """Average the log losses of the rows; the interval is the normal one of a mean."""
    value, low, high = mean_loss(each, clusters)
    return Score("log loss", value, max(0.0, low), high, len(each), _units(each, clusters))


def rmse(each: NDArray[np.float64], clusters: NDArray[np.int64] | None = None) -> Score:
    """Take the root of the mean squared error, and of both ends of its normal interval."""
    value, low, high = np.sqrt(np.maximum(0.0, mean_loss(each, clusters)))
    return Score("RMSE", float(value), float(low), float(high), len(each), _units(each, clusters))


def auc(
    prediction: NDArray[np.float64],
    target: NDArray[np.float64],
    clusters: NDArray[np.int64] | None = None,
) -> Score:
    """Measure the area under the ROC curve; ties count half.

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, by `placements`; for clusters Obuchowski
        (1997), Biometrics 53.

    Example:
        >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])).value
        0.75
    """
    positive = target == 1
    m, n = int(positive.sum()), int((~positive).sum())
    above = placements(prediction, positive)
    value = float(above[positive].mean())
    reach = _reach((above - value) * np.where(positive, len(target) / m, len(target) / n), clusters)
    low, high = max(0.0, value - reach), min(1.0, value + reach)
    return Score("AUC", value, low, high, len(target), _units(target, clusters))


def mean_loss(
    each: NDArray[np.float64], clusters: NDArray[np.int64] | None = None
) -> tuple[float, float, float]:
    """Return a mean and its normal 95 % interval."""
    value = float(each.mean())
    reach = _reach(each - value, clusters)
    return value, value - reach, value + reach


def paired(
    each: NDArray[np.float64], best: NDArray[np.float64], clusters: NDArray[np.int64] | None = None
) -> tuple[float, float, float]:
    """Return how much larger the mean loss is than the best one's, with the interval of the difference."""
    return mean_loss(each - best, clusters)


def _reach(influence: NDArray[np.float64], clusters: NDArray[np.int64] | None) -> float:
    """Return half the width of the interval of a mean, from what each row adds to its error times n.

    Source:
        Liang and Zeger (1986), Biometrika 73: the sandwich over clusters, which for single rows is s / √n.
    """
    sums = influence if clusters is None else np.bincount(clusters, influence)
    units = _units(influence, clusters)
    correction = units / max(units - 1, 1)
    return float(_Z * np.sqrt(correction * np.square(sums).sum()) / len(influence))


def _units(values: NDArray[np.float64], clusters: NDArray[np.int64] | None) -> int:
    return len(values) if clusters is None else int(np.count_nonzero(np.bincount(clusters)))
