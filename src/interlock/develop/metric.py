"""What candidates are compared by: the metrics that fit each task, with their intervals and weights."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.develop.score import Clusters, Score, Weights, auc, log_loss, losses, mean_loss, rmse, units
from interlock.errors import InputError

__all__ = ["METRICS", "Metric", "metric_of", "scores"]

Floats = NDArray[np.float64]
_DRAWS = 200


class Metric(NamedTuple):
    """One way to say how good predictions are.

    Args:
        key: What `[develop] metric` calls it.
        tasks: What it fits.
        measure: From task, prediction, target, clusters and weights to the figure with its interval.
        larger: Whether more is better.
        distance: What candidates are told apart by, row by row: its own loss where it is a mean of such
            losses, else the one that was learned by. Less is better.
    """

    key: str
    tasks: tuple[Task, ...]
    measure: Callable[[Task, Floats, Floats, Clusters, Weights], Score]
    larger: bool = False
    distance: Literal["loss", "brier", "errors", "absolute"] = "loss"

    def cost(self, score: Score) -> float:
        """Return the figure so that less is better."""
        return -score.value if self.larger else score.value

    def rows(self, task: Task, prediction: Floats, target: Floats) -> Floats:
        """Return the loss of each row that candidates are told apart by, float64 [n]."""
        if self.distance == "brier":
            return _brier_rows(task, prediction, target)
        if self.distance == "errors":
            return np.asarray(_label(task, prediction) != target, np.float64)
        if self.distance == "absolute":
            return np.abs(prediction - target)
        return losses(task, prediction, target)

    def unit(self, task: Task) -> str:
        """Return what that loss is called."""
        if self.distance == "loss":
            return "squared error" if task == "regression" else "log loss"
        return {"brier": "Brier score", "errors": "error rate", "absolute": "absolute error"}[self.distance]


def metric_of(name: str | None, task: Task) -> Metric:
    """Return a metric by its name, or the one a task is judged by: log loss for classes, RMSE for numbers.

    Raises:
        InputError: There is none of that name, or it does not fit the task.

    Example:
        >>> metric_of(None, "binary").key
        'log_loss'
    """
    fitting = {each.key: each for each in METRICS if task in each.tasks}
    if name is None:
        return next(iter(fitting.values()))
    if name in fitting:
        return fitting[name]
    known = name in {each.key for each in METRICS}
    near = difflib.get_close_matches(name, fitting, n=1)
    raise InputError(
        f"the metric does not fit a {task} target" if known else "a metric is not known",
        where="[develop] metric",
        got=name,
        next_step=(f"did you mean `{near[0]}`? " if near else "") + f"these fit: {', '.join(fitting)}",
    )


def scores(
    task: Task,
    prediction: Floats,
    target: Floats,
    clusters: Clusters = None,
    weights: Weights = None,
    metric: str | None = None,
) -> tuple[Score, ...]:
    """Measure predictions.

    Args:
        task: Binary: log loss and AUC; multiclass: log loss; regression: RMSE.
        prediction: float64 [n], or [n, classes] for multiclass.
        target: float64 [n].
        clusters: int64 [n], from 0: rows of one cluster, such as a day, are not independent; None where all
            rows are.
        weights: float64 [n]: how much each row counts; None where all count alike.
        metric: The one that candidates are compared by; None takes the task's own.

    Returns:
        The one that candidates are compared by, then the task's own where they are others.
    """
    first = metric_of(metric, task)
    shown = {first.key: first, **{key: metric_of(key, task) for key in _SHOWN[task]}}
    if len(np.unique(target)) < 2:
        shown.pop("auc", None)
    return tuple(each.measure(task, prediction, target, clusters, weights) for each in shown.values())


def _log_loss(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:
    return log_loss(losses(task, prediction, target), clusters, weights)


def _rmse(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:
    return rmse(losses(task, prediction, target), clusters, weights)


def _auc(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:  # noqa: ARG001 - one signature
    if len(np.unique(target)) < 2:
        return Score("AUC", 0.5, 0.0, 1.0, len(target), units(target, clusters))
    return auc(prediction, target, clusters, weights)


def _mean(name: str, each: Floats, clusters: Clusters, weights: Weights) -> Score:
    value, low, high = mean_loss(each, clusters, weights)
    return Score(name, value, max(0.0, low), high, len(each), units(each, clusters))


def _brier(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:
    """Brier (1950): the squared distance of the probabilities; for two classes that of the positive one."""
    return _mean("Brier score", _brier_rows(task, prediction, target), clusters, weights)


def _brier_rows(task: Task, prediction: Floats, target: Floats) -> Floats:
    if task == "binary":
        return np.asarray((prediction - target) ** 2)
    truth = np.arange(prediction.shape[1]) == target[:, np.newaxis]
    return np.asarray(((prediction - truth) ** 2).sum(axis=1))


def _accuracy(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:
    right = np.asarray(_label(task, prediction) == target, np.float64)
    found = _mean("accuracy", right, clusters, weights)
    return found._replace(high=min(1.0, found.high))


def _mae(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:  # noqa: ARG001 - one signature
    return _mean("mean absolute error", np.abs(prediction - target), clusters, weights)


def _r2(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:
    """Return the share of the variance explained; its interval is that of the squared error."""
    each = losses(task, prediction, target)
    spread = float(np.average((target - np.average(target, weights=weights)) ** 2, weights=weights))
    value, low, high = (1 - np.array(mean_loss(each, clusters, weights)) / (spread or 1.0)).tolist()
    return Score("R²", value, high, min(1.0, low), len(each), units(each, clusters))


def _average_precision(
    task: Task,  # noqa: ARG001 - one signature
    prediction: Floats,
    target: Floats,
    clusters: Clusters,
    weights: Weights,
) -> Score:
    """Average the precision over the recall, each distinct prediction a step."""
    order = np.argsort(-prediction, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(prediction[order])), len(order) - 1)
    positive = target[order] == 1

    def value(share: Floats) -> float:
        mass = share[order]
        hits, all_ = np.cumsum(mass * positive)[ends], np.cumsum(mass)[ends]
        precision = np.divide(hits, all_, out=np.zeros(len(ends)), where=all_ > 0)
        return float((np.diff(hits, prepend=0.0) * precision).sum() / (hits[-1] or 1.0))

    return _drawn("average precision", value, target, clusters, weights)


def _macro_f1(task: Task, prediction: Floats, target: Floats, clusters: Clusters, weights: Weights) -> Score:
    """Average the F1 of the classes that occur, each counting alike."""
    width = prediction.shape[1]
    pairs = target.astype(np.intp) * width + _label(task, prediction).astype(np.intp)

    def value(share: Floats) -> float:
        table = np.bincount(pairs, share, minlength=width**2).reshape(width, width)
        total = table.sum(axis=0) + table.sum(axis=1)
        return float(np.mean(2 * np.diag(table)[total > 0] / total[total > 0]))

    return _drawn("macro F1", value, target, clusters, weights)


def _drawn(
    name: str, value: Callable[[Floats], float], target: Floats, clusters: Clusters, weights: Weights
) -> Score:
    """Measure once, and 200 times on units drawn with replacement.

    Source:
        Efron (1979), Annals of Statistics 7: the bootstrap, by percentiles.
    """
    share = np.ones(len(target)) if weights is None else weights
    unit = np.arange(len(target)) if clusters is None else clusters
    count = int(unit.max()) + 1
    random = np.random.default_rng(0)
    drawn = [
        value(share * np.bincount(random.integers(0, count, count), minlength=count)[unit])
        for _ in range(_DRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Score(name, value(share), low, high, len(target), units(target, clusters))


def _label(task: Task, prediction: Floats) -> Floats:
    label = prediction.argmax(axis=1) if task == "multiclass" else prediction >= 0.5
    return np.asarray(label, np.float64)


#: The first that fits a task is the one it is judged by where nothing is said.
METRICS = (
    Metric("log_loss", ("binary", "multiclass"), _log_loss),
    Metric("auc", ("binary",), _auc, larger=True),
    Metric("average_precision", ("binary",), _average_precision, larger=True),
    Metric("brier", ("binary", "multiclass"), _brier, distance="brier"),
    Metric("accuracy", ("binary", "multiclass"), _accuracy, larger=True, distance="errors"),
    Metric("macro_f1", ("multiclass",), _macro_f1, larger=True),
    Metric("rmse", ("regression",), _rmse),
    Metric("mae", ("regression",), _mae, distance="absolute"),
    Metric("r2", ("regression",), _r2, larger=True),
)
_SHOWN: dict[Task, tuple[str, ...]] = {
    "binary": ("log_loss", "auc"),
    "multiclass": ("log_loss",),
    "regression": ("rmse",),
}
