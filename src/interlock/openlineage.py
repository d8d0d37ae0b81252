"""What OpenLineage knows: run events, jobs, datasets by their place, facets; and the file that keeps events.

Source:
    OpenLineage 2-0-2, `RunEvent`, with the facets `jobType`, `schema`, `version`, `dataQualityMetrics`,
    `inputStatistics`, `outputStatistics` and `errorMessage`; names of datasets as its naming conventions say.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

from interlock.address import DATABASES, database_file, masked, scheme
from interlock.contract import Column
from interlock.errors import InputError

__all__ = [
    "PRODUCER",
    "Facet",
    "Kind",
    "Run",
    "append",
    "dataset",
    "facet",
    "failure",
    "place",
    "read",
    "schema",
    "version",
]

Kind = Literal["START", "COMPLETE", "ABORT", "FAIL"]
Facet = dict[str, Any]

#: Who says it.
PRODUCER = "urn:interlock"
_RUN_EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
_VERSIONS = {
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DatasetVersionDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "InputStatisticsInputDatasetFacet": "1-0-0",
    "JobTypeJobFacet": "2-0-4",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "SchemaDatasetFacet": "1-2-0",
}
_POSTGRESQL_PORT = 5432


class Run(NamedTuple):
    """One run of a job.

    Args:
        id: A UUID.
        job: Name of the job, such as `flights.score`.
        kind: What the job does, in a word.
    """

    id: str
    job: str
    kind: str

    def event(
        self,
        kind: Kind,
        moment: str,
        inputs: list[dict[str, Any]],
        outputs: list[dict[str, Any]],
        facets: Facet | None = None,
    ) -> dict[str, Any]:
        """Return an event of this run.

        Args:
            kind: What happened.
            moment: When: ISO 8601 with a zone.
            inputs: Datasets that it reads.
            outputs: Datasets that it writes.
            facets: Of the run.
        """
        job_type = facet(
            "JobTypeJobFacet", processingType="BATCH", integration="INTERLOCK", jobType=self.kind
        )
        return {
            "eventType": kind,
            "eventTime": moment,
            "producer": PRODUCER,
            "schemaURL": _RUN_EVENT,
            "run": {"runId": self.id, "facets": facets or {}},
            "job": {"namespace": "interlock", "name": self.job, "facets": {"jobType": job_type}},
            "inputs": inputs,
            "outputs": outputs,
        }


def dataset(namespace: str, name: str, facets: Facet) -> dict[str, Any]:
    """Return a dataset."""
    return {"namespace": namespace, "name": name, "facets": facets}


def place(address: str, root: Path) -> tuple[str, str]:
    """Return namespace and name of what an address holds; neither says a user or a password.

    Args:
        address: Of a file, a folder, objects or a table.
        root: The folder from which a path is relative.

    Example:
        >>> place("s3://bucket/some/ledger?region=eu", Path("/"))
        ('s3://bucket', 'some/ledger')
        >>> place("postgresql://ada@db/sales?table=orders", Path("/"))
        ('postgres://db:5432', 'sales.public.orders')
    """
    shown, _, query = masked(address).partition("?")
    kind = scheme(shown)
    if not kind:
        return "file", str((root / shown).resolve())
    table = (parse_qs(query.partition("query=")[0]).get("table") or [""])[0]
    if kind not in DATABASES:
        bucket, _, key = shown.partition("://")[2].partition("/")
        return f"{kind}://{bucket}", key or "/"
    if file := database_file(address):
        path = (root / file).resolve()
        return f"{kind}://{path}", table or path.stem
    parts = urlsplit(shown)
    name = parts.path.strip("/")
    if table:
        name += f".{table}" if "." in table else f".public.{table}"
    return f"postgres://{parts.hostname}:{parts.port or _POSTGRESQL_PORT}", name


def facet(name: str, **fields: Any) -> Facet:
    """Return a facet of the specification, with where its schema stands."""
    url = f"{_FACETS}/{_VERSIONS[name]}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}


def schema(columns: Iterable[Column], others: Mapping[str, str] | None = None) -> Facet:
    """Return the schema facet of a contract's columns, and of others by name and type."""
    fields = [
        {"name": column.name, "type": column.type}
        | ({"description": column.description} if column.description else {})
        for column in columns
    ]
    fields += [{"name": name, "type": kind} for name, kind in (others or {}).items()]
    return {"schema": facet("SchemaDatasetFacet", fields=fields)}


def version(digest: str) -> Facet:
    """Return the facet that says which content a dataset had."""
    return {"version": facet("DatasetVersionDatasetFacet", datasetVersion=digest)}


def failure(message: str) -> Facet:
    """Return the facet that says why a run failed."""
    return {"errorMessage": facet("ErrorMessageRunFacet", message=message, programmingLanguage="Python")}


def append(path: Path, event: dict[str, Any]) -> None:
    """Add an event to a file of one a line; what a killed writer left of a line stays alone.

    Args:
        path: The file; folders above it are made.
        event: What is added.

    Raises:
        InputError: If the disk refuses.
    """
    line = json.dumps(event, allow_nan=False).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
                line = b"\n" + line
            file.write(line)
    except OSError as error:
        raise InputError(
            "the run event cannot be written",
            where=path,
            got=error.strerror or error,
            next_step="free some space or name another folder with --openlineage; the same command goes on",
        ) from error


def read(path: Path) -> list[dict[str, Any]]:
    """Return the events of a file, none where there is no file; half lines are passed over."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        found += [event] if isinstance(event, dict) else []
    return found
