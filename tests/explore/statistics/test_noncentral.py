from __future__ import annotations

import pytest
from scipy import special, stats

from interlock.explore.statistics.noncentral import chi2_noncentrality, f_noncentrality, t_noncentrality


def test_intervals_are_rs() -> None:
    # R 4.2.2: uniroot(function(nc) pt(2, 20, nc) - p), likewise pf(4.846, 2, 27, nc) and pchisq(18.46, 2, nc)
    assert t_noncentrality(2.0, 20) == pytest.approx((-0.077082278, 4.0317763), abs=1e-6)
    assert f_noncentrality(4.846, 2, 27) == pytest.approx((0.988094029, 22.5206164), abs=1e-6)
    assert f_noncentrality(5.1809724081, 2, 17.1284186) == pytest.approx(
        (0.9784340131, 24.3331831573), abs=1e-6
    )
    assert chi2_noncentrality(18.46, 2) == pytest.approx((6.243145639, 34.120197906), abs=1e-6)


@pytest.mark.parametrize(("t", "df"), [(0.0, 3.0), (-4.0, 10.0), (50.0, 20.0), (1e3, 100.0), (2e3, 1e6)])
def test_of_t_it_leaves_both_tails(t: float, df: float) -> None:
    low, high = t_noncentrality(t, df, 0.9)
    assert stats.nct.sf(t, df, low) == pytest.approx(0.05, rel=1e-6)
    assert stats.nct.cdf(t, df, high) == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(
    ("f", "df1", "df2"),
    [(139.4, 2, 109.9), (1e4, 5, 1e5), (3.2, 2, 1e7), (1e6, 3, 50), (2, 40, 3), (900, 1, 9)],
)
def test_of_f_it_leaves_both_tails(f: float, df1: float, df2: float) -> None:
    low, high = f_noncentrality(f, df1, df2)
    assert low == 0 or stats.ncf.sf(f, df1, df2, low) == pytest.approx(0.05, rel=1e-6)
    assert stats.ncf.cdf(f, df1, df2, high) == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("x", "df"), [(6.1, 2), (1e3, 4), (1e6, 9), (1e5, 400), (540, 531), (650, 531)])
def test_of_chi_square_it_leaves_both_tails(x: float, df: float) -> None:
    low, high = chi2_noncentrality(x, df)
    assert low == 0 or stats.ncx2.sf(x, df, low) == pytest.approx(0.05, rel=1e-6)
    assert stats.ncx2.cdf(x, df, high) == pytest.approx(0.05, rel=1e-6)


def test_a_small_statistic_has_an_interval_from_zero() -> None:
    assert f_noncentrality(1.0, 2, 50)[0] == 0
    assert f_noncentrality(0.01, 2, 50) == (0, 0)
    assert chi2_noncentrality(0.0, 3) == (0, 0)


def test_the_reason_for_our_own_root_scipys_inverse_stops_at_10_000() -> None:
    """When this fails SciPy has been mended; see decision 0153."""
    assert special.ncfdtrinc(5, 1e5, 0.95, 1e4) == pytest.approx(1e4)
    assert f_noncentrality(1e4, 5, 1e5)[0] > 49_000
