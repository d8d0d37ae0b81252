import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom, ks_2samp

from interlock.monitor import chance

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS)
def test_rates_are_fishers_tails(now: tuple[int, int], then: tuple[int, int]) -> None:
    (count, n), (count_then, m) = now, then
    law = hypergeom(n + m, count + count_then, n)
    expected = min(1.0, 2 * min(law.cdf(count), law.sf(count - 1)))
    assert chance.of_rates(count, n, count_then, m) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(("a", "n", "b", "m"), [(3, 200, 0, 250_000), (10_000, 83_000, 25_000, 250_000)])
def test_rates_in_large_tables_are_those_of_an_independent_source(a: int, n: int, b: int, m: int) -> None:
    one_sided = min(fisher_exact([[a, n - a], [b, m - b]], side).pvalue for side in ("less", "greater"))
    assert chance.of_rates(a, n, b, m) == pytest.approx(2 * one_sided, rel=1e-6)


@given(st.integers(5, 60), st.integers(5, 60), st.floats(0.05, 1))
def test_the_ks_bound_is_not_below_the_exact_chance(n: int, m: int, distance: float) -> None:
    """Against SciPy's exact distribution, at a distance that these sizes can have."""
    values = np.arange(n + m, dtype=float)
    split = round(distance * min(n, m))
    first = np.concatenate([values[:split], values[n + m - (n - split) :]])
    second = values[split : split + m]
    result = ks_2samp(first, second, method="exact")
    assert chance.of_ks(float(result.statistic), n, m) >= result.pvalue * (1 - 1e-9) / _SMALL


#: Wei and Dudley: for small samples the constant 2 may be too small by a little; never by more than this.
_SMALL = 1.17


@pytest.mark.parametrize("levels", [2, 10, 300])
@pytest.mark.parametrize("n", [50, 2000])
def test_the_total_variation_bound_holds_in_simulation(levels: int, n: int) -> None:
    random = np.random.default_rng(levels + n)
    shares, m, runs = random.dirichlet(np.ones(levels)), 20_000, 2000
    now, then = random.multinomial(n, shares, runs), random.multinomial(m, shares, runs)
    distances = np.abs(now / n - then / m).sum(axis=1) / 2
    bounds = np.array(
        [
            chance.of_total_variation(float(d), (a + b) / (n + m), n, m)
            for d, a, b in zip(distances, now, then, strict=True)
        ]
    )
    for level in (0.2, 0.05, 0.01):
        allowed = runs * level
        assert (bounds <= level).sum() <= allowed + 4 * math.sqrt(allowed)


def test_many_rare_levels_on_few_rows_are_no_drift() -> None:
    shares = np.full(4000, 1 / 4000)
    assert chance.of_total_variation(0.97, shares, 100, 1_000_000) == 1.0
    assert chance.of_total_variation(0.5, np.array([0.5, 0.5]), 100, 1_000_000) < 1e-15


@given(st.integers(10, 10_000), st.integers(10, 10_000), st.floats(0, 1))
def test_one_more_row_changes_little(n: int, m: int, distance: float) -> None:
    shares = np.array([0.3, 0.7])
    for bound in (chance.of_ks, lambda d, *sizes: chance.of_total_variation(d, shares, *sizes)):
        before, after = bound(distance, n, m), bound(distance, n + 1, m)
        assert (
            abs(math.log(max(before, 1e-300)) - math.log(max(after, 1e-300)))
            <= 2.1 * distance**2 + 0.2 / n**0.5
        )


def test_cohen_h_is_symmetric_and_as_in_the_book() -> None:
    assert chance.cohen_h(0.5, 0.3) == pytest.approx(0.412, abs=0.001)  # Cohen's table 6.2.2: 1.571 - 1.159
    assert chance.cohen_h(0.3, 0.5) == -chance.cohen_h(0.5, 0.3)
    assert chance.cohen_h(1.0, 0.0) == pytest.approx(math.pi)
