"""Old rows count less where the world has moved on, each by how long before the latest one it happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from interlock.develop.candidates.candidate import Trial
from interlock.develop.candidates.kept import Kept, recall
from interlock.develop.sample import Sample

__all__ = ["ages", "draw_memory", "fading", "memories", "reach", "recalled"]

_DAY = 86_400.0
_SHARES = (0.05, 0.25)  # of the time that the rows span
_SHORTEST, _LONGEST = 0.01, 10.0


def reach(time: NDArray[np.float64] | None) -> tuple[float, float]:
    """Return the first and the last instant, in seconds; the same one twice where no row has a time.

    Args:
        time: float64 [n], seconds; NaN where it is not known, None where there is none.
    """
    known = np.zeros(0) if time is None else time[~np.isnan(time)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)


def ages(time: NDArray[np.float64], first: float, last: float) -> NDArray[np.float64]:
    """Return how many days before the last instant each row happened.

    Args:
        time: float64 [n], seconds; a row without a time counts as one of the first instant, since a split by
            time learns from it whatever it is.
        first: The first instant, in seconds.
        last: The last one.

    Returns:
        float64 [n], without NaN.

    Example:
        >>> ages(np.array([0.0, np.nan, 86_400.0]), 0, 86_400).tolist()
        [1.0, 1.0, 0.0]
    """
    return (last - np.where(np.isnan(time), first, time)) / _DAY


def fading(train: Sample, memory: float) -> Sample:
    """Weigh rows by their age.

    Args:
        train: The rows to learn from.
        memory: Days after which a row counts half; 0 lets all ages count the same.

    Returns:
        The same rows; the very same sample where it has no time, or `memory` is 0. What is asked for twice is
        one object, as long as it is kept, so that what was made of it is found again.

    Source:
        Exponential smoothing of weights: Brown (1959), Statistical Forecasting for Inventory Control.

    Example:
        >>> days = np.array([0.0, 86_400.0, 172_800.0])
        >>> rows = Sample(np.zeros((3, 1)), (), np.zeros(3), "regression", 0, time=days)
        >>> fading(rows, memory=1).weights
        array([0.25, 0.5 , 1.  ])
    """
    if not memory or train.time is None:
        return train
    age = ages(train.time, *reach(train.time))

    def make() -> Sample:
        weights = 2.0 ** -(age / memory)
        return replace(train, weights=weights if train.weights is None else weights * train.weights)

    return recall(_kept, (train, memory), make)


_kept: Kept[Sample] = []


def memories(train: Sample) -> tuple[float, ...]:
    """Return the memories that are tried first, in days: a short and a long one, none without a time."""
    span = _span(train)
    return tuple(float(np.round(share * span, 3)) or share * span for share in _SHARES) if span else ()


def draw_memory(trial: Trial, train: Sample) -> float:
    """Draw a memory, in days; 0 without a time."""
    span = _span(train)
    return trial.suggest_float("memory", _SHORTEST * span, _LONGEST * span, log=True) if span else 0.0


def recalled(memory: float) -> str:
    """Say what a memory means, as the end of a setting's words; empty where all ages count the same."""
    return f", rows count half after {memory:.3g} days" if memory else ""


def _span(train: Sample) -> float:
    first, last = reach(train.time)
    return (last - first) / _DAY
