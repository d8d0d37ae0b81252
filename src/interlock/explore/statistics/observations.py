"""What a test is made of: one measured column in groups, as double precision, with its gaps counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract.numerals import FORMATS, SYMBOLS, numeral
from interlock.errors import InputError

__all__ = ["Column", "Floats", "Kind", "Observations", "column", "columns_of", "observations"]

Kind = Literal["number", "boolean", "category"]
Floats = NDArray[np.float64]

#: Beyond these, squares of variances leave double precision.
_LEAST, _MOST = 1e-70, 1e70
#: A grouping or a category with more levels than this is taken for a mistake.
_MOST_LEVELS = 200
#: Of the first so many levels, more than this share are numbers: then it is text that holds numbers.
_LOOKED_AT, _MOSTLY = 2000, 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column as the tests take it.

    Args:
        name: What people call it.
        kind: `number`; `boolean` for true and false, or for numbers that are all 0 or 1; or `category`.
        data: The numbers, or the codes of the levels; NaN where there is no value, shape [n].
        levels: What the codes stand for; empty for numbers.
    """

    name: str
    kind: Kind
    data: Floats
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """One measured column in groups.

    Args:
        value: What is measured.
        by: What makes the groups; empty where they were given apart.
        kind: Of the values.
        levels: What the values' codes stand for; empty for numbers.
        names: One a group.
        rows: The values of each group, NaN where there is none.
        unplaced: Rows that have no group, or no partner where the groups are paired.
    """

    value: str
    by: str
    kind: Kind
    levels: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[Floats, ...]
    unplaced: int = 0

    @property
    def groups(self) -> tuple[Floats, ...]:
        """The values that are there, group by group."""
        return tuple(each[~np.isnan(each)] for each in self.rows)

    @property
    def missing(self) -> tuple[int, ...]:
        """How many rows of each group have no value."""
        return tuple(int(np.isnan(each).sum()) for each in self.rows)

    @property
    def complete(self) -> tuple[Floats, ...]:
        """The values of the rows that have one in every group, for paired tests."""
        there = ~np.isnan(np.vstack(self.rows)).any(axis=0)
        return tuple(each[there] for each in self.rows)


def column(values: Any, name: str = "values") -> Column:
    """Return a sequence as a column in double precision.

    Args:
        values: A list, numpy array, pandas or Polars series, or Arrow array, of numbers (also `Decimal`,
            float32, int8), of true and false, or of text. None and NaN are gaps.
        name: What people call it.

    Raises:
        InputError: If the values are of another type or of several types, or one is infinite.

    Example:
        >>> column([1, None, 2.5]).data.tolist(), column(["b", "a"]).levels
        ([1.0, nan, 2.5], ('a', 'b'))
    """
    import pyarrow as pa

    array = _arrow(values, name)
    if pa.types.is_dictionary(array.type):
        return _category(name, array)
    if pa.types.is_boolean(array.type):
        return Column(name, "boolean", _numbers(array.cast(pa.int8()), name), ("false", "true"))
    if any(
        is_text(array.type)
        for is_text in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    ):
        return _category(name, array)
    data = _numbers(array, name)
    if np.isinf(data).any():
        got = f"{int(np.isinf(data).sum())} of {len(data)}"
        raise InputError("there are infinite values", where=name, got=got, next_step=_INFINITE)
    known = data[~np.isnan(data)]
    largest = float(np.abs(known).max()) if len(known) else 0.0
    if largest and not _LEAST < largest < _MOST:
        step = "take another unit"
        raise InputError(
            "these values cannot be squared", where=name, got=f"up to {largest:g}", next_step=step
        )
    if len(known) and bool(((known == 0) | (known == 1)).all()) and len(np.unique(known)) == 2:
        return Column(name, "boolean", data, ("0", "1"))
    return Column(name, "number", data)


def columns_of(table: Any, names: Sequence[str]) -> list[Column]:
    """Return columns of a table.

    Args:
        table: Anything `open_table` takes, or a mapping of names to sequences.
        names: Which columns.

    Raises:
        InputError: If there is no such column, or it cannot be used.
    """
    if isinstance(table, Mapping):
        absent = [name for name in names if name not in table]
        if absent:
            step = f"use one of: {', '.join(map(str, table))}"
            raise InputError("there is no such column", got=absent[0], next_step=step)
        return [column(table[name], name) for name in names]
    from interlock.table import open_table

    read = open_table(table).read(list(dict.fromkeys(names)))
    return [column(read.column(name), name) for name in names]


def observations(
    data: Sequence[Any],
    *,
    value: str | None = None,
    by: str | None = None,
    pair: str | None = None,
    names: Sequence[str] | None = None,
    paired: bool = False,
) -> Observations:
    """Return what was given to a verb as one measured column in groups.

    Args:
        data: One table, with `value` and `by`; or one mapping of group names to sequences; or two or more
            sequences.
        value: The measured column of the table.
        by: The column that makes the groups.
        pair: The column that says which rows belong together, such as the person measured twice.
        names: Of the groups, where sequences are given.
        paired: Whether the sequences are measurements of the same things, place by place.

    Raises:
        InputError: If that is not what was given.

    Example:
        >>> found = observations([[1, 2, None], [4, 5]], names=["old", "new"])
        >>> found.names, found.missing, [len(each) for each in found.groups]
        (('old', 'new'), (1, 0), [2, 2])
    """
    found = _found(data, value, by, pair, names, paired=paired)
    if len(found.levels) > _MOST_LEVELS:
        got = f"{len(found.levels)} levels"
        if _are_numbers(found.levels):
            got += f", such as {max(found.levels[:_LOOKED_AT], key=len)}"
            step = "make numbers of it first: `interlock clean` proposes how (docs/clean.md)"
            raise InputError("this is text that holds numbers", where=found.value, got=got, next_step=step)
        step = "group the rare ones first, or leave out what only names a row"
        raise InputError("this category has too many levels", where=found.value, got=got, next_step=step)
    return found


def _are_numbers(levels: Sequence[str]) -> bool:
    """Whether most of some texts are numbers in one format, with or without a unit."""
    looked = levels[:_LOOKED_AT]
    readers = [numeral(example, SYMBOLS) for example in FORMATS]
    most = max(sum(read(text) is not None for text in looked) for read in readers)
    return most > _MOSTLY * len(looked)


def _found(
    data: Sequence[Any],
    value: str | None,
    by: str | None,
    pair: str | None,
    names: Sequence[str] | None,
    *,
    paired: bool,
) -> Observations:
    if value is not None or by is not None:
        return _from_table(data, value, by, pair)
    if len(data) == 1 and isinstance(data[0], Mapping):
        names, data = [str(name) for name in data[0]], list(data[0].values())
    if len(data) < 2:
        raise InputError("there is nothing to compare with", got=f"{len(data)} sequence", next_step=_HOW)
    if names is None:
        names = (
            ("first", "second") if len(data) == 2 else [f"group {place + 1}" for place in range(len(data))]
        )
    if len(names) != len(data):
        got = f"{len(names)} for {len(data)}"
        step = "give as many names as sequences"
        raise InputError("every group needs one name", where="names", got=got, next_step=step)
    if len(set(names)) < len(names):
        step = "give each a name of its own"
        raise InputError("two groups have one name", where="names", got=", ".join(names), next_step=step)
    found = _together([column(each, name) for each, name in zip(data, names, strict=True)])
    if paired and len({len(each) for each in found.rows}) > 1:
        got = ", ".join(str(len(each)) for each in found.rows)
        raise InputError(
            "paired groups have the same length", got=got, next_step="leave a gap (None) where one is missing"
        )
    return found


_HOW = "give two sequences, or a table with value= and by="
_INFINITE = "take them out, or clip them, and say so"


