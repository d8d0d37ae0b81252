import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from interlock.validate.influence import Influence, difference, interval, mean, p_value, ratio, standard_error

Floats = NDArray[np.float64]


def values(seed: int, n: int = 50) -> Floats:
    return np.random.default_rng(seed).gamma(2, size=n)


def test_the_mean_has_the_familiar_standard_error_and_interval() -> None:
    sample = values(0)
    assert standard_error(mean(sample)) == pytest.approx(stats.sem(sample))
    expected = stats.t.interval(0.95, len(sample) - 1, sample.mean(), stats.sem(sample))
    assert interval(mean(sample)) == pytest.approx(expected)


def test_the_p_value_is_that_of_students_test() -> None:
    sample = values(1) - 2
    assert p_value(mean(sample)) == pytest.approx(stats.ttest_1samp(sample, 0).pvalue)


def test_an_estimate_without_spread_is_certain() -> None:
    assert p_value(mean(np.zeros(5))) == 1
    assert p_value(mean(np.ones(5))) == 0


def test_the_paired_difference_is_the_mean_of_the_differences() -> None:
    first, second = values(2), values(3)
    paired = difference(mean(first), mean(second))
    assert standard_error(paired) == pytest.approx(stats.sem(first - second))
    assert p_value(paired) == pytest.approx(stats.ttest_rel(first, second).pvalue)


def test_the_ratios_error_equals_the_delta_method_from_the_covariance() -> None:
    top, bottom = values(4, 400), values(5, 400) + 1
    found = ratio(top, bottom)
    covariance = np.cov(top, bottom) / 400
    gradient = np.array([1 / bottom.mean(), -top.mean() / bottom.mean() ** 2])
    assert found.value == pytest.approx(top.mean() / bottom.mean())
    assert standard_error(found) == pytest.approx(np.sqrt(gradient @ covariance @ gradient))


def test_clusters_of_equal_size_give_the_error_of_the_mean_of_their_means() -> None:
    sample = values(6, 120)
    clusters = np.repeat(np.arange(12), 10)
    expected = stats.sem(sample.reshape(12, 10).mean(axis=1))
    assert standard_error(mean(sample), clusters) == pytest.approx(expected, rel=0.01)


def test_clusters_that_do_not_occur_count_nothing() -> None:
    sample = values(7, 40)
    clusters = np.repeat(np.arange(4), 10)
    assert standard_error(mean(sample), clusters) == standard_error(mean(sample), clusters * 5 + 3)


def test_few_clusters_widen_the_interval_by_students_quantile() -> None:
    estimate = Influence(0.0, np.array([1.0, -1.0, 1.0, -1.0]))
    low, high = interval(estimate, np.arange(4))
    assert high == -low == pytest.approx(np.sqrt(4 * 4 / 3) * stats.t.ppf(0.975, 3))


def test_intervals_of_clustered_rows_cover() -> None:
    generator = np.random.default_rng(8)
    clusters = np.repeat(np.arange(30), 20)
    covered = naive = 0
    for _ in range(400):
        sample = generator.normal(size=600) + generator.normal(size=30)[clusters]
        low, high = interval(mean(sample), clusters)
        covered += low <= 0 <= high
        low, high = interval(mean(sample))
        naive += low <= 0 <= high
    assert 0.92 <= covered / 400 <= 0.98
    assert naive / 400 < 0.6
