"""Aggregates over history, `mean(late) over 30 days by carrier`: their language, and the table that serves.

In training each row sees only what was known before it. In service there is no history but the one that the
release holds: the aggregates as they stood at the end of the training rows, one for each key.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from interlock.contract.check import Coded
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.reading import Readable, find, near
from interlock.develop.prepare.windows import (
    AGGREGATES,
    NEVER,
    Aggregate,
    Events,
    aggregate,
    microseconds,
)
from interlock.develop.sample import Inputs
from interlock.errors import InputError

__all__ = ["LEAST_ROWS", "History", "Lookup", "is_history", "keys_of", "learn", "read"]

_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 7 * 86_400}
_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_SPAN = r"\d+(?:\.\d+)?\s+\w+"
_BEGINS = re.compile(r"\s*\w+\s*\([^()]*\)\s*over\s+(?!\()", re.IGNORECASE)
_WHOLE = re.compile(
    rf"\s*(?P<function>\w+)\s*\(\s*(?P<value>\*|{_NAME})\s*\)\s*over\s+(?P<span>all|{_SPAN})"
    rf"(?:\s+by\s+(?P<by>{_NAME}(?:\s*,\s*{_NAME})*))?(?:\s+after\s+(?P<delay>{_SPAN}))?\s*",
    re.IGNORECASE,
)
_ALIASES = {"avg": "mean", "stddev": "std", "stddev_samp": "std"}
_FORM = "write it as mean(late) over 30 days by carrier, … over all, … by carrier, origin after 2 days"
#: A key is known from so many rows on: no entry of a release's table tells of one row.
LEAST_ROWS = 5
#: A missing number as a key: the contract allows infinity nowhere, and nobody's key is this large.
_NO_NUMBER = sys.float_info.max
_MOST_KEYS = 2**62


@dataclass(frozen=True)
class History:
    """An aggregate over history.

    Args:
        function: What is computed.
        value: The column; None counts rows.
        by: The columns whose values together are the key; none takes all rows.
        span: The length of the window in microseconds; None for everything before.
        delay: Microseconds after which a value becomes known.
    """

    function: Aggregate
    value: str | None
    by: tuple[Readable, ...]
    span: int | None
    delay: int


@dataclass(frozen=True)
class Lookup:
    """The aggregates as they stood at the end of the training rows.

    Args:
        by: The columns whose values together are the key.
        levels: For each of them the values that the keys have.
        keys: The keys with at least five rows that have a history: places in `levels`, mixed into one
            number; ascending.
        values: Their aggregates.
        count: Whether a key without a history has 0, and not NULL.
    """

    by: tuple[Readable, ...]
    levels: tuple[tuple[str | float, ...], ...]
    keys: tuple[int, ...]
    values: tuple[float, ...]
    count: bool

    @property
    def default(self) -> float:
        """What a key without a history has, as in training."""
        return 0.0 if self.count else np.nan

    def transform(self, inputs: Inputs) -> NDArray[np.float64]:
        """Look up each row's key, float64 [n]."""
        if not self.keys:
            return np.full(len(inputs.numbers), self.default)
        key, known = _mixed(inputs, self.by, self.levels), np.array(self.keys, np.int64)
        places = np.minimum(np.searchsorted(known, key), len(known) - 1)
        return np.where(known[places] == key, np.array(self.values)[places], self.default)

    def emit(self, graph: Graph) -> str:
        """Add the table to a graph and return its tensor, double [n, 1]."""
        if not self.by or not self.keys:
            return _repeat(graph, self.values[0] if self.values else self.default)
        keys, values = np.array(self.keys, np.int64), np.array(self.values)
        return _encode(graph, self._emit_key(graph), keys, values, np.array([self.default]))

    def _emit_key(self, graph: Graph) -> str:
        nobody = np.array([-1], np.int64)
        key, unknown = "", ""
        for column, levels in zip(self.by, self.levels, strict=True):
            places = np.arange(len(levels), dtype=np.int64)
            if column.kind == "text":
                text = graph.columns(graph.strings, (column.place,))
                codes = _encode(graph, text, np.array(levels, object), places, nobody)
            else:
                number = graph.columns(graph.numbers, (column.place,))
                absent = graph.constant(np.array([[_NO_NUMBER]]))
                number = graph.node("Where", graph.node("IsNaN", number), absent, number)
                codes = _encode(graph, number, np.array(levels, np.float64), places, nobody)
            wrong = graph.node("Less", codes, graph.constant(np.array([[0]], np.int64)))
            unknown = graph.node("Or", unknown, wrong) if unknown else wrong
            if key:
                moved = graph.node("Mul", key, graph.constant(np.array([[len(levels)]], np.int64)))
                codes = graph.node("Add", moved, codes)
            key = codes
        return graph.node("Where", unknown, graph.constant(np.array([[-1]], np.int64)), key)


