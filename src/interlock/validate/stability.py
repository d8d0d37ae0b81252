"""Stability: how much the answers depend on the seed, and on which rows happened to be learned from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.candidates import Fitted, Limits
from interlock.develop.sample import Inputs, Sample
from interlock.validate.auc import auc
from interlock.validate.bootstrap import Estimate
from interlock.validate.influence import interval, mean
from interlock.validate.metrics import metrics_for
from interlock.validate.relearn import can_relearn, relearn

__all__ = ["Refit", "Stability", "agreement", "stability"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_FOLDS = 5
_SEEDS = 3


@dataclass(frozen=True, slots=True)
class Refit:
    """The winner, learned again.

    Args:
        how: `another seed`, or `a fifth left out`.
        value: The first metric of the task on the holdout.
        apart: How far its predictions are from the model's on average; see `Stability`.
    """

    how: str
    value: float
    apart: float


@dataclass(frozen=True, slots=True)
class Stability:
    """What learning again changes.

    Args:
        metric: What people call the first metric of the task.
        value: Of the model itself, on the same rows.
        n: Rows of the holdout.
        refits: One each time.
        apart: The mean distance of the refits' predictions from the model's: of probabilities (half the sum
            over several classes), or of values in standard deviations of the target. The
            interval is over rows.
        flips: The share of rows whose label changes, likewise; None for a regression.
        stopped: Why there are not all eight refits; empty where there are.
    """

    metric: str
    value: float
    n: int
    refits: tuple[Refit, ...]
    apart: Estimate
    flips: Estimate | None
    stopped: str = ""


def stability(
    fitted: Fitted,
    name: str,
    train: Sample,
    contract: Contract,
    rows: Inputs,
    target: Floats,
    *,
    threshold: float = 0.5,
    clusters: Clusters = None,
    seconds: float = 10.0,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Stability | None:
    """Learn the winner again by three other seeds, and five times without a fifth of the rows, in turn.

    Args:
        fitted: The model.
        name: What the leaderboard calls it.
        train: All rows that it learned from; units stay together when a fifth is left out.
        contract: What the columns are.
        rows: The holdout's rows.
        target: Theirs, [n].
        threshold: From which probability on the positive class is said; for `binary`.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        seconds: All of it stops after that; a refit that time cut short does not count.
        seed: Of the model, and of the folds.
        progress: Told what is being done.

    Returns:
        None where nothing could be learned again, within the time or at all.
    """
    if seconds <= 0 or not can_relearn(fitted, name):
        return None
    deadline = time.monotonic() + seconds
    answers: list[tuple[str, Floats]] = []
    stopped, longest = "", 0.0
    for how, kept, other in _ways(train, seed):
        start = time.monotonic()
        if start + longest > deadline:
            stopped = f"{seconds:g} seconds were up"
            break
        progress(f"learning again, {how}")
        sample = train if kept is None else train.take(kept)
        limits = Limits(deadline, other, os.cpu_count() or 1)
        again = relearn(fitted, name, sample, contract, limits)
        if time.monotonic() > deadline or again.rounds < fitted.rounds:
            stopped = f"{seconds:g} seconds were up"
            break
        longest = max(longest, time.monotonic() - start)
        answers.append((how, again.predict(rows)))
    if not answers:
        return None
    return agreement(
        str(train.task), target, fitted.predict(rows), answers, threshold, clusters, stopped=stopped
    )


def agreement(
    task: str,
    target: Floats,
    prediction: Floats,
    answers: Sequence[tuple[str, Floats]],
    threshold: float = 0.5,
    clusters: Clusters = None,
    *,
    stopped: str = "",
) -> Stability:
    """Compare the answers of refits with the model's.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: [n].
        prediction: The model's, [n] or [n, classes].
        answers: How each refit was made, and what it answers.
        threshold: From which probability on the positive class is said; for `binary`.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        stopped: Why there are not all refits.

    Example:
        >>> truth, said = np.array([0.0, 1.0]), np.array([0.2, 0.8])
        >>> found = agreement("binary", truth, said, [("another seed", np.array([0.3, 0.4]))])
        >>> round(found.apart.value, 2), found.flips.value
        (0.25, 0.5)
    """
    distances = np.stack([_distance(task, target, each, prediction) for _, each in answers])
    labels = _labels(task, prediction, threshold)
    flips = None
    if labels is not None:
        flipped = np.stack([_labels(task, each, threshold) != labels for _, each in answers])
        flips = _estimate("flips", flipped.mean(axis=0), clusters)
    label, _ = _metric(task, target, prediction)
    refits = (
        Refit(how, _metric(task, target, each)[1], float(distance.mean()))
        for (how, each), distance in zip(answers, distances, strict=True)
    )
    value = _metric(task, target, prediction)[1]
    apart = _estimate("apart", distances.mean(axis=0), clusters)
    return Stability(label, value, len(target), tuple(refits), apart, flips, stopped)


def _ways(train: Sample, seed: int) -> Iterator[tuple[str, NDArray[np.intp] | None, int]]:
    """Yield how to learn again: which rows to keep (None: all), by which seed; seeds and folds in turn."""
    units = np.arange(len(train)) if train.units is None else train.units
    distinct, places = np.unique(units, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(distinct)) % _FOLDS
    for turn in range(_FOLDS):
        if turn < _SEEDS:
            yield "another seed", None, seed + 1 + turn
        yield "a fifth left out", np.flatnonzero(fold[places] != turn), seed


def _distance(task: str, target: Floats, one: Floats, other: Floats) -> Floats:
    apart = np.abs(one - other)
    if task == "multiclass":
        return np.asarray(apart.sum(axis=1) / 2)
    return np.asarray(apart / (float(target.std()) or 1.0)) if task == "regression" else apart


def _labels(task: str, prediction: Floats, threshold: float) -> NDArray[np.int64] | None:
    if task == "regression":
        return None
    if task == "multiclass":
        return np.asarray(prediction.argmax(axis=1), np.int64)
    return (prediction >= threshold).astype(np.int64)


def _metric(task: str, target: Floats, prediction: Floats) -> tuple[str, float]:
    if task == "binary":
        return "AUC", auc(target, prediction).value
    first = metrics_for(task, classes=prediction.shape[1] if prediction.ndim == 2 else 2)[0]
    return first.label, first.value(target, prediction)


def _estimate(name: str, values: Floats, clusters: Clusters) -> Estimate:
    found = mean(values)
    low, high = interval(found, clusters)
    return Estimate(name, found.value, max(0.0, low), high)
