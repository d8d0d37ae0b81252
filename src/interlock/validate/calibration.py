"""Calibration: does what was predicted happen as often as predicted?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from interlock.explore.statistics.estimate import wilson_interval
from interlock.validate.bootstrap import Estimate
from interlock.validate.influence import Influence, interval, mean, standard_error

__all__ = ["Bin", "Calibration", "calibrate", "confidence", "effective_n"]

Floats = NDArray[np.float64]
_EDGE = 1e-12  # logits of 0 and 1 are infinite


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows with similar predictions.

    Args:
        n: Number of rows.
        predicted: Mean prediction.
        observed: Mean of the target: for a class, how often it came true.
        low: Lower end of the observed.
        high: Upper end.
    """

    n: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How predictions compare with what happened.

    Args:
        bins: In the order of the predictions, as equal in size as ties allow.
        error: Expected calibration error: the mean distance of observed from predicted over the bins. Its
            interval holds what infinitely many rows would show there, with at least the level's chance.
        large: Mean prediction minus mean target (calibration in the large).
        slope: 1 is right; below 1 the predictions are too extreme, above it too timid.
        intercept: 0 is right; where the predicted odds are even.
    """

    bins: tuple[Bin, ...]
    error: Estimate
    large: Estimate
    slope: Estimate
    intercept: Estimate


def calibrate(
    target: Floats,
    prediction: Floats,
    *,
    chances: bool = True,
    bins: int = 20,
    clusters: NDArray[np.int64] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Calibration:
    """Compare predictions with what happened.

    Args:
        target: 0 or 1 where `chances`, else any value, [n].
        prediction: Probabilities where `chances`, else values, [n].
        chances: Whether predictions are probabilities: then bins have Wilson's interval, and slope and
            intercept are a logistic regression's on their logit; else Student's, and a linear regression's.
        bins: How many, at most.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        level: Coverage, 0 to 1.
        seed: Of the simulated noise in the error's interval.

    Source:
        Error: Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities. Slope and
        intercept: Cox (1958), Two further applications of a model for binary regression.

    Example:
        >>> truth = np.repeat([0.0, 1.0, 0.0, 1.0], [80, 20, 20, 80])
        >>> result = calibrate(truth, np.repeat([0.2, 0.8], 100))
        >>> [(bin.n, round(bin.predicted, 2), bin.observed) for bin in result.bins]
        [(100, 0.2, 0.2), (100, 0.8, 0.8)]
        >>> round(result.slope.value, 6)
        1.0
    """
    codes = _bin_codes(prediction, bins)
    rows = (codes == code for code in range(int(codes.max()) + 1))
    parts = tuple(_bin(target[at], prediction[at], _taken(clusters, at), chances, level) for at in rows)
    gap = mean(prediction - target)
    large = Estimate("calibration_in_the_large", gap.value, *interval(gap, clusters, level=level))
    error = _error(target, prediction, codes, clusters, level, seed)
    intercept, slope = _regression(target, prediction, chances)
    return Calibration(
        parts,
        error,
        large,
        Estimate("calibration_slope", slope.value, *interval(slope, clusters, level=level)),
        Estimate("calibration_intercept", intercept.value, *interval(intercept, clusters, level=level)),
    )


def confidence(target: Floats, prediction: Floats) -> tuple[Floats, Floats]:
    """Return, for probabilities of several classes, whether the likeliest was right, and its probability.

    Source:
        Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks.
    """
    return (prediction.argmax(axis=1) == target).astype(np.float64), prediction.max(axis=1)


def _bin_codes(prediction: Floats, bins: int) -> NDArray[np.int64]:
    edges = np.unique(np.quantile(prediction, np.linspace(0, 1, bins + 1)[1:-1]))
    codes = np.searchsorted(edges, prediction, side="left")
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _bin(
    target: Floats, prediction: Floats, clusters: NDArray[np.int64] | None, chances: bool, level: float
) -> Bin:
    observed = mean(target)
    if chances:
        ends = wilson_interval(observed.value, effective_n(observed, clusters), level)
    else:
        ends = interval(observed, clusters, level=level)
    return Bin(len(target), float(prediction.mean()), observed.value, *ends)


def effective_n(share: Influence, clusters: NDArray[np.int64] | None) -> float:
    """Return how many independent rows would tell as much about a share as these rows in clusters do.

    Source:
        Kish (1965), Survey Sampling; used with Wilson's interval as in Korn and Graubard (1998).
    """
    n = len(share.values)
    alone, together = standard_error(share), standard_error(share, clusters)
    return n if together <= alone else n * (alone / together) ** 2


def _error(
    target: Floats,
    prediction: Floats,
    codes: NDArray[np.int64],
    clusters: NDArray[np.int64] | None,
    level: float,
    seed: int,
) -> Estimate:
    """Estimate the error; by the triangle inequality it is off by no more than the bins' noise summed."""
    residual = target - prediction
    gaps = np.bincount(codes, weights=residual)
    sizes = np.bincount(codes)
    unbiased = np.sqrt(sizes / np.maximum(sizes - 1, 1))
    noise = (residual - (gaps / sizes)[codes]) * unbiased[codes]
    draws = np.random.default_rng(seed).multivariate_normal(
        np.zeros(len(gaps)), _covariance(noise, codes, clusters), size=4000, method="eigh"
    )
    reach = np.quantile(np.abs(draws).sum(axis=1), level) / len(codes)
    value = np.abs(gaps).sum() / len(codes)
    return Estimate("calibration_error", float(value), float(max(0, value - reach)), float(value + reach))


def _covariance(noise: Floats, codes: NDArray[np.int64], clusters: NDArray[np.int64] | None) -> Floats:
    """Return the covariance of the bins' sums: diagonal where rows are independent."""
    bins = int(codes.max()) + 1
    if clusters is None:
        return np.diag(np.bincount(codes, weights=np.square(noise)))
    groups = int(clusters.max()) + 1
    sums = np.bincount(clusters * bins + codes, weights=noise, minlength=groups * bins).reshape(groups, bins)
    return np.asarray(sums.T @ sums)


def _regression(target: Floats, prediction: Floats, chances: bool) -> tuple[Influence, Influence]:
    """Regress the target on the prediction by Newton's steps; a linear regression is done in one."""
    x = logit(np.clip(prediction, _EDGE, 1 - _EDGE)) if chances else prediction
    design = np.stack([np.ones_like(x), x], axis=1)
    beta = np.array([0.0, 1.0])
    for _ in range(50 if chances else 1):
        fitted = expit(design @ beta) if chances else design @ beta
        weight = fitted * (1 - fitted) if chances else np.ones_like(x)
        inverse = np.linalg.pinv(design.T @ (design * weight[:, None]))
        step = inverse @ (design.T @ (target - fitted))
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    fitted = expit(design @ beta) if chances else design @ beta
    moves = (design * (target - fitted)[:, None]) @ inverse
    return Influence(float(beta[0]), moves[:, 0]), Influence(float(beta[1]), moves[:, 1])


def _taken(clusters: NDArray[np.int64] | None, rows: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    return None if clusters is None else clusters[rows]
