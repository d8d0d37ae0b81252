from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.compare_means import welch
from interlock.explore.statistics.moments import SampleMoments, moments
from interlock.explore.statistics.relative import relative_difference
from interlock.explore.statistics.result import Check, Effect

MOMENTS = st.builds(
    SampleMoments, st.integers(3, 500), st.floats(-10, 10), st.floats(0.01, 100), st.just(0.0), st.just(0.0)
)


@given(MOMENTS, MOMENTS)
def test_it_leaves_out_zero_exactly_when_the_difference_does(a: SampleMoments, b: SampleMoments) -> None:
    error, df = welch(a, b)
    half = stats.t.ppf(0.975, df) * error
    gap = a.mean - b.mean
    assume(abs(abs(gap) - half) > 1e-9)
    found = relative_difference(a, b, error, df)
    assume(isinstance(found, Effect))
    assert isinstance(found, Effect)
    assert (found.low > 0 or found.high < 0) == (abs(gap) > half)
    assert found.low <= found.value <= found.high
    assert gap == 0 or math.copysign(1, found.value) == math.copysign(1, gap)


def test_a_second_mean_near_zero_is_said_and_a_negative_one_keeps_its_sense() -> None:
    near = relative_difference(SampleMoments(10, 1, 1, 0), SampleMoments(10, 0.1, 1, 0), 0.4, 18)
    assert isinstance(near, Check)
    assert near.text == "There is no relative difference: the second mean (0.1) cannot be told from 0."
    negative = relative_difference(SampleMoments(99, -8, 1, 0), SampleMoments(99, -10, 1, 0), 0.14, 196)
    assert isinstance(negative, Effect)
    assert negative.value == pytest.approx(0.2)
    assert 0 < negative.low < 0.2 < negative.high


def test_an_offset_costs_no_digits() -> None:
    values = np.random.default_rng(0).integers(-999, 999, (2, 400)) / 1024
    a, b = (moments(each + 1e9, 1e9) for each in values)
    found = relative_difference(a, b, *welch(a, b))
    assert isinstance(found, Effect)
    assert found.value * (1e9 + values[1].mean()) == pytest.approx(
        values[0].mean() - values[1].mean(), rel=1e-9
    )


def test_it_covers_what_it_promises_for_skewed_values() -> None:
    # experiment.md section 4, number 9: gamma with a coefficient of variation of 2, lift 50 %.
    rng = np.random.default_rng(1)
    a, b = rng.gamma(0.25, 6, (2000, 400)), rng.gamma(0.25, 4, (2000, 400))
    covered = []
    for one, other in zip(a, b, strict=True):
        first, second = moments(one), moments(other)
        found = relative_difference(first, second, *welch(first, second))
        assert isinstance(found, Effect)
        covered.append(found.low <= 0.5 <= found.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)
