"""Rows of one day resemble each other: how many of them tell as much as one that stands alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.validate.influence import mean, standard_error

__all__ = ["FEWEST_DAYS", "Days", "days", "design_effect"]

#: With fewer days their spread cannot be estimated, and rows are taken as independent.
FEWEST_DAYS = 20
_DAY = 86_400.0

#: The day of each row, numbered from 0; None where rows are taken as independent.
Days = NDArray[np.int64] | None


def days(moments: NDArray[np.float64]) -> Days:
    """Number the days (UTC) of moments; None where there are fewer than 20.

    Args:
        moments: Seconds since 1970, [n]; rows with NaN are a day of their own.

    Example:
        >>> days(np.array([0.0, 86_400.0])) is None
        True
    """
    distinct, codes = np.unique(np.floor(moments / _DAY), return_inverse=True)
    return codes.astype(np.int64) if len(distinct) >= FEWEST_DAYS else None


def design_effect(inside: NDArray[np.bool_], clusters: Days) -> float:
    """Return how much larger the variance of a share is than if rows were independent.

    Args:
        inside: Which rows have the property, bool [n].
        clusters: The day of each row.

    Returns:
        At least 1: so many rows tell as much as one that stands alone.

    Source:
        Kish (1965), Survey Sampling, section 8.2.

    Example:
        >>> by_day = np.repeat(np.arange(100) % 2 == 0, 10)
        >>> round(design_effect(by_day, np.repeat(np.arange(100), 10)), 1)
        10.1
    """
    if clusters is None or inside.all() or not inside.any():
        return 1.0
    share = mean(inside.astype(np.float64))
    return max(1.0, (standard_error(share, clusters) / standard_error(share)) ** 2)
