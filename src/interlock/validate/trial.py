"""What is on trial: one model, the rows that it is judged on, and what it answered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.development import Development
from interlock.profile import Profile
from interlock.release.model import Model
from interlock.table import Dataset
from interlock.validate.holdout import Holdout

__all__ = ["Trial"]

Floats = NDArray[np.float64]


class Trial(NamedTuple):
    """One model on the holdout.

    Args:
        development: The compiled model and its reference in Python.
        contract: What it takes and predicts.
        holdout: The rows in use.
        model: The compiled model, loaded.
        prediction: What it answered, [n] or [n, classes].
        baseline: The same of the baseline.
        origin: Where the baseline is from.
        seed: Of every random choice.
        profile: Of the training table; None where it was not given.
        train: The training rows; None where they were not given.
    """

    development: Development
    contract: Contract
    holdout: Holdout
    model: Model
    prediction: Floats
    baseline: Floats
    origin: str
    seed: int
    profile: Profile | None = None
    train: Dataset | None = None

    @property
    def task(self) -> str:
        """`binary`, `multiclass` or `regression`."""
        return str(self.development.task)
