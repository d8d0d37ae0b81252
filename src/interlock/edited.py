"""`contract.toml`: written once, then people's; a cleaning step alone changes a column of it, edits kept.

The steps themselves stand in `interlock.toml`, and nowhere else until the release.
"""

from __future__ import annotations

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
    """Write the contract once; later, leave what was learned beside what people edited.

    Where the cleaning steps of a column have changed since, that column is learned anew in `contract.toml`,
    and what people changed in it is put over it: the steps must reach what trains and serves.

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
    note = _clean(project, learned)
    if contracts.digest(contracts.read(path)) == contracts.digest(plain):
        beside.unlink(missing_ok=True)
        return note
    contracts.write(plain, beside)
    return f"{note}; contract.toml was kept, what was learned now is in {beside.name}"


def _clean(project: Project, learned: Contract) -> str:
    """Take over the columns whose steps have changed."""
    path, base = project.contract_path, _remembered(project)
    edited = contracts.read(path)
    base = base or edited
    names = recleaned(base, learned)
    if not names:
        return ""
    if edited == replace(base, clean=()):  # nobody edited it
        contracts.write(replace(learned, clean=()), path)
        _remember(project, learned)
        return ""
    merged = merge(base, edited, learned, names)
    write_atomically(path, rewritten(path.read_text(encoding="utf-8"), replace(merged.contract, clean=())))
    _remember(project, merge(base, base, learned, names).contract)
    lost = f" (no longer possible: {', '.join(merged.lost)})" if merged.lost else ""
    return f"; contract.toml follows the cleaning of {', '.join(names)}, what you edited there was kept{lost}"


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
