import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from interlock.develop import Decision
from interlock.validate.decision import Policy, measure_decision, value_curve

Floats = NDArray[np.float64]
MAIL = Policy(Decision(true_positive=50, false_positive=-5, unit="EUR"), 5 / 55)


def drawn(n: int = 4000, seed: int = 0) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    chance = expit(random.normal(-3, 1.5, n))
    return (random.random(n) < chance).astype(float), chance


def test_the_value_and_its_interval_are_those_of_a_mean() -> None:
    target, chance = drawn()
    found = {each.name: each for each in measure_decision(MAIL, target, chance, np.full(4000, target.mean()))}
    act = chance >= 5 / 55
    each = 1000 * np.where(act, np.where(target == 1, 50, -5), 0)
    test = stats.ttest_1samp(each, 0).confidence_interval(0.95)
    value = found["value_per_1000"]
    assert (value.value, value.low, value.high) == pytest.approx((each.mean(), test.low, test.high))
    assert value.label == "value of acting on the model per 1,000 cases, EUR"
    everyone = 1000 * np.where(target == 1, 50, -5)
    paired = stats.ttest_rel(each, everyone).confidence_interval(0.95)
    over = found["value_per_1000_over_all"]
    assert (over.low, over.high) == pytest.approx((paired.low, paired.high))
    assert found["value_per_1000_over_none"].value == value.value  # acting on none is worth nothing
    assert found["acted_share"].value == act.mean()


def test_the_baseline_acts_on_all_or_none_by_the_same_threshold() -> None:
    target, chance = drawn()
    rare, common = (
        {each.name: each.value for each in measure_decision(MAIL, target, chance, np.full(4000, share))}
        for share in (0.05, 0.2)
    )
    assert rare["value_per_1000_over_baseline"] == rare["value_per_1000_over_none"]
    assert common["value_per_1000_over_baseline"] == common["value_per_1000_over_all"]


def test_where_few_can_be_acted_upon_it_is_compared_with_as_many_at_random() -> None:
    target, chance = drawn(20_000)
    policy = Policy(Decision(50, -5, at_most=0.1), float(np.quantile(chance, 0.9)))
    found = {each.name: each for each in measure_decision(policy, target, chance, chance)}
    assert set(found) == {
        "acted_share",
        "value_per_1000",
        "value_per_1000_over_none",
        "value_per_1000_over_random",
    }
    random = np.random.default_rng(1)
    worth = [1000 * policy.decision.values(target, random.random(20_000) < 0.1).mean() for _ in range(200)]
    over = found["value_per_1000_over_random"].value
    assert found["value_per_1000"].value - over == pytest.approx(np.mean(worth), abs=10)


def test_a_capacity_alone_has_no_values() -> None:
    target, chance = drawn()
    policy = Policy(Decision(at_most=0.1), 0.3)
    assert [each.name for each in measure_decision(policy, target, chance, chance)] == ["acted_share"]
    assert value_curve(policy, target, chance) is None


def test_clusters_widen_the_interval() -> None:
    target, chance = (np.repeat(each, 10) for each in drawn(400))
    clusters = np.repeat(np.arange(400), 10)
    alone, together = (
        {
            each.name: each
            for each in measure_decision(MAIL, target, chance, chance, clusters=of, grouping="days")
        }
        for of in (None, clusters)
    )
    for name in ("acted_share", "value_per_1000"):
        narrow, wide = alone[name], together[name]
        assert narrow.high is not None and narrow.low is not None  # noqa: PT018 - for the type checker
        assert wide.high is not None and wide.low is not None  # noqa: PT018
        assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(np.sqrt(10), rel=0.05)
    assert together["value_per_1000"].method == "Student's t, days"


def test_the_curve_goes_from_acting_on_all_to_few_and_holds_the_chosen_threshold() -> None:
    target, chance = drawn()
    curve = value_curve(MAIL, target, chance)
    assert curve is not None
    assert curve.values[0] == pytest.approx(curve.all)
    assert curve.none == 0
    at = curve.thresholds.index(MAIL.threshold)
    found = measure_decision(MAIL, target, chance, chance)[1]
    assert (curve.values[at], curve.low[at], curve.high[at]) == (found.value, found.low, found.high)
    assert list(curve.thresholds) == sorted(set(curve.thresholds))
    best = curve.thresholds[int(np.argmax(curve.values))]
    assert best == pytest.approx(5 / 55, abs=0.06)
