"""The rows a model needs: a few columns in double precision, complete, with what was missing counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.profile.values import Values
from interlock.report.format import count, moment, number
from interlock.table import open_table
from interlock.table.arrow import values as values_of

__all__ = ["Column", "Frame", "Missing", "Rows", "labels_of", "read"]

Missing = Literal["error", "drop", "keep"]
_DAY = 86_400e6
_HUGE = 1e150
_EXACT = 2.0**53


class Column(NamedTuple):
    """One column.

    Args:
        numbers: Float64, shape [n]: numbers, booleans as 0 and 1, moments as days since 1970-01-01 in UTC.
            Empty for text.
        codes: For text, which of `levels` each row has, shape [n]; empty for numbers.
        levels: For text, the levels that occur, ascending; None for numbers.
        kind: As `interlock.profile.values.Kind` names it.
        exact: Whole numbers beyond 2**53, which float64 cannot tell apart; empty where it can.
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int64]
    levels: tuple[str, ...] | None
    kind: str
    exact: NDArray[np.int64] = np.empty(0, np.int64)

    def at(self, row: int) -> float | str:
        """Return the value of a row."""
        return float(self.numbers[row]) if self.levels is None else self.levels[self.codes[row]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Complete rows.

    Args:
        columns: By name.
        rows: How many.
        places: The number of each in the table, from 0, shape [rows].
    """

    columns: dict[str, Column]
    rows: int
    places: NDArray[np.int64]


class Rows(NamedTuple):
    """What was read.

    Args:
        frame: The complete rows.
        total: Rows of the table.
        missing: How many rows lack each column; columns without gaps are left out.
        complete: Which rows of the table are in `frame`, shape [total].
    """

    frame: Frame
    total: int
    missing: dict[str, int]
    complete: NDArray[np.bool_]


def read(table: Any, names: Sequence[str], missing: Missing = "error") -> Rows:
    """Read columns of a table as a model needs them.

    Args:
        table: Anything that `interlock.open_table` opens.
        names: The columns.
        missing: What to do about rows in which one of them is null or NaN: `error` refuses, `drop` leaves
            them out, `keep` does so too but the caller means to come back to them.

    Returns:
        The complete rows, and the count of the others.

    Raises:
        InputError: If a column is not there, a value is infinite, or rows are missing and may not be.

    Example:
        >>> import pyarrow as pa
        >>> rows = read(pa.table({"x": [1.5, None, 2.5]}), ["x"], "drop")
        >>> rows.frame.columns["x"].numbers.tolist(), rows.missing
        ([1.5, 2.5], {'x': 1})
    """
    opened = open_table(table)
    arrow = opened.read(list(names))
    found = {name: values_of(arrow.column(name)) for name in names}
    gaps = {name: _gaps(each) for name, each in found.items()}
    counts = {name: int(gap.sum()) for name, gap in gaps.items() if gap is not None and gap.any()}
    complete = np.ones(arrow.num_rows, bool)
    for name in counts:
        complete &= ~gaps[name]  # type: ignore[operator]  # counted, so there
    if counts and missing == "error":
        raise _incomplete(opened.name, counts, int((~complete).sum()), arrow.num_rows)
    kept = np.flatnonzero(complete)
    columns = {name: _column(name, each, complete if counts else None, kept) for name, each in found.items()}
    return Rows(Frame(columns, len(kept), kept), arrow.num_rows, counts, complete)


def labels_of(column: Column) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the level of each row and the levels, ascending; numbers become levels by their value.

    Raises:
        InputError: If numbers are too large to be told apart.

    Example:
        >>> import pyarrow as pa
        >>> codes, levels = labels_of(read(pa.table({"k": [2.0, 1.0, 10.0]}), ["k"]).frame.columns["k"])
        >>> codes.tolist(), levels
        ([1, 0, 2], ('1', '2', '10'))
    """
    if column.levels is not None:
        return column.codes, column.levels
    if column.exact.size:
        whole, codes = np.unique(column.exact, return_inverse=True)
        return codes.astype(np.int64), tuple(str(value) for value in whole.tolist())
    distinct, codes = np.unique(column.numbers, return_inverse=True)
    if column.kind == "number" and np.abs(distinct).max(initial=0) >= _EXACT:
        raise InputError(
            "numbers so large cannot be told apart in double precision, so they make no levels",
            got=number(float(distinct[-1])),
            next_step="turn the column into text with sql=...",
        )
    return codes.astype(np.int64), tuple(_label(float(value), column.kind) for value in distinct)


def _label(value: float, kind: str) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return moment(value * 86_400)
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)


def _gaps(found: Values) -> NDArray[np.bool_] | None:
    null = None if found.valid is None else ~found.valid
    if found.kind != "number":
        return null
    nan: NDArray[np.bool_] = np.isnan(found.data)
    return nan if null is None else nan | null


def _column(name: str, found: Values, complete: NDArray[np.bool_] | None, kept: NDArray[np.int64]) -> Column:
    data = found.data if complete is None else found.data[complete]
    nothing = np.empty(0)
    if found.kind == "string":
        codes, levels = _sorted_levels(data, found.dictionary)  # type: ignore[arg-type]
        return Column(nothing, codes, levels, "string")
    numbers = data.astype(np.float64, copy=False)
    if found.kind == "timestamp":
        numbers = numbers / _DAY
    infinite = ~(np.abs(numbers) <= _HUGE)
    if infinite.any():
        first = int(np.argmax(infinite))
        what = "values too large to square" if np.isfinite(numbers).all() else "infinite values"
        raise InputError(
            f"column `{name}` holds {count(int(infinite.sum()))} {what}",
            where=f"row {kept[first]}, the first of them",
            got=numbers[first],
            next_step="replace or leave out such rows first: no model can use them",
        )
    nowhere = np.empty(0, np.int64)
    large = found.kind == "integer" and np.abs(numbers).max(initial=0) >= _EXACT
    return Column(numbers, nowhere, None, found.kind, data.astype(np.int64) if large else nowhere)


def _sorted_levels(
    codes: NDArray[np.generic], dictionary: NDArray[np.object_]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return codes into the levels that occur, ascending: neither row order nor encoding matters."""
    whole = codes.astype(np.int64)
    used = np.flatnonzero(np.bincount(whole, minlength=len(dictionary)))
    levels = sorted({str(dictionary[place]) for place in used})
    place_of = {level: place for place, level in enumerate(levels)}
    moved = np.zeros(len(dictionary), np.int64)
    for place in used:
        moved[place] = place_of[str(dictionary[place])]
    return moved[whole], tuple(levels)


def _incomplete(name: str, counts: dict[str, int], lost: int, total: int) -> InputError:
    each = ", ".join(f"`{column}` in {count(rows)}" for column, rows in counts.items())
    return InputError(
        f"{count(lost)} of {count(total)} rows lack a value that the model needs: {each}",
        where=name,
        next_step='pass missing="drop" to leave them out (the text will say so), or fill them first',
    )