def is_history(text: str) -> bool:
    """Tell whether a feature is an aggregate over history, well written or not, and not SQL."""
    return _BEGINS.match(text) is not None


def keys_of(text: str) -> tuple[str, ...]:
    """Return the names after `by`, as they are written; none where it does not parse.

    Example:
        >>> keys_of('mean(late) over 30 days by carrier, "air port"')
        ('carrier', 'air port')
    """
    match = _WHOLE.fullmatch(text)
    return tuple(_plain(name) for name in re.findall(_NAME, (match["by"] if match else "") or ""))


def read(text: str, readable: tuple[Readable, ...], target: str, where: str) -> History:
    """Read an aggregate over history.

    Args:
        text: Such as `mean(late) over 30 days by carrier after 2 days`.
        readable: The columns there are.
        target: The target, which may be aggregated.
        where: For errors: which feature it is.

    Raises:
        InputError: If it does not parse, or names what is not there.

    Example:
        >>> read("count(*) over 2 hours", (), "late", "feature `busy`").span
        7200000000
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise InputError("an aggregate over history does not parse", where=where, got=text, next_step=_FORM)
    named = match["function"].lower()
    function = next((each for each in AGGREGATES if each == _ALIASES.get(named, named)), None)
    if function is None or (match["value"] == "*" and function != "count"):
        step = f"aggregates are {', '.join(AGGREGATES)}; * can only be counted"
        raise InputError("an aggregate is not known", where=where, got=text, next_step=step)
    columns = tuple(each for each in readable if each.kind != "feature")
    value = None if match["value"] == "*" else _value(match["value"], function, columns, target, where)
    span = None if match["span"].lower() == "all" else _microseconds(match["span"], where)
    delay = _microseconds(match["delay"], where) if match["delay"] else 0
    return History(function, value, tuple(_key(name, columns, where) for name in keys_of(text)), span, delay)


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _value(name: str, function: Aggregate, columns: tuple[Readable, ...], target: str, where: str) -> str:
    names = (*(each.name for each in columns), *([target] if target else []))
    found = find(_plain(name), names)
    if found is None:
        raise InputError(
            f"`{_plain(name)}` is not known here", where=where, next_step=near(_plain(name), names)
        )
    kind = next((each.kind for each in columns if each.name == found), "number")
    if kind == "text" and function != "count":
        step = "it can be counted; or aggregate a number"
        raise InputError(f"`{found}` is text, which has no {function}", where=where, next_step=step)
    return found


def _key(name: str, columns: tuple[Readable, ...], where: str) -> Readable:
    names = tuple(each.name for each in columns)
    found = find(name, names)
    if found is None:
        raise InputError(f"`{name}` is not known here", where=where, next_step=near(name, names))
    return next(each for each in columns if each.name == found)


def _microseconds(text: str, where: str) -> int:
    number, unit = text.split()
    seconds = _UNITS.get(unit.lower().removesuffix("s"))
    if seconds is None or not float(number):
        step = f"write a number above 0 and one of {', '.join(f'{each}s' for each in _UNITS)}"
        raise InputError("a span of time is not known", where=where, got=text, next_step=step)
    return round(float(number) * seconds * 1_000_000)


class Learned(NamedTuple):
    """What `learn` gives.

    Args:
        lookup: The table that serves.
        training: float64 [n]: what was known at each training row.
    """

    lookup: Lookup
    training: NDArray[np.float64]


def learn(
    history: History, inputs: Inputs, values: NDArray[np.float64], time: NDArray[np.float64]
) -> Learned:
    """Compute an aggregate as of each training row, and the table as of their end.

    Args:
        history: What to compute.
        inputs: The training rows.
        values: float64 [n]: what is aggregated; NaN where missing.
        time: float64 [n] seconds since 1970.
    """
    keys, first = _grouped(inputs, history.by)
    times = microseconds(time)
    events = Events(keys, times, values)
    rows = events._replace(values=np.ones(len(keys)))
    before = aggregate("count", rows, keys, times, span=None, delay=history.delay)
    found = aggregate(history.function, events, keys, times, span=history.span, delay=history.delay)
    nothing = 0.0 if history.function == "count" else np.nan
    training = np.where(before >= LEAST_ROWS, found, np.where(np.isnan(before), np.nan, nothing))
    return Learned(_table(history, inputs, events, first), training)


def _table(history: History, inputs: Inputs, events: Events, first: NDArray[np.intp]) -> Lookup:
    """Aggregate as of the end, for the keys that are known and have something to tell."""
    often = np.bincount(events.keys[events.times != NEVER], minlength=len(first))
    known = np.flatnonzero(often >= LEAST_ROWS)
    end = int(events.times.max(initial=NEVER)) + 1
    latest = aggregate(history.function, events, known, np.full(len(known), end), span=history.span)
    telling = np.isfinite(latest) & ((history.function != "count") | (latest > 0))
    rows, latest = first[known[telling]], latest[telling]
    levels = tuple(_levels(inputs, column, rows) for column in history.by)
    if math.prod(len(each) for each in levels) > _MOST_KEYS:
        named = ", ".join(column.name for column in history.by)
        raise InputError("a history has too many keys", got=named, next_step="name fewer columns after `by`")
    keys = _mixed(inputs, history.by, levels)[rows]
    order = np.argsort(keys)
    return Lookup(
        history.by,
        levels,
        tuple(keys[order].tolist()),
        tuple(latest[order].tolist()),
        history.function == "count",
    )


def _grouped(inputs: Inputs, by: tuple[Readable, ...]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Number the keys that occur, int64 [n], and return for each the first row that has it."""
    every = np.arange(len(inputs.numbers))
    keys = np.zeros(len(every), np.int64)
    for column in by:
        levels = _levels(inputs, column, every)
        keys = np.unique(keys * len(levels) + _codes(inputs, column, levels), return_inverse=True)[1]
    first = np.unique(keys, return_index=True)[1]
    return keys.astype(np.int64), first


