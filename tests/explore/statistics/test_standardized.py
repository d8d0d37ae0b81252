from __future__ import annotations

import numpy as np
import pytest

from interlock.explore.statistics.moments import SampleMoments, moments
from interlock.explore.statistics.noncentral import t_noncentrality
from interlock.explore.statistics.standardized import average_d, hedges_g, paired_d


def test_g_is_the_difference_in_pooled_units_without_its_bias() -> None:
    # The mean of many estimates is the true 0.8 (Hedges 1981); Cohen's d would be 0.862.
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.8, 1, (20_000, 6)), rng.normal(0, 1, (20_000, 6))
    pooled = np.sqrt((a.var(axis=1, ddof=1) + b.var(axis=1, ddof=1)) / 2)
    ours = hedges_g(moments(a[0]), moments(b[0]))
    naive = (a.mean(axis=1) - b.mean(axis=1)) / pooled
    assert np.mean(naive * ours.value / naive[0]) == pytest.approx(0.8, abs=0.02)


@pytest.mark.slow
def test_intervals_cover_what_they_promise() -> None:
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(600):
        a, b = moments(rng.normal(0.7, 1, 8)), moments(rng.normal(0, 1, 15))
        found = hedges_g(a, b)
        hits.append(found.low <= 0.7 <= found.high)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.027)  # three standard errors


@pytest.mark.slow
def test_of_groups_that_spread_differently_the_average_counts() -> None:
    """The reason for Bonett's interval beside Welch's test; see decision 0152."""
    rng = np.random.default_rng(3)
    true = 1.0 / np.sqrt((9 + 1) / 2)
    bonett, pooled = [], []
    for _ in range(600):
        a, b = moments(rng.normal(1, 3, 20)), moments(rng.normal(0, 1, 80))
        found, other = average_d(a, b), hedges_g(a, b)
        bonett.append(found.low <= true <= found.high)
        pooled.append(other.low <= 1 / np.sqrt((19 * 9 + 79) / 98) <= other.high)
    assert np.mean(bonett) == pytest.approx(0.95, abs=0.03)
    assert np.mean(pooled) < 0.85


def test_pairs_are_in_units_of_their_differences() -> None:
    found = paired_d(SampleMoments(25, 0.5, 1.0, 0.0))
    low, high = t_noncentrality(2.5, 24)
    assert (found.low, found.high) == pytest.approx((low / 5, high / 5))
    assert 0.48 < found.value < 0.5
