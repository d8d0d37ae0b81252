from dataclasses import replace

import pytest

from interlock.errors import GateError, InputError
from interlock.validate.bootstrap import Estimate
from interlock.validate.evidence import Gate, Measurement
from interlock.validate.gates import default_thresholds, judge, require, thresholds_for
from interlock.validate.judgement import Findings
from interlock.validate.slices import Slice


def measurement(name: str, value: float, low: float | None = None, high: float | None = None) -> Measurement:
    return Measurement(name, name, value, low, high, 1000, "by hand", "holdout")


def a_slice(part: str, low: float, value: float, high: float) -> Slice:
    estimate = Estimate("auc", 0.7, 0.6, 0.8)
    skill = Estimate("skill", value, low, high)
    return Slice(("origin",), part, 100, estimate, estimate, 0.1, 0.2, worse=True, bias=None, skill=skill)


GOOD = (
    measurement("auc", 0.74, 0.72, 0.76),
    measurement("auc_improvement", 0.24, 0.22, 0.26),
    measurement("log_loss", 0.5, 0.48, 0.52),
    measurement("calibration_error", 0.02, 0.0, 0.04),
    measurement("parity", 1e-12),
    measurement("latency_p50", 40.0, 39.0, 41.0),
    measurement("rows_per_second", 90_000.0, 80_000.0, 100_000.0),
    measurement("size_mb", 0.4),
    measurement("rejected_share", 0.001, 0.0005, 0.002),
    measurement("caught_share", 1.0, 0.99, 1.0),
)


def verdict(name: str, threshold: float, *changed: Measurement, slices: tuple[Slice, ...] = ()) -> Gate:
    found = {each.name: each for each in (*GOOD, *changed)}
    (gate,) = judge(Findings(found, slices, ("age: text",)), {name: threshold})
    assert gate.name == name
    assert gate.threshold == threshold
    return gate


def test_everything_good_passes_every_default() -> None:
    findings = Findings({each.name: each for each in GOOD}, (a_slice("JFK", 0.1, 0.2, 0.3),))
    gates = judge(findings, default_thresholds("binary"))
    assert [gate.name for gate in gates if not gate.passed] == []
    require(gates)


@pytest.mark.parametrize(
    ("name", "threshold", "changed"),
    [
        ("auc_above_baseline", 0.0, measurement("auc_improvement", 0.02, -0.001, 0.04)),
        ("auc_above_baseline", 0.22, measurement("auc_improvement", 0.24, 0.22, 0.26)),
        ("auc_minimum", 0.73, measurement("auc", 0.74, 0.72, 0.76)),
        ("log_loss_maximum", 0.51, measurement("log_loss", 0.5, 0.48, 0.52)),
        ("calibration", 0.05, measurement("calibration_error", 0.08, 0.051, 0.11)),
        ("parity", 1e-6, measurement("parity", 1.1e-6)),
        ("parity", 1e-6, measurement("parity", float("inf"))),
        ("latency_us", 39.0, measurement("latency_p50", 40.0)),
        ("rows_per_second", 1000.0, measurement("rows_per_second", 999.0)),
        ("training_contract", 0.0, measurement("training_rejected_share", 0.001, 0.001, 0.001)),
        ("size_mb", 0.3, measurement("size_mb", 0.4)),
        ("contract", 0.01, measurement("rejected_share", 0.02, 0.011, 0.03)),
        ("mutations", 1.0, measurement("caught_share", 0.999, 0.99, 1.0)),
    ],
)
def test_each_gate_can_fail(name: str, threshold: float, changed: Measurement) -> None:
    gate = verdict(name, threshold, changed)
    assert not gate.passed
    assert (gate.measured, gate.low, gate.high) == (changed.value, changed.low, changed.high)


@pytest.mark.parametrize(
    ("name", "threshold", "changed"),
    [
        ("auc_above_baseline", 0.2, measurement("auc_improvement", 0.24, 0.22, 0.26)),
        ("auc_minimum", 0.72, measurement("auc", 0.74, 0.72, 0.76)),
        ("log_loss_maximum", 0.52, measurement("log_loss", 0.5, 0.48, 0.52)),
        ("calibration", 0.05, measurement("calibration_error", 0.08, 0.049, 0.11)),
        ("contract", 0.01, measurement("rejected_share", 0.02, 0.009, 0.03)),
        ("mutations", 0.99, measurement("caught_share", 0.999, 0.99, 1.0)),
    ],
)
def test_each_gate_can_pass_at_its_edge(name: str, threshold: float, changed: Measurement) -> None:
    assert verdict(name, threshold, changed).passed


