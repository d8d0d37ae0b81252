from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error
from tests.fixtures_validate import Problem, solve

from interlock.develop.emit.graph import Graph
from interlock.errors import InputError
from interlock.validate.examine import examine

TASKS = ("binary", "multiclass", "regression")


def reference(solved: Problem) -> np.ndarray:
    """The prediction in Python, another way than the one that was measured."""
    return np.asarray(solved.development.predictor(solved.holdout.checked))


def test_the_first_numbers_are_scikit_learns_on_the_python_reference() -> None:
    binary, several, value = (solve(task) for task in TASKS)
    found = [solved.validation.record for solved in (binary, several, value)]
    assert found[0]["auc"].value == pytest.approx(roc_auc_score(binary.target, reference(binary)))
    assert found[0]["log_loss"].value == pytest.approx(log_loss(binary.target, reference(binary)))
    assert found[1]["log_loss"].value == pytest.approx(log_loss(several.target, reference(several)))
    assert found[2]["rmse"].value == pytest.approx(root_mean_squared_error(value.target, reference(value)))


def test_the_baseline_is_the_training_target_not_the_holdouts() -> None:
    solved = solve("binary")
    record = solved.validation.record
    constant = np.full(len(solved.target), solved.profile["outcome"].mean)
    gain = log_loss(solved.target, constant) - record["log_loss"].value
    assert record["log_loss_improvement"].value == pytest.approx(gain)
    assert "baseline from the training rows" in record["log_loss_improvement"].method


@pytest.mark.parametrize("task", TASKS)
def test_the_planted_bad_slice_comes_first(task: str) -> None:
    worst = solve(task).validation.record.slices[0]
    assert worst.name == "origin = LGA"
    assert worst.adjusted < 0.01
    assert worst.worse


def test_slices_are_cut_from_every_input_and_from_the_calendar() -> None:
    columns = {column for each in solve("binary").validation.record.slices for column in each.columns}
    assert columns >= {"wind", "distance", "origin", "weekend", "scheduled (month)", "scheduled (weekday)"}


@pytest.mark.parametrize("task", TASKS)
def test_parity_rests_on_two_thousand_rows(task: str) -> None:
    found = solve(task).validation.record["parity"]
    assert found.n == 2000
    assert found.value < 1e-9


def test_progress_is_told() -> None:
    solved = solve("binary")
    told: list[str] = []
    examine(solved.development, solved.holdout, solved.contract, None, {}, 0, told.append)
    assert [told[0], told[1], told[-1]] == [
        "measuring, with intervals",
        "looking for the worst slices",
        "breaking rows, comparing with the reference, timing",
    ]
    assert "disturbing the holdout: noise 0.1" in told


def test_a_model_that_answers_no_number_is_refused() -> None:
    solved = solve("binary")
    total = Graph(numbers=len(solved.contract.numbers), strings=len(solved.contract.strings))
    summed = total.node("ReduceSum", total.numbers, total.constant(np.array([1])), keepdims=1)
    broken = replace(
        solved.development, model=total.build(summed, width=1, metadata={})
    )  # NaN where one is null
    # A sum is no number where one of its parts is missing.
    missing = int(np.isnan(solved.holdout.checked.numbers).any(axis=1).sum())
    with pytest.raises(InputError, match=rf"finite number(.|\n)*{missing} rows, the first is row \d+"):
        examine(broken, solved.holdout, solved.contract, None, {}, 0, lambda _: None)
