from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from interlock.explore.statistics.rank_sums import mann_whitney, shift, signed_rank, symmetric_centre

RNG = np.random.default_rng(0)
#: Hollander and Wolfe's data, from the examples of R's help page of wilcox.test.
X = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
Y = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
BEFORE = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
AFTER = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])


def test_two_samples_are_rs() -> None:
    found = mann_whitney(X, Y)  # R 4.2.2: wilcox.test(x, y, conf.int = TRUE)
    assert found.statistic == 35
    assert math.exp(found.log_p) == pytest.approx(0.254412254412)
    effect = shift(X, Y)
    assert effect is not None
    assert (effect.value, effect.low, effect.high) == pytest.approx((0.305, -0.15, 0.76))


def test_pairs_are_rs() -> None:
    found = signed_rank(BEFORE - AFTER)  # R 4.2.2: wilcox.test(a, b, paired = TRUE, conf.int = TRUE)
    assert found.statistic == 40
    assert math.exp(found.log_p) == pytest.approx(0.0390625)
    effect = symmetric_centre(BEFORE - AFTER)
    assert effect is not None
    assert (effect.value, effect.low, effect.high) == pytest.approx((0.46, 0.010, 0.786))


def test_t08_of_scipys_documentation() -> None:
    found = mann_whitney(np.array([19.0, 22, 16, 29, 24]), np.array([20.0, 11, 17, 12]))
    assert found.statistic == 17
    assert math.exp(found.log_p) == pytest.approx(0.1111111, abs=1e-7)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 4), (2, 50), (50, 10), (50, 50)])
def test_exact_p_values_are_scipys(m: int, n: int) -> None:
    a, b = RNG.normal(1, 1, m), RNG.normal(0, 1, n)
    found = mann_whitney(a, b)
    assert found.exact
    assert math.exp(found.log_p) == pytest.approx(stats.mannwhitneyu(a, b, method="exact").pvalue)
    differences = RNG.normal(0.3, 1, n)
    theirs = stats.wilcoxon(differences, method="exact")
    assert math.exp(signed_rank(differences).log_p) == pytest.approx(theirs.pvalue)


def test_tied_and_long_samples_are_scipys_approximation() -> None:
    a, b = RNG.integers(0, 9, 40).astype(float), RNG.integers(2, 9, 90).astype(float)
    found = mann_whitney(a, b)
    assert not found.exact
    theirs = stats.mannwhitneyu(a, b, method="asymptotic")
    assert math.exp(found.log_p) == pytest.approx(theirs.pvalue)
    differences = a - b[:40]
    both = stats.wilcoxon(differences, zero_method="wilcox", correction=True, method="asymptotic")
    assert math.exp(signed_rank(differences).log_p) == pytest.approx(both.pvalue)


def test_groups_far_apart_keep_a_p_value() -> None:
    found = mann_whitney(np.arange(1.0, 5001), np.arange(10_000.0, 15_000))
    assert -4000 < found.log_p < -3000
    assert signed_rank(np.arange(1.0, 5001)).log_p < -1800


def test_long_intervals_are_r_like_order_statistics() -> None:
    # For more than 50 values the quantile is the normal one: it covers what it promises.
    rng = np.random.default_rng(1)
    runs = [shift(rng.standard_t(2, 60) + 0.5, rng.standard_t(2, 70)) for _ in range(600)]
    assert np.mean([each.low <= 0.5 <= each.high for each in runs if each]) == pytest.approx(0.95, abs=0.027)
    assert shift(np.zeros(3000), np.zeros(3000)) is None


def test_too_few_values_have_no_ends() -> None:
    effect = shift(np.array([1.0, 2]), np.array([3.0, 4]))
    assert effect is not None
    assert (effect.low, effect.high) == (-math.inf, math.inf)
