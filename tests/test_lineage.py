"""Events are built a second time by the client of the OpenLineage project, and have to be the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from openlineage.client import facet_v2
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.serde import Serde
from tests.fixtures_project import write_parcels

from interlock import stages
from interlock.beginning import init
from interlock.errors import ProjectError
from interlock.lineage import PRODUCER, events, write
from interlock.project import Project

FACETS: dict[str, Any] = {
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "dataQualityMetrics": facet_v2.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
}


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


def facets(given: dict[str, Any]) -> dict[str, Any]:
    """Build facets by the client's own classes; they refuse a field that they do not know."""
    made = {}
    for name, facet in given.items():
        fields = {key: value for key, value in facet.items() if not key.startswith("_")}
        if name == "schema":
            field = facet_v2.schema_dataset.SchemaDatasetFacetFields
            fields["fields"] = [field(**each) for each in fields["fields"]]
        if name == "dataQualityMetrics":
            metrics = facet_v2.data_quality_metrics_input_dataset.ColumnMetrics
            fields["columnMetrics"] = {key: metrics(**each) for key, each in fields["columnMetrics"].items()}
        made[name] = FACETS[name](**fields, producer=PRODUCER)
    return made


def rebuilt(event: dict[str, Any]) -> dict[str, Any]:
    inputs = [
        InputDataset(
            each["namespace"],
            each["name"],
            facets=facets(each["facets"]),
            inputFacets=facets(each.get("inputFacets", {})),
        )
        for each in event["inputs"]
    ]
    outputs = [
        OutputDataset(each["namespace"], each["name"], facets=facets(each["facets"]))
        for each in event["outputs"]
    ]
    made = RunEvent(
        eventType=RunState[event["eventType"]],
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=Run(event["run"]["runId"], facets(event["run"]["facets"])),
        job=Job(event["job"]["namespace"], event["job"]["name"], facets(event["job"]["facets"])),
        inputs=inputs,
        outputs=outputs,
    )
    return dict(Serde.to_dict(made))


def lean(value: Any) -> Any:
    """Leave out what is empty: the client does, in some places."""
    if isinstance(value, dict):
        return {key: lean(each) for key, each in value.items() if each not in ({}, [], None)}
    return [lean(each) for each in value] if isinstance(value, list) else value


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
        assert lean(rebuilt(event)) == lean(json.loads(json.dumps(event)))


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


def test_a_project_without_a_stage_has_nothing_to_tell(tmp_path: Path) -> None:
    write_parcels(tmp_path / "parcels.csv", rows=20)
    init(tmp_path, "parcels.csv", target="late")
    with pytest.raises(ProjectError, match=r"no stage is done yet[\s\S]*next: run `interlock explore`"):
        write(Project(tmp_path), "ledger", tmp_path)
