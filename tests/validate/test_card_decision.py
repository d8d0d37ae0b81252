from functools import cache

import numpy as np
import pytest
from tests.fixtures_validate import Problem, solve

from interlock.develop import Decision, develop
from interlock.errors import InputError
from interlock.validate import Validation, validate
from interlock.validate.card_decision import value_chart
from interlock.validate.evidence import decode, encode


@cache
def decided(*, gate: float = 0.0) -> Validation:
    """Validate a model that acts where an expected value of 20 EUR outweighs a cost of 10."""
    made: Problem = solve("binary")
    decision = Decision(true_positive=20, false_positive=-10, unit="EUR")
    development = develop(made.train, made.contract, candidates=["linear"], trials=1, decision=decision)
    asked = {"value_per_1000": gate}
    return validate(development, made.holdout, made.contract, profile=made.profile, gates=asked)


@cache
def with_intervals() -> Validation:
    made: Problem = solve("regression")
    development = develop(made.train, made.contract, candidates=["linear"], trials=1, interval=0.8)
    return validate(development, made.holdout, made.contract, profile=made.profile)


def test_validation_tells_what_acting_is_worth() -> None:
    found = decided()
    record = decode(encode(found.record))
    assert record.value_curve == found.record.value_curve
    assert record.value_curve is not None
    assert record.value_curve.chosen == pytest.approx(1 / 3, abs=0.3)
    assert "analyses: decisions" in found.card_markdown
    assert "value of acting on the model per 1,000 cases, EUR" in found.card_markdown
    assert "more than acting on all" in found.card_markdown
    assert "What acting is worth" in found.card_html


@pytest.mark.slow
def test_the_gate_on_the_value_asks_for_a_minimum() -> None:
    passed, failed = (
        next(gate for gate in decided(gate=at).gates if gate.name == "value_per_1000") for at in (0.0, 1e5)
    )
    assert passed.passed
    assert not failed.passed
    assert "asked: certainly at least 100,000" in failed.sentence


def test_the_gate_on_the_value_fails_without_a_decision_and_is_unknown_to_other_tasks() -> None:
    made = solve("binary")
    asked = {"value_per_1000": 0.0}
    found = validate(made.development, made.holdout, made.contract, gates=asked)
    gate = next(gate for gate in found.gates if gate.name == "value_per_1000")
    assert not gate.passed
    other = solve("regression")
    with pytest.raises(InputError, match="no gate `value_per_1000` for a regression task"):
        validate(other.development, other.holdout, other.contract, gates=asked)


def test_validation_tells_how_often_intervals_hold_the_truth() -> None:
    found = with_intervals()
    covered = found.record["interval_coverage"]
    assert covered.value == pytest.approx(0.8, abs=0.1)
    gate = next(gate for gate in found.gates if gate.name == "interval_coverage")
    assert gate.passed
    assert found.record.covered
    assert decode(encode(found.record)).covered == found.record.covered
    assert "share of rows inside their interval" in found.card_markdown
    assert "inform and are no gate" in found.card_markdown


def test_without_intervals_or_a_decision_nothing_is_said_of_them() -> None:
    for task in ("binary", "regression"):
        found = solve(task).validation
        assert "Intervals" not in found.card_markdown.splitlines()
        assert not any(gate.name in ("interval_coverage", "value_per_1000") for gate in found.gates)
        assert found.record.value_curve is None


def test_the_picture_has_a_line_each_for_the_model_all_and_none() -> None:
    curve = decided().record.value_curve
    assert curve is not None
    chart = value_chart(curve)
    assert [line.name for line in chart.lines] == ["acting on the model", "acting on all", "acting on none"]
    assert chart.y_title == "value per 1,000 cases, EUR"
    assert chart.n == curve.n
    assert np.isfinite(chart.lines[0].low).all()