def _mixed(
    inputs: Inputs, by: tuple[Readable, ...], levels: tuple[tuple[str | float, ...], ...]
) -> NDArray[np.int64]:
    """Mix the places of each row's values into one number, int64 [n]; -1 where a value is not known."""
    key = np.zeros(len(inputs.numbers), np.int64)
    unknown = np.zeros(len(key), bool)
    for column, known in zip(by, levels, strict=True):
        codes = _codes(inputs, column, known)
        unknown |= codes < 0
        key = key * len(known) + codes
    return np.where(unknown, -1, key)


def _levels(inputs: Inputs, column: Readable, rows: NDArray[np.intp]) -> tuple[str | float, ...]:
    if column.kind == "text":
        coded = inputs.strings[column.place]
        return tuple(sorted(coded.levels[np.unique(coded.codes[rows])].tolist()))
    return tuple(np.unique(_keyed(inputs, column)[rows]).tolist())


def _codes(inputs: Inputs, column: Readable, levels: tuple[str | float, ...]) -> NDArray[np.int64]:
    """Return the place of each row's value among the levels, int64 [n]; -1 where it is not there."""
    if column.kind == "text":
        return _text_codes(inputs.strings[column.place], levels)
    numbers, known = _keyed(inputs, column), np.array(levels, np.float64)
    if not levels:
        return np.full(len(numbers), -1, np.int64)
    places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[places] == numbers, places, -1).astype(np.int64)


def _text_codes(column: Coded, levels: tuple[str | float, ...]) -> NDArray[np.int64]:
    places = {level: place for place, level in enumerate(levels)}
    return np.array([places.get(level, -1) for level in column.levels], np.int64)[column.codes]


def _keyed(inputs: Inputs, column: Readable) -> NDArray[np.float64]:
    numbers = inputs.numbers[:, column.place]
    return np.where(np.isnan(numbers), _NO_NUMBER, numbers)


def _encode(
    graph: Graph,
    tensor: str,
    keys: NDArray[np.generic],
    values: NDArray[np.generic],
    default: NDArray[np.generic],
) -> str:
    return graph.node(
        "LabelEncoder",
        tensor,
        domain="ai.onnx.ml",
        keys_tensor=numpy_helper.from_array(keys),
        values_tensor=numpy_helper.from_array(values),
        default_tensor=numpy_helper.from_array(default),
    )


def _repeat(graph: Graph, value: float) -> str:
    rows = graph.node("Shape", graph.any_input, start=0, end=1)
    shape = graph.node("Concat", rows, graph.constant(np.array([1], np.int64)), axis=0)
    return graph.node("Expand", graph.constant(np.array([[value]])), shape)
