from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests import fixtures_release
from tests.deploy.scoring.fixtures import as_table, rows

from interlock.errors import ProjectError, SignatureError
from interlock.lineage import scorings
from interlock.openlineage import read
from interlock.project import Project
from interlock.scoring import score

SETTINGS = '[project]\nname = "x"\n[data]\nsource = "x.csv"\n[serve]\nenvironment = "production"\n'


@pytest.fixture
def source(tmp_path: Path) -> str:
    pq.write_table(as_table(rows(20)), tmp_path / "rows.parquet")
    return str(tmp_path / "rows.parquet")


def test_the_environment_is_that_of_the_projects_service_unless_another_is_said(
    source: str, tmp_path: Path
) -> None:
    (tmp_path / "interlock.toml").write_text(SETTINGS)
    release = fixtures_release.write_release(tmp_path / "releases").path
    out = str(tmp_path / "out")
    with pytest.raises(SignatureError, match="a signature is missing"):
        score(source, out, release=release, progress=lambda _: None)
    assert not (tmp_path / "out").exists()
    done = score(source, out, release=release, environment="dev", progress=lambda _: None)
    assert done.manifest.read == 20


def test_a_projects_runs_are_kept_for_openlineage(source: str, tmp_path: Path) -> None:
    (tmp_path / "interlock.toml").write_text(SETTINGS.replace("production", "dev"))
    release = fixtures_release.write_release(tmp_path / "releases").path
    score(source, str(tmp_path / "out"), release=release, progress=lambda _: None)
    score(
        source,
        str(tmp_path / "out"),
        release=release,
        lineage=tmp_path / "told",
        progress=lambda _: None,
    )
    for path in (scorings(Project(tmp_path)), tmp_path / "told" / "openlineage.jsonl"):
        assert [event["eventType"] for event in read(path)] == ["START", "COMPLETE"]


def test_a_release_without_a_project_is_scored_with_as_in_dev(source: str, tmp_path: Path) -> None:
    release = fixtures_release.write_release(tmp_path / "releases").path
    done = score(source, str(tmp_path / "out"), release=release, progress=lambda _: None)
    assert done.manifest.read == 20


def test_with_neither_release_nor_project_there_is_nothing_to_score_with(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError, match="here or above"):
        score(source, "out", progress=lambda _: None)
