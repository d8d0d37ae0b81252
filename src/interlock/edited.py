"""`contract.toml`: learned anew until people edit it, then changed only where `interlock.toml` was.

The cleaning steps themselves stand in `interlock.toml`, and nowhere else until the release.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from interlock import contract as contracts
from interlock.atomic import write_atomically
from interlock.contract import Contract
from interlock.contract.merge import merge, recleaned
from interlock.errors import ContractError
from interlock.project import Project

__all__ = ["keep", "rewritten"]


def keep(project: Project, learned: Contract) -> str:
    """Write the contract; once people edited it, leave what was learned beside it.

    Where `interlock.toml` says something else of a column than before, in its cleaning steps or in whether
    it is the target, the time, an id or to be ignored, that column is learned anew in an edited file, too,
    and what people changed in it is put over it: this must reach what trains and serves.

    Args:
        project: With an exploration behind it.
        learned: What was learned now, with the cleaning steps.

    Returns:
        A note for people, empty where there is nothing to say.

    Raises:
        ContractError: If `contract.toml` does not parse.
    """
    path, beside = project.contract_path, project.root / "contract.learned.toml"
    plain = replace(learned, clean=())
    if not path.exists() or contracts.digest(contracts.read(path)) == contracts.digest(plain):
        contracts.write(plain, path)
        _remember(project, learned)
        beside.unlink(missing_ok=True)
        return ""
    note = _follow(project, learned)
    if contracts.digest(contracts.read(path)) == contracts.digest(plain):
        beside.unlink(missing_ok=True)
        return note
    contracts.write(plain, beside)
    return f"{note}; contract.toml was kept, what was learned now is in {beside.name}"


def _follow(project: Project, learned: Contract) -> str:
    """Take over all that nobody edited, or the columns of which `interlock.toml` says something else now."""
    path, remembered = project.contract_path, _remembered(project)
    edited = contracts.read(path)
    base = remembered or edited
    names = sorted({*recleaned(base, learned), *_redeclared(project, base, learned)})
    if edited == replace(base, clean=()) and (names or remembered):  # nobody edited it
        contracts.write(replace(learned, clean=()), path)
        _remember(project, learned)
        return ""
    if not names:
        return ""
    merged = merge(base, edited, learned, names)
    write_atomically(path, rewritten(path.read_text(encoding="utf-8"), replace(merged.contract, clean=())))
    _remember(project, merge(base, base, learned, names).contract)
    lost = f" (no longer possible: {', '.join(merged.lost)})" if merged.lost else ""
    return (
        f"; contract.toml follows interlock.toml in {', '.join(names)}, what you edited there was kept{lost}"
    )


def _redeclared(project: Project, base: Contract, learned: Contract) -> Iterator[str]:
    """Yield the columns to which `interlock.toml` gives a role that they did not have."""
    data = project.config.data
    declared = {data.target, data.time, *data.ids, *data.ignore, project.config.held_apart}
    before = {column.name: column.role for column in base.columns}
    for column in learned.columns:
        if column.name in declared and before.get(column.name, column.role) != column.role:
            yield column.name


def rewritten(text: str, contract: Contract) -> str:
    """Return a contract's file that says another contract, with people's comments and order where possible.

    Args:
        text: The file as it is.
        contract: What it has to say; its columns are those of the file.

    Returns:
        Text that reads back to `contract`.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document: Any = tomlkit.parse(text)
        wanted: Any = tomlkit.parse(contracts.to_toml(contract))
        for name in ("task", "classes", "unknown"):
            _set(document, name, wanted)
        for table, column in zip(document["column"], wanted["column"], strict=True):
            for name in dict.fromkeys([*table, *column]):
                _set(table, name, column)
        said = tomlkit.dumps(document)
        if contracts.from_toml(said) == contract:
            return said
    except (TOMLKitError, ContractError, ValueError, KeyError):
        pass
    return contracts.to_toml(contract)


def _set(table: Any, name: str, wanted: Any) -> None:
    """Make one key of a table say what another table says; one that says it already keeps its form."""
    if name not in wanted:
        table.pop(name, None)
    elif name not in table or table[name] != wanted[name]:
        table[name] = wanted[name]


def _base(project: Project) -> Path:
    return project.folder("explore") / "contract.base.toml"


def _remember(project: Project, base: Contract) -> None:
    """Keep what people begin with, and the steps that it was learned with."""
    contracts.write(base, _base(project))


def _remembered(project: Project) -> Contract | None:
    """Return what people began with; what an older Interlock left is the exploration's own contract."""
    for path in (_base(project), project.folder("explore") / "contract.toml"):
        if path.exists():
            return contracts.read(path)
    return None
