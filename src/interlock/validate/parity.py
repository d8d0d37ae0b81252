"""Parity: the compiled model against the Python reference, on rows of the holdout made to tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.develop.compiled import string_matrix
from interlock.develop.sample import Inputs
from interlock.release.model import Model

__all__ = ["Parity", "parity"]

Floats = NDArray[np.float64]


class Parity(NamedTuple):
    """How far the compiled model is from the reference.

    Args:
        rows: Number of rows compared.
        batch: Largest difference, all rows at once.
        single: Largest difference, one row at a time.
    """

    rows: int
    batch: float
    single: float

    @property
    def largest(self) -> float:
        """The larger of both; infinite where only one of two answers is a number."""
        return max(self.batch, self.single)


def parity(
    reference: Callable[[Inputs], Floats], model: Model, rows: Inputs, *, spread: float | None = None
) -> Parity:
    """Compare the compiled model with the reference, in batch and one row at a time.

    Args:
        reference: The model in Python.
        model: The model in ONNX Runtime.
        rows: What both are asked.
        spread: The target's standard deviation, for values: then differences are relative to the value, or to
            this where the value is smaller. None compares probabilities as they are.
    """
    expected = reference(rows)
    texts = string_matrix(rows)
    pairs = zip(rows.numbers.tolist(), texts.tolist(), strict=True)
    single = np.array([model.one(numbers, strings) for numbers, strings in pairs])
    batch = model.predict(rows.numbers, texts)
    scale = np.ones(expected.shape) if spread is None else np.maximum(np.abs(expected), spread)
    return Parity(len(expected), _largest(batch, expected, scale), _largest(single, expected, scale))


def _largest(ours: Floats, expected: Floats, scale: Floats) -> float:
    distance = np.abs(ours - expected) / scale
    return float(np.where(np.isnan(distance), np.inf, distance).max(initial=0))
