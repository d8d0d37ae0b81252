"""A table seen through cleaning steps, so that all that is learned from it is learned from cleaned values.

What a step does to a value is not known here: this asks `contract.cleaning`, as the service does.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interlock.contract.cleaning import Cleaner, cleaner
from interlock.contract.encode import seconds
from interlock.contract.moment import read_timestamp
from interlock.contract.step import Step
from interlock.errors import InputError
from interlock.profile.values import Kind, Values
from interlock.table.arrow import kind_of, values
from interlock.table.source import Table

__all__ = ["CleanedScan", "cleaned", "cleaned_values"]

#: Strings of a column, and their length, that are remembered from batch to batch.
_REMEMBERED, _SHORT = 200_000, 100
_NEW = object()
_BECOMES: dict[str, Kind] = {"number": "number", "date": "timestamp"}
_ARROW = {
    "number": pa.float64(),
    "timestamp": pa.timestamp("us", "UTC"),
    "string": pa.dictionary(pa.int32(), pa.string()),
}


def cleaned(table: Table, steps: Sequence[Step]) -> Table:
    """Return a table whose values are cleaned as they are read; nothing is written.

    Text that becomes a number or a moment makes its column one; text that its step cannot read is null here,
    and a violation in the check. Rows that repeat another one stay: they leave when a table is parted.

    Args:
        table: Any.
        steps: Cleaning steps; those on columns that the table does not have are an error.

    Returns:
        The table itself where no step is about values.

    Raises:
        InputError: If there is no such column.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> prices = open_table(pa.table({"price": ["$1,000", "?", "5"]}))
        >>> step = Step("number", "price", format="1,234.5", symbols=("$",))
        >>> cleaned(prices, [step]).read()["price"].to_pylist()
        [1000.0, None, 5.0]
    """
    for step in steps:
        if step.column and step.column not in (*table.names, *table.skipped):
            raise InputError(
                "a cleaning step is about a column that the table does not have",
                where=table.name,
                got=step.column,
                next_step=f"remove the step, or name one of: {', '.join(table.names[:20])}",
            )
    own = tuple(step for step in steps if cleaner([step], step.column) and step.column in table.names)
    return Table(table.name, CleanedScan(table, own)) if own else table


@dataclass(frozen=True)
class CleanedScan:
    """A table through cleaning steps, as a source of rows.

    Args:
        table: The raw one.
        steps: On values of its columns.
    """

    table: Table
    steps: tuple[Step, ...]

    @cached_property
    def _cleaners(self) -> dict[str, Cleaner]:
        found = {step.column: cleaner(self.steps, step.column) for step in self.steps}
        return {name: each for name, each in found.items() if each is not None}

    @cached_property
    def _known(self) -> defaultdict[str, dict[str, object]]:
        return defaultdict(dict)

    @property
    def schema(self) -> Any:
        """The Arrow schema, with the types that the steps give."""
        return pa.schema([pa.field(field.name, self._type(field)) for field in self.table.schema])

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:
        """Yield record batches of at most `size` rows, cleaned."""
        schema = self.schema
        wanted = pa.schema([schema.field(name) for name in names])
        for batch in self.table.batches(names, size):
            yield pa.record_batch([self._column(batch, field) for field in wanted], schema=wanted)

    def rows(self) -> int:
        """Return the number of rows."""
        return self.table.count()

    def digest(self) -> str:
        """Return the digest of the raw table and the steps."""
        said = msgspec.json.encode((self.table.fingerprint(), self.steps))
        return f"sha256:{hashlib.sha256(said).hexdigest()}"

    def parts(self) -> tuple[CleanedScan, ...]:
        """Return the table's parts, each through the same steps."""
        return tuple(replace(self, table=part) for part in self.table.parts())

    def __getstate__(self) -> dict[str, Any]:
        return {"table": self.table, "steps": self.steps}

    def _type(self, field: Any) -> Any:
        if field.name not in self._cleaners or kind_of(field.type) != "string":
            return field.type
        return _ARROW[_kind(self._cleaners[field.name])]

    def _column(self, batch: Any, field: Any) -> Any:
        array = batch.column(field.name)
        if field.name not in self._cleaners:
            return array
        raw = values(array)
        clean = cleaned_values(raw, self._cleaners[field.name], self._known[field.name])
        if raw.kind == "string":
            return _array(clean)
        if clean.valid is None or (raw.valid is not None and bool(np.array_equal(clean.valid, raw.valid))):
            return array
        return array.take(pa.array(np.arange(len(array)), mask=~clean.valid))


def cleaned_values(raw: Values, clean: Cleaner, known: dict[str, object] | None = None) -> Values:
    """Return a column's values, cleaned; each distinct string is cleaned once.

    Args:
        raw: One column of a batch.
        clean: The steps on that column.
        known: Strings that were cleaned before; it grows by new ones, up to a bound.

    Returns:
        Of kind `number` or `timestamp` where a step turns text into that, else of the same kind.
    """
    if raw.kind == "boolean":
        return raw
    valid = np.ones(len(raw.data), np.bool_) if raw.valid is None else raw.valid
    if raw.kind != "string" or raw.dictionary is None:
        time = raw.kind == "timestamp"
        gone = clean.gone(seconds(raw.data) if time else raw.data.astype(np.float64), time=time)
        return raw._replace(valid=valid & ~gone) if gone.any() else raw
    texts = [*_texts(raw.dictionary.tolist(), clean, {} if known is None else known), None]
    codes = np.where(valid, raw.data, len(texts) - 1).astype(np.int64)
    return _READERS[_kind(clean)](texts, codes)


def _texts(texts: list[str], clean: Cleaner, known: dict[str, object]) -> Iterator[object]:
    """Clean strings; most columns repeat theirs from batch to batch."""
    for text in texts:
        value = known.get(text, _NEW)
        if value is _NEW:
            value = clean(text)
            if len(known) < _REMEMBERED and len(text) <= _SHORT:
                known[text] = value
        yield value


def _kind(clean: Cleaner) -> Kind:
    return next((_BECOMES[step.kind] for step in clean.steps if step.kind in _BECOMES), "string")


def _numbers(read: list[object], codes: NDArray[np.int64]) -> Values:
    found = np.array([value if isinstance(value, float) else np.nan for value in read])[codes]
    return Values("number", found, ~np.isnan(found))


def _timestamps(read: list[object], codes: NDArray[np.int64]) -> Values:
    moments = [None if value is None else read_timestamp(value) for value in read]
    known = np.array([isinstance(moment, float) for moment in moments])
    micros = [round(moment * 1e6) if isinstance(moment, float) else 0 for moment in moments]
    return Values("timestamp", np.array(micros, np.int64)[codes], known[codes])


def _strings(read: list[object], codes: NDArray[np.int64]) -> Values:
    places: dict[str, int] = {}
    numbered = [places.setdefault(value, len(places)) if isinstance(value, str) else -1 for value in read]
    found = np.array(numbered, np.int32)[codes]
    levels = np.array([*places, None], dtype=object)[:-1]
    return Values("string", np.maximum(found, np.int32(0)), found >= 0, levels)


_READERS = {"number": _numbers, "timestamp": _timestamps, "string": _strings}


def _array(column: Values) -> Any:
    mask = None if column.valid is None else ~column.valid
    if column.dictionary is None:
        return pa.array(column.data, _ARROW[column.kind], mask=mask)
    codes = pa.array(column.data, pa.int32(), mask=mask)
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.dictionary.tolist(), pa.string()))
