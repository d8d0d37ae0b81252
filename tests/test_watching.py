from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from tests.fixtures_release import write_release

from interlock.errors import TamperedError
from interlock.project import Project
from interlock.registering import registry_of
from interlock.release import Release
from interlock.watching import Watched, watched

SETTINGS = """[project]
name = "flights"
[data]
source = "x.csv"
[policy.production]
signatures = []
[policy.staging]
signatures = []
[registry]
releases = "store"
"""


@pytest.fixture
def two(tmp_path: Path) -> tuple[Release, Release]:
    """An older release and the project's newest."""
    (tmp_path / "interlock.toml").write_text(SETTINGS)
    kept = tmp_path / "releases"
    older, newest = (write_release(kept, gates={"auc": True}, extra=extra) for extra in (0.0, 0.1))
    output = str(newest.path.relative_to(tmp_path))
    Project(tmp_path).finish("release", inputs="sha256:0", output=output, summary="written")
    return older, newest


def deploy(root: Path, release: Release, environment: str) -> None:
    with closing(registry_of(Project(root))) as registry:
        registry.register(release.path, person="ada")
        registry.deploy(registry.find(release.digest), environment, person="ada")


def served(root: Path, environment: str) -> None:
    (root / "interlock.toml").write_text(f'{SETTINGS}[serve]\nenvironment = "{environment}"\n')


def look(root: Path) -> Watched:
    return watched(Project(root), progress=lambda _: None)


def test_without_a_registry_the_newest_is_watched(two: tuple[Release, Release], tmp_path: Path) -> None:
    assert look(tmp_path) == Watched(two[1].path, is_newest=True)
    assert not (tmp_path / "registry.db").exists()


def test_after_a_rollback_the_champion_before_is_watched(
    two: tuple[Release, Release], tmp_path: Path
) -> None:
    older, newest = two
    for each in two:
        deploy(tmp_path, each, "production")
    assert look(tmp_path) == Watched(newest.path, is_newest=True)
    with closing(registry_of(Project(tmp_path))) as registry:
        registry.rollback("flights", "production", person="ada")
    role = f"{older.path.name}, champion in production (the newest is {newest.path.name})"
    assert look(tmp_path) == Watched(older.path, is_newest=False, role=role)


def test_the_champion_is_that_of_the_environment_that_is_served(
    two: tuple[Release, Release], tmp_path: Path
) -> None:
    older, newest = two
    deploy(tmp_path, older, "dev")
    assert look(tmp_path).path == older.path
    deploy(tmp_path, newest, "production")
    assert look(tmp_path).path == newest.path
    served(tmp_path, "staging")
    assert look(tmp_path) == Watched(newest.path, is_newest=True)
    deploy(tmp_path, older, "staging")
    assert "champion in staging" in look(tmp_path).role


def test_a_champion_that_is_not_here_is_fetched_beside_the_releases(
    two: tuple[Release, Release], tmp_path: Path
) -> None:
    older, newest = two
    deploy(tmp_path, older, "production")
    shutil.rmtree(older.path)
    path = tmp_path / ".interlock" / "releases" / older.path.name
    assert look(tmp_path).path == path
    assert not older.path.exists()
    (tmp_path / "store").rename(tmp_path / "away")
    assert look(tmp_path).path == path
    shutil.rmtree(path)
    trouble = "the champion cannot be watched: the store of releases is not there; "
    trouble += f"watched is the newest release, {newest.path.name}"
    assert look(tmp_path) == Watched(newest.path, is_newest=True, warnings=(trouble,))


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("", "the file is no registry"),
        ('url = "postgresql://ada@127.0.0.1:1/nowhere"\n', "the registry does not answer"),
    ],
)
def test_a_registry_that_is_away_is_told(
    two: tuple[Release, Release], tmp_path: Path, url: str, trouble: str
) -> None:
    (tmp_path / "registry.db").write_bytes(b"no database")
    (tmp_path / "interlock.toml").write_text(SETTINGS + url)
    found = look(tmp_path)
    assert found[:3] == Watched(two[1].path, is_newest=True)[:3]
    assert trouble in found.warnings[0]


def test_a_champion_that_was_changed_is_an_error(two: tuple[Release, Release], tmp_path: Path) -> None:
    deploy(tmp_path, two[0], "production")
    (two[0].path / "model.onnx").write_bytes(b"another")
    with pytest.raises(TamperedError):
        look(tmp_path)
