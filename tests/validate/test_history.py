import pytest
from tests.fixtures_validate import solve

from interlock.validate import validate
from interlock.validate.evidence import Measurement
from interlock.validate.history import History, Suspect, judge_leakage, judge_looks, measure_history
from interlock.validate.looks import Look, expected_best

AUC = Measurement("auc", "AUC", 0.8, 0.78, 0.82, 500, "DeLong", "holdout")


def looks(*models: str) -> tuple[Look, ...]:
    return tuple(Look("2026-01-01T00:00:00+00:00", "ada", "h", model, "") for model in models)


def test_a_suspect_without_an_answer_stops_the_release_and_says_what_to_do() -> None:
    history = History((Suspect("paid", "…"), Suspect("grade", "…", confirmed=True)))
    gate = judge_leakage(history, 0.0)
    assert not gate.passed
    assert gate.measured == 1
    assert "`paid` may be known only after the outcome" in gate.sentence
    assert "`ignore`" in gate.sentence
    assert "`confirmed`" in gate.sentence
    assert judge_leakage(history, 1.0).passed


def test_what_a_person_confirmed_passes_and_is_told() -> None:
    gate = judge_leakage(History((Suspect("grade", "…", confirmed=True),)), 0.0)
    assert gate.passed
    assert "1 suspected and confirmed by a person" in gate.sentence
    assert judge_leakage(History(), 0.0).sentence == "no exploration was given, so nothing was suspected"


def test_looks_are_judged_only_where_somebody_counts() -> None:
    assert judge_looks(History(), 1.0).passed
    gate = judge_looks(History(looks=looks("a", "b")), 1.0)
    assert not gate.passed
    assert gate.sentence == "the holdout was opened twice, for 2 models; asked: at most 1 times"


def test_what_choosing_may_add_grows_with_the_number_of_models() -> None:
    def added(*models: str) -> float:
        found = {each.name: each for each in measure_history(History(looks=looks(*models)), AUC)}
        assert found["holdout_looks"].value == len(models)
        return found["holdout_optimism"].value

    assert added("a") == added("a", "a") == 0
    error = 0.04 / (2 * 1.96)
    assert added("a", "b") == pytest.approx(expected_best(2) * error)
    assert added("a", "b", "c") > added("a", "b")


def test_validation_states_what_was_known_before() -> None:
    solved = solve("binary")
    history = History((Suspect("x", "…"),), looks("a"))
    record = validate(solved.development, solved.holdout, solved.contract, history=history).record
    assert [gate.name for gate in record.gates if not gate.passed] == ["leakage"]
    assert record["holdout_looks"].value == 1
