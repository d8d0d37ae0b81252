"""How good predictions are, each with a 95 % interval: losses of rows, their means, AUC."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from interlock.contract.model import Task
from interlock.explore.statistics.midranks import placements

__all__ = ["Score", "Weights", "auc", "log_loss", "losses", "mean_loss", "paired", "rmse", "units"]

Weights = NDArray[np.float64] | None
Clusters = NDArray[np.int64] | None

_Z = float(ndtri(0.975))
_LEAST = 1e-15


class Score(NamedTuple):
    """One measured figure.

    Args:
        metric: What it is called: `log loss`, `AUC`, `RMSE` and others of `METRICS`.
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


def log_loss(each: NDArray[np.float64], clusters: Clusters = None, weights: Weights = None) -> Score:
    """Average the log losses of the rows; the interval is the normal one of a mean."""
    value, low, high = mean_loss(each, clusters, weights)
    return Score("log loss", value, max(0.0, low), high, len(each), units(each, clusters))


def rmse(each: NDArray[np.float64], clusters: Clusters = None, weights: Weights = None) -> Score:
    """Take the root of the mean squared error, and of both ends of its normal interval."""
    value, low, high = np.sqrt(np.maximum(0.0, mean_loss(each, clusters, weights)))
    return Score("RMSE", float(value), float(low), float(high), len(each), units(each, clusters))


def auc(
    prediction: NDArray[np.float64],
    target: NDArray[np.float64],
    clusters: Clusters = None,
    weights: Weights = None,
) -> Score:
    """Measure the area under the ROC curve; ties count half.

    Args:
        prediction: float64 [n].
        target: float64 [n], 0 and 1.
        clusters: int64 [n]: rows of one cluster are not independent; None where all rows are.
        weights: float64 [n]: how much each row counts; None where all count alike.

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, by `placements`; for clusters Obuchowski
        (1997), Biometrics 53.

    Example:
        >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])).value
        0.75
    """
    positive = target == 1
    share = np.ones(len(target)) if weights is None else weights
    m, n = float(share[positive].sum()), float(share[~positive].sum())
    above = (
        placements(prediction, positive) if weights is None else _placements(prediction, positive, weights)
    )
    value = float(np.average(above[positive], weights=share[positive]))
    reach = _reach(share * (above - value) * np.where(positive, (m + n) / m, (m + n) / n), m + n, clusters)
    low, high = max(0.0, value - reach), min(1.0, value + reach)
    return Score("AUC", value, low, high, len(target), units(target, clusters))


def mean_loss(
    each: NDArray[np.float64], clusters: Clusters = None, weights: Weights = None
) -> tuple[float, float, float]:
    """Return a mean, weighted where rows have weights, and its normal 95 % interval."""
    value = float(np.average(each, weights=weights))
    share = np.ones(len(each)) if weights is None else weights
    reach = _reach(share * (each - value), float(share.sum()), clusters)
    return value, value - reach, value + reach


def paired(
    each: NDArray[np.float64], best: NDArray[np.float64], clusters: Clusters = None, weights: Weights = None
) -> tuple[float, float, float]:
    """Return how much larger the mean loss is than the best one's, with the interval of the difference."""
    return mean_loss(each - best, clusters, weights)


def units(values: NDArray[np.float64], clusters: Clusters = None) -> int:
    """Count what is independent: the clusters, or the rows themselves."""
    return len(values) if clusters is None else int(np.count_nonzero(np.bincount(clusters)))


def _placements(
    values: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the same as `placements`, each row of the other class counting as much as it weighs."""
    place = np.unique(values, return_inverse=True)[1]
    found = np.empty(len(values))
    for own in (positive, ~positive):
        mass = np.bincount(place[~own], weights[~own], minlength=int(place.max()) + 1)
        found[own] = ((np.cumsum(mass) - mass / 2) / mass.sum())[place[own]]
    found[~positive] = 1 - found[~positive]
    return found


def _reach(influence: NDArray[np.float64], total: float, clusters: Clusters) -> float:
    """Return half the width of the interval of a mean, from what each row adds to its error times `total`.

    Source:
        Liang and Zeger (1986), Biometrika 73: the sandwich over clusters, which for single rows is s / √n.
    """
    sums = influence if clusters is None else np.bincount(clusters, influence)
    count = units(influence, clusters)
    correction = count / max(count - 1, 1)
    return float(_Z * np.sqrt(correction * np.square(sums).sum()) / total)
