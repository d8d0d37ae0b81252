from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from interlock.explore.statistics import assumptions
from interlock.explore.statistics.compare import compare
from interlock.explore.statistics.moments import SampleMoments, moments


def test_skewness_is_a_concern_where_the_tails_of_welch_are_off() -> None:
    rng = np.random.default_rng(0)
    skewed, even = rng.exponential(1, (8000, 12)), rng.normal(1, 0.2, (8000, 200))
    found = stats.ttest_ind(skewed, even, axis=1, equal_var=False)
    low = np.mean(found.statistic < stats.t.ppf(0.025, found.df))
    assert low > 2 * 0.025  # the tail that should hold 2.5 % holds more than twice that
    one, other = moments(skewed.ravel()), moments(even.ravel())
    told = assumptions.shape(["a", "b"], [one._replace(n=12), other._replace(n=200)])
    assert told.concern
    assert "skewness a 2 at n = 12, b " in told.text
    many = assumptions.shape(["a", "b"], [one._replace(n=4000), other])
    assert not many.concern


def test_equal_skewness_cancels_in_a_difference_but_not_among_several() -> None:
    same = SampleMoments(50, 0.0, 1.0, 2.0)
    assert not assumptions.shape(["a", "b"], [same, same]).concern
    assert assumptions.shape(["a", "b", "c"], [same, same, same]).concern


def test_spread_matters_only_to_a_method_that_pools() -> None:
    wide, narrow = SampleMoments(9, 0, 9.0, 0), SampleMoments(40, 0, 1.0, 0)
    assert assumptions.spread("ab", [wide, narrow], pooled=True).text == (
        "The variance of a is 9 times that of b, which this method takes for equal: use Welch's."
    )
    assert not assumptions.spread("ab", [wide, narrow], pooled=False).concern
    assert not assumptions.spread("ab", [narrow, narrow], pooled=True).concern
    assert "∞ times" in assumptions.spread("ab", [wide, narrow._replace(variance=0.0)], pooled=False).text


def test_one_row_that_makes_the_spread_is_named() -> None:
    values = np.array([*range(30), 1000.0])
    found, found_mean = assumptions.outliers(["a"], [values]), values.mean()
    share = (1000 - found_mean) ** 2 / np.sum((values - found_mean) ** 2)
    assert found.text == f"One row of a (value 1000) makes {100 * share:.1f} % of its variance: look at it."
    assert not assumptions.outliers(["a"], [np.arange(30.0)]).concern
    assert not assumptions.outliers(["a"], [np.array([1.0, 1, 9])]).concern


def test_gaps_that_go_with_the_group_are_a_concern() -> None:
    found = assumptions.unequal_gaps(["a", "b"], [50, 90], [50, 10])
    theirs = stats.chi2_contingency([[50, 90], [50, 10]], correction=False)
    assert f"a 50 %, b 10 %; p = {theirs.pvalue:.0e}".replace("e-0", "e-") in found.text.replace("e-0", "e-")
    assert found.concern
    assert not assumptions.unequal_gaps(["a", "b"], [50, 51], [50, 49]).concern
    assert assumptions.unequal_gaps(["a", "b"], [5, 5], [0, 0]).text == "No value is missing."
    assert not assumptions.unequal_gaps(["a", "b"], [0, 0], [5, 5]).concern


@pytest.mark.parametrize(
    ("expected", "concern"), [([[3.0, 20], [2, 40]], True), ([[6.0, 20], [5, 40]], False)]
)
def test_small_expected_counts(expected: list[list[float]], concern: bool) -> None:
    assert assumptions.expected_counts(np.array(expected), exact=False).concern is concern
    assert not assumptions.expected_counts(np.array(expected), exact=True).concern


def test_ties_rows_and_independence() -> None:
    assert assumptions.ties(np.array([1.0, 2, 3])).text == "No two values are tied."
    assert assumptions.ties(np.array([1.0, 1, 3, 4])).text.startswith("50 % of the values are tied")
    assert assumptions.few_rows("ab", [10, 99]).text == "Every group has at least 10 values."
    assert "`who`" in assumptions.independence(paired=True, unit="who").text


def test_a_value_of_many_rows_far_from_all_others_is_taken_for_a_code() -> None:
    rng = np.random.default_rng(1)
    ages = [rng.integers(18, 91, 300).astype(np.float64) for _ in range(2)]
    coded = [np.append(ages[0], np.full(9, 999.0)), ages[1]]
    (check,) = assumptions.codes("age", coded)
    assert check.concern
    assert check.text.startswith("9 rows (1.5 %) hold 999, far from every other value of `age`")
    (below,) = assumptions.codes("age", [np.append(ages[0], np.full(5, -99.0))])
    assert "hold -99," in below.text
    result = compare(*coded, names=["a", "b"])
    assert "codes" in result.text.partition("Mind the checks: ")[2]
    assert "codes" not in {check.name for check in compare(*ages).checks}


@pytest.mark.parametrize(
    "values",
    [
        [*range(18, 91), *[999] * 4],  # too few rows
        [*range(18, 91), *[150] * 9],  # not so far
        [*range(500, 601), *[0] * 50],  # nothing was bought
        [1, 2, 3, 4, *[999] * 9],  # a scale of a few values
        [*range(10_000), *[99_999] * 5],  # too small a share
        [7] * 9,
        [],
    ],
)
def test_other_values_are_no_codes(values: list[int]) -> None:
    assert assumptions.codes("x", [np.array(values, dtype=np.float64)]) == []
