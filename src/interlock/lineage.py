"""What a project's stages and scorings took and left, as OpenLineage run events."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interlock.errors import ProjectError
from interlock.openlineage import (
    Facet,
    Kind,
    Run,
    dataset,
    facet,
    failure,
    place,
    read,
    schema,
    version,
)
from interlock.profile import ColumnProfile, Profile
from interlock.project import Project, Record

__all__ = ["events", "scorings", "write"]

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


def scorings(project: Project) -> Path:
    """Return the file to which `interlock score` appends the events of its runs."""
    return project.folder("score") / "openlineage.jsonl"


def write(project: Project, ledger: str, folder: str | Path) -> Path:
    """Write the run events, one a line: of the stages, then those that scorings have told.

    Args:
        project: The project.
        ledger: Where `monitor` reads.
        folder: Where `openlineage.jsonl` is written.

    Returns:
        The file.

    Raises:
        ProjectError: If no stage is done, and nothing was scored.
        InputError: If the disk refuses.
    """
    from interlock.atomic import write_atomically

    found = [*events(project, ledger), *read(scorings(project))]
    if not found:
        raise ProjectError("no stage is done yet", where=project.root, next_step="run `interlock explore`")
    lines = "".join(json.dumps(event, allow_nan=False) + "\n" for event in found)
    return write_atomically(Path(folder) / "openlineage.jsonl", lines)


def _run(
    project: Project, stage: str, record: Record, records: Mapping[str, Record], ledger: str
) -> Iterator[dict[str, Any]]:
    name = project.config.project.name
    run_id = str(uuid.uuid5(_NAMESPACE, f"{name} {stage} {record.inputs} {record.done_at}"))
    run = Run(run_id, f"{name}.{stage}", stage.upper())
    taken, left = _STAGES[stage]
    ended: Kind = "FAIL" if record.failed else "ABORT" if record.interrupted else "COMPLETE"
    inputs = [each for found in taken for each in _datasets(project, found, records, ledger, taken=True)]
    outputs = [each for made in left for each in _datasets(project, made, records, ledger)]
    facets = failure(f"gates failed: {', '.join(record.failed)}") if record.failed else {}
    yield run.event("START", record.done_at, inputs, [])
    yield run.event(ended, record.done_at, inputs, outputs, facets)


def _datasets(
    project: Project, name: str, records: Mapping[str, Record], ledger: str, *, taken: bool = False
) -> Iterator[dict[str, Any]]:
    if name == "source":
        for address in project.config.data.addresses:
            found = dataset(*place(address, project.root), schema(project.contract().columns))
            yield found | ({"inputFacets": _quality(project)} if taken else {})
    elif name == "ledger":
        yield dataset(*place(ledger, project.root), schema(project.contract().inputs))
    else:
        stage = _LEFT_BY.get(name, "")
        told = {} if stage not in records else version(records[stage].output)
        columns = schema(project.contract().columns) if name in ("contract", "profile") else {}
        yield dataset("interlock", f"{project.config.project.name}.{name}", columns | told)


def _quality(project: Project) -> Facet:
    """Return what exploring counted in the rows that it learned from; nothing where that is not there."""
    path = project.folder("explore") / "profile.bin"
    if not path.is_file():
        return {}
    profile = Profile.from_bytes(path.read_bytes())
    columns = {name: _metrics(column) for name, column in profile.columns.items()}
    counted = facet("DataQualityMetricsInputDatasetFacet", rowCount=profile.rows, columnMetrics=columns)
    return {"dataQualityMetrics": counted}


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