def test_what_is_not_defined_does_not_pass() -> None:
    gate = verdict("precision_minimum", 0.5)
    assert not gate.passed
    assert gate.measured is None
    assert "not defined" in gate.sentence


def test_a_slice_fails_only_where_its_whole_interval_is_below() -> None:
    unsure, certain = a_slice("LGA", -0.3, -0.1, 0.01), a_slice("EWR", -0.3, -0.2, -0.1)
    assert verdict("worst_slice", 0.0, slices=(unsure,)).passed
    gate = verdict("worst_slice", 0.0, slices=(unsure, certain))
    assert not gate.passed
    assert gate.measured == -0.2
    assert gate.sentence == (
        "against always guessing the average the model gains least where `origin` is EWR: there -20 [-30, "
        "-10] % of the squared error is gone. It is certainly less than 0 % in 1 of 2 slices; asked: in none"
    )
    assert verdict("worst_slice", -0.2, slices=(certain,)).passed


def test_without_slices_there_is_nothing_to_fail() -> None:
    assert verdict("worst_slice", 0.0).passed


def test_sentences_hold_what_was_measured_and_what_was_asked() -> None:
    assert verdict("auc_above_baseline", 0.1).sentence == (
        "auc_improvement: 0.240 [0.220, 0.260]; asked: certainly more than 0.1"
    )
    missed = verdict("mutations", 1.0, measurement("caught_share", 0.95, 0.9, 0.97)).sentence
    assert (
        missed == "the contract catches 95 % of 1,000 broken rows (missed: age: text); asked: at least 100 %"
    )


def test_a_failed_gate_stops_the_release_with_each_reason() -> None:
    passed = Gate("parity", 0.0, None, None, 1e-6, passed=True, sentence="fine")
    failed = replace(passed, name="size_mb", passed=False, sentence="the model's file has 80 MB")
    with pytest.raises(GateError) as caught:
        require([passed, failed, replace(failed, name="contract", sentence="half is refused")])
    text = str(caught.value)
    assert text.startswith("2 of 3 gates failed, so there is no release")
    assert "- size_mb: the model's file has 80 MB" in text
    assert "- contract: half is refused" in text
    assert "[validate]" in text
    assert "parity" not in text


def test_thresholds_are_the_defaults_with_what_was_asked() -> None:
    assert thresholds_for("binary", {"average_precision_minimum": 0.4})["average_precision_minimum"] == 0.4
    found = thresholds_for("binary", {"auc_minimum": 0.7, "parity": 1e-9})
    assert found == default_thresholds("binary") | {"auc_minimum": 0.7, "parity": 1e-9}


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("binary", "brier_above_baseline"),
        ("binary", "log_loss_maximum"),
        ("multiclass", "macro_f1_minimum"),
        ("regression", "rmse_above_baseline"),
        ("regression", "r2_minimum"),
    ],
)
def test_metrics_of_the_task_have_gates(task: str, name: str) -> None:
    assert thresholds_for(task, {name: 0.5})[name] == 0.5


@pytest.mark.parametrize(
    ("task", "name", "near"),
    [
        ("binary", "auc_above_basline", "auc_above_baseline"),
        ("binary", "above_baseline", "auc_above_baseline"),
        ("binary", "latency", "latency_us"),
        ("binary", "log_loss_minimum", "log_loss_maximum"),
        ("regression", "rmse_minimum", "rmse_maximum"),
    ],
)
def test_an_unknown_gate_is_refused_with_the_nearest(task: str, name: str, near: str) -> None:
    with pytest.raises(InputError, match=rf"no gate `{name}` for a {task} task(.|\n)*did you mean `{near}`"):
        thresholds_for(task, {name: 0.5})


def test_a_gate_near_nothing_lists_what_is_known() -> None:
    with pytest.raises(InputError, match=r"known: auc_above_baseline, calibration"):
        thresholds_for("binary", {"xyz": 1.0})


@pytest.mark.parametrize("threshold", ["high", True, float("nan")])
def test_a_threshold_has_to_be_a_number(threshold: float | str | bool) -> None:
    with pytest.raises(InputError, match=r"the threshold of `parity` is no number(.|\n)*parity = 1e-06"):
        thresholds_for("binary", {"parity": threshold})


def test_a_gate_on_what_was_not_given_is_left_out_unless_somebody_asked() -> None:
    findings = Findings({each.name: each for each in GOOD}, ())
    assert judge(findings, {"training_contract": 0.0}) == ()
    (gate,) = judge(findings, {"training_contract": 0.0}, asked={"training_contract"})
    assert not gate.passed
    assert gate.sentence == "the training rows were not given"
