"""The average precision with its interval, for independent rows and for rows in groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from interlock.validate.influence import Influence, interval

__all__ = ["average_precision", "average_precision_interval"]

Floats = NDArray[np.float64]


def average_precision(target: Floats, score: Floats) -> Influence:
    """Return the mean, over the positive rows, of the precision among all rows that score at least as high.

    Args:
        target: 0 or 1, [n]; at least one is 1.
        score: Any order, [n]; rows of one score are taken together.

    Returns:
        The average precision, and per row its share of the error: the derivative by the row's weight, which
        is the infinitesimal jackknife.

    Source:
        Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, 8.4; Jaeckel (1972), The
        infinitesimal jackknife, Bell Laboratories Memorandum.

    Example:
        >>> found = average_precision(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
        >>> round(found.value, 4)
        0.8333
    """
    place = np.unique(-score, return_inverse=True)[1]
    size = int(place.max()) + 1
    hits = np.bincount(place, target, minlength=size)
    taken = np.cumsum(np.bincount(place, minlength=size)).astype(np.float64)
    precision = np.cumsum(hits) / taken
    positives = float(hits.sum())
    value = float(hits @ precision) / positives
    # A row is among those taken at its own place and at all after it.
    gained = np.cumsum((hits / taken)[::-1])[::-1]
    spoilt = np.cumsum((hits * precision / taken)[::-1])[::-1]
    slope = (target * (precision[place] - value + gained[place]) - spoilt[place]) / positives
    n = len(target)
    return Influence(value, slope * np.sqrt(n / max(n - 1, 1)))


def average_precision_interval(
    estimate: Influence, clusters: NDArray[np.int64] | None = None, *, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of an average precision, on the logit scale, so it stays within 0 and 1.

    Where every positive row is before every other nothing is known of the error; then it has no width.

    Args:
        estimate: What `average_precision` returned.
        clusters: [n], groups of rows that stand or fall together; None takes rows as independent.
        level: Coverage, 0 to 1.
    """
    value = estimate.value
    if not 0 < value < 1:
        return value, value
    scaled = Influence(float(logit(value)), estimate.values / (value * (1 - value)))
    low, high = interval(scaled, clusters, level=level)
    return float(expit(low)), float(expit(high))
