from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.fixtures_validate import LEARNED, Problem, columns, solve

import interlock.release as releases
from interlock.contract import learn
from interlock.develop import develop
from interlock.errors import InputError
from interlock.release import Release
from interlock.table import dataset, open_table, profile
from interlock.validate import validate
from interlock.validate.rival import answers, opponent


def released(solved: Problem, folder: Path) -> Release:
    return releases.write(
        folder,
        name="parcels",
        contract=solved.contract,
        profile=solved.profile,
        scores=solved.validation.scores,
        model=solved.development.model,
        evidence=solved.validation.evidence,
        card_markdown=solved.validation.card_markdown,
        card_html=solved.validation.card_html,
        environment="",
    )


def holdout(task: str = "binary") -> pa.Table:
    return pa.table(columns(task)).slice(LEARNED)


def test_a_model_against_itself_is_equal(tmp_path: Path) -> None:
    solved = solve("binary")
    release = released(solved, tmp_path)
    again = validate(
        solved.development, solved.holdout, solved.contract, profile=solved.profile, against=release.path
    )
    found = again.record.production
    assert found is not None
    assert (found.release, found.digest) == (release.path.name, release.digest)
    assert [each.gain.value for each in found.metrics] == [0.0] * len(found.metrics)
    assert found.metrics[0].ours == solved.validation.record["auc"].value
    (gate,) = [each for each in again.gates if each.name == "not_worse_than_production"]
    assert gate.passed
    assert f"`{release.path.name}` takes too, AUC is" in gate.sentence


def test_a_release_of_another_contract_reads_its_own_inputs(tmp_path: Path) -> None:
    solved = solve("binary")
    release = released(solved, tmp_path)
    table = pa.table(columns("binary")).drop(["wind"])
    learned = open_table(table.slice(0, LEARNED))
    fewer = learn(profile(learned), target="outcome", time="scheduled")
    development = develop(dataset(learned, fewer), fewer, trials=1, candidates=("linear",))
    found = validate(development, holdout(), fewer, against=release).record.production
    assert found is not None
    assert found.metrics[0].theirs == pytest.approx(solved.validation.record["auc"].value)
    assert found.metrics[0].gain.high < 0  # without the wind it is certainly worse


def test_a_dataset_of_another_contract_cannot_be_read_again(tmp_path: Path) -> None:
    solved = solve("binary")
    release = released(solved, tmp_path)
    other = replace(solved.holdout, contract=replace(solved.contract, unknown="flag"))
    with pytest.raises(InputError, match="has to read the table itself"):
        opponent(release, other, solved.contract)


def test_a_release_that_predicts_something_else_is_refused(tmp_path: Path) -> None:
    release = released(solve("binary"), tmp_path)
    with pytest.raises(InputError, match="predicts something else") as caught:
        opponent(release, holdout("regression"), solve("regression").contract)
    assert "binary: false, true" in str(caught.value)


def test_rows_that_its_contract_refuses_are_not_compared(tmp_path: Path) -> None:
    solved = solve("binary")
    release = released(solved, tmp_path)
    rejected = np.zeros(len(solved.holdout), bool)
    rejected[:7] = True
    data = replace(solved.holdout, checked=solved.holdout.checked._replace(rejected=rejected))
    rival = answers(opponent(release, data, solved.contract), np.arange(20))
    assert np.flatnonzero(~rival.taken).tolist() == [0, 1, 2, 3, 4, 5, 6]
