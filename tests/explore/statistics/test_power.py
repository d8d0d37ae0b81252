from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, cast

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.explore.statistics.power import detectable_effect, power, sample_size

mpl.use("Agg")


@pytest.mark.parametrize(
    ("effect", "wanted", "n"),
    [
        (0.5, 0.8, 63.76561),  # P01 to P03: Cohen (1988) has 64, 393 to 394 and 26; R 4.2.2, pwr 1.3.0
        (0.2, 0.8, 393.4057),
        (0.8, 0.8, 25.52458),
        (1.0, 0.9, 22.02110),  # P05: R, ?power.t.test
    ],
)
def test_sizes_for_means_are_rs(effect: float, wanted: float, n: float) -> None:
    assert sample_size("means", effect=effect, power=wanted).n == pytest.approx(n, abs=1e-4)


def test_powers_for_means_are_rs() -> None:
    # P04: R, ?power.t.test; P06: pwr.t2n.test's help page.
    assert power("means", n=20, effect=1).power == pytest.approx(0.8689528, abs=1e-6)
    unequal = power("means", n=90, ratio=60 / 90, effect=0.6, sides=1)
    assert unequal.power == pytest.approx(0.9737262, abs=1e-6)
    assert unequal.sizes == (90, 60)
    # R 4.2.2: power.t.test(delta = .5, sd = 1, power = .9, type = "paired")
    assert sample_size("paired", effect=0.5, power=0.9).n == pytest.approx(43.99552, abs=1e-4)


def _of_h(h: float, base: float) -> float:
    return math.sin(math.asin(math.sqrt(base)) + h / 2) ** 2 - base


def test_arcsine_powers_are_pwrs() -> None:
    # P07 to P09: the help pages of pwr.2p.test and pwr.2p2n.test.
    shared: dict[str, Any] = {"baseline": 0.2, "variance": "arcsine"}
    one = power("proportions", n=80, effect=_of_h(0.3, 0.2), sides=1, **shared)
    assert one.power == pytest.approx(0.5996777, abs=1e-6)
    two = power("proportions", n=80, ratio=245 / 80, effect=_of_h(0.3, 0.2), sides=1, **shared)
    assert two.power == pytest.approx(0.7532924, abs=1e-6)
    small = power("proportions", n=1600, ratio=484.6646 / 1600, effect=_of_h(0.2, 0.2), alpha=0.01, **shared)
    assert small.power == pytest.approx(0.9, abs=1e-6)


def test_pooled_proportions_are_rs() -> None:
    # P10 to P12: R, ?power.prop.test.
    assert power("proportions", n=50, baseline=0.5, effect=0.25).power == pytest.approx(0.7401659, abs=2e-6)
    assert sample_size("proportions", baseline=0.5, effect=0.25, power=0.9).n == pytest.approx(
        76.70693, abs=1e-3
    )
    assert sample_size("proportions", baseline=0.2, effect=0.05).n == pytest.approx(1093.739, abs=0.01)


def test_the_baselines_variance_is_evan_millers() -> None:
    # P14, P15: the calculator's default and its relative form, which rounds to the nearest row.
    absolute = sample_size("proportions", baseline=0.2, effect=0.05, variance="baseline")
    relative = sample_size("proportions", baseline=0.2, effect=0.05, relative=True, variance="baseline")
    assert (round(absolute.n), round(relative.n)) == (1030, 25_255)
    assert "twice the baseline's variance" in absolute.design.formula


@pytest.mark.parametrize(
    ("sd", "effect", "rule"), [(math.sqrt(0.05 * 0.95), 0.0025, 121_600), (30, 0.1875, 409_600)]
)
def test_the_rule_of_16_is_near(sd: float, effect: float, rule: float) -> None:
    # P16, P17: Kohavi et al. (2009): 16 variance / effect squared rounds (1.96 + 0.84) squared, 15.7, up.
    assert sample_size("means", sd=sd, effect=effect).n == pytest.approx(rule, rel=0.02)


def test_a_covariate_saves_rows_and_clusters_cost_them() -> None:
    # P18, P19: Deng et al. (2013), n (1 - rho squared).
    assert sample_size("means", effect=0.1, covariate_r=0.5).n == pytest.approx(1178.29, abs=0.01)
    assert sample_size("means", effect=0.1, covariate_r=0.7).n == pytest.approx(801.5453, abs=0.01)
    # P20: Donner and Klar: design effect 1.95; they multiply the t-test's last degrees of freedom too.
    found = sample_size("means", effect=0.2, cluster_size=20, icc=0.05)
    assert found.design.design_effect == pytest.approx(1.95)
    assert found.n == pytest.approx(767.141, abs=1)
    assert found.clusters == (39, 39)
    assert "39 and 39 clusters" in found.text


