import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit
from statsmodels.stats.proportion import confint_proportions_2indep

from interlock.validate.fairness import Fairness, fairness, together
from interlock.validate.partitions import Partition

Floats = NDArray[np.float64]


def groups(*sizes: int) -> Partition:
    return Partition("sex", tuple("abcdef"[: len(sizes)]), np.repeat(np.arange(len(sizes)), sizes))


def table(*counts: tuple[int, int, int, int]) -> tuple[Floats, Floats, Partition]:
    """Rows of each group: true positives, false negatives, false positives, true negatives."""
    said = np.concatenate([np.repeat([0.9, 0.1, 0.9, 0.1], each) for each in counts])
    true = np.concatenate([np.repeat([1.0, 1.0, 0.0, 0.0], each) for each in counts])
    return true, said, groups(*(sum(each) for each in counts))


def gaps(found: Fairness) -> dict[str, float]:
    return {gap.criterion: gap.estimate.value for gap in found.gaps}


def test_the_criteria_are_the_published_ones_on_a_table_counted_by_hand() -> None:
    # a: 60 of 200 selected, 40 of 50 true positives, 20 of 150 false; b: 150 of 300, 90 of 100, 60 of 200.
    true, said, sex = table((40, 10, 20, 130), (90, 10, 60, 140))
    (found,) = fairness("binary", true, said, [sex], classes=("no", "yes"))
    named = gaps(found)
    assert named["demographic_parity"] == pytest.approx(150 / 300 - 60 / 200)
    assert named["demographic_parity_ratio"] == pytest.approx((60 / 200) / (150 / 300))
    assert named["equal_opportunity"] == pytest.approx(90 / 100 - 40 / 50)
    assert named["equalised_odds"] == pytest.approx(60 / 200 - 20 / 150)  # the false ones are farther apart
    rates = {(rate.measure, rate.group): (rate.estimate.value, rate.n) for rate in found.rates}
    assert rates["selection rate", "a"] == (0.3, 200)
    assert rates["true positive rate", "b"] == (0.9, 100)
    assert rates["false positive rate", "b"] == (0.3, 200)
    # Of a's rows 60 were given 0.9, and 40 of them came true; 140 were given 0.1, and 10 did.
    expected = (abs(40 - 54) + abs(10 - 14)) / 200
    assert rates["calibration error", "a"][0] == pytest.approx(expected)
    assert rates["prediction minus outcome", "a"][0] == pytest.approx((0.9 * 60 + 0.1 * 140 - 50) / 200)


def test_calibration_by_group_is_the_largest_of_the_groups() -> None:
    true, said, sex = table((90, 10, 10, 90), (20, 80, 80, 20))
    (found,) = fairness("binary", true, said, [sex], classes=("no", "yes"))
    (worst,) = [gap for gap in found.gaps if gap.criterion == "calibration_by_group"]
    assert worst.groups == ("b",)
    assert worst.estimate.value == pytest.approx(0.7)
    assert worst.estimate.low > 0.5


def test_the_interval_of_two_groups_is_that_of_a_difference_of_proportions() -> None:
    true, said, sex = table((400, 100, 200, 1300), (900, 100, 600, 1400))
    (found,) = fairness("binary", true, said, [sex], classes=("no", "yes"))
    wald = confint_proportions_2indep(1500, 3000, 600, 2000, method="wald", compare="diff")
    estimate = found.gaps[0].estimate
    assert (estimate.low, estimate.high) == pytest.approx(wald, rel=1e-3)
    wald = confint_proportions_2indep(600, 2000, 1500, 3000, method="log", compare="ratio")
    assert (found.gaps[1].estimate.low, found.gaps[1].estimate.high) == pytest.approx(wald, rel=2e-3)


def test_several_classes_are_taken_one_against_the_others() -> None:
    labels = np.tile([0.0, 1.0, 2.0], 200)
    said = np.zeros((600, 3))
    said[np.arange(600), labels.astype(int)] = 1.0
    said[300:330] = [0.0, 0.0, 1.0]  # b is told `z` more often
    (found,) = fairness("multiclass", labels, said, [groups(300, 300)], classes=("x", "y", "z"))
    farthest = found.gaps[0]
    assert farthest.label == "z"
    assert farthest.estimate.value == pytest.approx(20 / 300)
    assert gaps(found)["equal_opportunity"] == pytest.approx(10 / 100)


