from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.moments import moments, t_half

#: Squares of values below 1e-154 underflow, in scipy's skewness as in ours: that is not asked here.
VALUES = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


@given(st.lists(VALUES, min_size=2, max_size=40).map(np.array))
def test_they_are_numpys_and_scipys(values: np.ndarray) -> None:
    found = moments(values)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12, abs=1e-9)
    assert found.variance == pytest.approx(values.var(ddof=1), rel=1e-9, abs=1e-12)
    if values.std() > 1e-6 * np.abs(values).max():
        assert found.skew == pytest.approx(stats.skew(values), rel=1e-6, abs=1e-6)


def test_an_offset_costs_no_digits() -> None:
    near = np.random.default_rng(0).integers(-1000, 1000, 5000) / 1024  # exact at both offsets
    here, far = moments(near), moments(near + 1e9, origin=1e9)
    assert far[:4] == here[:4]
    assert moments(near + 1e9).variance == pytest.approx(here.variance, rel=1e-9)


def test_constant_values_have_no_spread_whatever_they_are() -> None:
    assert moments(np.full(10, 0.1))[:4] == (10, 0.1, 0.0, 0.0)
    assert moments(np.array([]))[0] == 0
    one = moments(np.array([3.0]))
    assert one.mean == 3.0
    assert math.isnan(one.variance)


def test_the_quantile_is_scipys() -> None:
    assert t_half(17.776474, 0.9) == pytest.approx(stats.t.ppf(0.95, 17.776474))
