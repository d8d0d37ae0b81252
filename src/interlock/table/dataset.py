"""A table as a learner takes it, through the same checker that serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Checker, Coded, Contract, Violation, labels
from interlock.contract.cleaning import cleaner
from interlock.errors import InputError
from interlock.profile.values import Values
from interlock.table.arrow import values
from interlock.table.cleaned import cleaned_values
from interlock.table.source import Table

__all__ = ["Attribute", "Dataset", "dataset", "taken"]

#: One column beside the tensors: coded strings, or numbers.
Attribute = Coded | NDArray[np.float64]


@dataclass(frozen=True)
class Dataset:
    """A table after the contract's check.

    Args:
        name: What people call the table.
        contract: What it was checked against.
        checked: The tensors, which rows are refused, and every violation.
        target: float64 [n]: the index of the class, or the value; NaN where null. None without one.
        time: float64 [n] seconds since 1970, UTC; NaN where null. None without a time column.
        groups: int64 [n], one number for each value of the group column; None without one.
        weights: float64 [n], how much each row counts in learning, 0 or more; None where all count alike.
        sensitive: The columns that the contract marks as sensitive, whatever their role, by name: coded
            strings, or float64 [n] with NaN for null.
    """

    name: str
    contract: Contract
    checked: Checked
    target: NDArray[np.float64] | None
    time: NDArray[np.float64] | None
    groups: NDArray[np.int64] | None = None
    weights: NDArray[np.float64] | None = None
    sensitive: Mapping[str, Attribute] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.checked.rejected)

    def take(self, rows: NDArray[np.integer]) -> Dataset:
        """Return some of the rows.

        Args:
            rows: Row numbers [m], each at most once.

        Returns:
            Those rows in that order; violations are told by their new places.
        """
        place = np.full(len(self), -1, np.int64)
        place[rows] = np.arange(len(rows))
        return replace(
            self,
            checked=_take(self.checked, rows, place),
            target=None if self.target is None else self.target[rows],
            time=None if self.time is None else self.time[rows],
            groups=None if self.groups is None else self.groups[rows],
            weights=None if self.weights is None else self.weights[rows],
            sensitive={name: taken(values, rows) for name, values in self.sensitive.items()},
        )


def dataset(table: Table, contract: Contract, *, group: str | None = None) -> Dataset:
    """Check a table against its contract, by the checker that also serves.

    Args:
        table: With the contract's inputs and target.
        contract: What to check against; its cleaning steps run first, on inputs, target, weight, time,
            group.
        group: A column whose values say which rows belong together, for a split by group.

    Returns:
        The dataset, in the order of the table. Refused rows and rows without a target are in it, and marked.

    Raises:
        InputError: If the table has no rows, lacks a column, or holds a class unknown to the contract.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.contract import Column, Contract
        >>> from interlock.table import open_table
        >>> columns = (Column("a", "number"), Column("y", "boolean", "target"))
        >>> contract = Contract(columns, "binary", ("false", "true"))
        >>> data = dataset(open_table(pa.table({"a": [0.5, None], "y": [True, False]})), contract)
        >>> data.target.tolist(), data.checked.numbers[:, 0].tolist()
        ([1.0, 0.0], [0.5, nan])
    """
    names = [column.name for column in contract.inputs]
    target, weight = contract.target, contract.weight
    names += [column.name for column in (target, weight) if column is not None]
    sensitive = [column.name for column in contract.columns if column.sensitive and column is not target]
    names += sensitive
    rows = table.read(list(dict.fromkeys([*names, *([group] if group else [])])))
    if rows.num_rows == 0:
        raise InputError("the table has no rows", where=table.name, next_step="check the export or the query")
    batch = {name: values(rows.column(name)) for name in rows.column_names}
    inputs = {column.name: batch[column.name] for column in contract.inputs}
    checked = Checker(contract).columns(inputs, rows.num_rows)  # which cleans them first
    roles = (column.name for column in (target, weight, contract.time) if column is not None)
    for name in dict.fromkeys((*roles, group, *sensitive)):
        clean = cleaner(contract.clean, name) if name else None
        if name and clean is not None:
            batch[name] = cleaned_values(batch[name], clean)
    return Dataset(
        name=table.name,
        contract=contract,
        checked=checked,
        target=None if target is None else labels(contract, batch[target.name]),
        time=None if contract.time is None else _seconds(batch[contract.time.name], contract.time.name),
        groups=None if group is None else _groups(batch[group]),
        weights=None if weight is None else _weights(batch[weight.name], weight.name),
        sensitive={name: _attribute(batch[name]) for name in sensitive},
    )


def taken(values: Attribute, rows: NDArray[np.integer]) -> Attribute:
    """Return some rows of a column beside the tensors."""
    return Coded(values.codes[rows], values.levels) if isinstance(values, Coded) else values[rows]


def _attribute(column: Values) -> Attribute:
    if column.kind == "string" and column.dictionary is not None:
        levels = np.append(column.dictionary, MISSING)
        missing = len(levels) - 1
        codes = column.data if column.valid is None else np.where(column.valid, column.data, missing)
        return Coded(codes.astype(np.int32), levels)
    numbers = column.data.astype(np.float64) / (1e6 if column.kind == "timestamp" else 1.0)
    return numbers if column.valid is None else np.where(column.valid, numbers, np.nan)


def _take(checked: Checked, rows: NDArray[np.integer], place: NDArray[np.int64]) -> Checked:
    moved = [(each, np.sort(place[each.rows])) for each in checked.violations]
    kept = [(each, places[places >= 0]) for each, places in moved]
    return Checked(
        checked.numbers[rows],
        tuple(Coded(coded.codes[rows], coded.levels) for coded in checked.strings),
        checked.rejected[rows],
        tuple(Violation(each.column, each.code, each.action, places) for each, places in kept if places.size),
    )


def _seconds(column: Values, name: str) -> NDArray[np.float64]:
    if column.kind == "string":
        raise InputError(
            "the time column holds text",
            where=f"column {name!r}",
            next_step="write its times as ISO 8601, such as 2013-10-01T05:00:00Z, or cast it with sql=...",
        )
    seconds = column.data.astype(np.float64) / (1e6 if column.kind == "timestamp" else 1.0)
    return seconds if column.valid is None else np.where(column.valid, seconds, np.nan)


def _weights(column: Values, name: str) -> NDArray[np.float64]:
    numeric = column.kind in ("number", "integer")
    weights = column.data.astype(np.float64) if numeric else np.full(1, np.nan)
    whole = column.valid is None or bool(column.valid.all())
    if not whole or not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
        raise InputError(
            "a weight has to be a finite number of 0 or more in every row, and above 0 in one",
            where=f"column {name!r}",
            next_step="fill or remove the rows without one, or give the column another role",
        )
    return weights


def _groups(column: Values) -> NDArray[np.int64]:
    """Number the groups; the rows without one are a group together."""
    codes = np.unique(column.data, return_inverse=True)[1].astype(np.int64)
    return codes if column.valid is None else np.where(column.valid, codes, -1)