def test_a_regression_compares_mean_errors_in_standard_deviations() -> None:
    generator = np.random.default_rng(0)
    target = generator.normal(10, 4, 1000)
    error = np.repeat([0.0, 2.0], 500)
    (found,) = fairness("regression", target, target + error, [groups(500, 500)])
    assert gaps(found)["mean_error_by_group"] == pytest.approx(2 / target.std())
    halves = [(target + error)[:500].mean(), (target + error)[500:].mean()]
    assert gaps(found)["demographic_parity"] == pytest.approx((halves[1] - halves[0]) / target.std())


def test_small_groups_are_left_out_and_counted() -> None:
    true, said, _ = table((40, 10, 20, 130), (90, 10, 60, 140), (5, 5, 5, 5))
    (found,) = fairness("binary", true, said, [groups(200, 300, 20)], classes=("no", "yes"))
    assert [group.name for group in found.groups] == ["b", "a"]
    assert found.left_out == 20
    (alone,) = fairness("binary", true, said, [groups(500, 20)], classes=("no", "yes"))
    assert alone.gaps == ()


def test_nobody_selected_is_no_certainty() -> None:
    true, said, sex = table((0, 50, 0, 150), (0, 50, 0, 150))
    (found,) = fairness("binary", true, said, [sex], classes=("no", "yes"))
    assert found.gaps[0].estimate.value == 0
    assert found.gaps[0].estimate.high > 0
    assert found.gaps[1].estimate.low < 1


def test_days_widen_the_interval() -> None:
    generator = np.random.default_rng(3)
    days = np.repeat(np.arange(60), 40)
    mood = generator.normal(scale=2, size=60)[days]
    sex = Partition("sex", ("a", "b"), (np.arange(2400) // 40) % 2)  # whole days are of one group
    said = expit(mood + generator.normal(size=2400))
    true = (generator.random(2400) < 0.5).astype(float)
    alone, together_ = (
        fairness("binary", true, said, [sex], clusters=each)[0].gaps[0].estimate for each in (None, days)
    )
    assert together_.high - together_.low > 2 * (alone.high - alone.low)


@pytest.mark.slow
def test_without_a_difference_the_interval_begins_at_zero() -> None:
    beyond = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        said, true = generator.random(1200), (generator.random(1200) < 0.4).astype(float)
        parts = Partition("race", tuple("abcd"), generator.integers(0, 4, 1200))
        (found,) = fairness("binary", true, said, [parts], classes=("no", "yes"))
        beyond += found.gaps[0].estimate.low > 0
    assert beyond <= 18  # 5 % of 200 are 10; more than 18 happen in less than 1 % of such series


@given(st.permutations([0, 1, 2]))
@settings(max_examples=6, deadline=None)
def test_the_order_of_groups_does_not_matter(order: list[int]) -> None:
    true, said, sex = table((40, 10, 20, 130), (90, 10, 60, 140), (30, 30, 30, 30))
    moved = Partition("sex", tuple(sex.labels[place] for place in order), np.argsort(order)[sex.codes])
    first, second = (
        fairness("binary", true, said, [each], classes=("no", "yes"))[0] for each in (sex, moved)
    )
    assert gaps(first) == pytest.approx(gaps(second))


def test_crossed_columns_leave_out_rows_of_no_group() -> None:
    crossed = together(
        [Partition("a", ("x",), np.array([0, -1])), Partition("b", ("y", "z"), np.array([1, 0]))]
    )
    assert crossed.labels == ("x, z",)
    assert crossed.codes.tolist() == [0, -1]


def test_a_group_of_few_days_is_not_compared() -> None:
    true, said, sex = table((40, 10, 20, 130), (90, 10, 60, 140))
    days = np.where(np.arange(500) < 200, np.arange(500) % 4, 4 + np.arange(500) % 30)
    (found,) = fairness("binary", true, said, [sex], classes=("no", "yes"), clusters=days)
    assert [group.name for group in found.groups] == ["b"]
    assert found.left_out == 200
