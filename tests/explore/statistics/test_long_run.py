from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.signal import lfilter

from interlock.explore.statistics.long_run import FEWEST, coefficient, cosines, mean, shift


def _remembering(rng: np.random.Generator, n: int, phi: float) -> NDArray[np.float64]:
    noise: NDArray[np.float64] = lfilter([1], [1, -phi], rng.normal(size=n + 200))[200:]
    return noise


@given(st.integers(0, 2**32 - 1), st.integers(FEWEST, 300))
def test_the_estimate_is_least_squares(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    values, time, other = rng.normal(size=n), np.arange(n) / n, rng.normal(size=n)
    others = np.column_stack([np.ones(n), other])
    expected = np.linalg.lstsq(np.column_stack([others, time]), values, rcond=None)[0][2]
    assert coefficient(values, others, time).value == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_on_white_noise_the_ratio_has_student_s_distribution() -> None:
    rng, n = np.random.default_rng(1), 80
    others, time = np.ones((n, 1)), np.linspace(0, 1, n)
    p = [coefficient(rng.normal(size=n), others, time).p for _ in range(2000)]
    assert stats.kstest(p, "uniform").pvalue > 0.01


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_the_interval_is_as_wide_as_that_of_newey_and_west_in_a_long_series(phi: float) -> None:
    rng, n = np.random.default_rng(2), 3_000
    ratios = []
    for _ in range(25):
        values, time = _remembering(rng, n, phi), np.linspace(0, 1, n)
        found = coefficient(values, np.ones((n, 1)), time)
        newey_west = sm.OLS(values, sm.add_constant(time)).fit(cov_type="HAC", cov_kwds={"maxlags": 25})
        half = float(stats.t(cosines(n)).ppf(0.975)) * newey_west.bse[1]
        ratios.append((found.high - found.low) / 2 / half)
    # 82 cosines know the standard error to 8 % each time, so their mean over 25 series to 1.6 %; a window of
    # 25 lags is narrower than the memory by some 2 %.
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(("phi", "least"), [(0.0, 0.94), (0.7, 0.92)])
def test_intervals_cover(phi: float, least: float) -> None:
    rng, n, slope = np.random.default_rng(3), 150, 2.0
    time, covered = np.linspace(0, 1, n), 0
    for _ in range(1000):
        found = coefficient(slope * time + _remembering(rng, n, phi), np.ones((n, 1)), time)
        covered += found.low <= slope <= found.high
    assert covered >= least * 1000


def test_rows_taken_as_independent_would_be_too_sure() -> None:
    values = _remembering(np.random.default_rng(4), 500, 0.9)
    found = mean(values)
    naive = 1.96 * values.std() / np.sqrt(500)
    assert found.high - found.low > 4 * naive  # in theory 2 sqrt(19) = 8.7


def test_what_does_not_vary_has_no_error() -> None:
    found = mean(np.ones(30))
    assert (found.low, found.value, found.high) == pytest.approx((1, 1, 1))
    assert coefficient(np.zeros(30), np.ones((30, 1)), np.arange(30.0)).p == 1.0


def test_too_few_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="19 periods are fewer than 20"):
        mean(np.arange(19.0))


def test_a_step_is_found_where_it_is() -> None:
    rng, n = np.random.default_rng(5), 200
    values = rng.normal(size=n) + 3 * (np.arange(n) >= 120) + np.arange(n) * 0.01
    found = shift(values, np.column_stack([np.ones(n), np.arange(n)]))
    assert found is not None
    assert abs(found.place - 120) <= 2
    assert found.size.low < 3 < found.size.high
    assert found.size.p < 1e-3


def test_the_place_is_the_best_of_all_by_least_squares() -> None:
    rng, n = np.random.default_rng(6), 120
    values, others = rng.normal(size=n), np.column_stack([np.ones(n), np.arange(float(n))])
    left = {}
    for place in range(12, 109):
        columns = np.column_stack([others, np.arange(n) >= place])
        left[place] = np.linalg.lstsq(columns, values, rcond=None)[1][0]
    without = np.linalg.lstsq(others, values, rcond=None)[1][0]
    found = shift(values, others)
    assert found is not None
    assert found.place == min(left, key=lambda place: left[place])
    assert found.fit == pytest.approx(min(left.values()) / without)


def test_no_step_is_looked_for_in_a_short_series() -> None:
    assert shift(np.arange(99.0), np.ones((99, 1))) is None


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 250, 600])
@pytest.mark.parametrize("phi", [0.0, 0.7])
def test_steps_in_noise_are_found_as_often_as_they_may(n: int, phi: float) -> None:
    rng, others = np.random.default_rng(7), np.column_stack([np.ones(n), np.linspace(0, 1, n)])
    found = [shift(_remembering(rng, n, phi), others) for _ in range(1500)]
    p = np.array([each.size.p for each in found if each is not None])
    assert (p <= 0.05).mean() <= 0.07
    assert (p <= 0.01).mean() <= 0.022
