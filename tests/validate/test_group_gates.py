import pytest

from interlock.validate.bootstrap import Estimate
from interlock.validate.enough import Rule, Unjudged
from interlock.validate.fairness import Fairness, Gap, Group
from interlock.validate.gates import default_thresholds, judge, thresholds_for
from interlock.validate.group_gates import CRITERIA
from interlock.validate.judgement import Findings


def found(column: str, criterion: str, value: float, low: float, high: float) -> Fairness:
    gap = Gap(criterion, "yes", ("f", "m"), Estimate(criterion, value, low, high))
    return Fairness(column, (Group("f", 300), Group("m", 500)), 0, (), (gap,))


def test_no_criterion_of_fairness_is_asked_by_default() -> None:
    for task, names in CRITERIA.items():
        assert not set(names) & set(default_thresholds(task))
        assert thresholds_for(task, {names[0]: 0.1})[names[0]] == 0.1


def test_a_gap_fails_where_it_is_certainly_larger_than_asked() -> None:
    sex = found("sex", "demographic_parity", 0.18, 0.16, 0.2)
    race = found("race", "demographic_parity", 0.25, 0.05, 0.4)
    (gate,) = judge(Findings({}, (), fairness=(sex, race)), {"demographic_parity": 0.1})
    assert not gate.passed  # by sex, although race has the larger and less certain gap
    assert gate.sentence == (
        "the largest difference of selection rates is 0.25 [0.05, 0.40] (`race`, f and m of yes); "
        "asked: not certainly more than 0.1"
    )
    (gate,) = judge(Findings({}, (), fairness=(race,)), {"demographic_parity": 0.1})
    assert gate.passed


@pytest.mark.parametrize(("high", "passed"), [(0.79, False), (0.81, True)])
def test_a_ratio_fails_where_it_is_certainly_smaller_than_asked(high: float, *, passed: bool) -> None:
    sex = found("sex", "demographic_parity_ratio", 0.7, 0.6, high)
    (gate,) = judge(Findings({}, (), fairness=(sex,)), {"demographic_parity_ratio": 0.8})
    assert gate.passed is passed
    assert "asked: not certainly less than 0.8" in gate.sentence


def test_what_was_asked_of_nobody_fails_with_the_reason() -> None:
    (gate,) = judge(Findings({}, ()), {"equal_opportunity": 0.1})
    assert not gate.passed
    assert gate.sentence == "no column marked `sensitive` in the contract has two groups with enough rows"
    sex = found("sex", "demographic_parity", 0.18, 0.16, 0.2)
    (gate,) = judge(Findings({}, (), fairness=(sex,)), {"equal_opportunity": 0.1})
    assert not gate.passed
    assert gate.sentence == "no two groups have 20 rows each of the outcome that it compares"


def test_where_no_slice_is_judged_the_rule_is_said_and_counted() -> None:
    few = Unjudged((), (Rule("fewer than 20 positive rows", 12, 585),))
    (gate,) = judge(Findings({}, (), unjudged=few), {"worst_slice": 0.0})
    assert gate.passed
    assert gate.sentence == (
        "no slice can be judged: of those looked at 12 have fewer than 20 positive rows; "
        "the largest has 585 rows"
    )
