"""Predictions with intervals for new rows, from what a model remembers alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.frame import read
from interlock.explore.models.least_squares import blocks
from interlock.explore.models.model import Model, critical

__all__ = ["INVERSE", "Prediction", "predict"]

Array = NDArray[np.float64]


class Prediction(NamedTuple):
    """What a model expects, a row each.

    Args:
        value: The mean, or the quantile, shape [n].
        low: The lower end of the interval, shape [n].
        high: The upper end.
        standard_error: Of the linear predictor: of the log odds, or of the log mean, where that is the scale.
    """

    value: Array
    low: Array
    high: Array
    standard_error: Array


def _expit(eta: Array) -> Array:
    from scipy.special import expit

    found: Array = expit(eta)
    return found


#: From the linear predictor to the mean.
INVERSE: dict[str, Callable[[Array], Array]] = {
    "logit": _expit,
    "poisson": np.exp,
    "negative_binomial": np.exp,
}


def predict(model: Model, table: Any, *, missing: str, interval: str) -> Prediction:
    """Predict for new rows; see `Model.predict`."""
    if missing not in ("error", "nan"):
        step = "nan gives such rows no prediction, error refuses them"
        raise InputError('missing is "error" or "nan"', got=missing, next_step=step)
    if interval not in ("mean", "outcome") or (interval == "outcome" and model.kind != "ols"):
        raise InputError(
            f"a model by `{model.kind}` has no interval of this kind",
            got=interval,
            next_step='pass interval="mean"; interval="outcome" is for ols',
        )
    rows = read(table, model.design.names or (), "keep" if missing == "nan" else "error")
    eta, errors = _linear(model, rows.frame)
    if interval == "outcome":
        errors = np.sqrt(errors**2 + model.scale)
    half = critical(float(model.df.min()), model.confidence) * errors
    inverse = INVERSE.get(model.kind, np.asarray)
    found = (inverse(eta), inverse(eta - half), inverse(eta + half), errors)
    return Prediction(*(_spread_out(each, rows.complete) for each in found))


def _linear(model: Model, frame: Any) -> tuple[Array, Array]:
    """Return the linear predictor and its standard error.

    Columns are added up one after another, so that a row's prediction does not hang on the rows beside it to
    the last bit.
    """
    matrix = model.scaling.apply(model.design.matrix(frame))
    eta = model.design.offset(frame)
    for column, weight in enumerate(model.gamma):
        eta += matrix[:, column] * weight
    values, vectors = np.linalg.eigh(model.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    square = np.empty(frame.rows)
    for part in blocks(frame.rows):
        square[part] = np.sum((matrix[part] @ root) ** 2, axis=1)
    return eta, np.sqrt(square)


def _spread_out(values: Array, complete: NDArray[np.bool_]) -> Array:
    if complete.all():
        return values
    whole = np.full(len(complete), np.nan)
    whole[complete] = values
    return whole
