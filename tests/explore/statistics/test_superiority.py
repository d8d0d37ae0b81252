from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.superiority import cliffs_delta, superiority

SAMPLE = st.lists(st.integers(-9, 9), min_size=2, max_size=25).map(lambda each: np.array(each, dtype=float))


@given(SAMPLE, SAMPLE)
def test_it_is_the_share_of_pairs_and_scipys_test(a: np.ndarray, b: np.ndarray) -> None:
    found = superiority(a, b)
    share = np.mean((a[:, None] > b) + 0.5 * (a[:, None] == b))
    assert found.effect.value == pytest.approx(share, abs=1e-12)
    assert found.effect.low <= found.effect.value <= found.effect.high
    assume(not math.isnan(found.statistic))
    theirs = stats.brunnermunzel(a, b)
    assert found.statistic == pytest.approx(-theirs.statistic, rel=1e-9, abs=1e-9)
    assert found.log_p == pytest.approx(math.log(theirs.pvalue), rel=1e-7, abs=1e-9)


@given(SAMPLE, SAMPLE)
def test_swapping_the_groups_and_scaling(a: np.ndarray, b: np.ndarray) -> None:
    there, back, scaled = superiority(a, b), superiority(b, a), superiority(5 * a + 3, 5 * b + 3)
    assert there.effect.low == pytest.approx(1 - back.effect.high, abs=1e-9)
    assert scaled == there or math.isnan(there.statistic)


def test_groups_that_do_not_overlap_have_an_exact_end_and_no_statistic() -> None:
    found = superiority(np.array([4.0, 5, 6]), np.array([1.0, 2, 3, 3]))
    assert (found.effect.value, found.effect.high) == (1.0, 1.0)
    assert found.effect.low == pytest.approx(0.025 ** (1 / 3))
    assert math.isnan(found.log_p)


def test_deltas_run_from_minus_one_to_one() -> None:
    found = superiority(np.array([1.0, 2, 3]), np.array([4.0, 5, 6])).effect
    assert (cliffs_delta(found).value, cliffs_delta(found).low) == (-1.0, -1.0)


def test_the_interval_and_the_test_hold_for_unequal_spread() -> None:
    rng = np.random.default_rng(4)
    found = [superiority(rng.normal(0, 4, 12), rng.normal(0, 1, 40)) for _ in range(1500)]
    covered = [each.effect.low <= 0.5 <= each.effect.high for each in found]
    assert 0.95 <= np.mean(covered) < 0.995  # cautious for few rows, and inside 0 to 1
    assert np.mean([each.log_p < math.log(0.05) for each in found]) == pytest.approx(0.05, abs=0.02)
