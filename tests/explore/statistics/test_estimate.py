from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.estimate import newcombe, wilson, wilson_interval, z_value


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_wilson_is_scipys(n: int, share: float) -> None:
    count = round(share * n)
    theirs = stats.binomtest(count, n).proportion_ci(method="wilson")
    ours = wilson(count, n)
    assert ours.value == count / n
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(st.floats(0.5, 1e6), st.floats(0, 1), st.floats(0.5, 0.999))
def test_wilsons_ends_are_where_the_score_test_just_rejects(
    n: float, share: float, confidence: float
) -> None:
    z = stats.norm.ppf((1 + confidence) / 2)
    for end in wilson_interval(share, n, confidence):
        assert n * (share - end) ** 2 == pytest.approx(z**2 * end * (1 - end), rel=1e-6, abs=1e-9)


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_newcombe_holds_the_difference_inside_what_is_possible(m: int, n: int, a: float, b: float) -> None:
    first, second = wilson(round(a * m), m), wilson(round(b * n), n)
    found = newcombe(first, second)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.value == first.value - second.value


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 20, 0.6791, 1.0),
        (0, 10, 0, 20, -0.1611, 0.2775),
    ],
)
def test_newcombe_gives_the_figures_of_his_paper(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    # Newcombe (1998), table II, method 10, contrasts (a), (d), (h) and (f).
    found = newcombe(wilson(a, m), wilson(b, n))
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_z_is_the_normal_quantile() -> None:
    assert z_value(0.95) == pytest.approx(stats.norm.ppf(0.975))
