from __future__ import annotations

from pathlib import Path

import pytest
from tests.fixtures_release import write_release

from interlock.config import parse_config
from interlock.errors import ProjectError, SignatureError
from interlock.project import Project
from interlock.registering import note, person_of, registry_of, registry_somewhere, sign_alone
from interlock.signing import sign

SMALLEST = '[project]\nname = "flights"\n[data]\nsource = "x.csv"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "interlock.toml").write_text(SMALLEST)
    release = write_release(folder / "releases", "binary", gates={"auc_minimum": True})
    output = str(release.path.relative_to(folder))
    Project(folder).finish("release", inputs="sha256:0", output=output, summary="written")
    return folder


def named(root: Path, url: str) -> None:
    with (root / "interlock.toml").open("a") as file:
        file.write(f'[registry]\nurl = "{url}"\n')


def test_what_was_done_is_noted_where_the_registry_is_named(root: Path) -> None:
    assert note(Project(root)) == ""
    assert not (root / "registry.db").exists()
    named(root, "sqlite:///log/registry.db")
    assert note(Project(root), "ada") == "noted in the registry: registered, validated (event 2)"
    sign(Project(root), "ada")
    assert note(Project(root), "ada") == "noted in the registry: signed (event 4)"
    assert note(Project(root), "ada") == ""
    assert (root / "log" / "registry.db").exists()


def test_a_registry_that_is_away_stops_nobody(root: Path) -> None:
    named(root, "postgresql://ada@127.0.0.1:1/nowhere")
    assert note(Project(root), "ada") == (
        "not noted in the registry: the registry does not answer; `interlock registry register` does it later"
    )


def test_who_is_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "carl")
    person = '[people.{}]\npublic_key = "x"\nroles = ["data_scientist"]\n'
    one = parse_config(SMALLEST + person.format("ada"), "")
    two = parse_config(SMALLEST + person.format("ada") + person.format("bo"), "")
    assert person_of(one, "bo") == "bo"
    assert person_of(one, None) == "ada"
    assert person_of(two, None) == "carl"
    assert person_of(None, None) == "carl"


def test_a_project_has_a_registry_of_its_own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry_of(Project(root)).log.database.url == f"sqlite:///{root}/registry.db"
    assert registry_of(Project(root)).store.name == str(root / "releases")
    monkeypatch.chdir(root)
    registry, project = registry_somewhere()
    assert registry.log.database.url == f"sqlite:///{root}/registry.db"
    assert project is not None
    other, project = registry_somewhere("elsewhere.db", "s3://bucket/releases")
    assert other.log.database.url == f"sqlite:///{root}/elsewhere.db"
    assert other.store.name == "s3://bucket/releases"
    assert project is not None
    monkeypatch.chdir(root.parent)
    assert registry_somewhere("elsewhere.db")[1] is None
    with pytest.raises(ProjectError, match=r"there is no interlock\.toml here"):
        registry_somewhere()


def test_one_person_alone_signs_the_newest_release_in_every_role(root: Path) -> None:
    path = Project(root).release("sign")
    sign_alone(Project(root), "ada", path)
    assert {each.name for each in (path / "signatures").iterdir()} == {
        "data_scientist.json",
        "ml_engineer.json",
    }
    with pytest.raises(ProjectError, match="solo mode signs the project's newest release alone"):
        sign_alone(Project(root), "ada", root)
    text = (root / "interlock.toml").read_text()
    (root / "interlock.toml").write_text(text.replace(', "ml_engineer"', ""))
    with pytest.raises(SignatureError, match="ada does not hold every role"):
        sign_alone(Project(root), "ada", path)
