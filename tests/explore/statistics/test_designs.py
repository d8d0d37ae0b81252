from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import FTestAnovaPower, TTestIndPower, TTestPower

from interlock.errors import InputError
from interlock.explore.statistics.designs import Design, power_of


@settings(max_examples=40)
@given(st.floats(3, 5000), st.floats(-1, 1), st.floats(0.2, 5), st.sampled_from([0.001, 0.05]))
def test_means_are_statsmodels(n: float, effect: float, ratio: float, alpha: float) -> None:
    theirs = TTestIndPower().power(effect, n, alpha, ratio=ratio)
    assume(not np.isnan(theirs))  # SciPy's noncentral t far out, which ours takes for the 0 that it is
    assert power_of(Design("means", alpha=alpha, ratio=ratio), n, effect) == pytest.approx(theirs, abs=1e-6)
    paired = TTestPower().power(effect, n, alpha)
    assume(not np.isnan(paired))
    assert power_of(Design("paired", alpha=alpha), n, effect) == pytest.approx(paired, abs=1e-6)


@given(st.integers(2, 300), st.floats(0.01, 1), st.integers(2, 8))
def test_analyses_of_variance_are_statsmodels(n: int, effect: float, groups: int) -> None:
    theirs = FTestAnovaPower().power(effect, n * groups, 0.05, k_groups=groups)
    assume(not np.isnan(theirs))
    assert power_of(Design("anova", groups=groups), n, effect) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("kind", ["means", "paired", "correlation", "anova"])
def test_without_an_effect_the_power_is_the_level(kind: str) -> None:
    assert power_of(Design(kind, groups=3, alpha=0.03), 40, 0.0) == pytest.approx(0.03, abs=1e-3)


@pytest.mark.parametrize("variance", ["pooled", "unpooled", "arcsine", "baseline"])
def test_proportions_without_an_effect_too(variance: Any) -> None:
    design = Design("proportions", baseline=0.3, variance=variance)
    assert power_of(design, 40, 0.0) == pytest.approx(0.05)


def test_the_correlation_test_has_the_power_it_says() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 30))
    y = 0.4 * x + np.sqrt(1 - 0.16) * rng.normal(size=x.shape)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    r = (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    limit = stats.t.ppf(0.975, 28)
    hits = np.abs(r) > limit / np.sqrt(28 + limit**2)
    assert power_of(Design("correlation"), 30, 0.4) == pytest.approx(hits.mean(), abs=0.012)


def test_welchs_test_has_the_power_it_says() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(1.0, 2, (20_000, 50)), rng.normal(0, 2, (20_000, 80))
    hits = stats.ttest_ind(a, b, axis=1, equal_var=False).pvalue < 0.05
    assert power_of(Design("means", sd=2, ratio=1.6), 50, 1.0) == pytest.approx(hits.mean(), abs=0.012)


def test_a_margin_moves_what_is_tested() -> None:
    plain, moved = Design("means", sides=1), Design("means", sides=1, margin=-0.2)
    assert power_of(moved, 60, 0.1) == pytest.approx(power_of(plain, 60, 0.3))


def test_what_was_computed_is_said() -> None:
    assert "pooled" in Design("proportions", baseline=0.2).formula
    assert "Farrington-Manning" in Design("proportions", baseline=0.2, margin=-0.05).formula
    told = Design("means", covariate_r=0.6, cluster_size=20, icc=0.05).formula
    assert told.endswith(
        "1 - r² = 0.64 for the covariate; variance times the design effect 1.95 for the clusters"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"kind": "means", "sd": 0.0}, "a standard deviation is above 0\n  where: sd\n  got: 0.0"),
        ({"kind": "proportions"}, "a baseline share lies between 0 and 1\n  where: baseline\n  got: None"),
        ({"kind": "means", "alpha": 5.0}, "a level lies between 0 and 1\n  where: alpha\n  got: 5.0"),
        ({"kind": "anova", "groups": 1}, "2 groups or more\n  where: groups\n  got: 1"),
        ({"kind": "anova", "margin": 0.1}, "this design has no margin\n  where: margin\n  got: 0.1"),
        ({"kind": "paired", "cluster_size": 9.0}, "only two groups come in clusters"),
        ({"kind": "anova", "covariate_r": 0.5}, "only a difference of means is adjusted"),
        ({"kind": "means", "icc": 2.0}, "an intraclass correlation lies between 0 and 1"),
    ],
)
def test_what_makes_no_sense_is_said(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError) as caught:
        Design(**fields).checked()
    assert text in str(caught.value)
