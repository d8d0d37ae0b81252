from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.correlation_ratio import correlation_ratio

pairs = st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), min_size=5, max_size=60)


@given(pairs)
def test_p_is_kruskals_and_the_value_is_kelleys(rows: list[tuple[int, int]]) -> None:
    values, groups = np.array([a for a, _ in rows], float), np.array([b for _, b in rows])
    present = np.unique(groups)
    n, k = len(values), len(present)
    assume(k > 1 and n > k and len(np.unique(values)) > 1)
    statistic, p = stats.kruskal(*(values[groups == group] for group in present))
    found = correlation_ratio(values, groups)
    assert found.p == pytest.approx(p, abs=1e-9)
    epsilon = (statistic - k + 1) / (n - k)
    assert found.value == pytest.approx(math.sqrt(min(max(epsilon, 0.0), 1.0)), abs=1e-6)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_one_group_or_one_value_says_nothing() -> None:
    assert correlation_ratio(np.arange(9.0), np.zeros(9, int)) == (0.0, 0.0, 0.0, 9, 0.0)
    assert correlation_ratio(np.ones(9), np.arange(9) % 2) == (0.0, 0.0, 0.0, 9, 0.0)


@pytest.mark.parametrize("shift", [0.15, 0.5, 1.5])
def test_the_interval_covers_as_often_as_it_says(shift: float) -> None:
    rng = np.random.default_rng(4)

    def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
        groups = rng.integers(0, 4, n)
        return rng.standard_t(3, n) + shift * groups, groups

    truth = correlation_ratio(*sample(1_000_000)).value
    runs = [correlation_ratio(*sample(500)) for _ in range(500)]
    assert np.mean([each.low <= truth <= each.high for each in runs]) >= 0.92
