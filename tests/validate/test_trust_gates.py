from dataclasses import replace

import pytest

from interlock.validate.bootstrap import Estimate
from interlock.validate.evidence import Gate
from interlock.validate.gates import judge, thresholds_for
from interlock.validate.judgement import Findings
from interlock.validate.membership import Membership
from interlock.validate.production import Compared, Production
from interlock.validate.readable import Listed, Readable
from interlock.validate.robustness import Disturbance
from interlock.validate.stability import Refit, Stability


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


def test_where_nothing_can_be_lost_the_measure_is_said() -> None:
    calm = Disturbance("noise", 0.0, 4, 1000, Estimate("skill", -0.1, -0.2, 0.05), None)
    gate = verdict(calm)
    assert gate.passed
    assert gate.sentence == (
        "by squared error, which also asks for the right level, there is no certain gain on the baseline "
        "that a disturbance could take: -10 [-20, 5] % of it is gone (the gain in AUC or another metric is "
        "another measure)"
    )


def test_robustness_fails_where_a_loss_is_certainly_too_large() -> None:
    unsure, certain = disturbed("missing", 0.05, 0.7, 0.4, 1.0), disturbed("shifted", 0.1, 0.6, 0.55, 0.65)
    assert verdict(unsure).passed
    assert not verdict(unsure, certain).passed


def test_without_a_gain_there_is_nothing_to_lose() -> None:
    gate = verdict(Disturbance("noise", 0.1, 1, 9, Estimate("skill", 0, 0, 0), None))
    assert gate.passed
    assert gate.measured is None


def in_production(low: float) -> Production:
    gain = Estimate("auc_improvement", -0.002, -0.004, 0.001)
    metrics = (Compared("auc", "AUC", 0.92, 0.922, gain),)
    return Production("late-1", "sha256:1", 900, 3, metrics, Estimate("skill", -0.004, low, 0.002))


@pytest.mark.parametrize(("low", "passed"), [(-0.009, True), (-0.011, False)])
def test_not_worse_than_production_has_to_be_shown_within_the_margin(low: float, *, passed: bool) -> None:
    findings = Findings({}, (), production=in_production(low))
    (gate,) = judge(findings, {"not_worse_than_production": 0.01})
    assert gate.passed is passed
    assert gate.sentence.startswith(
        "on the 900 rows that `late-1` takes too, AUC is 0.92 against 0.922, a gain of -0.0020 [-0.0040, "
    )
    assert gate.sentence.endswith("asked: certainly no more than 1 points less")


def test_without_a_signed_release_the_gate_is_left_out_unless_asked() -> None:
    assert judge(Findings({}, ()), {"not_worse_than_production": 0.01}) == ()
    (gate,) = judge(Findings({}, ()), {"not_worse_than_production": 0.01}, ["not_worse_than_production"])
    assert not gate.passed


def test_stability_tells_how_far_predictions_move() -> None:
    refits = (Refit("another seed", 0.91, 0.01), Refit("a fifth left out", 0.9, 0.03))
    moved = Stability(
        "AUC", 0.912, 900, refits, Estimate("apart", 0.12, 0.11, 0.13), Estimate("f", 0.05, 0, 1)
    )
    (gate,) = judge(Findings({}, (), stability=moved), {"stability": 0.1})
    assert not gate.passed
    assert gate.sentence == (
        "learned again 2 times, by other seeds and without a fifth of the rows, predictions move by "
        "0.120 [0.110, 0.130] on average, 5 % of the labels change, and AUC goes from 0.9 to 0.91; "
        "asked: not certainly more than 0.1"
    )
    (gate,) = judge(Findings({}, (), stability=moved), {"stability": 0.11})
    assert gate.passed
    once = replace(moved, refits=refits[:1])
    (gate,) = judge(Findings({}, (), stability=once), {"stability": 0.1})
    assert gate.sentence.startswith("learned again once, by other seeds")


def test_membership_fails_where_the_advantage_is_certainly_larger() -> None:
    attack = Membership(50, 60, Estimate("a", 0.7, 0.6, 0.8), Estimate("m", 0.3, 0.21, 0.4), later=True)
    (gate,) = judge(Findings({}, (), membership=attack), {"membership": 0.2})
    assert not gate.passed
    assert "the advantage is 0.30 [0.21, 0.40], AUC 0.70 [0.60, 0.80]; the holdout is later" in gate.sentence
    (gate,) = judge(Findings({}, (), membership=attack), {"membership": 0.21})
    assert gate.passed


def test_membership_is_asked_by_default_only_where_rows_are_of_persons() -> None:
    assert "membership" not in thresholds_for("binary", {})
    assert thresholds_for("binary", {}, personal=True)["membership"] == 0.2
    assert thresholds_for("binary", {"membership": 0.1}, personal=True)["membership"] == 0.1


@pytest.mark.parametrize(("exact", "found", "passed"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_no_training_row_may_be_readable(exact: int, found: int, *, passed: bool) -> None:
    read = Readable(1000, 64, exact, 5, 300, found, 5, ())
    (gate,) = judge(Findings({}, (), readable=read), {"readable_rows": 0.0})
    assert gate.passed is passed
    assert f"{exact} of 64 golden rows equal one of 1,000 training rows" in gate.sentence


def test_no_listed_value_may_tell_of_few_rows_unless_the_threshold_says_so() -> None:
    listed = (Listed("note", "contract.toml", 960, 960, (), 960), Listed("town", "contract.toml", 9, 3, ()))
    read = Readable(1000, 64, 0, 5, 300, 0, 5, listed)
    (gate,) = judge(Findings({}, (), readable=read), {"readable_rows": 0.0})
    assert (gate.passed, gate.measured) == (False, 960.0)
    assert gate.sentence.endswith(
        "of the listed values of fewer than 5 rows 960 are sentences or look like a person's (`note`: make "
        "it `text` or `ignore`, or take out its levels); asked: at most 0"
    )
    (gate,) = judge(Findings({}, (), readable=read), {"readable_rows": 960.0})
    assert gate.passed
    (gate,) = judge(Findings({}, (), readable=replace(read, listed=listed[1:])), {"readable_rows": 0.0})
    assert gate.passed


@pytest.mark.parametrize("name", ["stability", "membership", "readable_rows"])
def test_what_needs_the_training_rows_is_left_out_without_them(name: str) -> None:
    assert judge(Findings({}, ()), {name: 0.1}) == ()
    (gate,) = judge(Findings({}, ()), {name: 0.1}, [name])
    assert not gate.passed
