"""What a project's stages took and left, as OpenLineage run events.

Source:
    OpenLineage 2-0-2, `RunEvent`, with the facets `jobType`, `schema`, `version`, `dataQualityMetrics` and
    `errorMessage`.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interlock.address import masked, scheme
from interlock.contract import Contract
from interlock.errors import ProjectError
from interlock.profile import ColumnProfile, Profile
from interlock.project import Project, Record

__all__ = ["PRODUCER", "events", "write"]

#: Who says it.
PRODUCER = "urn:interlock"
_RUN_EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
_VERSIONS = {
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DatasetVersionDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "SchemaDatasetFacet": "1-2-0",
}
_NAMESPACE = uuid.UUID("6f6e2a2e-7d0c-5b59-9a0b-6f0f5d3c9a11")
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: What each stage takes, and what it leaves, of the stages' own datasets.
_STAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "explore": (("source",), ("profile", "contract")),
    "develop": (("source", "contract"), ("model",)),
    "validate": (("source", "model"), ("evidence",)),
    "release": (("contract", "profile", "model", "evidence"), ("release",)),
    "monitor": (("release", "ledger"), ("monitoring",)),
}
#: Which stage a dataset's version is the output of.
_LEFT_BY = {"profile": "explore", "model": "develop", "evidence": "validate", "release": "release"}

Facet = dict[str, Any]


def events(project: Project, ledger: str) -> list[dict[str, Any]]:
    """Return the run events of the finished stages: START and COMPLETE, ABORT or FAIL for each.

    A stage records when it was done and not when it began; both of its events carry that moment. A run's id
    is made of what the stage took and when it was done, so that the same run always has the same.

    Args:
        project: The project.
        ledger: Where `monitor` reads: a folder or an address.
    """
    records = project.records()
    return [
        event
        for stage in _STAGES
        if stage in records
        for event in _run(project, stage, records[stage], records, ledger)
    ]


def write(project: Project, ledger: str, folder: str | Path) -> Path:
    """Write the run events, one a line.

    Args:
        project: The project.
        ledger: Where `monitor` reads.
        folder: Where `openlineage.jsonl` is written.

    Returns:
        The file.

    Raises:
        ProjectError: If no stage is done.
        InputError: If the disk refuses.
    """
    from interlock.atomic import write_atomically

    found = events(project, ledger)
    if not found:
        raise ProjectError("no stage is done yet", where=project.root, next_step="run `interlock explore`")
    lines = "".join(json.dumps(event, allow_nan=False) + "\n" for event in found)
    return write_atomically(Path(folder) / "openlineage.jsonl", lines)


def _run(
    project: Project, stage: str, record: Record, records: Mapping[str, Record], ledger: str
) -> Iterator[dict[str, Any]]:
    name = project.config.project.name
    run_id = str(uuid.uuid5(_NAMESPACE, f"{name} {stage} {record.inputs} {record.done_at}"))
    taken, left = _STAGES[stage]
    ended = "FAIL" if record.failed else "ABORT" if record.interrupted else "COMPLETE"
    job = {
        "namespace": "interlock",
        "name": f"{name}.{stage}",
        "facets": {
            "jobType": _facet(
                "JobTypeJobFacet", processingType="BATCH", integration="INTERLOCK", jobType=stage.upper()
            )
        },
    }
    inputs = [each for dataset in taken for each in _datasets(project, dataset, records, ledger, taken=True)]
    outputs = [each for dataset in left for each in _datasets(project, dataset, records, ledger)]
    failed = f"gates failed: {', '.join(record.failed)}"
    facets = {"errorMessage": _facet("ErrorMessageRunFacet", message=failed, programmingLanguage="Python")}
    for kind in ("START", ended):
        yield {
            "eventType": kind,
            "eventTime": record.done_at,
            "producer": PRODUCER,
            "schemaURL": _RUN_EVENT,
            "run": {"runId": run_id, "facets": facets if kind == "FAIL" else {}},
            "job": job,
            "inputs": inputs,
            "outputs": outputs if kind != "START" else [],
        }


def _datasets(
    project: Project, name: str, records: Mapping[str, Record], ledger: str, *, taken: bool = False
) -> Iterator[dict[str, Any]]:
    if name == "source":
        for address in project.config.data.addresses:
            yield _dataset(*_place(project, address), {"schema": _schema(project.contract())}) | (
                {"inputFacets": _quality(project)} if taken else {}
            )
    elif name == "ledger":
        yield _dataset(*_place(project, ledger), {"schema": _schema(project.contract(), inputs=True)})
    else:
        stage = _LEFT_BY.get(name, "")
        version = {} if stage not in records else _version(records[stage].output)
        schema = {"schema": _schema(project.contract())} if name in ("contract", "profile") else {}
        yield _dataset("interlock", f"{project.config.project.name}.{name}", schema | version)


def _dataset(namespace: str, name: str, facets: Facet) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def _place(project: Project, address: str) -> tuple[str, str]:
    """Return namespace and name as OpenLineage forms them: `s3://bucket` and the key, `file` and the path."""
    shown = masked(address).partition("?")[0]
    if not scheme(shown):
        return "file", str((project.root / shown).resolve())
    kind, _, rest = shown.partition("://")
    bucket, _, key = rest.partition("/")
    return f"{kind}://{bucket}", key or "/"


def _schema(contract: Contract, *, inputs: bool = False) -> Facet:
    columns = contract.inputs if inputs else contract.columns
    fields = [
        {"name": column.name, "type": column.type}
        | ({"description": column.description} if column.description else {})
        for column in columns
    ]
    return _facet("SchemaDatasetFacet", fields=fields)


def _version(digest: str) -> Facet:
    return {"version": _facet("DatasetVersionDatasetFacet", datasetVersion=digest)}


def _quality(project: Project) -> Facet:
    """Return what exploring counted in the rows that it learned from; nothing where that is not there."""
    path = project.folder("explore") / "profile.bin"
    if not path.is_file():
        return {}
    profile = Profile.from_bytes(path.read_bytes())
    columns = {name: _metrics(column) for name, column in profile.columns.items()}
    facet = _facet("DataQualityMetricsInputDatasetFacet", rowCount=profile.rows, columnMetrics=columns)
    return {"dataQualityMetrics": facet}


def _metrics(column: ColumnProfile) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "nullCount": column.nulls,
        "distinctCount": column.distinct,
        "count": float(column.n),
    }
    if column.kind == "string" or not column.n:
        return counts
    values = {"min": column.minimum, "max": column.maximum, "sum": column.mean * column.n}
    counts |= {name: float(value) for name, value in values.items() if math.isfinite(value)}
    return counts | {"quantiles": {str(q): float(column.quantile(q)) for q in _QUANTILES}}


def _facet(name: str, **fields: Any) -> Facet:
    url = f"{_FACETS}/{_VERSIONS[name]}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}
