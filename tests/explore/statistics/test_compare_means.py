from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from interlock.explore.statistics.compare_means import (
    analysis_of_variance,
    games_howell,
    paired_t,
    two_means,
    welch,
)
from interlock.explore.statistics.moments import SampleMoments, moments

#: R's data sets `sleep` and `PlantGrowth`.
SLEEP = (
    np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]),
    np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]),
)
PLANTS = (
    np.array([4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14]),
    np.array([4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69]),
    np.array([6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26]),
)
RNG = np.random.default_rng(0)
SAMPLES = (RNG.normal(0, 1, 30), RNG.lognormal(0, 1, 12), RNG.normal(1, 4, 55), RNG.normal(0, 1, 9))


def test_welch_of_the_sleep_data_is_rs() -> None:
    found = two_means(["1", "2"], SLEEP)  # T01: R, t.test(extra ~ group, sleep)
    assert found.statistic[1] == pytest.approx(-1.8608135, abs=1e-6)
    assert found.df == pytest.approx((17.776474,), abs=1e-6)
    assert math.exp(found.log_p) == pytest.approx(0.07939414, abs=1e-8)
    assert (found.effects[0].low, found.effects[0].high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)


def test_welch_from_sums_is_growthbooks() -> None:
    # T02: GrowthBook, packages/stats/tests/frequentist/test_tests.py; here from its sums and sums of squares.
    def summed(total: float, squares: float, n: int) -> SampleMoments:
        return SampleMoments(n, total / n, (squares - total**2 / n) / (n - 1), 0.0)

    a, b = summed(1396.87, 52377.9767, 3407), summed(2422.7, 134698.29, 3461)
    error, df = welch(b, a)
    assert error == pytest.approx(0.12478, abs=1e-5)
    t = (b.mean - a.mean) / error
    assert 2 * stats.t.sf(t, df) == pytest.approx(0.02016, abs=1e-5)


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("other", [1, 2, 3])
def test_two_means_are_scipys(other: int, pooled: bool) -> None:
    a, b = SAMPLES[0], SAMPLES[other]
    theirs = stats.ttest_ind(a, b, equal_var=pooled)
    interval = theirs.confidence_interval(0.9)
    found = two_means("ab", (a, b), 0.9, pooled=pooled)
    assert found.statistic[1] == pytest.approx(theirs.statistic)
    assert found.log_p == pytest.approx(math.log(theirs.pvalue))
    assert (found.effects[0].low, found.effects[0].high) == pytest.approx((interval.low, interval.high))
    assert found.method.startswith("Student" if pooled else "Welch")


def test_the_paired_t_of_the_sleep_data_is_rs() -> None:
    found = paired_t(["1", "2"], SLEEP)  # R 4.2.2: t.test(s1, s2, paired = TRUE)
    assert found.statistic[1] == pytest.approx(-4.06212768338204)
    assert math.exp(found.log_p) == pytest.approx(0.00283289019738)
    assert (found.effects[0].low, found.effects[0].high) == pytest.approx(
        (-2.45988576327698, -0.70011423672302)
    )


