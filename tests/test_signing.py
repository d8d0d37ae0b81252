from __future__ import annotations

from pathlib import Path

import pytest
from tests.fixtures_release import write_release

from interlock.errors import SignatureError
from interlock.project import Project
from interlock.signing import sign


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "interlock.toml").write_text('# mine\n[project]\nname = "x"\n[data]\nsource = "x.csv"\n')
    path = write_release(tmp_path / "releases", "binary", name="binary").path
    project = Project(tmp_path)
    output = str(path.relative_to(project.root))
    project.finish("release", inputs="sha256:0", output=output, summary="written")
    return project


def test_the_first_time_the_person_is_listed_and_the_file_is_kept(project: Project) -> None:
    key = project.root / "keys" / "ada.pem"
    signatures = sign(project, "ada", key=key)
    assert [(each.role, each.person, each.self) for each in signatures] == [
        ("data_scientist", "ada", True),
        ("ml_engineer", "ada", True),
    ]
    text = (project.root / "interlock.toml").read_text()
    assert text.startswith("# mine\n")
    assert key.read_text() not in text
    assert key.stat().st_mode & 0o777 == 0o600


def test_two_people_sign_for_one_role_each(project: Project) -> None:
    sign(project, "ada", roles=["data_scientist"], key=project.root / "ada.pem")
    signatures = sign(Project(project.root), "bo", roles=["ml_engineer"], key=project.root / "bo.pem")
    assert [(each.person, each.self) for each in signatures] == [("ada", False), ("bo", False)]
    assert Project(project.root).config.people["ada"].roles == ("data_scientist",)


def test_an_unknown_role_is_refused_before_anything_is_written(project: Project) -> None:
    before = (project.root / "interlock.toml").read_text()
    with pytest.raises(SignatureError, match="there is no such role") as caught:
        sign(project, "ada", roles=["boss"], key=project.root / "ada.pem")
    assert caught.value.next_step == "sign as one of data_scientist, ml_engineer"
    assert (project.root / "interlock.toml").read_text() == before
    assert not (project.root / "ada.pem").exists()


@pytest.mark.parametrize("person", ["../eve", "", "a/b", ".hidden", "x\ny"])
def test_a_name_that_could_leave_the_key_folder_is_refused(project: Project, person: str) -> None:
    with pytest.raises(SignatureError, match="a person's name is made of"):
        sign(project, person)


def test_a_role_that_the_person_does_not_hold_is_refused(project: Project) -> None:
    sign(project, "ada", roles=["data_scientist"], key=project.root / "ada.pem")
    with pytest.raises(SignatureError, match="ada may not sign as ml_engineer"):
        sign(Project(project.root), "ada", roles=["ml_engineer"], key=project.root / "ada.pem")
