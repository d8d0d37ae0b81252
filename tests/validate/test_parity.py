import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fixtures_validate import Problem, solve

from interlock.contract import Task
from interlock.develop.parity import hostile
from interlock.develop.sample import Inputs, Sample
from interlock.release.model import Model
from interlock.validate.parity import parity

Floats = NDArray[np.float64]


def rows_of(solved: Problem, task: Task, rows: int = 300) -> Sample:
    checked, contract = solved.holdout.checked, solved.contract
    classes = len(contract.classes)
    return hostile(Sample(checked.numbers, checked.strings, solved.target, task, classes), rows=rows)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_compiled_model_is_the_reference(task: Task) -> None:
    solved = solve(task)
    spread = float(np.std(solved.target)) if task == "regression" else None
    found = parity(
        solved.development.predictor, Model(solved.development.model), rows_of(solved, task), spread=spread
    )
    assert found.rows == 300
    assert found.largest < 1e-9


def test_a_reference_that_differs_in_one_row_is_seen_in_batch_and_alone() -> None:
    solved = solve("binary")

    def off(inputs: Inputs) -> Floats:
        shift = 1e-3 * (np.arange(len(inputs.numbers)) == 7)
        return np.asarray(solved.development.predictor(inputs) + shift)

    found = parity(off, Model(solved.development.model), rows_of(solved, "binary"))
    assert found.batch == pytest.approx(1e-3)
    assert found.single == pytest.approx(1e-3)


def test_a_reference_in_float32_is_seen() -> None:
    solved = solve("binary")

    def narrow(inputs: Inputs) -> Floats:
        return np.asarray(solved.development.predictor(inputs).astype(np.float32), np.float64)

    assert 1e-9 < parity(narrow, Model(solved.development.model), rows_of(solved, "binary")).largest < 1e-6


def test_no_number_on_one_side_is_infinitely_far() -> None:
    solved = solve("binary")

    def silent(inputs: Inputs) -> Floats:
        return np.where(np.arange(len(inputs.numbers)) == 3, np.nan, solved.development.predictor(inputs))

    assert parity(silent, Model(solved.development.model), rows_of(solved, "binary")).largest == np.inf


def test_values_are_compared_relative_to_themselves_or_to_the_spread() -> None:
    solved = solve("regression")

    def scaled(inputs: Inputs) -> Floats:
        return solved.development.predictor(inputs) * (1 + 1e-7)

    found = parity(scaled, Model(solved.development.model), rows_of(solved, "regression"), spread=1e-3)
    assert found.largest == pytest.approx(1e-7, rel=1e-3)
