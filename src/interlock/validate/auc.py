"""The area under the ROC curve with DeLong's interval, for independent rows and for rows in groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from interlock.explore.statistics.midranks import placements
from interlock.validate.influence import Influence, interval

__all__ = ["auc", "auc_interval"]

Floats = NDArray[np.float64]


def auc(target: Floats, score: Floats) -> Influence:
    """Return the area under the ROC curve, ties counting a half.

    Args:
        target: 0 or 1, [n]; both are present.
        score: Any order, [n].

    Returns:
        The area, and per row its placement's distance from it: DeLong's structural components, so that
        `standard_error` over rows is DeLong's, and over clusters Obuchowski's.

    Source:
        DeLong, DeLong and Clarke-Pearson (1988), by `placements`;
        Obuchowski (1997), Nonparametric analysis of clustered ROC curve data.

    Example:
        >>> auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])).value
        0.75
    """
    positive = target == 1
    ours, others = int(positive.sum()), int((~positive).sum())
    placement = placements(score, positive)
    value = float(placement[positive].mean())
    sizes = np.where(positive, ours, others)
    return Influence(value, (placement - value) / np.sqrt(sizes * np.maximum(sizes - 1, 1)))


def auc_interval(
    target: Floats, estimate: Influence, clusters: NDArray[np.int64] | None = None, *, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of an area, on the logit scale, so it stays within 0 and 1.

    Where every pair is in order the variance is zero and tells nothing; then the bound is that of as many
    disjoint, so independent, pairs as there are: none failed, `((1 - level) / 2) ** (1 / pairs)`.

    Args:
        target: 0 or 1, [n].
        estimate: What `auc` returned for it.
        clusters: [n], groups of rows that stand or fall together; None takes rows as independent.
        level: Coverage, 0 to 1.
    """
    value = estimate.value
    if value in (0.0, 1.0):
        pairs = int(min((target == 1).sum(), (target != 1).sum()))
        bound = ((1 - level) / 2) ** (1 / pairs)
        return (bound, 1.0) if value else (0.0, 1 - bound)
    scaled = Influence(float(logit(value)), estimate.values / (value * (1 - value)))
    low, high = interval(scaled, clusters, level=level)
    return float(expit(low)), float(expit(high))
