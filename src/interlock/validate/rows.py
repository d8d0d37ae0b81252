"""Checked rows as a request holds them: what the service is asked, from what the holdout has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Column, Contract

__all__ = ["as_rows"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_rows(contract: Contract, checked: Checked, places: NDArray[np.integer]) -> list[dict[str, Any]]:
    """Return rows of the holdout as JSON objects that the contract reads back to the same tensors.

    Args:
        contract: It names the columns.
        checked: The rows' tensors.
        places: Which rows, int [r].

    Returns:
        One object a row, inputs only.

    Example:
        >>> from interlock.contract import Checker
        >>> contract = Contract((Column("age", "integer"), Column("city", "category")))
        >>> checked = Checker(contract).columns({"age": [30, None], "city": ["Oslo", "Rome"]})
        >>> as_rows(contract, checked, np.array([1, 0]))
        [{'age': None, 'city': 'Rome'}, {'age': 30, 'city': 'Oslo'}]
    """
    columns: dict[str, list[Any]] = {}
    for column, values in zip(contract.numbers, checked.numbers[places].T, strict=True):
        columns[column.name] = [_as_json(column, value) for value in values.tolist()]
    for column, coded in zip(contract.strings, checked.strings, strict=True):
        levels: Iterable[Any] = coded.levels[coded.codes[places]]
        columns[column.name] = [None if level == MISSING else level for level in levels]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _as_json(column: Column, value: float) -> Any:
    if value != value:  # noqa: PLR0124 - the fastest test for NaN
        return None
    if column.type == "boolean":
        return value == 1
    if column.type == "integer":
        return int(value)
    if column.type == "timestamp":
        return (_EPOCH + timedelta(seconds=value)).isoformat()
    return value