def test_non_inferiority_is_rpacts() -> None:
    # P21: rpact 3.3.4, getSampleSizeRates: two proportions of .85, margin .05.
    found = sample_size("proportions", baseline=0.85, effect=0, margin=-0.05, sides=1, alpha=0.025, power=0.9)
    assert 2 * found.n == pytest.approx(2160.886, abs=0.01)
    assert "against a margin of -0.05" in found.text
    # P22 is a z test; the t-test needs one more row a group.
    means = sample_size("means", effect=0, margin=-0.25, sides=1, alpha=0.025, power=0.9)
    assert 672.475 < 2 * means.n < 672.475 + 3


def test_the_detectable_effect_is_rs() -> None:
    # R 4.2.2: power.t.test(n = 10000, power = .8, tol = 1e-12)$delta; statsmodels' solver stops early.
    assert detectable_effect("means", n=10_000).effect == pytest.approx(0.0396223, abs=1e-7)


def test_correlations_and_analyses_of_variance_are_pwrs() -> None:
    # The help pages of pwr.r.test and pwr.anova.test.
    assert power("correlation", n=50, effect=0.3).power == pytest.approx(0.5715558, abs=1e-6)
    assert sample_size("correlation", effect=0.3).n == pytest.approx(84.07364, abs=1e-4)
    assert power("anova", n=20, effect=0.28, groups=4).power == pytest.approx(0.5149793, abs=1e-6)
    # R 4.2.2: power.anova.test(groups = 4, between.var = 1, within.var = 3, power = .80)$n
    assert sample_size("anova", effect=math.sqrt(3 / 4 / 3), groups=4).n == pytest.approx(11.92613, abs=1e-4)


KINDS = st.sampled_from(
    [
        ("means", {}),
        ("paired", {}),
        ("proportions", {"baseline": 0.2}),
        ("correlation", {}),
        ("anova", {"groups": 4}),
    ]
)


@given(KINDS, st.floats(0.03, 0.6), st.floats(0.2, 0.99))
def test_the_three_verbs_undo_each_other(
    kind: tuple[Any, dict[str, Any]], effect: float, wanted: float
) -> None:
    name, options = kind
    n = sample_size(name, effect=effect, power=wanted, **options).n
    if n <= 4:
        return
    assert power(name, n=n, effect=effect, **options).power == pytest.approx(wanted, abs=1e-6)
    assert detectable_effect(name, n=n, power=wanted, **options).effect == pytest.approx(effect, rel=1e-4)
    assert power(name, n=n * 2, effect=effect, **options).power > wanted


def test_sizes_are_rounded_up_and_told() -> None:
    found = sample_size("means", effect=0.5, ratio=0.5)
    assert found.sizes == (math.ceil(found.n), math.ceil(found.n / 2))
    assert found.total == sum(found.sizes)
    assert "in all" in found.text
    assert sample_size("anova", effect=0.25, groups=4).sizes == (45, 45, 45, 45)
    assert sample_size("means", effect=50).n == 2


def test_a_plan_draws_its_curve() -> None:
    plan = sample_size("means", effect=0.5)
    curve = plan.picture
    assert curve.baseline == 0.8
    values = curve.lines[0].y
    assert all(b >= a for a, b in pairwise(values))
    assert values[0] < 0.8 < values[-1]
    axes = plan.plot()
    plt.close(axes.figure)
    assert "noncentral t" in str(plan)
    assert "<small>" in plan._repr_html_()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: sample_size("means", effect=0.0), "no number of rows is enough\n  where: effect\n  got: 0"),
        (lambda: sample_size("means", effect=-1, sides=1), "no number of rows is enough"),
        (
            lambda: sample_size(cast("Any", "t-test"), effect=1),
            "there is no such design\n  got: t-test\n  next: one of means",
        ),
        (lambda: sample_size("means", effect=1, power=0.01), "a power lies between the level and 1"),
        (lambda: power("means", n=1, effect=1), "a group needs at least 2 rows\n  where: n\n  got: 1"),
        (lambda: power("means", n=9, effect=1, relative=True), "a relative effect needs a baseline"),
        (lambda: power("proportions", n=9, effect=0.9, baseline=0.3), "shares lie between 0 and 1"),
        (lambda: power("correlation", n=9, effect=1.0), "a correlation lies between -1 and 1"),
        (
            lambda: detectable_effect("proportions", n=3, baseline=0.9),
            "no effect is large enough to be found",
        ),
    ],
)
def test_what_makes_no_sense_is_said(call: Any, text: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert text in str(caught.value)
