"""Run events built a second time by the client of the OpenLineage project, which knows its schemas."""

from __future__ import annotations

import json
from typing import Any

from openlineage.client import facet_v2
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.serde import Serde

from interlock.openlineage import PRODUCER

FACETS: dict[str, Any] = {
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "inputStatistics": facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "dataQualityMetrics": facet_v2.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
}


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
        OutputDataset(
            each["namespace"],
            each["name"],
            facets=facets(each["facets"]),
            outputFacets=facets(each.get("outputFacets", {})),
        )
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


def require_same(event: dict[str, Any]) -> None:
    """Require that an event is the one that the client would have built."""
    assert lean(rebuilt(event)) == lean(json.loads(json.dumps(event)))
