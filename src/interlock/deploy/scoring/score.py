"""`score`: predictions for all rows of a source, the same as the service's, each written exactly once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

import interlock
from interlock.contract import Contract
from interlock.deploy.scoring.columns import Counts, Scorer, schema_of
from interlock.deploy.scoring.destination import Destination, open_destination
from interlock.deploy.scoring.encode import FORMATS, Format
from interlock.deploy.scoring.folder import Folder
from interlock.deploy.scoring.lineage import Done, telling
from interlock.deploy.scoring.plan import Manifest, Plan, Receipt, manifest_of
from interlock.deploy.scoring.rows import parts_of
from interlock.deploy.scoring.source import Source, Stretch, Task, open_source
from interlock.errors import InputError
from interlock.release import Person, Release, load, replay
from interlock.release.registry import Event, Policy, admit
from interlock.table import executor

__all__ = ["Scoring", "score"]

Progress = Callable[[str], None]
_MOST_REASONS = 100


class Scoring(NamedTuple):
    """What scoring came to.

    Args:
        manifest: The account.
        destination: Where the results are.
        reused: How many of its parts were there before.
    """

    manifest: Manifest
    destination: str
    reused: int

    @property
    def nothing_new(self) -> bool:
        """Whether all of it was there before."""
        return self.reused == len(self.manifest.parts)

    @property
    def summary(self) -> str:
        """One line for people."""
        counts, parts = self.manifest.counts, len(self.manifest.parts)
        told = f"{counts.read:,} rows = {counts.predicted:,} predicted"
        told += f" + {counts.rejected:,} rejected"
        told += f"; {counts.flagged:,} flagged" if counts.flagged else ""
        some = f", {self.reused} of them there before" if self.reused else ""
        again = "; all was there before" if self.nothing_new else some
        return f"{told}; {parts} part{'s' if parts > 1 else ''}{again}"


@dataclass(frozen=True)
class _Order:
    """What every worker has to know.

    Args:
        release: The release's folder.
        digest: The digest that it must have.
        kept: The Arrow schema of the columns to keep.
        is_text: Whether the source says nothing of types.
        plan: What is to be done.
        destination: Where results go.
    """

    release: Path
    digest: str
    kept: Any
    is_text: bool
    plan: Plan
    destination: Destination


class _Made(NamedTuple):
    """A part on its way to who writes it: its number, its rows as an Arrow stream, its account."""

    number: int
    data: bytes
    counts: Counts


def _quiet(_: str) -> None:
    pass


def score(
    source: Any,
    destination: str | Path,
    *,
    release: str | Path,
    keep: Sequence[str] = (),
    absent: Sequence[str] = (),
    kind: Format = "parquet",
    explain: int = 0,
    sql: str | None = None,
    encoding: str = "utf-8",
    rows_a_part: int = 1_000_000,
    anew: bool = False,
    environment: str = "dev",
    people: Mapping[str, Person] | None = None,
    policies: Mapping[str, Policy] | None = None,
    events: Sequence[Event] = (),
    cluster: str | None = None,
    workers: int = 1,
    lineage: Path | None = None,
    progress: Progress = _quiet,
) -> Scoring:
    """Score all rows of a source.

    Run again, it goes on where it stopped, and does nothing where all is done. A source, a release or an
    option that is another one than before is refused, unless `anew` is given.

    Args:
        source: As `interlock.table.open_table` takes it. Lines of JSON are judged like requests, one by one.
        destination: A folder, the address of one in a bucket, or of a database with `?table=`.
        release: Folder of the release.
        keep: Columns of the source to take along, such as keys.
        absent: Inputs of the contract that the source is known not to have: they count as missing.
        kind: Of a folder's files: `parquet`, `csv` or `jsonl`.
        explain: How many reasons each prediction gets; 0 for none.
        sql: A query over the source, which is called `data`.
        encoding: Of CSV files.
        rows_a_part: How many rows a part has about: what is lost when a run is killed, and what memory holds.
        anew: Whether results of another run are removed first.
        environment: Outside `dev` the release must be signed in both roles, or as its policy says.
        people: Who may sign, by name.
        policies: What each environment asks of a release, by its name.
        events: What the registry says of the model, where there is one.
        cluster: The address of a Dask scheduler whose workers score; they see the release, the source and
            the destination under the same paths.
        workers: Processes of this machine, where there is no cluster.
        lineage: A file to which the OpenLineage events of the run are appended; None for none.
        progress: Told what is being done.

    Returns:
        The account, and what to say.

    Raises:
        InputError: If source or destination cannot be used, or contradict the contract.
        ReleaseError: If the release is not whole, not allowed, or answers otherwise than when it was written.
    """
    _check(kind, explain, rows_a_part, workers)
    progress("verifying the release")
    loaded = load(Path(release).resolve())
    admit(loaded, people or {}, environment=environment, policies=policies or {}, events=events)
    loaded = _release(loaded.path, loaded.digest)
    place = open_destination(str(destination))
    with telling(lineage, loaded, source, place.address) as tell:
        progress("looking at the source")
        found = open_source(source, loaded.contract, keep=keep, sql=sql, encoding=encoding, rows=rows_a_part)
        _fits(found, loaded.contract, keep, absent)
        _may_travel(found, cluster)
        interval = "interval" in loaded.model.outputs
        written = schema_of(loaded.contract, found.kept, interval=interval, explain=bool(explain))
        if explain and loaded.explanation is None:
            raise InputError(
                "this release holds no explanation", where=loaded.path, next_step="score without --explain"
            )
        plan = Plan(
            interlock=interlock.__version__,
            release=loaded.digest,
            contract=loaded.contract_digest,
            source=found.digest,
            rows=found.rows,
            parts=tuple(part.rows for part in found.parts),
            keep=tuple(keep),
            absent=tuple(absent),
            explain=explain,
            format=kind,
        )
        with place.held():
            done = _scored(found, place, plan, loaded, anew, cluster, workers, progress)
        tell(Done(found, written, done.manifest, not done.nothing_new))
        return done


def _scored(
    source: Source,
    place: Destination,
    plan: Plan,
    release: Release,
    anew: bool,
    cluster: str | None,
    workers: int,
    progress: Progress,
) -> Scoring:
    finished = place.finished()
    if finished is not None and finished.plan == plan and not anew and place.is_whole(finished):
        place.tidy()
        return Scoring(finished, place.address, len(finished.parts))
    done = place.begin(plan, anew=anew)
    order = _Order(release.path, release.digest, source.kept, source.is_text, plan, place)
    tasks = [task.without(done) for task in source.tasks]
    receipts = dict(done)
    try:
        with executor(cluster, workers) if cluster or workers > 1 else nullcontext() as pool:
            for receipt in _receipts(order, [task for task in tasks if task.parts], pool, progress):
                receipts[receipt.number] = receipt
                read = sum(each.read for each in receipts.values())
                progress(f"scored {read:,} of {plan.rows:,} rows")
    except KeyboardInterrupt:
        said = (
            f"stopped; {len(receipts)} of {len(plan.parts)} parts are written: the same command goes on there"
        )
        raise KeyboardInterrupt(said) from None
    manifest = manifest_of(plan, receipts.values())
    place.finish(manifest)
    return Scoring(manifest, place.address, len(done))


def _receipts(
    order: _Order, tasks: Sequence[Task], pool: Executor | None, progress: Progress
) -> Iterator[Receipt]:
    """Do the tasks here or side by side; a folder is written by all, a database by this process alone."""
    if pool is None:
        for task in tasks:
            yield from _do(order, task, progress)
        return
    shared = isinstance(order.destination, Folder)
    work: Callable[[_Order, Task], Any] = _written if shared else _made
    futures = [pool.submit(work, order, task) for task in tasks]
    try:
        for future in as_completed(futures):
            done: list[Receipt] | list[_Made] = future.result()
            for each in done:
                yield each if isinstance(each, Receipt) else _put(order, each)
    finally:
        for future in futures:
            future.cancel()


def _do(order: _Order, task: Task, progress: Progress) -> Iterator[Receipt]:
    """Score a task's parts, one after the other."""
    for part, table, counts in _tables(order, task, progress):
        yield order.destination.put(order.plan, part.number, table, counts)


