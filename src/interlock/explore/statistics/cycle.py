"""A season: whether a series repeats itself after so many periods, and by how much it swings."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from interlock.explore.statistics.estimate import CONFIDENCE, Estimate

__all__ = ["Cycle", "cycle"]

#: Cycles that are needed, harmonics of the season that are tested, and frequencies on each side of them.
_CYCLES, _HARMONICS, _SIDE = 3, 4, 10
Numbers = NDArray[np.float64]


class Cycle(NamedTuple):
    """How a series moves with its phase, such as the hour of the day.

    Args:
        swing: The highest phase less the lowest, the interval at once for every pair of phases; `p` is the
            season's; `n` counts whole cycles.
        share: The share of the variance of the series that the phase explains, adjusted for chance.
        means: The mean of each phase, free of trend, shape [period]; NaN where a phase has no value.
        low: The lower ends of the means' intervals, each against its own cycle's mean.
        high: The upper ends.
        highest: The phase with the highest mean.
        lowest: The phase with the lowest.
    """

    swing: Estimate
    share: float
    means: Numbers
    low: Numbers
    high: Numbers
    highest: int
    lowest: int


def cycle(values: Numbers, period: int) -> Cycle | None:
    """Return the season of a series.

    The test compares the power at the season's frequencies with the power at their neighbours, which noise
    with memory has as well; so no model of the memory is needed.

    Args:
        values: One a time step, at even steps, the first one at phase 0, NaN where there is none.
        period: Steps in a cycle.

    Returns:
        None where the series has fewer than three whole cycles with values, or does not vary.

    Source:
        E. J. Hannan, Testing for a jump in the spectral function (1961); M. B. Priestley, Spectral Analysis
        and Time Series (1981), section 8.3: the ratio of a periodogram ordinate to the mean of m others
        has an F distribution with 2 and 2m degrees of freedom.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=28)
        >>> found = cycle(np.tile([9.0, 0, 0, 0, 0, 0, 0], 4) + noise, 7)
        >>> found.highest, found.swing.n, found.swing.p < 0.001
        (0, 4, True)
    """
    whole = len(values) // period
    table = _level(values[: whole * period]).reshape(whole, period)
    table = table[~np.isnan(table).all(axis=1)]
    if len(table) < _CYCLES:
        return None
    series = _level(values[: whole * period])
    known = ~np.isnan(series)
    variance = float(np.var(series[known]))
    if variance <= 1e-24 * max(float(np.mean(values[: whole * period][known] ** 2)), 1e-300):
        return None
    means, low, high = _phases(table)
    present = np.flatnonzero(~np.isnan(means))
    if len(present) < 2:
        return None
    highest, lowest = (int(present[pick(means[present])]) for pick in (np.argmax, np.argmin))
    gap = _difference(table[:, highest] - table[:, lowest], len(present))
    log_p = _log_p(np.where(known, series, 0.0), whole, period)
    return Cycle(
        gap._replace(log_p=log_p), _explained(table, means, variance), means, low, high, highest, lowest
    )


def _level(values: Numbers) -> Numbers:
    """Take a straight line out of a series and keep its mean."""
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < 3:
        return values
    place = known - known.mean()
    slope = float(place @ values[known]) / float(place @ place)
    level: Numbers = values - slope * (np.arange(len(values)) - known.mean())
    return level


def _phases(table: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the mean of each phase, and its interval with every cycle's own level taken out."""
    counts = (~np.isnan(table)).sum(axis=0)
    own = table - np.nanmean(table, axis=1, keepdims=True)
    enough = counts >= 2
    means, spread = np.full(table.shape[1], np.nan), np.full(table.shape[1], np.nan)
    filled = counts > 0
    means[filled] = np.nanmean(table[:, filled], axis=0)
    spread[enough] = np.nanstd(own[:, enough], axis=0, ddof=1) / np.sqrt(counts[enough])
    half = stdtrit(np.maximum(counts - 1, 1), (1 + CONFIDENCE) / 2) * spread
    return means, means - half, means + half


def _difference(gaps: Numbers, phases: int) -> Estimate:
    """Return the mean gap between two phases, with an interval for all pairs at once (Bonferroni)."""
    gaps = gaps[~np.isnan(gaps)]
    n = len(gaps)
    if n < 2:
        return Estimate(float(gaps.mean()) if n else math.nan, -math.inf, math.inf, n)
    pairs = phases * (phases - 1) / 2
    half = float(stdtrit(n - 1, 1 - (1 - CONFIDENCE) / (2 * pairs)) * gaps.std(ddof=1) / math.sqrt(n))
    middle = float(gaps.mean())
    return Estimate(middle, middle - half, middle + half, n)


def _log_p(series: Numbers, whole: int, period: int) -> float:
    """Return the logarithm of the p-value of no season: the smallest of some harmonics, times their count."""
    power = np.abs(np.fft.rfft(series - series.mean())) ** 2
    harmonics = range(1, min(_HARMONICS, (period - 1) // 2) + 1)
    side = max(min(_SIDE, (whole - 1) // 2), 1)
    smallest = min(_against_neighbours(power, whole * each, side) for each in harmonics)
    return min(smallest + math.log(len(harmonics)), 0.0)


def _against_neighbours(power: Numbers, place: int, side: int) -> float:
    around = np.r_[power[place - side : place], power[place + 1 : place + 1 + side]]
    noise, m = float(around.mean()), len(around)
    if noise <= 0:
        return -math.inf if power[place] > 0 else 0.0
    # The logarithm of the upper tail of F with 2 and 2m degrees of freedom.
    return -m * math.log1p(float(power[place]) / noise / m)


def _explained(table: Numbers, means: Numbers, variance: float) -> float:
    known = ~np.isnan(table)
    n, k = int(known.sum()), int((~np.isnan(means)).sum())
    if n <= k:
        return 0.0
    left = float(np.mean((table - means)[known] ** 2)) / variance
    return max(1 - left * (n - 1) / (n - k), 0.0)
