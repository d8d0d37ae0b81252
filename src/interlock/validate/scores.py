"""The profile of the holdout's predictions, for the monitor to compare the service's with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.profile import Profile, Values

__all__ = ["scores"]

Floats = NDArray[np.float64]


def scores(task: str, target: Floats, prediction: Floats, classes: tuple[str, ...] = ()) -> Profile:
    """Profile predictions.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: The class's number or the value, [n].
        prediction: [n] or [n, classes].
        classes: The labels, for `multiclass`.

    Returns:
        `prediction`: the probability or the value; for `multiclass` the likeliest label.
        For `binary` also `prediction|0` and `prediction|1`, by what came true: null in rows of the other.
        For `multiclass` also `probability|<label>`.

    Example:
        >>> profile = scores("binary", np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.7, 0.9]))
        >>> profile["prediction"].rows, profile["prediction|1"].nulls
        (3, 1)
    """
    if task == "multiclass":
        likeliest = prediction.argmax(axis=1).astype(np.int32)
        labels = Values("string", likeliest, dictionary=np.array(classes, dtype=object))
        columns = zip(classes, prediction.T, strict=True)
        chances = {
            f"probability|{label}": Values("number", np.ascontiguousarray(column))
            for label, column in columns
        }
        return Profile.of({"prediction": labels, **chances})
    everything = {"prediction": Values("number", prediction)}
    if task == "binary":
        everything |= {
            f"prediction|{truth}": Values("number", prediction, valid=target == truth) for truth in (0, 1)
        }
    return Profile.of(everything)