def _arrow(values: Any, name: str) -> Any:
    import pyarrow as pa

    if isinstance(values, str | bytes):
        step = "give a sequence of values, or a table with the names of its columns"
        raise InputError("this is one text, not a column", where=name, got=values, next_step=step)
    try:
        if isinstance(values, pa.ChunkedArray | pa.Array):
            array = values
        elif isinstance(values, np.ma.MaskedArray):
            array = pa.array(values.data, mask=np.ma.getmaskarray(values), from_pandas=True)
        elif hasattr(values, "__arrow_c_stream__"):
            array = pa.chunked_array(values)
        else:
            array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        step = "give numbers, true and false, or text, of one kind, one a row"
        raise InputError("these values are not of one kind", where=name, got=error, next_step=step) from error
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _numbers(array: Any, name: str) -> Floats:
    import pyarrow as pa

    kind = array.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        if len(array) == array.null_count:
            return np.full(len(array), np.nan)
        step = "turn times into a number (seconds, hours) first"
        raise InputError("these values cannot be compared", where=name, got=str(kind), next_step=step)
    return np.array(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _category(name: str, array: Any) -> Column:
    """Return a category of the levels that occur, in the order of their text, numbers in theirs."""
    import pyarrow as pa

    if pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    codes = np.array(
        encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64
    )
    levels = encoded.dictionary.to_pylist()
    order = sorted(np.unique(codes[codes >= 0]).tolist(), key=lambda code: levels[code])
    rank = np.full(len(levels) + 1, np.nan)
    rank[order] = np.arange(len(order))
    return Column(name, "category", rank[codes], tuple(str(levels[code]) for code in order))


def _together(columns: Sequence[Column]) -> Observations:
    """Return groups that were given apart; their kinds must agree, their levels are united."""
    known = [each for each in columns if not np.isnan(each.data).all()]
    kinds = {each.kind for each in known}
    if kinds == {"number", "boolean"} and all(each.levels in ((), ("0", "1")) for each in known):
        kinds = {"number"}
    if len(kinds) > 1:
        got = ", ".join(f"{each.name}: {each.kind}" for each in columns)
        step = "give all of them as numbers, as yes and no, or as text"
        raise InputError("the groups hold different kinds of values", got=got, next_step=step)
    names = tuple(each.name for each in columns)
    if kinds == {"category"}:
        levels = sorted({level for each in known for level in each.levels})
        rows = tuple(_recoded(each, levels) for each in columns)
        return Observations("value", "", "category", tuple(levels), names, rows)
    rows = tuple(each.data for each in columns)
    if kinds == {"boolean"} and any(each.levels[0] == "false" for each in known):
        return Observations("value", "", "boolean", ("false", "true"), names, rows)
    kind, levels = _zeros_and_ones(rows)
    return Observations("value", "", kind, tuple(levels), names, rows)


def _zeros_and_ones(rows: Sequence[Floats]) -> tuple[Kind, list[str]]:
    seen = np.unique(np.concatenate(rows))
    binary = seen[~np.isnan(seen)].tolist() == [0.0, 1.0]
    return ("boolean", ["0", "1"]) if binary else ("number", [])


def _recoded(each: Column, levels: list[str]) -> Floats:
    if not each.levels:
        return each.data
    place = np.array([float(levels.index(level)) for level in each.levels] + [np.nan])
    return place[np.where(np.isnan(each.data), -1, each.data).astype(np.int64)]


def _from_table(data: Sequence[Any], value: str | None, by: str | None, pair: str | None) -> Observations:
    if value is None or by is None or len(data) != 1:
        raise InputError(
            "a table is compared by two of its columns", next_step="give one table, value= and by="
        )
    wanted = [value, by, *([pair] if pair else [])]
    measured, grouping, *unit = columns_of(data[0], wanted)
    codes, names = _groups(grouping)
    if unit:
        return _in_pairs(measured, codes, names, unit[0], by)
    rows = tuple(measured.data[codes == place] for place in range(len(names)))
    return Observations(value, by, measured.kind, measured.levels, names, rows, int((codes < 0).sum()))


def _groups(grouping: Column) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    from interlock.report.format import number

    seen = np.unique(grouping.data[~np.isnan(grouping.data)])
    if len(seen) > _MOST_LEVELS:
        step = "`correlate` is for two numbers; a text needs fewer levels"
        raise InputError(
            "this column makes too many groups",
            where=grouping.name,
            got=f"{len(seen)} levels",
            next_step=step,
        )
    if len(seen) < 2:
        got = "one group" if len(seen) else "no group"
        step = "group by a column with two values or more in the rows that are compared"
        raise InputError("this column makes no two groups", where=grouping.name, got=got, next_step=step)
    places = np.searchsorted(seen, grouping.data)
    codes = np.where(np.isnan(grouping.data), -1, places).astype(np.int64)
    named = [grouping.levels[int(code)] if grouping.levels else number(float(code), 15) for code in seen]
    return codes, tuple(named)


def _in_pairs(
    measured: Column, codes: NDArray[np.int64], names: tuple[str, ...], unit: Column, by: str
) -> Observations:
    """Return the groups side by side, one place a unit."""
    placed = (codes >= 0) & ~np.isnan(unit.data)
    units, place = np.unique(unit.data[placed], return_inverse=True)
    cells = place * len(names) + codes[placed]
    if len(np.unique(cells)) < len(cells):
        twice = len(cells) - len(np.unique(cells))
        raise InputError(
            f"`{unit.name}` occurs more than once in a group of `{by}`",
            where=unit.name,
            got=f"{twice} rows too many",
            next_step="add the rows of each up first, for example to their mean",
        )
    side = np.full(len(units) * len(names), np.nan)
    side[cells] = measured.data[placed]
    rows = tuple(side.reshape(len(units), len(names)).T.copy())
    return Observations(measured.name, by, measured.kind, measured.levels, names, rows, int((~placed).sum()))
