import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.fixtures_project import begin_parcels
from tests.fixtures_release import write_release

from interlock import stages
from interlock.develop import recipe
from interlock.errors import InputError
from interlock.project import Project
from interlock.rebuild import Rebuild, rebuild, recall
from interlock.release import write
from interlock.release.load import load
from interlock.release.manifest import RECIPE
from interlock.release.verify import read
from interlock.status import status

SETTINGS = 'candidates = ["baseline", "lightgbm"]\n\n[validate]\ncalibration = 1\nlatency_us = 1e5\n'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = begin_parcels(tmp_path_factory.mktemp("rebuild"), SETTINGS)
    for stage in stages.RUN:
        getattr(stages, stage)(made)
    return Project(made.root)


def found(**changes: object) -> Rebuild:
    plain = Rebuild("r", "sha256:1", "2026-01-01", "this environment", (), True, 0.0, 60, 2_000)
    return msgspec.structs.replace(plain, **changes)


def altered(project: Project, folder: Path, change: dict[str, object]) -> Path:
    """Write the project's release with another recipe."""
    path = project.release("here")
    files, loaded = read(path).files, load(path)
    other = msgspec.structs.replace(recipe.decode(files[RECIPE]), **change)
    return write(
        folder,
        name=loaded.name,
        contract=loaded.contract,
        profile=loaded.profile,
        scores=loaded.scores,
        model=files["model.onnx"],
        evidence=files["evidence.json"],
        card_markdown="",
        card_html="",
        environment=files["environment.txt"].decode(),
        recipe=recipe.encode(other),
    ).path


def test_it_is_trained_again_from_the_table_to_the_byte(project: Project) -> None:
    path = project.release("here")
    assert recall(project, path) is None
    again = rebuild(project, path, here=True)
    assert again.passed
    assert again.same_bytes
    assert again.apart == ()
    assert "reproduced: the largest difference is 0 (bytes equal), on " in again.sentence
    assert recall(project, path) == again
    assert again.sentence in status(project)


def test_another_seed_is_not_reproduced(project: Project, tmp_path: Path) -> None:
    again = rebuild(project, altered(project, tmp_path, {"seed": 7}), here=True)
    assert not again.passed
    assert again.largest > 1e-3
    assert again.sentence.startswith("not reproduced: the largest difference is ")


def test_a_changed_row_is_refused(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    lines = (project.root / "parcels.csv").read_text().splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:2], str(int(cells[2]) + 1), *cells[3:]])
    other.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="the training rows are not what the model was made from"):
        rebuild(project, project.release("here"), source=str(other), here=True)


def test_the_table_as_it_was_may_stand_elsewhere(project: Project, tmp_path: Path) -> None:
    shutil.copy(project.root / "parcels.csv", tmp_path / "old.csv")
    again = rebuild(project, project.release("here"), source=str(tmp_path / "old.csv"), here=True)
    assert again.same_bytes


def test_a_release_of_an_older_version_has_no_recipe(tmp_path: Path, project: Project) -> None:
    old = write_release(tmp_path).path
    with pytest.raises(InputError, match="the release has no recipe") as caught:
        rebuild(project, old, here=True)
    assert caught.value.next_step == "develop and release it again in this version"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "reproduced: the largest difference is 0 (bytes equal), on 60 golden and 2,000 training rows"),
        ({"same_bytes": False, "largest": 3e-17}, "difference is 3e-17 (bytes differ)"),
        (
            {"same_bytes": False, "largest": 0.02},
            "not reproduced: the largest difference is 0.02 (bytes differ), above 1e-06",
        ),
        ({"apart": ("numpy 2 instead of 1",)}, "in this environment; numpy 2 instead of 1"),
    ],
)
def test_it_says_what_it_came_to(changes: dict[str, object], said: str) -> None:
    assert said in found(**changes).sentence


@pytest.mark.slow
def test_the_command_line_ends_with_one_where_it_differs(project: Project, tmp_path: Path) -> None:
    other = altered(project, tmp_path, {"seed": 7})
    command = [sys.executable, "-m", "interlock", "rebuild", str(other), "--here"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("! not reproduced: the largest difference is ")
