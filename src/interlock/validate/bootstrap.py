"""Bootstrap intervals of metrics and of paired differences: one set of resamples serves all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from interlock.validate.metrics import Metric

__all__ = ["Estimate", "bootstrap", "compare", "resample"]

Floats = NDArray[np.float64]
_BLOCK = 16  # resamples a matrix product: the rows are read from memory once for all of them


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Args:
        name: Of what.
        value: The estimate over all rows; NaN where it is not defined.
        low: Lower end.
        high: Upper end.
    """

    name: str
    value: float
    low: float
    high: float


def compare(
    target: Floats,
    prediction: Floats,
    baseline: Floats,
    metrics: Sequence[Metric],
    *,
    clusters: NDArray[np.int64] | None = None,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Estimate, ...]:
    """Return each metric of the prediction, and its paired improvement on the baseline.

    Args:
        target: [n].
        prediction: [n] or [n, classes].
        baseline: Another prediction for the same rows.
        metrics: What to compute.
        clusters: [n], groups of rows that are drawn together, numbered from 0; None draws rows.
        replicates: Number of resamples.
        level: Coverage, 0 to 1.
        seed: Of the resampling.

    Returns:
        For each metric `<name>` and `<name>_improvement`, positive where the prediction is better. The
        resamples are the same for both sides, so what makes a day hard for both cancels.

    Example:
        >>> from interlock.validate.metrics import metrics_for
        >>> truth = np.tile([0.0, 1.0], 200)
        >>> sure = np.where(truth == 1, 0.8, 0.2)
        >>> estimates = compare(truth, sure, np.full(400, 0.5), metrics_for("binary")[1:2])
        >>> [(each.name, round(each.value, 3)) for each in estimates]
        [('brier', 0.04), ('brier_improvement', 0.21)]
    """
    ours = [metric.terms(target, prediction) for metric in metrics]
    theirs = [metric.terms(target, baseline) for metric in metrics]
    widths = [terms.shape[1] for terms in ours]
    names = [name for metric in metrics for name in (metric.name, f"{metric.name}_improvement")]
    ends = bootstrap(
        np.concatenate([*ours, *theirs], axis=1),
        partial(_values_and_gains, metrics=metrics, widths=widths),
        clusters=clusters,
        replicates=replicates,
        level=level,
        seed=seed,
    )
    return tuple(Estimate(name, *map(float, row)) for name, row in zip(names, ends, strict=True))


def bootstrap(
    terms: Floats,
    statistics: Callable[[Floats], Floats],
    *,
    clusters: NDArray[np.int64] | None = None,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Floats:
    """Return value, low and high of functions of the terms' means: bias-corrected and accelerated (BCa).

    Args:
        terms: [n, d].
        statistics: Means [..., d] -> statistics [..., m].
        clusters: [n], groups of rows that are drawn together, numbered from 0; None draws rows.
        replicates: Number of resamples.
        level: Coverage, 0 to 1.
        seed: Of the resampling.

    Returns:
        [m, 3]; low and high are NaN where the value is not defined.

    Source:
        Efron (1987), Better bootstrap confidence intervals; the acceleration by the delete-one jackknife,
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, 14.15.
    """
    sums = _cluster_sums(terms, clusters)
    value = statistics(terms.mean(axis=0))
    draws = resample(sums, statistics, replicates=replicates, seed=seed)
    left_out = statistics(_ratios(sums.sum(axis=0) - sums))
    ends = np.full((2, len(value)), np.nan)
    known = np.isfinite(value)
    ends[:, known] = _accelerated(value[known], draws[:, known], left_out[:, known], level)
    return np.stack([value, *ends], axis=1)


def resample(sums: Floats, statistics: Callable[[Floats], Floats], *, replicates: int, seed: int) -> Floats:
    """Return the statistics of as many resamples with replacement, [replicates, m].

    Args:
        sums: [groups, d + 1]: the terms summed by group, and the group's number of rows last.
        statistics: Means [..., d] -> statistics [..., m].
        replicates: Number of resamples.
        seed: Of the resampling.
    """
    generator = np.random.default_rng(seed)
    groups = len(sums)
    drawn = np.empty((replicates, sums.shape[1]))
    for start in range(0, replicates, _BLOCK):
        size = min(_BLOCK, replicates - start)
        weights = np.empty((size, groups))
        for row in weights:
            row[:] = np.bincount(generator.integers(0, groups, groups, dtype=np.int32), minlength=groups)
        drawn[start : start + size] = weights @ sums
    return statistics(_ratios(drawn))


def _values_and_gains(means: Floats, metrics: Sequence[Metric], widths: Sequence[int]) -> Floats:
    """Combine the means of the prediction's terms, then of the baseline's, into values and gains by turns."""
    ours, theirs = np.split(means, 2, axis=-1)
    ends = np.cumsum(widths)
    columns = []
    for metric, start, end in zip(metrics, ends - widths, ends, strict=True):
        value = metric.combine(ours[..., start:end])
        gain = value - metric.combine(theirs[..., start:end])
        columns += [value, gain if metric.better == "higher" else -gain]
    return np.stack(columns, axis=-1)


def _cluster_sums(terms: Floats, clusters: NDArray[np.int64] | None) -> Floats:
    counted = np.concatenate([terms, np.ones((len(terms), 1))], axis=1)
    if clusters is None:
        return counted
    groups = int(clusters.max()) + 1
    return np.stack([np.bincount(clusters, weights=column, minlength=groups) for column in counted.T], axis=1)


def _ratios(sums: Floats) -> Floats:
    return sums[..., :-1] / np.maximum(sums[..., -1:], 1)


def _accelerated(value: Floats, draws: Floats, left_out: Floats, level: float) -> Floats:
    pull = np.nanmean(left_out, axis=0) - left_out
    spread = np.nansum(np.square(pull), axis=0) ** 1.5
    skew = np.nansum(pull**3, axis=0)
    acceleration = np.divide(skew, 6 * spread, out=np.zeros_like(skew), where=spread > 0)
    below = (draws < value).mean(axis=0) + (draws == value).mean(axis=0) / 2
    bias = ndtri(np.clip(below, 1 / len(draws), 1 - 1 / len(draws)))
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        z = bias + ndtri(share)
        shares = ndtr(bias + z / (1 - acceleration * z))
        ends.append(np.array([np.nanquantile(draw, at) for draw, at in zip(draws.T, shares, strict=True)]))
    return np.stack(ends)
