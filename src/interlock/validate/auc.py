"""The area under the ROC curve with DeLong's interval, for independent rows and for rows in groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

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
        DeLong, DeLong and Clarke-Pearson (1988), Comparing the areas under two or more correlated ROC curves;
        ranks as in Sun and Xu (2014), Fast implementation of DeLong's algorithm;
        Obuchowski (1997), Nonparametric analysis of clustered ROC curve data.

    Example:
        >>> auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])).value
        0.75
    """
    positive = target == 1
    ours, others = int(positive.sum()), int((~positive).sum())
    overall = _midranks(score)
    placement = np.empty(len(score))
    placement[positive] = (overall[positive] - _midranks(score[positive])) / others
    placement[~positive] = 1 - (overall[~positive] - _midranks(score[~positive])) / ours
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


def _midranks(score: Floats) -> Floats:
    """Return ranks from 1, ties sharing their mean; linear where the scores are sorted already."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.concatenate([starts[1:], [len(score)]])
    ranks = np.empty(len(score))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks
