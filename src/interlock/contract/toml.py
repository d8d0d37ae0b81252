"""The contract as the file that people read and edit: TOML, one `[[column]]` a column, defaults left out."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from interlock.atomic import write_atomically
from interlock.contract.judge import read_as
from interlock.contract.model import Column, Contract, Policy
from interlock.contract.step import Step, of_table, to_table
from interlock.contract.validity import did_you_mean
from interlock.errors import ContractError

__all__ = ["from_toml", "read", "to_toml", "write"]

_FORMAT = 1
_HEAD = "# What a row must look like, and what happens when it does not. See docs/contract.md."
_WIDTH = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMN = tuple(field.name for field in fields(Column))
_POLICY = tuple(field.name for field in fields(Policy))
_ORDER = ("name", "type", "role", "unit", "description", *(name for name in _COLUMN if name != "on"), "on")


def to_toml(contract: Contract) -> str:
    r"""Return the contract as TOML text.

    Args:
        contract: Any contract.

    Returns:
        Text that `from_toml` reads back to an equal contract.

    Example:
        >>> contract = Contract((Column("age", "integer", maximum=120, unit="years"),))
        >>> print(to_toml(contract).split("\n\n")[1].rstrip())
        [[column]]
        name = "age"
        type = "integer"
        unit = "years"
        maximum = 120
    """
    parts: dict[str, object] = {"format": _FORMAT, "task": contract.task, "classes": contract.classes}
    head = [_line(name, value) for name, value in parts.items() if value]
    head += [_line("unknown", contract.unknown)] if contract.unknown != "reject" else []
    columns, steps = map(_table, contract.columns), map(_step, contract.clean)
    return "\n".join([_HEAD, *head, "", "\n".join([*columns, *steps])])


def from_toml(text: str) -> Contract:
    """Read a contract from TOML text.

    Args:
        text: As `to_toml` writes it or people edit it. Bounds of timestamps may be ISO 8601 strings, TOML
            dates or seconds since 1970.

    Returns:
        The contract.

    Raises:
        ContractError: Where it does not parse, has a key that is not known, or contradicts itself.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        next_step = "mend the line; strings need quotes, [[column]] starts a column"
        raise ContractError(f"this is not TOML: {error}", next_step=next_step) from error
    _know(data, ("format", "task", "classes", "unknown", "column", "clean"), "contract")
    if data.pop("format", _FORMAT) != _FORMAT:
        next_step = "use format = 1, or a newer Interlock"
        raise ContractError("this format is not known", where="contract, format", next_step=next_step)
    columns = tuple(_column(table, place) for place, table in enumerate(_tables(data, "column"), start=1))
    data["clean"] = tuple(of_table(table) for table in _tables(data, "clean"))
    data["classes"] = _strings(data.get("classes", []), "contract, classes")
    return Contract(columns, **data)


def write(contract: Contract, path: str | os.PathLike[str]) -> None:
    """Write the contract's file; what was there stays whole until the new one is complete.

    Args:
        contract: Any contract.
        path: The file.

    Raises:
        InputError: If the disk refuses.
    """
    write_atomically(Path(path), to_toml(contract))


def read(path: str | os.PathLike[str]) -> Contract:
    """Read a contract's file.

    Args:
        path: The file.

    Returns:
        The contract.

    Raises:
        ContractError: Where it cannot be read, or as `from_toml`; `where` begins with the path.
    """
    try:
        return from_toml(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(
            f"the contract cannot be read: {error}", where=path, next_step="check the path"
        ) from error
    except ContractError as error:
        where = f"{path}: {error.where}" if error.where else path
        raise ContractError(error.what, where=where, got=error.got, next_step=error.next_step) from error


def _tables(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    tables = data.pop(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        what = {"column": "columns are not tables", "clean": "cleaning steps are not tables"}[name]
        raise ContractError(what, where=f"contract, {name}", next_step=f"begin each with [[{name}]]")
    return tables


def _step(step: Step) -> str:
    return "\n".join(["[[clean]]", *(_line(name, value) for name, value in to_table(step).items()), ""])


def _table(column: Column) -> str:
    lines = ["[[column]]"]
    for name in dict.fromkeys(_ORDER):
        value = getattr(column, name)
        if name == "on":
            value = {
                code: getattr(value, code)
                for code in _POLICY
                if getattr(value, code) != getattr(Policy(), code)
            }
        if isinstance(value, float) and column.type == "timestamp" and name != "truncate":
            value = _iso(value)
        if isinstance(value, float) and (column.type == "integer" or column.is_string):
            value = int(value) if value.is_integer() else value
        if value != _DEFAULTS.get(name):
            lines.append(_line(name, value))
    return "\n".join([*lines, ""])


_DEFAULTS: dict[str, object] = {
    "role": "feature",
    "on": {},
    "unit": "",
    "description": "",
    "monotone": "",
    "sensitive": False,
    "personal": "",
}


def _line(name: str, value: object) -> str:
    line = f"{name} = {_value(value)}"
    if len(line) <= _WIDTH or not isinstance(value, tuple):
        return line
    return "\n".join([f"{name} = [", *_filled(_value(item) for item in value), "]"])


def _filled(items: Iterable[str]) -> list[str]:
    """Fill lines with items, as a paragraph is filled with words."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > _WIDTH:
            lines.append("")
        lines[-1] += f" {item}," if lines[-1] else f"    {item},"
    return lines


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(name)} = {_value(item)}' for name, item in value.items())} }}"
    return repr(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else str(_value(name))


def _iso(seconds: float) -> str | float:
    """Return the moment as text where that says the same, else the seconds."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return seconds
    return moment.isoformat().replace("+00:00", "Z") if moment.timestamp() == seconds else seconds


def _column(table: dict[str, Any], place: int) -> Column:
    where = f"column {table['name']!r}" if "name" in table else f"column number {place}"
    _know(table, _COLUMN, where)
    for name in ("name", "type"):
        if name not in table:
            raise ContractError(f"a column needs a `{name}`", where=where, next_step=f'add {name} = "…"')
    values = dict(table)
    if "levels" in values:
        values["levels"] = _strings(values["levels"], f"{where}, levels")
    policy = values.get("on", {})
    if not isinstance(policy, dict):
        raise ContractError("`on` is not a table", where=where, next_step='write on = { range = "reject" }')
    _know(policy, _POLICY, f"{where}, on")
    values["on"] = Policy(**policy)
    for name in ("minimum", "maximum", "fill"):
        if values["type"] == "timestamp" and isinstance(values.get(name), str | date):
            values[name] = _seconds(values[name], f"{where}, {name}")
    return Column(**values)


def _seconds(value: object, where: str) -> float:
    seconds = read_as(Column("bound", "timestamp"), value)
    if not isinstance(seconds, float):
        raise ContractError(
            "this is no moment in time", where=where, got=value, next_step='write "2013-01-31T12:00:00Z"'
        )
    return seconds


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ContractError(
            "this has to be a list of texts", where=where, got=value, next_step='write ["a", "b"]'
        )
    return tuple(value)


def _know(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise ContractError(
                "there is no such key", where=where, got=name, next_step=did_you_mean(name, known)
            )
