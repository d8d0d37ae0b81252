from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows, table

from interlock.develop import Development, Limits, develop
from interlock.develop.calibration import Calibrated
from interlock.develop.candidates import Boosting
from interlock.develop.candidates.boosting import Setting
from interlock.develop.finish import Wanted, check_wanted, finish
from interlock.develop.score import log_loss, losses
from interlock.errors import InputError
from interlock.release.model import Model


def overfitted(task: Any = "binary") -> Any:
    """Fit trees that are far too sure of themselves."""
    train = rows(task)
    limits = replace(Limits.of(60), rounds=60)
    return Boosting().fit(train, train, contract(task), limits, Setting(127, 0.3)), rows(task, seed=1)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_what_is_too_sure_of_itself_is_calibrated_on_rows_it_has_not_seen(task: Any) -> None:
    fitted, unseen = overfitted(task)
    told: list[str] = []
    done = finish(fitted, fitted.score(unseen), unseen, Wanted(), told.append)
    assert isinstance(done.fitted, Calibrated)
    assert told == [f"calibration: {done.calibration}"]
    fresh = rows(task, seed=2)
    raw, mapped = (
        log_loss(losses(task, each.predict(fresh), fresh.target)) for each in (fitted, done.fitted)
    )
    assert mapped.high < raw.low
    assert done.calibration.after == pytest.approx(mapped.value, rel=0.15)
    assert done.threshold == 0.5


def test_one_calibration_can_be_asked_for_and_only_what_fits_the_task() -> None:
    fitted, unseen = overfitted()
    kinds = [
        finish(fitted, fitted.score(unseen), unseen, Wanted(each), lambda _: None).calibration.kind
        for each in ("none", "temperature", "sigmoid", "piecewise")
    ]
    assert kinds == ["none", "temperature", "sigmoid", "piecewise"]
    with pytest.raises(InputError, match="no calibration `sigmoid` for a multiclass task") as caught:
        finish(fitted, fitted.score(unseen), rows("multiclass"), Wanted("sigmoid"), print)
    assert "choose among auto, none, temperature" in str(caught.value)
    with pytest.raises(InputError, match="no calibration `temperature` for a regression task"):
        develop(table("regression"), contract("regression"), trials=1, calibration="temperature")


@pytest.mark.parametrize("threshold", [float("nan"), 2, -1, -1e-9, float("inf"), True, "0.5"])
def test_a_threshold_that_is_no_probability_is_refused_before_any_time_is_spent(threshold: Any) -> None:
    told: list[str] = []
    with pytest.raises(InputError, match="the threshold is no probability") as caught:
        develop(table(), contract(), trials=1, threshold=threshold, progress=told.append)
    assert (caught.value.where, caught.value.got) == ("threshold", repr(threshold))
    assert caught.value.next_step.startswith("give a number from 0 to 1, or None")
    assert not any("lightgbm" in each for each in told)


@pytest.mark.parametrize("threshold", [0, 1, 0.5, np.float64(0.25), None])
def test_both_ends_are_thresholds(threshold: Any) -> None:
    check_wanted(Wanted(threshold=threshold), "binary")


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_only_two_classes_have_a_threshold(task: Any) -> None:
    with pytest.raises(InputError, match=f"a {task} task has no threshold between two classes") as caught:
        develop(table(task), contract(task), trials=1, threshold=0.5)
    assert caught.value.next_step == "leave the threshold out"


def test_a_calibrated_development_is_compiled_saved_and_read_again(tmp_path: Any) -> None:
    development = develop(
        table(), contract(), candidates=["lightgbm"], trials=1, calibration="sigmoid", threshold=0.3
    )
    assert isinstance(development.fitted, Calibrated)
    assert development.parity.largest < 1e-9
    assert float(Model(development.model).metadata["threshold"]) == development.threshold == 0.3
    again = Development.load(development.save(tmp_path))
    assert again == development
    asked = rows(seed=5)
    np.testing.assert_array_equal(again.predictor(asked), development.predictor(asked))
    development.report(tmp_path / "report.html")
    assert "sigmoid, " in (tmp_path / "report.html").read_text()
