"""How often a value of one group exceeds one of another: the probability of superiority (Brunner-Munzel)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from interlock.explore.statistics.log_tail import log_t_tail, two_sided
from interlock.explore.statistics.moments import t_half
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.result import Effect

__all__ = ["Superiority", "cliffs_delta", "superiority"]


class Superiority(NamedTuple):
    """The probability of superiority and its test.

    Args:
        effect: P(first > second), ties counting half.
        statistic: Of Brunner and Munzel; NaN where the groups do not overlap.
        df: Its degrees of freedom.
        log_p: The natural logarithm of the p-value of 0.5; NaN where the groups do not overlap.
    """

    effect: Effect
    statistic: float
    df: float
    log_p: float


def superiority(first: Floats, second: Floats, confidence: float = 0.95) -> Superiority:
    """Return how often a value of the first group exceeds one of the second.

    The interval is on the logit scale with the variance and degrees of freedom of Brunner and Munzel, which
    needs neither normal values nor equal spread. Where the groups do not overlap, the open end is the exact
    one for the smaller group.

    Args:
        first: Finite, shape [m], m at least 2.
        second: Finite, shape [n], n at least 2.
        confidence: Of the interval.

    Source:
        E. Brunner, U. Munzel, The nonparametric Behrens-Fisher problem (2000).

    Example:
        >>> found = superiority(np.array([5.0, 7.0, 9.0]), np.array([4.0, 6.0, 8.0]))
        >>> round(found.effect.value, 4)
        0.6667
    """
    m, n = len(first), len(second)
    one, other = np.sort(first), np.sort(second)
    # The placement of a value: the share of the other group that lies below it, ties counting half.
    above, below = _placements(one, other), _placements(other, one)
    value = float(above.mean())
    parts = (float(above.var(ddof=1)) / m, float(below.var(ddof=1)) / n)
    variance = sum(parts)
    if variance <= 1e-30 or value in (0.0, 1.0):
        return Superiority(_apart(value, min(m, n), confidence), math.nan, math.nan, math.nan)
    df = variance**2 / (parts[0] ** 2 / (m - 1) + parts[1] ** 2 / (n - 1))
    statistic = (value - 0.5) / math.sqrt(variance)
    half = t_half(df, confidence) * math.sqrt(variance) / (value * (1 - value))
    low, high = float(expit(logit(value) - half)), float(expit(logit(value) + half))
    effect = Effect(_NAME, value, low, high, "Brunner-Munzel, logit", 0.5, confidence)
    return Superiority(effect, statistic, df, two_sided(log_t_tail(abs(statistic), df)))


def cliffs_delta(chance: Effect) -> Effect:
    """Return Cliff's delta: a probability of superiority on a scale from -1 to 1.

    Example:
        >>> cliffs_delta(Effect("probability of superiority", 0.75, 0.5, 1.0)).value
        0.5
    """
    value, low, high = (2 * end - 1 for end in (chance.value, chance.low, chance.high))
    return Effect("Cliff's delta", value, low, high, chance.method, confidence=chance.confidence)


_NAME = "probability of superiority"


def _placements(values: Floats, among: Floats) -> Floats:
    """Both sorted, which makes the search fast."""
    left = np.searchsorted(among, values, side="left")
    found: Floats = (left + np.searchsorted(among, values, side="right")) / (2 * len(among))
    return found


def _apart(value: float, smaller: int, confidence: float) -> Effect:
    bound = ((1 - confidence) / 2) ** (1 / smaller)
    low, high = {1.0: (bound, 1.0), 0.0: (0.0, 1 - bound)}.get(value, (0.0, 1.0))
    return Effect(_NAME, value, low, high, "exact for the smaller group", 0.5, confidence)