def test_welchs_anova_of_plant_growth_is_rs() -> None:
    found = analysis_of_variance(["ctrl", "trt1", "trt2"], PLANTS)  # R 4.2.2: oneway.test(weight ~ group)
    assert found.statistic[1] == pytest.approx(5.1809724081132)
    assert found.df == pytest.approx((2, 17.1284186166441))
    assert math.exp(found.log_p) == pytest.approx(0.0173928214902)
    classic = analysis_of_variance(["ctrl", "trt1", "trt2"], PLANTS, pooled=True)  # anova(lm(weight ~ group))
    assert classic.statistic[1] == pytest.approx(4.84609, abs=1e-5)
    assert math.exp(classic.log_p) == pytest.approx(0.01591, abs=1e-5)
    # omega squared by hand from R's sums of squares: (SSB - 2 MSW) / (SST + MSW)
    assert classic.effects[0].value == pytest.approx(
        (3.76634 - 2 * 0.38859593) / (14.25843 + 0.38859593), abs=1e-4
    )
    # Its interval from R's uniroot over pf: noncentrality / (noncentrality + n)
    low, high = 0.988094 / 30.988094, 22.520616 / 52.520616
    assert (classic.effects[0].low, classic.effects[0].high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.slow
def test_games_howell_is_scipys() -> None:
    theirs = stats.tukey_hsd(*SAMPLES[:3], equal_var=False)
    interval = theirs.confidence_interval(0.95)
    for pair in games_howell("012", [moments(each) for each in SAMPLES[:3]]):
        i, j = int(pair.first), int(pair.second)
        assert math.exp(pair.log_p) == pytest.approx(theirs.pvalue[i, j], rel=1e-6, abs=1e-9)
        assert pair.effect.low == pytest.approx(interval.low[i, j], abs=2e-3)
        assert pair.effect.high == pytest.approx(interval.high[i, j], abs=2e-3)


def test_far_pairs_keep_a_p_value() -> None:
    far = [SampleMoments(500, mean, 1.0, 0.0) for mean in (0.0, 0.1, 40.0)]
    near, one, two = games_howell("abc", far)
    assert near.log_p > math.log(0.2)
    assert -5000 < one.log_p < two.log_p < -1500
    assert one.effect.high < -39.8


def test_the_bound_far_out_joins_the_studentized_range() -> None:
    found = [
        games_howell("abcd", [SampleMoments(51, mean, 1.0, 0.0) for mean in (0.0, gap, 0.0, 0.0)])[0].log_p
        for gap in np.linspace(0.9, 1.3, 24)
    ]
    steps = np.diff(found)
    assert (steps < 0).all()
    assert steps.min() > 1.5 * np.median(steps)  # no jump where the one takes over from the other


@pytest.mark.slow
def test_the_false_positives_are_five_in_a_hundred() -> None:
    # Exponential, unequal spread and size: 4,000 runs, within three standard errors and what skewness costs.
    rng = np.random.default_rng(5)
    a, b = rng.exponential(1, (4000, 200)), rng.exponential(3, (4000, 80)) - 2
    hits = covered = 0
    for one, other in zip(a, b, strict=True):
        error, df = welch(moments(one), moments(other))
        gap = one.mean() - other.mean()
        hits += abs(gap / error) > stats.t.ppf(0.975, df)
        covered += abs(gap) <= stats.t.ppf(0.975, df) * error
    assert hits / 4000 == pytest.approx(0.05, abs=0.012)
    assert covered / 4000 == pytest.approx(0.95, abs=0.012)


@pytest.mark.slow
def test_welchs_anova_holds_its_level_where_the_classical_one_does_not() -> None:
    rng = np.random.default_rng(6)
    runs = [(rng.normal(0, 4, 10), rng.normal(0, 1, 40), rng.normal(0, 1, 40)) for _ in range(1000)]
    limit = math.log(0.05)
    from statsmodels.stats.oneway import anova_oneway

    welchs = [anova_oneway(run, use_var="unequal").pvalue for run in runs]
    ours = [analysis_of_variance("abc", run).log_p for run in runs[:40]]
    assert ours == pytest.approx(np.log(welchs[:40]))
    assert np.mean(np.log(welchs) <= limit) == pytest.approx(0.05, abs=0.021)
    classical = [stats.f_oneway(*run).pvalue for run in runs]
    assert np.mean(np.log(classical) <= limit) > 0.15


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        (([], [1.0, 2]), "a has no value. No test is possible."),
        (([1.0], [1.0, 2]), "a has one value, so its spread is not known."),
        (([2.0, 2], [2.0, 2]), "Every value is 2: there is no difference."),
        (([0.1, 0.1], [0.2, 0.2]), "The values are the same within each group"),
    ],
)
def test_where_there_is_nothing_to_test_words_say_so(groups: tuple[list[float], ...], text: str) -> None:
    found = two_means("ab", [np.array(each) for each in groups])
    assert found.text.startswith(text)
    assert math.isnan(found.log_p)
    assert found.checks[0].concern


def test_one_constant_group_is_no_obstacle_to_welch() -> None:
    found = two_means("ab", (np.array([3.0, 3, 3]), np.array([1.0, 2, 3, 4])))
    theirs = stats.ttest_1samp([1.0, 2, 3, 4], 3)
    assert math.exp(found.log_p) == pytest.approx(theirs.pvalue)
    several = analysis_of_variance("abc", (np.array([3.0, 3]), np.array([1.0, 2]), np.array([5.0, 7])))
    assert several.text.startswith("All values of a are the same, which Welch's ANOVA cannot weigh")


def test_a_single_value_is_enough_for_student() -> None:
    found = two_means("ab", (np.array([9.0]), np.array([1.0, 2, 3, 4])), pooled=True)
    assert math.exp(found.log_p) == pytest.approx(stats.ttest_ind([9.0], [1.0, 2, 3, 4]).pvalue)


def test_pairs_that_all_differ_alike_are_said() -> None:
    found = paired_t("ab", (np.array([1.0, 2, 3]), np.array([0.0, 1, 2])))
    assert found.text.startswith("Every pair differs by 1 exactly.")
    assert paired_t("ab", (np.array([]), np.array([]))).text.startswith(
        "There are no pairs with both values."
    )


def test_beyond_twenty_groups_pairs_are_left_out_and_said() -> None:
    rng = np.random.default_rng(7)
    groups = [rng.normal(place % 2, 1, 30) for place in range(21)]
    found = analysis_of_variance([str(place) for place in range(21)], groups)
    assert found.pairs == ()
    assert found.checks[-1].text.startswith("Of 21 groups no pairs were compared, there are 210 of them")
    assert len(analysis_of_variance([str(place) for place in range(4)], groups[:4]).pairs) == 6


@pytest.mark.slow
@pytest.mark.parametrize("pooled", [False, True])
def test_omega_squared_is_the_share_of_variance_between_groups(pooled: bool) -> None:
    rng = np.random.default_rng(8)
    true = (1 / 6) / (1 / 6 + 1)  # means of 0, 0.5 and 1 with a variance of 1
    effects = [
        analysis_of_variance("abc", [rng.normal(mean, 1, 40) for mean in (0, 0.5, 1)], pooled=pooled).effects[
            0
        ]
        for _ in range(200)
    ]
    assert np.mean([each.value for each in effects]) == pytest.approx(true, abs=0.012)
    covered = np.mean([each.low <= true <= each.high for each in effects])
    assert covered == pytest.approx(0.9, abs=0.064)  # three standard errors
    assert effects[0].confidence == pytest.approx(0.9)
