"""A scoring as OpenLineage hears of it: it began, and it was completed, failed or was stopped."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from interlock.contract import Contract
from interlock.deploy.scoring.plan import Manifest
from interlock.deploy.scoring.source import Source
from interlock.errors import InputError, InterlockError
from interlock.openlineage import Facet, Kind, Run, append, dataset, facet, failure, place, schema, version
from interlock.release import Release

__all__ = ["Done", "telling"]


class Done(NamedTuple):
    """What a scoring came to.

    Args:
        source: What was read.
        schema: The Arrow schema of what was written.
        manifest: The account.
        is_new: Whether anything of it was written by this run.
    """

    source: Source
    schema: Any
    manifest: Manifest
    is_new: bool


@contextmanager
def telling(
    path: Path | None, release: Release, source: Any, destination: str
) -> Iterator[Callable[[Done], None]]:
    """Append the events of a run to a file: one as it begins, one as it ends.

    Args:
        path: The file; None to tell nobody.
        release: What scores.
        source: As it was given: addresses name datasets; a table in memory has no name that others know.
        destination: Its address.

    Yields:
        Takes what the run came to; a run that ends without it has failed.

    Raises:
        InputError: If an event cannot be written; at the beginning, before anything is read.
    """
    done: list[Done] = []
    if path is None:
        yield done.append
        return
    run = Run(str(uuid.uuid4()), f"{release.name}.score", "SCORE")

    def tell(kind: Kind, facets: Facet | None = None) -> None:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        inputs = [*_inputs(source, release, done), _of_release(release)]
        append(path, run.event(kind, moment, inputs, [_output(destination, done)], facets))

    tell("START")
    try:
        yield done.append
    except KeyboardInterrupt:
        with suppress(InputError):  # that it was stopped is more than that nobody could be told
            tell("ABORT")
        raise
    except Exception as error:
        said = error.what if isinstance(error, InterlockError) else type(error).__name__  # no values of rows
        with suppress(InputError):
            tell("FAIL", failure(said))
        raise
    tell("COMPLETE")


def _of_release(release: Release) -> dict[str, Any]:
    return dataset("interlock", f"{release.name}.release", version(release.digest))


def _inputs(source: Any, release: Release, done: list[Done]) -> Iterator[dict[str, Any]]:
    """Yield the datasets that are read: what is known of one is known of all of them together."""
    given = [*source] if isinstance(source, list | tuple) else [source]
    names = [place(str(each), Path.cwd()) for each in given if isinstance(each, str | Path)]
    for namespace, name in names:
        facets = _facets(release.contract, done[0]) if done else {}
        found = dataset(namespace, name, facets)
        if done and len(names) == 1:
            rows = facet("InputStatisticsInputDatasetFacet", rowCount=done[0].source.rows)
            found["inputFacets"] = {"inputStatistics": rows}
        yield found


def _facets(contract: Contract, done: Done) -> Facet:
    source = done.source
    columns = [
        column for column in contract.inputs if source.columns is None or column.name in source.columns
    ]
    named = {column.name for column in columns}
    kept = {field.name: str(field.type) for field in source.kept if field.name not in named}
    return {**schema(columns, kept), **version(source.digest)}


def _output(destination: str, done: list[Done]) -> dict[str, Any]:
    if not done:
        return dataset(*place(destination, Path.cwd()), {})
    parts, fields = done[0].manifest.parts, {field.name: str(field.type) for field in done[0].schema}
    found = dataset(
        *place(destination, Path.cwd()), {**schema((), fields), **version(done[0].manifest.digest)}
    )
    if done[0].is_new:
        files = {"fileCount": len(parts)} if all(part.name for part in parts) else {}
        size = sum(part.size for part in parts)
        written = facet(
            "OutputStatisticsOutputDatasetFacet", rowCount=done[0].manifest.read, size=size, **files
        )
        found["outputFacets"] = {"outputStatistics": written}
    return found
