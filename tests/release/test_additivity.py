from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.fixtures_release import Task, contract, explanation, model, profile, write_release

from interlock.errors import ReleaseError, TamperedError
from interlock.profile import Profile
from interlock.profile.values import Values
from interlock.release import Release, load, verify, write
from interlock.release.additivity import TOLERANCE, check_outputs, require_additive
from interlock.release.explanation import EXPLANATION, Explanation, Linear


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_release_adds_up(tmp_path: Path, task: Task) -> None:
    release = write_release(tmp_path, task)
    assert release.explanation is not None
    assert require_additive(release.explanation, release.model, release.contract, release.golden) < 1e-12
    assert EXPLANATION in verify(release.path).files


def changed(by: float) -> Explanation:
    told = explanation(contract())
    line = told.parts[0]
    assert isinstance(line, Linear)
    return replace(told, parts=(replace(line, weights=line.weights * (1 + by)),))


def written(folder: Path, told: Explanation) -> Release:
    of = contract()
    scores = Profile.of({"prediction": Values("number", np.linspace(0, 1, 50))})
    return write(
        folder, name="x", contract=of, profile=profile(), scores=scores, model=model(of), evidence={},
        card_markdown="", card_html="", environment="", explanation=told.to_bytes(),
    )  # fmt: skip


def test_what_does_not_add_up_is_not_released(tmp_path: Path) -> None:
    written(tmp_path / "good", changed(TOLERANCE / 1000))
    with pytest.raises(ReleaseError, match=r"the explanation of golden row \d+ does not add up to its score"):
        written(tmp_path / "bad", changed(1e-6))
    assert not (tmp_path / "bad").exists()


def test_an_explanation_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="the explanation is of another model") as error:
        written(tmp_path, explanation(contract("multiclass")))
    assert "3 scores explained of a model with 1" in str(error.value)
    told = explanation(contract())
    wider = replace(told, sources=np.array([0, 1, 2, 3, 4, 4]))
    with pytest.raises(ReleaseError, match="the explanation is of another model") as error:
        written(tmp_path, wider)
    assert "6 features, the model has 5" in str(error.value)
    release = write_release(tmp_path)
    with pytest.raises(ReleaseError, match="the explanation is of another model"):
        check_outputs(explanation(contract("multiclass")), release.model)


def test_a_changed_explanation_is_tampering(tmp_path: Path) -> None:
    path = write_release(tmp_path).path
    file = path / EXPLANATION
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(TamperedError, match="a file of the release is changed"):
        load(path)
    file.unlink()
    with pytest.raises(TamperedError, match="a file of the release is missing"):
        load(path)


def test_one_that_was_added_later_is_tampering(tmp_path: Path) -> None:
    path = write_release(tmp_path, explained=False).path
    assert load(path).explanation is None
    (path / EXPLANATION).write_bytes(explanation(contract()).to_bytes())
    with pytest.raises(TamperedError, match="a file was added to the release"):
        load(path)
