from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from interlock.explore.exactness import exactness, rank_error, scope, share_error


def test_all_rows_are_exact() -> None:
    assert exactness(12_000, 12_000) == "exact: all 12,000 rows were read"


def test_a_sample_states_both_bounds() -> None:
    text = exactness(10_000, 8_000_000)
    assert text.startswith("measured on a random sample of 10,000 of 8,000,000 rows")
    assert "a share is right within 0.98 percentage points (Wilson)" in text
    assert "the rank of every quantile within 1.4 (Dvoretzky-Kiefer-Wolfowitz)" in text
    assert "rows that repeat others were not counted" in text
    assert scope(3, 9) == "a random sample of 3 of 9 rows"


@pytest.mark.parametrize("rows", [100, 5000])
def test_no_share_has_a_wider_interval(rows: int) -> None:
    for hits in range(0, rows + 1, rows // 20):
        interval = stats.binomtest(hits, rows).proportion_ci(0.95, method="wilson")
        assert (interval.high - interval.low) / 2 <= share_error(rows) + 1e-12


def test_the_distribution_function_stays_within_its_bound_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(0)
    far = [stats.kstest(rng.random(400), "uniform").statistic > rank_error(400) for _ in range(2000)]
    assert stats.binomtest(sum(far), 2000).proportion_ci(0.999).low <= 0.05
