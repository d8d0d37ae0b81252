from interlock.validate.bootstrap import Estimate
from interlock.validate.evidence import Gate
from interlock.validate.gates import judge
from interlock.validate.judgement import Findings
from interlock.validate.robustness import Disturbance


def disturbed(kind: str, strength: float, value: float, low: float, high: float) -> Disturbance:
    return Disturbance(
        kind, strength, 4, 1000, Estimate("skill", 0.3, 0.2, 0.4), Estimate("lost", value, low, high)
    )


def verdict(*found: Disturbance) -> Gate:
    (gate,) = judge(Findings({}, (), robustness=found), {"robustness": 0.5})
    return gate


def test_robustness_judges_the_small_disturbances_alone() -> None:
    small, large = disturbed("noise", 0.1, 0.1, 0.05, 0.15), disturbed("noise", 1.0, 2.0, 1.9, 2.1)
    gate = verdict(small, large)
    assert gate.passed
    assert gate.sentence == (
        "of the gain on the baseline 10.0 % [5.0, 15.0] is gone with noise of 0.1 standard deviations on "
        "every number, the worst of 1 small disturbances; asked: not certainly more than 50 %"
    )


def test_robustness_fails_where_a_loss_is_certainly_too_large() -> None:
    unsure, certain = disturbed("missing", 0.05, 0.7, 0.4, 1.0), disturbed("shifted", 0.1, 0.6, 0.55, 0.65)
    assert verdict(unsure).passed
    assert not verdict(unsure, certain).passed


def test_without_a_gain_there_is_nothing_to_lose() -> None:
    gate = verdict(Disturbance("noise", 0.1, 1, 9, Estimate("skill", 0, 0, 0), None))
    assert gate.passed
    assert gate.measured is None
