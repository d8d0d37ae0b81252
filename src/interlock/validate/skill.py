"""Skill: the share of the baseline's squared error that a model removes, one measure for every task."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.validate.bootstrap import Estimate
from interlock.validate.influence import Influence, interval, ratio

__all__ = ["lost", "skill", "skill_difference"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None


def skill(losses: Floats, baseline: Floats, clusters: Clusters = None, *, level: float = 0.95) -> Estimate:
    """Return one minus the ratio of mean squared errors; the interval is that of the ratio's logarithm.

    Args:
        losses: The model's squared errors, [n].
        baseline: The baseline's, of the same rows.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        level: Coverage, 0 to 1.

    Source:
        Murphy (1988), Skill scores based on the mean square error.

    Example:
        >>> skill(np.array([1.0, 1.0, 2.0]), np.array([4.0, 4.0, 8.0])).value
        0.75
    """
    if not baseline.any():
        return Estimate("skill", 0.0, 0.0, 0.0)  # where the baseline makes no error, none can be removed
    share = ratio(losses, baseline)
    if share.value == 0:
        return Estimate("skill", 1.0, 1.0, 1.0)
    low, high = interval(Influence(np.log(share.value), share.values / share.value), clusters, level=level)
    return Estimate("skill", 1 - share.value, 1 - float(np.exp(high)), 1 - float(np.exp(low)))


def skill_difference(
    ours: Floats, theirs: Floats, baseline: Floats, clusters: Clusters = None, *, level: float = 0.95
) -> Estimate:
    """Return our skill minus theirs on the same rows; positive where ours is better.

    Args:
        ours: Our squared errors, [n].
        theirs: Theirs.
        baseline: The baseline's.
        clusters: As in `skill`.
        level: Coverage, 0 to 1.

    Example:
        >>> skill_difference(np.array([1.0, 1.0]), np.array([2.0, 2.0]), np.array([4.0, 4.0])).value
        0.25
    """
    if not baseline.any():
        return Estimate("skill_difference", 0.0, 0.0, 0.0)
    share = ratio(theirs - ours, baseline)
    return Estimate("skill_difference", share.value, *interval(share, clusters, level=level))


def lost(
    before: Floats, after: Floats, baseline: Floats, clusters: Clusters = None, *, level: float = 0.95
) -> Estimate | None:
    """Return the share of the gain on the baseline that is gone: 1 is all of it, more is worse than none.

    Args:
        before: The model's squared errors, [n].
        after: Those of the same rows, disturbed.
        baseline: The baseline's.
        clusters: As in `skill`.
        level: Coverage, 0 to 1.

    Returns:
        None where the model does not certainly gain anything that could be lost.

    Example:
        >>> share = lost(np.ones(9), np.full(9, 2.5), np.full(9, 4.0) + np.arange(9) % 2 - 0.5)
        >>> round(share.value, 2)
        0.51
    """
    gain = ratio(baseline - before, np.ones_like(before))
    if interval(gain, clusters, level=level)[0] <= 0:
        return None
    share = ratio(after - before, baseline - before)
    return Estimate("lost", share.value, *interval(share, clusters, level=level))
