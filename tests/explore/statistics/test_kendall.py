from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.kendall import kendall

SAMPLE = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), min_size=4, max_size=60)


@given(SAMPLE)
def test_tied_rows_are_scipys(rows: list[tuple[int, int]]) -> None:
    a, b = np.array(rows, dtype=float).T
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    assume(len(set(a)) < len(a) or len(set(b)) < len(b))
    theirs = stats.kendalltau(a, b, method="asymptotic")
    found = kendall(a, b)
    assert found.tau == pytest.approx(theirs.statistic)
    assert math.exp(found.log_p) == pytest.approx(theirs.pvalue, rel=1e-9)


def test_few_rows_without_ties_are_rs() -> None:
    # R 4.2.2: cor.test(x, y, method = "kendall"), exact
    x = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    y = np.array([2.60, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8, 4.1])
    found = kendall(x, y)
    assert found.tau == pytest.approx(0.0666666666667)
    assert math.exp(found.log_p) == pytest.approx(0.8618005952381)


def test_a_long_perfect_order_keeps_a_p_value() -> None:
    found = kendall(np.arange(3000.0), np.arange(3000.0))
    assert found.tau == pytest.approx(1)
    assert -4000 < found.log_p < -3000
