"""From whatever a batch holds to floats or coded strings: what was read, what is null, what is broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.judge import BROKEN, Rule, read_as
from interlock.profile.values import Values

__all__ = ["Floats", "Strings", "floats", "seconds", "strings"]

#: Which kinds of Values a numeric column takes as they are. Everything else is of another type.
_FITTING = {
    "number": ("number", "integer"),
    "integer": ("number", "integer"),
    "boolean": ("boolean",),
    "timestamp": ("timestamp",),
}
_MICROSECONDS = 10**6
#: The place of a null among the codes, until they are told apart from what is broken.
_NOTHING = np.int32(-2)


class Floats(NamedTuple):
    """A numeric column as read.

    Args:
        data: float64 [n]; arbitrary where null or broken.
        null: bool [n].
        broken: bool [n], of another type.
        absent: Whether the whole column is absent.
    """

    data: NDArray[np.float64]
    null: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    absent: bool = False


class Strings(NamedTuple):
    """A string column as read.

    Args:
        codes: int32 [n], places in `levels`; -1 where null or broken.
        levels: The distinct strings that occur.
        null: bool [n].
        broken: bool [n], of another type.
        absent: Whether the whole column is absent.
    """

    codes: NDArray[np.int32]
    levels: list[str]
    null: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    absent: bool = False


def floats(rule: Rule, values: Values | Sequence[object] | None, count: int) -> Floats:
    """Read a batch's column as floats.

    Args:
        rule: The rule of a numeric column.
        values: The column; None where the batch does not have it.
        count: The number of rows.

    Returns:
        New arrays, which the caller may change.
    """
    if values is None:
        return Floats(
            np.full(count, np.nan), np.ones(count, dtype=bool), np.zeros(count, dtype=bool), absent=True
        )
    values = _cleaned(rule, values)
    if not isinstance(values, Values):
        return _floats_of_objects(rule, values)
    null = _nulls(values)
    if values.kind in _FITTING[rule.column.type]:
        return _floats_of_numbers(rule, values, null)
    if values.kind == "string" and (rule.column.type == "timestamp" or rule.clean is not None):
        return _floats_of_strings(rule, values, null)
    return Floats(np.full(count, np.nan), null, ~null)


def strings(rule: Rule, values: Values | Sequence[object] | None, count: int) -> Strings:
    """Read a batch's column as coded strings.

    Args:
        rule: The rule of a string column.
        values: The column; None where the batch does not have it.
        count: The number of rows.

    Returns:
        Codes into the strings that occur.
    """
    nowhere = np.zeros(count, dtype=bool)
    if values is None:
        return Strings(np.full(count, -1, dtype=np.int32), [], ~nowhere, nowhere, absent=True)
    values = _cleaned(rule, values)
    if not isinstance(values, Values):
        return _strings_of_objects(rule, values)
    null = _nulls(values)
    if values.kind != "string" or values.dictionary is None:
        return Strings(np.full(count, -1, dtype=np.int32), [], null, ~null)
    return _strings_of_dictionary(rule, values.data, values.dictionary, null)


def _cleaned(rule: Rule, values: Values | Sequence[object]) -> Values | Sequence[object]:
    """Clean a column by its steps; a column of strings is cleaned where its dictionary is read."""
    if rule.clean is None:
        return values
    if not isinstance(values, Values):
        return [rule.clean(value) for value in values]
    if values.kind in ("string", "boolean"):
        return values
    time = values.kind == "timestamp"
    gone = rule.clean.gone(seconds(values.data) if time else values.data.astype(np.float64), time=time)
    return values._replace(valid=~(_nulls(values) | gone)) if gone.any() else values


def _read(rule: Rule, text: str) -> object:
    """Read one entry of a dictionary, cleaned."""
    return read_as(rule.column, text if rule.clean is None else rule.clean(text))


def _nulls(values: Values) -> NDArray[np.bool_]:
    return np.zeros(len(values.data), dtype=bool) if values.valid is None else ~values.valid


def _floats_of_numbers(rule: Rule, values: Values, null: NDArray[np.bool_]) -> Floats:
    data = seconds(values.data) if values.kind == "timestamp" else values.data.astype(np.float64)
    null = null | np.isnan(data)
    if rule.column.type != "integer":
        return Floats(data, null, np.zeros(len(data), dtype=bool))
    return Floats(data, null, ~null & np.isfinite(data) & (data != np.rint(data)))


def seconds(microseconds: NDArray[Any]) -> NDArray[np.float64]:
    """Return microseconds as seconds, with one rounding, as `datetime.timestamp`, also after the year 2255.

    Args:
        microseconds: int64 [n], since 1970.

    Returns:
        float64 [n].

    Example:
        >>> seconds(np.array([1_500_000]))
        array([1.5])
    """
    divided: NDArray[np.float64] = microseconds / _MICROSECONDS
    late = np.flatnonzero(np.abs(divided) * _MICROSECONDS > 2**53)
    divided[late] = [int(value) / _MICROSECONDS for value in microseconds[late]]
    return divided


def _floats_of_strings(rule: Rule, values: Values, null: NDArray[np.bool_]) -> Floats:
    data = np.full(len(null), np.nan)
    if values.dictionary is not None:
        read = [_read(rule, text) for text in values.dictionary]
        table = np.array([value if isinstance(value, float) else np.nan for value in read], dtype=np.float64)
        codes = values.data[~null].astype(np.int32)
        data[~null] = table[codes]
        null[~null] = np.array([value is None for value in read], dtype=bool)[codes]
    return Floats(data, null, ~null & np.isnan(data))


def _floats_of_objects(rule: Rule, values: Sequence[object]) -> Floats:
    if rule.column.type in ("number", "integer") and {type(value) for value in values} <= {
        int,
        float,
        type(None),
    }:
        try:
            numbers = np.array(values, dtype=np.float64)
        except OverflowError:  # an integer beyond float64
            return _floats_one_by_one(rule, values)
        return _floats_of_numbers(rule, Values("number", numbers), np.isnan(numbers))
    return _floats_one_by_one(rule, values)


def _floats_one_by_one(rule: Rule, values: Sequence[object]) -> Floats:
    read = [read_as(rule.column, value) for value in values]
    data = np.array([value if isinstance(value, float) else np.nan for value in read], dtype=np.float64)
    null = np.array([value is None for value in read], dtype=bool)
    return Floats(data, null, ~null & np.isnan(data))


def _strings_of_dictionary(
    rule: Rule, data: NDArray[Any], dictionary: NDArray[np.object_], null: NDArray[np.bool_]
) -> Strings:
    """Keep only the entries that occur: what nobody sent must not raise a violation."""
    used = np.bincount(data[~null], minlength=len(dictionary)) > 0
    places = np.full(len(dictionary) + 1, _NOTHING, dtype=np.int32)
    index: dict[str, int] = {}
    for place in np.flatnonzero(used):
        read = _read(rule, dictionary[place])
        if isinstance(read, str):
            places[place] = index.setdefault(read, len(index))
        elif read is BROKEN:
            places[place] = -1
    codes = places[np.where(null, len(dictionary), data)]
    null = codes == _NOTHING
    return Strings(np.where(null, np.int32(-1), codes), [*index], null, ~null & (codes < 0))


def _strings_of_objects(rule: Rule, values: Sequence[object]) -> Strings:
    index: dict[str, int] = {}
    read = [read_as(rule.column, value) for value in values]
    codes = [index.setdefault(value, len(index)) if isinstance(value, str) else -1 for value in read]
    null = np.array([value is None for value in read], dtype=bool)
    broken = np.array([value is BROKEN for value in read], dtype=bool)
    return Strings(np.array(codes, dtype=np.int32), [*index], null, broken)
