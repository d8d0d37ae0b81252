from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tests.fixtures_project import begin_parcels

from interlock import reports, stages
from interlock.cli import app
from interlock.errors import ProjectError
from interlock.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = begin_parcels(tmp_path_factory.mktemp("parcels"))
    for stage in (stages.explore, stages.develop, stages.validate):
        stage(project)
    return project


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_BROWSER", "/nothing/there")


def test_every_report_is_written_again_from_what_was_saved(project: Project) -> None:
    paths = reports.report(project)
    assert [path.parent.name for path in paths] == ["explore", "develop", "validate"]
    before = [path.read_bytes() for path in paths]
    for path in paths[:2]:
        path.write_text("damaged")
    assert [path.read_bytes() for path in reports.report(project)] == before
    assert {state.state for state in project.states()[:3]} == {"done"}


def test_the_story_tells_of_the_later_stages_too(project: Project, no_browser: None) -> None:
    written, trouble = reports.story(project)
    assert [path.name for path in written] == ["story.md", "story.html"]
    assert "a PDF needs a browser" in trouble
    text = written[0].read_text()
    assert "## What a model could do with it" in text
    assert "On the rows that were sealed away before anyone looked" in text
    assert "# parcels" in text
    sealed = pq.read_metadata(project.folder("explore") / "holdout.parquet").num_rows
    assert f"({sealed:,} more are sealed for the test)" in text
    assert "conditions for a release" in text


def test_what_is_stale_is_not_told(project: Project, no_browser: None) -> None:
    contract = project.contract_path.read_text()
    project.contract_path.write_text(contract.replace('null = "flag"', 'null = "reject"'))
    try:
        assert project.contract_path.read_text() != contract
        assert reports._results(project) == []
    finally:
        project.contract_path.write_text(contract)


def test_the_sealed_rows_are_not_exported(project: Project) -> None:
    folder = reports.export(project, "csv")
    assert folder == project.root / "exports" / "csv"
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    train = pq.read_metadata(project.folder("explore") / "train.parquet").num_rows
    assert rows == train < 2000
    assert reports.export(project, "parquet").name == "parquet"


@pytest.mark.slow
def test_tableau_gets_one_file_named_as_the_project(project: Project) -> None:
    assert reports.export(project, "tableau") == project.root / "exports" / "parcels.hyper"


def test_before_the_first_stage_there_is_nothing_to_tell(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    with pytest.raises(ProjectError, match="no stage is done") as failure:
        reports.report(project)
    assert failure.value.next_step == "run `interlock explore`"
    for ask in (lambda: reports.story(project), lambda: reports.export(project, "csv")):
        with pytest.raises(ProjectError, match="needs the result of `explore`"):
            ask()


def test_the_command_says_what_it_wrote(
    project: Project, no_browser: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)

    def said(*words: str) -> str:
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    assert "✓ .interlock/explore/report.html" in said("report")
    told = said("report", "--story")
    assert "✓ story.md" in told
    assert "· no PDF: a PDF needs a browser" in told
    assert said("export", "csv") == "✓ exports/csv\n"
