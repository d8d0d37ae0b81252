"""The rows of a project: parted once, before anyone looks, and read part by part afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interlock.address import rooted
from interlock.project import Project

if TYPE_CHECKING:
    from interlock.table import Dataset, Parts, Table

__all__ = ["part", "rows_of", "table_of"]


def part(project: Project, *, folder: Path | None = None, source: str | None = None) -> Parts:
    """Seal the project's holdout: `[data]` says which rows, `[split]` how.

    Args:
        project: Whose table is parted.
        folder: Where both parts are left; None: the folder of `explore`.
        source: Another table than that of `[data]`: a file or an address.

    Raises:
        InputError: If the table cannot be read or cannot be split as asked.
    """
    from interlock.explore.cleaning.dates import require_times
    from interlock.table import open_table
    from interlock.table import part as run
    from interlock.table.cleaned import cleaned

    data, settings, root = project.config.data, project.config.split, project.root
    given = data.source if source is None else source
    paths: Any = (
        {name: _rooted(each, root) for name, each in given.items()}
        if isinstance(given, dict)
        else _rooted(given, root)
    )
    kind, reason = _kind(project)
    columns = {
        "time": data.time,
        "stratified": data.target,
        "group": settings.group,
        "time_group": data.time,
    }
    table = open_table(paths, sql=data.sql, encoding=data.encoding)
    if data.time:
        require_times(cleaned(table, project.config.clean), data.time)
    parts = run(
        table,
        folder or project.folder("explore"),
        kind=kind,
        column=columns.get(kind),
        group=settings.group if kind == "time_group" else None,
        fraction=settings.holdout,
        seed=settings.seed,
        clean=project.config.clean,
    )
    return parts._replace(explanation=f"{parts.explanation}; {reason}")


def _kind(project: Project) -> tuple[Any, str]:
    """Return how the holdout is chosen, and why."""
    asked, time, group = project.config.split.by, project.config.data.time, project.config.split.group
    if asked:
        return asked, f'[split] by = "{asked}" asks for it'
    if time and group:
        return "time_group", "in service the rows are later, and may be of groups never seen"
    if time:
        return "time", "in service every row is later than all that was learned from"
    if group:
        return "group", "in service the rows may be of groups never seen"
    return "random", "no time and no group is declared, so all rows count as alike"


def _rooted(source: str | tuple[str, ...], root: Path) -> str | list[str]:
    return rooted(source, root) if isinstance(source, str) else [rooted(each, root) for each in source]


def rows_of(project: Project, part: str) -> Dataset:
    """Return the rows of one part, checked and cleaned by the contract as a learner takes them.

    Args:
        project: With its rows parted.
        part: `train` or `holdout`.
    """
    from interlock.table import dataset

    return dataset(table_of(project, part), project.contract(), group=project.config.split.group)


def table_of(project: Project, part: str) -> Table:
    """Return the rows of one part as they stand on disk.

    Args:
        project: With its rows parted.
        part: `train` or `holdout`.
    """
    from interlock.table import open_table

    return open_table(project.folder("explore") / f"{part}.parquet", name=project.config.project.name)
