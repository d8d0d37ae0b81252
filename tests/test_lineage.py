"""Events are built a second time by the client of the OpenLineage project, and have to be the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from tests.fixtures_project import write_parcels
from tests.lineage_client import require_same

from interlock import stages
from interlock.beginning import init
from interlock.errors import ProjectError
from interlock.lineage import events, scorings, write
from interlock.openlineage import append
from interlock.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("lineage")
    write_parcels(folder / "parcels.csv", rows=600)
    init(folder, "parcels.csv", target="late", time="sent")
    project = Project(folder)
    stages.explore(project)
    for stage, failed in (("develop", ()), ("validate", ("auc_minimum",)), ("monitor", ())):
        project.finish(stage, inputs="x", output=f"sha256:{stage}", summary="", failed=failed)
    return project


def test_every_event_is_one_that_the_client_would_have_built(project: Project) -> None:
    found = events(project, "ledger")
    assert [(event["job"]["name"], event["eventType"]) for event in found] == [
        (f"parcels.{stage}", kind)
        for stage, end in (
            ("explore", "COMPLETE"),
            ("develop", "COMPLETE"),
            ("validate", "FAIL"),
            ("monitor", "COMPLETE"),
        )
        for kind in ("START", end)
    ]
    for event in found:
        require_same(event)


def test_a_run_keeps_its_id_and_two_runs_differ(project: Project) -> None:
    ids = [event["run"]["runId"] for event in events(project, "ledger")]
    assert ids == [event["run"]["runId"] for event in events(project, "elsewhere")]
    assert len(set(ids)) == len(ids) / 2


def test_the_source_says_its_schema_and_what_was_counted(project: Project) -> None:
    (source,) = events(project, "ledger")[1]["inputs"]
    assert (source["namespace"], Path(source["name"]).name) == ("file", "parcels.csv")
    train = pyarrow.csv.read_csv(project.root / "parcels.csv")
    assert [each["name"] for each in source["facets"]["schema"]["fields"]] == train.column_names
    quality = source["inputFacets"]["dataQualityMetrics"]
    assert quality["rowCount"] < 600
    kept = pyarrow.parquet.read_table(project.folder("explore") / "train.parquet")
    assert quality["rowCount"] == kept.num_rows
    for name, metrics in quality["columnMetrics"].items():
        assert metrics["nullCount"] == kept[name].null_count
        if "sum" in metrics and str(kept[name].type) in ("double", "int64"):
            assert metrics["sum"] == pytest.approx(pc.sum(kept[name]).as_py())
            assert metrics["min"] == pc.min(kept[name]).as_py()


def test_objects_are_named_by_bucket_and_key(project: Project) -> None:
    ledger = events(project, "s3://bucket/some/ledger?region=eu")[-1]["inputs"][1]
    assert (ledger["namespace"], ledger["name"]) == ("s3://bucket", "some/ledger")


def test_events_are_written_one_a_line(project: Project, tmp_path: Path) -> None:
    path = write(project, "ledger", tmp_path)
    assert [msgspec.json.decode(line) for line in path.read_bytes().splitlines()] == events(project, "ledger")


def test_what_scorings_have_told_follows(project: Project, tmp_path: Path) -> None:
    stages_told = events(project, "ledger")
    append(scorings(project), {"eventType": "START"})
    path = write(project, "ledger", tmp_path)
    told = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    assert told == [*stages_told, {"eventType": "START"}]


def test_a_project_without_a_stage_has_nothing_to_tell(tmp_path: Path) -> None:
    write_parcels(tmp_path / "parcels.csv", rows=20)
    init(tmp_path, "parcels.csv", target="late")
    with pytest.raises(ProjectError, match=r"no stage is done yet[\s\S]*next: run `interlock explore`"):
        write(Project(tmp_path), "ledger", tmp_path)
