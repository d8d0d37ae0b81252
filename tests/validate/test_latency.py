import numpy as np
import pytest
from scipy import stats
from tests.fixtures_validate import solve

from interlock.release.model import Model
from interlock.validate.latency import latency, quantile_interval
from interlock.validate.rows import as_rows


def test_the_median_lies_between_the_order_statistics_of_the_binomial() -> None:
    values = np.arange(1000.0)
    found = quantile_interval("median", values, 0.5)
    covered = stats.binom.cdf(found.high, 1000, 0.5) - stats.binom.cdf(found.low, 1000, 0.5)
    assert found.value == np.median(values)
    assert covered == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_quantile_intervals_cover_whatever_the_distribution(share: float) -> None:
    generator = np.random.default_rng(0)
    truth, covered = stats.pareto.ppf(share, 1.5), 0
    for _ in range(400):
        found = quantile_interval("q", stats.pareto.rvs(1.5, size=2000, random_state=generator), share)
        covered += found.low <= truth <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_ends_stay_within_few_values() -> None:
    assert quantile_interval("q", np.array([3.0, 1.0]), 0.99).high == 3


def test_one_row_takes_some_microseconds_and_the_tail_at_least_as_many() -> None:
    solved = solve("binary")
    rows = as_rows(solved.contract, solved.holdout.checked, np.arange(20))
    half, most = latency(solved.contract, Model(solved.development.model), rows, calls=300)
    assert 1 < half.low <= half.value <= half.high < 100_000
    assert most.value >= half.value
