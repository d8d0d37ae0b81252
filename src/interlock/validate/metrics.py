"""Metrics as functions of means over rows, so that a bootstrap needs one pass over them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Metric", "metrics_for", "squared_errors"]

Floats = NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)


class Metric(NamedTuple):
    """One metric: `combine(terms(target, prediction).mean(axis=0))`.

    Args:
        name: As in evidence and gates, such as `log_loss`.
        label: For people.
        better: Which direction is better.
        terms: (target [n], prediction [n] or [n, classes]) -> [n, d], what each row contributes.
        combine: Means [..., d] -> metric [...]; NaN where it is not defined.

    Example:
        >>> accuracy = metrics_for("binary")[2]
        >>> accuracy.name, accuracy.value(np.array([0.0, 1.0]), np.array([0.2, 0.4]))
        ('accuracy', 0.5)
    """

    name: str
    label: str
    better: Literal["higher", "lower"]
    terms: Callable[[Floats, Floats], Floats]
    combine: Callable[[Floats], Floats]

    def value(self, target: Floats, prediction: Floats) -> float:
        """Return the metric over all rows."""
        return float(self.combine(self.terms(target, prediction).mean(axis=0)))


def metrics_for(task: str, *, threshold: float = 0.5, classes: int = 2) -> tuple[Metric, ...]:
    """Return the metrics of a task, the area under the curve apart (it is no function of means; see `auc`).

    Args:
        task: `binary`, `multiclass` or `regression`.
        threshold: From which probability on the positive class is said; for `binary`.
        classes: Number of classes; for `multiclass`.

    Returns:
        In the order of a report. `lift` is the positive rate among the tenth of the rows with the highest
        predictions (all ties of the last included) over that of all rows.
    """
    if task == "binary":
        return _binary(threshold)
    if task == "multiclass":
        return _multiclass(classes)
    return _regression()


def squared_errors(target: Floats, prediction: Floats) -> Floats:
    """Return each row's squared error: of the value, or summed over the classes' probabilities.

    Args:
        target: Values or class numbers, [n].
        prediction: Values or the positive class's probabilities [n], or probabilities [n, classes].

    Returns:
        [n]; its mean is the mean squared error, or the Brier score.

    Source:
        Brier (1950), Verification of forecasts expressed in terms of probability.

    Example:
        >>> squared_errors(np.array([1.0, 0.0]), np.array([0.5, 0.0])).tolist()
        [0.25, 0.0]
    """
    if prediction.ndim == 1:
        return np.asarray(np.square(prediction - target))
    own = np.take_along_axis(prediction, target.astype(np.int64)[:, None], axis=1)[:, 0]
    return np.asarray(np.square(prediction).sum(axis=1) - 2 * own + 1)


def _binary(threshold: float) -> tuple[Metric, ...]:
    decided = partial(_decided, threshold=threshold)
    return (
        Metric("log_loss", "log loss", "lower", _log_loss_binary, _first),
        Metric("brier", "Brier score", "lower", _squared_terms, _first),
        Metric("accuracy", "accuracy", "higher", partial(_right_binary, threshold=threshold), _first),
        Metric("precision", "precision", "higher", decided, partial(_ratio, top=0, bottom=1)),
        Metric("recall", "recall", "higher", decided, partial(_ratio, top=0, bottom=2)),
        Metric("lift", "lift in the top tenth", "higher", _top_tenth, _lift),
    )


def _multiclass(classes: int) -> tuple[Metric, ...]:
    return (
        Metric("log_loss", "log loss", "lower", _log_loss_multiclass, _first),
        Metric("brier", "Brier score", "lower", _squared_terms, _first),
        Metric("accuracy", "accuracy", "higher", _right_multiclass, _first),
        Metric("macro_f1", "macro F1", "higher", partial(_class_counts, classes=classes), _macro_f1),
    )


def _regression() -> tuple[Metric, ...]:
    return (
        Metric("rmse", "RMSE", "lower", _squared_terms, _root),
        Metric("mae", "MAE", "lower", _absolute_terms, _first),
        Metric("r2", "R²", "higher", _variance_terms, _explained),
    )


def _log_loss_binary(target: Floats, prediction: Floats) -> Floats:
    chance = np.clip(prediction, _EPSILON, 1 - _EPSILON)
    return -np.where(target == 1, np.log(chance), np.log1p(-chance))[:, None]


def _log_loss_multiclass(target: Floats, prediction: Floats) -> Floats:
    own = np.take_along_axis(prediction, target.astype(np.int64)[:, None], axis=1)
    return -np.log(np.clip(own, _EPSILON, 1))


def _squared_terms(target: Floats, prediction: Floats) -> Floats:
    return squared_errors(target, prediction)[:, None]


def _absolute_terms(target: Floats, prediction: Floats) -> Floats:
    return np.abs(prediction - target)[:, None]


def _variance_terms(target: Floats, prediction: Floats) -> Floats:
    shifted = target - target.mean()  # the variance is the same, and no digits cancel
    return np.stack([np.square(prediction - target), shifted, np.square(shifted)], axis=1)


def _right_binary(target: Floats, prediction: Floats, threshold: float) -> Floats:
    return np.asarray((prediction >= threshold) == (target == 1), np.float64)[:, None]


def _right_multiclass(target: Floats, prediction: Floats) -> Floats:
    return np.asarray(prediction.argmax(axis=1) == target, np.float64)[:, None]


def _decided(target: Floats, prediction: Floats, threshold: float) -> Floats:
    said = prediction >= threshold
    return np.stack([said & (target == 1), said, target == 1], axis=1).astype(np.float64)


def _top_tenth(target: Floats, prediction: Floats) -> Floats:
    last = np.sort(prediction)[-max(1, len(prediction) // 10)]
    return _decided(target, prediction, last)


def _class_counts(target: Floats, prediction: Floats, classes: int) -> Floats:
    said = prediction.argmax(axis=1)[:, None] == np.arange(classes)
    true = target[:, None] == np.arange(classes)
    return np.concatenate([said & true, said, true], axis=1).astype(np.float64)


def _first(means: Floats) -> Floats:
    return np.asarray(means[..., 0])


def _root(means: Floats) -> Floats:
    return np.asarray(np.sqrt(means[..., 0]))


def _ratio(means: Floats, top: int, bottom: int) -> Floats:
    return _divide(means[..., top], means[..., bottom])


def _lift(means: Floats) -> Floats:
    return _divide(means[..., 0], means[..., 1] * means[..., 2])


def _explained(means: Floats) -> Floats:
    return 1.0 - _divide(means[..., 0], means[..., 2] - np.square(means[..., 1]))


def _macro_f1(means: Floats) -> Floats:
    both, said, true = np.split(means, 3, axis=-1)
    f1 = np.where(said + true > 0, _divide(2 * both, said + true), 0.0)
    return np.asarray(f1.mean(axis=-1))


def _divide(top: Floats, bottom: Floats) -> Floats:
    """Divide; NaN where nothing can be divided by."""
    bottom = np.asarray(bottom)
    return np.asarray(top / np.where(bottom == 0, np.nan, bottom))
