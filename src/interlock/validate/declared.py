"""Slices that people declare: a condition in SQL, or the value of a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Coded, Contract
from interlock.errors import InputError
from interlock.table.dataset import Attribute
from interlock.validate.partitions import Partition

if TYPE_CHECKING:
    import duckdb

__all__ = ["Condition", "declared_slices"]

#: SQL, such as `distance > 2000 and origin = 'JFK'`; or values by column, a list for any of them.
Condition = str | Mapping[str, Any]


def declared_slices(
    conditions: Mapping[str, Condition],
    contract: Contract,
    checked: Checked,
    sensitive: Mapping[str, Attribute] | None = None,
) -> tuple[Partition, ...]:
    """Cut the rows by declared conditions.

    Args:
        conditions: By the slice's name, as in `[slices]`.
        contract: It names the columns; those marked as sensitive can be used whatever their role.
        checked: The rows.
        sensitive: The sensitive columns' values.

    Returns:
        One part each, called as the slice; rows for which the condition is null are not in it.

    Raises:
        InputError: A condition cannot be read, names no column, or is no condition.

    Example:
        >>> from interlock.contract import Checker, Column
        >>> contract = Contract((Column("age", "integer"), Column("town", "category")))
        >>> rows = Checker(contract).columns({"age": [30, 70, None], "town": ["Oslo", "Rome", "Oslo"]})
        >>> found = declared_slices({"old": "age >= 65", "north": {"town": "Oslo"}}, contract, rows)
        >>> [(each.labels, each.codes.tolist()) for each in found]
        [(('old',), [-1, 0, -1]), (('north',), [0, -1, 0])]
    """
    if not conditions:
        return ()
    import duckdb

    table = _table(contract, checked, sensitive or {})
    connection = duckdb.connect(config={"threads": 1})
    try:
        connection.register("rows", table)
        connection.execute("SET enable_external_access = false")
        return tuple(
            Partition(name, (name,), np.where(_inside(connection, name, condition, table), 0, -1))
            for name, condition in conditions.items()
        )
    finally:
        connection.close()


def _table(contract: Contract, checked: Checked, sensitive: Mapping[str, Attribute]) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for column, values in zip(contract.numbers, checked.numbers.T, strict=True):
        columns[column.name] = _numbers(column.type, values)
    for column, coded in zip(contract.strings, checked.strings, strict=True):
        columns[column.name] = _strings(coded)
    for name, given in sensitive.items():
        if name not in columns:
            columns[name] = (
                _strings(given) if isinstance(given, Coded) else _numbers(contract[name].type, given)
            )
    return pa.table(columns)


def _numbers(kind: str, values: NDArray[np.float64]) -> pa.Array:
    missing = np.isnan(values)
    known = np.where(missing, 0, values)
    if kind == "boolean":
        return pa.array(known == 1, mask=missing)
    if kind == "timestamp":
        return pa.array((known * 1e6).astype("datetime64[us]"), mask=missing)
    whole = (
        kind == "integer" and bool(np.all(known == np.round(known))) and float(np.abs(known).max()) < 2**53
    )
    return pa.array(known.astype(np.int64) if whole else known, mask=missing)


def _strings(coded: Coded) -> pa.Array:
    texts = coded.levels[coded.codes]
    return pa.array(texts, pa.string(), mask=np.asarray(texts == MISSING, bool))


def _inside(
    connection: duckdb.DuckDBPyConnection, name: str, condition: Condition, table: pa.Table
) -> NDArray[np.bool_]:
    import duckdb

    sql = condition if isinstance(condition, str) else _sql(name, condition, table)
    try:
        found: Any = connection.sql(f"SELECT ({sql}) AS inside FROM rows").to_arrow_table()  # noqa: S608 - of the project's own settings, and nothing but the rows can be read
    except duckdb.Error as error:
        raise _wrong(name, sql, str(error).splitlines()[0], table) from error
    answer = found["inside"]
    if len(answer) != len(table) or answer.type != pa.bool_():
        raise _wrong(name, sql, f"{answer.type}, {len(answer):,} answers", table)
    return np.asarray(answer.fill_null(False).to_numpy(zero_copy_only=False), bool)


def _sql(name: str, values: Mapping[str, Any], table: pa.Table) -> str:
    unknown = [column for column in values if column not in table.column_names]
    if unknown or not values:
        raise _wrong(name, dict(values), f"no column {unknown[0]!r}" if unknown else "no column", table)
    return " AND ".join(f"{_quoted(column)} IN ({_literals(value)})" for column, value in values.items())


def _literals(value: Any) -> str:
    many = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(each) if isinstance(each, bool | int | float) else _text(str(each)) for each in many)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _wrong(name: str, condition: object, got: str, table: pa.Table) -> InputError:
    return InputError(
        f"the slice `{name}` cannot be cut",
        where=f"[slices] {name} = {condition!r}",
        got=got,
        next_step=f"write a condition on {', '.join(table.column_names)}, such as \"x > 1 AND y = 'a'\"",
    )
