from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.discoveries import discoveries


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.sampled_from([0.01, 0.05, 0.2]))
def test_discoveries_are_scipys(p_values: list[float], rate: float) -> None:
    adjusted = stats.false_discovery_control(p_values, method="bh")
    decided = np.abs(adjusted - rate) > 1e-9
    assert np.array_equal(discoveries(p_values, rate)[decided], (adjusted <= rate)[decided])


def test_no_tests_no_discoveries() -> None:
    assert discoveries([]).tolist() == []


def test_noise_is_discovered_as_often_as_the_rate_says() -> None:
    rng = np.random.default_rng(6)
    runs = [discoveries(list(rng.random(30)), 0.05).any() for _ in range(2000)]
    assert stats.binomtest(int(np.sum(runs)), 2000, 0.05).pvalue > 1e-3