def _written(order: _Order, task: Task) -> list[Receipt]:
    """Do a task in a worker that writes the destination itself."""
    return list(_do(order, task, _quiet))


def _made(order: _Order, task: Task) -> list[_Made]:
    """Do a task in a worker whose rows somebody else writes."""
    return [
        _Made(part.number, _packed(table), counts) for part, table, counts in _tables(order, task, _quiet)
    ]


def _put(order: _Order, made: _Made) -> Receipt:
    table = pa.ipc.open_stream(made.data).read_all()
    return order.destination.put(order.plan, made.number, table, made.counts)


def _packed(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _tables(order: _Order, task: Task, progress: Progress) -> Iterator[tuple[Stretch, Any, Counts]]:
    scorer = _scorer(order.release, order.digest, order.kept, order.plan.explain)
    contract = _release(order.release, order.digest).contract
    for part, blocks in parts_of(task, contract, order.kept, is_text=order.is_text):
        counts, tables = Counts(), []
        for block in blocks:
            table, more = scorer.table(block, part.first + counts.read)
            counts = counts.plus(more)
            tables.append(table)
            progress(f"scored {part.first + counts.read:,} of {order.plan.rows:,} rows")
        if counts.read != part.rows:
            raise InputError(
                "the source changed while it was read",
                got=f"{counts.read:,} rows in part {part.number}, expected {part.rows:,}",
                next_step="let it be written to its end, then run the same command again",
            )
        yield part, pa.concat_tables(tables), counts


@functools.lru_cache(maxsize=1)
def _release(path: Path, digest: str) -> Release:
    """Load and replay a release once in each process."""
    release = load(path)
    if release.digest != digest:
        raise InputError(
            "the release is another one than where the run began",
            where=path,
            got=release.digest,
            next_step="give all workers the same folder of releases",
        )
    replay(release)
    return release


@functools.lru_cache(maxsize=1)
def _scorer(path: Path, digest: str, kept: Any, explain: int) -> Scorer:
    return Scorer(_release(path, digest), kept, explain)


def _check(kind: str, explain: int, rows_a_part: int, workers: int) -> None:
    if kind not in FORMATS:
        raise InputError("there is no such format", got=kind, next_step=f"take one of {', '.join(FORMATS)}")
    if not 0 <= explain <= _MOST_REASONS:
        raise InputError("explain takes how many reasons to give", got=explain, next_step="try 3")
    if rows_a_part < 1 or workers < 1:
        got = f"{rows_a_part} rows a part, {workers} workers"
        raise InputError("both have to be 1 or more", got=got, next_step="leave them out")


def _fits(source: Source, contract: Contract, keep: Sequence[str], absent: Sequence[str]) -> None:
    """Refuse a source that lacks columns, or has some of which the contract would refuse every row."""
    inputs = [column.name for column in contract.inputs]
    _known(absent, inputs, "--absent", "is no input of the contract")
    if source.columns is None:
        return
    lacking = [name for name in inputs if name not in source.columns and name not in absent]
    if lacking:
        raise InputError(
            f"the source lacks columns that the release takes: {', '.join(map(repr, lacking))}",
            where=source.name,
            next_step="mend the source, name them with --sql, or say --absent to let them count as missing",
        )
    known = {column.name for column in contract.columns} | {*keep}
    unknown = [name for name in source.columns if name not in known]
    if unknown and contract.unknown == "reject":
        raise InputError(
            f"the contract rejects every row: it does not know {', '.join(map(repr, unknown))}",
            where=source.name,
            next_step="take them along with --keep, or leave them out with --sql",
        )


def _known(names: Sequence[str], among: Sequence[str], option: str, trouble: str) -> None:
    for name in names:
        if name not in among:
            raise InputError(f"{name!r} {trouble}", where=option, next_step=f"name one of {', '.join(among)}")


def _may_travel(source: Source, cluster: str | None) -> None:
    if cluster and source.is_here:
        raise InputError(
            "only files can be scored on a cluster: the rows of a query are on this machine",
            where=source.name,
            next_step="write them to Parquet files that all workers see, or go on without --cluster",
        )
