"""The numbers of a chart as a table, for those who cannot see it, and for those who want to copy them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch

from interlock.report.format import count, moment, number
from interlock.report.values import (
    Bars,
    Calibration,
    Chart,
    Compare,
    Distribution,
    Intervals,
    Lines,
    Matrix,
    Ranking,
    Scatter,
)

__all__ = ["ROWS", "numbers"]

#: More rows than these are not listed: nobody reads the points of a scatter one by one.
ROWS = 400

Rows = list[list[str]]
Columns = dict[str, Sequence[str]]


def numbers(value: Chart) -> Rows:
    """Return what a chart shows as rows of text, the first of them the headings.

    Args:
        value: One of `interlock.report.values`.

    Returns:
        At most `ROWS` rows and the headings.

    Raises:
        TypeError: If there is no drawing for such a value.

    Example:
        >>> from interlock.report.values import Bars
        >>> numbers(Bars(title="Late", labels=("EWR",), values=(0.3,), low=(0.2,), high=(0.4,)))
        [['name', 'value', 'low', 'high'], ['EWR', '0.3', '0.2', '0.4']]
    """
    return _numbers(value)[: ROWS + 1]


@singledispatch
def _numbers(value: Chart) -> Rows:
    message = f"no drawing for {type(value).__name__}"
    raise TypeError(message)


@_numbers.register(Bars)
@_numbers.register(Intervals)
@_numbers.register(Ranking)
def _rowwise(value: Bars | Intervals | Ranking) -> Rows:
    rows: Columns = {value.y_title or "name": value.labels, value.x_title or "value": _written(value.values)}
    rows |= {"low": _written(value.low), "high": _written(value.high)}
    return _table(rows | {"n": [count(each) for each in getattr(value, "counts", ())]})


@_numbers.register
def _distribution(value: Distribution) -> Rows:
    rows: Columns = {"from": _places(value.left, value.time), "to": _places(value.right, value.time)}
    return _table(rows | {value.y_title or "rows": _written(value.counts)})


@_numbers.register
def _compare(value: Compare) -> Rows:
    first, second = value.names
    shares: Columns = {first: _written(value.first), second: _written(value.second)}
    bins: Columns = {"from": _places(value.left, value.time), "to": _places(value.right, value.time)}
    return _table(({"name": value.labels} if value.labels else bins) | shares)


@_numbers.register
def _lines(value: Lines) -> Rows:
    rows: Columns = {value.x_title or "x": _places(value.x, value.time)}
    for line in value.lines:
        rows[line.name] = _written(line.y)
        rows |= {f"{line.name}: low": _written(line.low), f"{line.name}: high": _written(line.high)}
    return _table(rows)


@_numbers.register
def _calibration(value: Calibration) -> Rows:
    rows: Columns = {value.x_title or "mean prediction": _written(value.predicted)}
    rows[value.y_title or "observed share"] = _written(value.observed)
    rows |= {"low": _written(value.low), "high": _written(value.high)}
    return _table(rows | {"n": [count(each) for each in value.counts]})


@_numbers.register
def _matrix(value: Matrix) -> Rows:
    cells = [[name, *_written(row)] for name, row in zip(value.rows, value.values, strict=True)]
    return [["name", *value.columns], *cells]


@_numbers.register
def _scatter(value: Scatter) -> Rows:
    rows: Columns = {
        value.x_title or "x": _places(value.x, value.time),
        value.y_title or "y": _written(value.y),
    }
    return _table(rows | {"group": value.groups})


def _table(columns: Mapping[str, Sequence[str]]) -> Rows:
    present = {name: column for name, column in columns.items() if column}
    return [list(present), *(list(row) for row in zip(*present.values(), strict=True))]


def _written(values: Sequence[float]) -> list[str]:
    return [number(float(value)) for value in values]


def _places(values: Sequence[float], time: bool) -> list[str]:
    return [moment(value) if time else number(float(value)) for value in values]
