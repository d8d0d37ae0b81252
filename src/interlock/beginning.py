"""How a project begins: its `interlock.toml` is written, once the table was looked at."""

from __future__ import annotations

from pathlib import Path

from interlock.address import has_secret, masked, rooted
from interlock.address import title as title_of
from interlock.atomic import write_atomically
from interlock.config import FILE
from interlock.errors import ProjectError

__all__ = ["init"]


def init(
    folder: Path,
    source: str,
    *,
    target: str | None = None,
    time: str | None = None,
    sql: str | None = None,
    encoding: str | None = None,
    name: str | None = None,
) -> Path:
    """Begin a project: look at the table and write `interlock.toml`.

    Args:
        folder: The project's folder.
        source: A file, a glob or an address; a path is one from that folder.
        target: The column to predict.
        time: The column that says when a row happened.
        sql: A query over the source, which is called `data`.
        encoding: Of CSV files, where it is not UTF-8.
        name: What the releases are called; by default the source's name.

    Returns:
        The file.

    Raises:
        ProjectError: if there is one already.
        InputError: if the source cannot be read or has no such column.
    """
    from interlock.table import open_table

    path = folder / FILE
    if path.exists():
        raise ProjectError(
            f"{FILE} is there already", where=path, next_step="edit it, or choose another folder"
        )
    if has_secret(source):
        raise ProjectError(
            f"{FILE} must not hold a password, a key or a token",
            got=masked(source),
            next_step="leave it out of the address and set the environment variable; see docs/table.md",
        )
    table = open_table(rooted(source, folder), sql=sql, encoding=encoding or "utf-8")
    next(table.batches([column for column in (target, time) if column]), None)  # refuses unknown columns
    settings = {"source": source, "target": target, "time": time, "sql": sql, "encoding": encoding}
    lines = [f"{key} = {_quoted(value)}" for key, value in settings.items() if value]
    title = name or title_of(source) or "model"
    text = (
        f"# For every key see docs/settings.md\n[project]\nname = {_quoted(title)}\n\n[data]\n"
        + "\n".join(lines)
        + "\n"
    )
    write_atomically(path, text)
    return path


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.item(text).as_string()
