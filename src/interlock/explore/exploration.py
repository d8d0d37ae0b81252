"""Explore a table: its profile, the contract it suggests, and what is worth knowing, in one value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from threadpoolctl import threadpool_limits

from interlock.atomic import write_atomically
from interlock.contract import Contract, Task
from interlock.contract.learn import learn
from interlock.contract.step import Step
from interlock.explore.association import Association, associations
from interlock.explore.budget import Budget, budget_of
from interlock.explore.cleaning.effect import applied
from interlock.explore.cleaning.proposal import Accepted, Proposal
from interlock.explore.cleaning.propose import proposals
from interlock.explore.completeness import Completeness, completeness
from interlock.explore.content.content import Content, content_of
from interlock.explore.content.images import Album, image_folder, open_images
from interlock.explore.exactness import exactness, scope
from interlock.explore.findings.between import between
from interlock.explore.findings.clocks import clocks
from interlock.explore.findings.duplicates import repeated
from interlock.explore.findings.few_rows import few_rows
from interlock.explore.findings.finding import Finding, ranked
from interlock.explore.findings.merge import merged
from interlock.explore.findings.mixed import mixed
from interlock.explore.findings.outliers import outliers
from interlock.explore.findings.over_time import over_time
from interlock.explore.findings.pictures import pictures
from interlock.explore.findings.placeholders import placeholders
from interlock.explore.findings.quality import quality
from interlock.explore.findings.target import balance
from interlock.explore.findings.unseen import unseen
from interlock.explore.findings.writing import writing
from interlock.explore.pairs import Pairs, pairs
from interlock.explore.relation import Relation, relations
from interlock.explore.repeats import Duplicates
from interlock.explore.sample import Sample
from interlock.explore.summary import summary
from interlock.explore.survey import survey
from interlock.profile import Profile
from interlock.table import open_table
from interlock.table.cleaned import cleaned

__all__ = ["Exploration", "explore"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Exploration:
    """What exploring a table found.

    Args:
        name: What people call the table.
        rows: Its rows.
        sampled: The rows that associations and the shapes of text were measured on, drawn at random.
        profile: Of all rows and columns; of the sample where a budget did not allow that.
        contract: Learned from the profile and the declarations.
        findings: The most serious first.
        associations: Of each input with the target, the strongest first; empty without a target.
        relations: How the target moves along the strongest of them.
        pairs: How the columns go with each other; None where there are fewer than three.
        completeness: How many values the rows of the sample miss.
        proposals: Cleaning steps that the table asks for.
        accepted: Cleaning steps that stand in the contract, and what they do.
        content: What columns of times and text hold, in the sample.
    """

    name: str
    rows: int
    sampled: int
    profile: Profile
    contract: Contract
    findings: tuple[Finding, ...]
    associations: tuple[Association, ...] = ()
    relations: tuple[Relation, ...] = ()
    pairs: Pairs | None = None
    completeness: Completeness | None = None
    proposals: tuple[Proposal, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    content: Content = Content()  # noqa: RUF009 - frozen

    @property
    def summary(self) -> tuple[str, ...]:
        """Five plain sentences."""
        return summary(self.profile, self.contract, self.findings, self.associations, self.rows)

    @property
    def exactness(self) -> str:
        """Which rows it is of, and how far off its numbers may be."""
        return exactness(self.profile.rows, self.rows)

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML file.

        Args:
            path: Where; an existing file is replaced at once, never half.

        Returns:
            The path.
        """
        from interlock.explore.pages import document

        return write_atomically(path, document(self))

    def save(self, folder: str | Path) -> Path:
        """Write `exploration.json`, `profile.bin` and `contract.toml` into a folder.

        Args:
            folder: Where; it is made. Each file is replaced whole or not at all.

        Returns:
            The folder.
        """
        from interlock.explore.store import save

        return save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read what `save` wrote.

        Args:
            folder: Where it was written.

        Returns:
            The exploration, equal to the one that was saved.

        Raises:
            InputError: A file is missing, or is not one of an exploration.
        """
        from interlock.explore.store import load

        return cls(**load(Path(folder)))

    def __str__(self) -> str:
        found = (f"{place}. {each.kind}: {each.sentence}" for place, each in enumerate(self.findings, 1))
        return "\n".join([*self.summary, "", *found])

    def _repr_html_(self) -> str:
        from interlock.explore.pages import notebook

        return notebook(self)


def explore(
    table: Any,
    *,
    target: str | None = None,
    time: str | None = None,
    ids: Iterable[str] = (),
    ignore: Iterable[str] = (),
    group: str | None = None,
    task: Task | None = None,
    declared: Mapping[str, Mapping[str, Any]] | None = None,
    clean: Sequence[Step] = (),
    executor: Executor | None = None,
    progress: Progress | None = None,
    max_memory: str | int | None = None,
    max_seconds: float | None = None,
    budget: Budget | None = None,
) -> Exploration:
    """Explore a table in one pass and bounded memory.

    Args:
        table: Anything `open_table` takes, or a folder of images, one for each class where they have any, or
            the `Album` that `open_images` made of it.
        target: The column to predict.
        time: The column that says when a row happened.
        ids: Columns that name a row.
        ignore: Columns to leave out.
        group: The column by whose values rows are parted: a model meets other values than it learned from, so
            it is an id, unless it has another role.
        task: What kind of prediction; None infers it from the target.
        declared: What people know, see `contract.learn`.
        clean: Cleaning steps that were accepted; all is learned from cleaned values.
        executor: Profiles the table's parts (files, row groups) side by side, see `table.executor`.
        progress: Told of the rows profiled so far and of all rows.
        max_memory: What this process may hold, such as `500MB`; in bytes where it is a number.
        max_seconds: How long it may take, report included. Where a limit does not allow a summary of all
            rows, a random sample is summarised, and `exactness`, findings and contract say so.
        budget: Both limits in one, where the time began to run earlier.

    Returns:
        The exploration; it is the same for the same table, where no limit was reached and no time lies in the
        future.

    Raises:
        InputError: If the table cannot be read or is empty, a column does not exist or cannot be the
            target, or a limit is too small even for a sample.

    Example:
        >>> import pyarrow as pa
        >>> size = [float(x * x) for x in range(100)]
        >>> rows = pa.table({"size": size * 20, "big": [x > 3600 for x in size * 20]})
        >>> found = explore(rows, target="big")
        >>> [(each.kind, each.columns) for each in found.findings][:2]
        [('leakage', ('size',)), ('duplicates', ())]
    """
    budget = budget or budget_of(max_memory, max_seconds)
    album = _album(table, executor)
    raw = open_table(
        table if album is None else album.table, name=None if album is None else album.images.name
    )
    opened = cleaned(raw, clean)
    read = survey(opened, executor=executor, progress=progress, budget=budget)
    profile, sample, duplicates = read
    dropped = {step.column for step in clean if step.kind == "drop"}
    ignore = [*ignore, *dropped]
    ids = [*ids, *([group] if group and group not in (target, time, *ignore) else [])]
    learned = learn(profile, target=target, time=time, ids=ids, ignore=ignore, task=task, declared=declared)
    contract = _noted(replace(learned, clean=tuple(clean)), profile.rows, sample.total)
    # A product of small matrices is no work for two threads: they wait for each other longer than one takes.
    with threadpool_limits(1, user_api="blas"):
        found = associations(sample, contract) if contract.target else ()
        shown = relations(found, sample, contract) if contract.target else ()
        content = content_of(sample, contract, opened.schema, table, album)
        everything = _findings(profile, contract, sample, duplicates, found, shown, content, group)
        findings = ranked(merged([each for each in everything if _still(each, dropped)]))
        return Exploration(
            opened.name,
            sample.total,
            sample.rows,
            profile,
            contract,
            _scoped(findings, profile.rows, sample.total),
            associations=found,
            relations=shown,
            pairs=pairs(sample, contract, found),
            completeness=completeness(sample),
            proposals=proposals(read, contract),
            accepted=tuple(map(Accepted, contract.clean, applied(raw, contract.clean))),
            content=content,
        )


def _still(each: Finding, dropped: Collection[str]) -> bool:
    """Tell whether a finding is of more than dropped columns, or of rows, which stay alike without them."""
    return each.kind == "entity" or not each.columns or not set(each.columns) <= set(dropped)


def _album(table: Any, executor: Executor | None) -> Album | None:
    if isinstance(table, Album):
        return table
    return open_images(table, executor=executor) if image_folder(table) else None


def _noted(contract: Contract, rows: int, total: int) -> Contract:
    """Say in every column what a contract was learned from, where that was not the whole table."""
    if rows == total:
        return contract
    note = f"learned from {scope(rows, total)}"
    noted = [
        replace(each, description="; ".join(filter(None, (each.description, note))))
        for each in contract.columns
    ]
    return replace(contract, columns=tuple(noted))


def _scoped(findings: tuple[Finding, ...], rows: int, total: int) -> tuple[Finding, ...]:
    """Say in every finding that it was counted in a sample, where it was."""
    if rows == total:
        return findings
    return tuple(
        replace(each, method=each.method.replace("all rows", scope(rows, total))) for each in findings
    )


def _findings(
    profile: Profile,
    contract: Contract,
    sample: Sample,
    duplicates: Duplicates | None,
    found: tuple[Association, ...],
    shown: tuple[Relation, ...],
    content: Content,
    group: str | None,
) -> Iterator[Finding]:
    along = {each.column: each for each in shown}
    yield from quality(profile, contract)
    yield from outliers(profile, contract)
    yield from placeholders(profile, contract)
    yield from mixed(sample, contract)
    yield from unseen(sample, contract)
    if duplicates is not None:
        yield from repeated(duplicates)
    yield from balance(profile, contract)
    yield from few_rows(sample.total, contract)
    yield from over_time(found, sample, contract, {each.column: each.zone for each in content.timestamps})
    yield from clocks(profile, sample, contract)
    yield from writing(content.texts, contract)
    yield from pictures(content.images)
    yield from between(found, along, sample, contract, group=group)
