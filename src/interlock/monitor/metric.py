"""The metrics that the monitor follows: how each is computed, and how much worse is worth an alarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interlock.validate.auc import auc
from interlock.validate.influence import Influence, mean
from interlock.validate.metrics import Metric as Formula
from interlock.validate.metrics import metrics_for

__all__ = ["FEWEST", "Metric", "enough", "metrics"]

Floats = NDArray[np.float64]

#: Fewest rows that a metric is computed on; for `binary` fewest of each class.
FEWEST = 20
_RELATIVE = 0.05
_POINTS = 0.02
_DEVIATIONS = 0.1


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Args:
        name: As in the evidence, such as `auc`.
        label: For people.
        better: Which direction is better; `zero` where it should be near that.
        estimate: (outcome [n], prediction [n] or [n, classes]) -> the metric and how each row moves it.
        tolerance: (the holdout's value, outcome [n]) -> how much worse is worth an alarm.
    """

    name: str
    label: str
    better: Literal["higher", "lower", "zero"]
    estimate: Callable[[Floats, Floats], Influence]
    tolerance: Callable[[float, Floats], float]

    def worse(self, value: float, then: float) -> float:
        """Return by how much `value` is worse than `then`, in the metric's unit."""
        if self.better == "zero":
            return abs(value) - abs(then)
        return then - value if self.better == "higher" else value - then


def metrics(task: str) -> tuple[Metric, ...]:
    """Return the metrics of a task; the first is followed over time and compared between slices.

    Tolerances: 0.02 of AUC, accuracy or a mean probability; 5 % of log loss, Brier score, RMSE or MAE; a
    tenth of the outcome's standard deviation for a regression's mean error.

    Args:
        task: `binary`, `multiclass` or `regression`.

    Example:
        >>> [metric.name for metric in metrics("regression")]
        ['mae', 'rmse', 'calibration_in_the_large']
    """
    formulas = {formula.name: formula for formula in metrics_for(task)}
    if task == "multiclass":
        return tuple(_of_formula(formulas[name]) for name in ("accuracy", "log_loss", "brier"))
    label = "mean prediction minus mean outcome"
    if task == "regression":
        bias = Metric("calibration_in_the_large", label, "zero", _bias, _share_of_deviation)
        return (_of_formula(formulas["mae"]), _of_formula(formulas["rmse"]), bias)
    area = Metric("auc", "AUC", "higher", auc, _points)
    bias = Metric("calibration_in_the_large", label, "zero", _bias, _points)
    return (area, _of_formula(formulas["log_loss"]), _of_formula(formulas["brier"]), bias)


def enough(task: str, outcome: Floats) -> bool:
    """Tell whether rows are enough for a metric.

    Example:
        >>> enough("binary", np.repeat([0.0, 1.0], [1000, 19]))
        False
    """
    if task == "binary":
        return min(int((outcome == 0).sum()), int((outcome == 1).sum())) >= FEWEST
    return len(outcome) >= FEWEST


def _of_formula(formula: Formula) -> Metric:
    estimate = partial(_root_of_mean if formula.name == "rmse" else _mean_of, formula)
    tolerance = _points if formula.name == "accuracy" else _share_of_then
    return Metric(formula.name, formula.label, formula.better, estimate, tolerance)


def _mean_of(formula: Formula, outcome: Floats, prediction: Floats) -> Influence:
    return mean(formula.terms(outcome, prediction)[:, 0])


def _root_of_mean(formula: Formula, outcome: Floats, prediction: Floats) -> Influence:
    """Return the root of a mean; its error follows by linearisation (the delta method)."""
    square = _mean_of(formula, outcome, prediction)
    root = float(np.sqrt(square.value))
    return Influence(root, square.values / (2 * root) if root else square.values)


def _bias(outcome: Floats, prediction: Floats) -> Influence:
    return mean(prediction - outcome)


def _points(_then: float, _outcome: Floats) -> float:
    return _POINTS


def _share_of_then(then: float, _outcome: Floats) -> float:
    return _RELATIVE * abs(then)


def _share_of_deviation(_then: float, outcome: Floats) -> float:
    return _DEVIATIONS * float(outcome.std())
