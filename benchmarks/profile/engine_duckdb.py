"""DuckDB: all aggregates in one query, then the top values; `exact` or `approximate` on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import duckdb
from measure import BINS, PROBABILITIES, TOP, Statistics, report

EXACT = len(sys.argv) > 2 and sys.argv[2] == "exact"


def compute(path: str) -> dict[str, Statistics]:
    connection = duckdb.connect()
    connection.execute(f"create view data as select * from '{path}'")
    kinds = {name: kind for name, kind, *_ in connection.execute("describe data").fetchall()}
    parts = [part for name, kind in kinds.items() for part in _aggregates(name, kind)]
    row = iter(connection.execute(f"select {', '.join(parts)} from data").fetchone())
    found = {name: _statistics(connection, name, kind, row) for name, kind in kinds.items()}
    histograms = _histograms(connection, kinds, found)
    return {name: value._replace(histogram=histograms.get(name)) for name, value in found.items()}


def _value(name: str, kind: str) -> str:
    return f'epoch_us("{name}")' if kind.startswith("TIMESTAMP") else f'"{name}"'


def _aggregates(name: str, kind: str) -> list[str]:
    value = _value(name, kind)
    distinct = f'count(distinct "{name}")' if EXACT else f'approx_count_distinct("{name}")'
    parts = [f'count("{name}")', f'count(*) - count("{name}")', f"min({value})", f"max({value})", distinct]
    if kind != "VARCHAR":
        quantile = "quantile_cont" if EXACT else "approx_quantile"
        parts += [f"avg({value})", f"stddev_samp({value})", f"{quantile}({value}, {PROBABILITIES})"]
    if not EXACT:
        parts.append(f"approx_top_k({value}, {TOP})")
    return parts


def _statistics(connection: Any, name: str, kind: str, row: Iterator[Any]) -> Statistics:
    n, nulls, low, high, distinct = (next(row) for _ in range(5))
    mean, std, quantiles = (None, None, None) if kind == "VARCHAR" else (next(row) for _ in range(3))
    top = _top(connection, _value(name, kind)) if EXACT else [(value, -1) for value in next(row)]
    return Statistics(n, nulls, low, high, mean, std, distinct, quantiles, top, None)


def _top(connection: Any, value: str) -> list[tuple[Any, int]]:
    counted = f"select {value} v, count(*) k from data where {value} is not null group by v"
    return connection.execute(f"{counted} order by k desc, v limit {TOP}").fetchall()


def _histograms(
    connection: Any, kinds: dict[str, str], found: dict[str, Statistics]
) -> dict[str, list[float]]:
    """One more scan for all of them: equal bins need the extremes first."""
    names = [name for name, kind in kinds.items() if kind != "VARCHAR"]
    parts = [f"histogram({_value(name, kinds[name])}, {_edges(found[name])})" for name in names]
    row = connection.execute(f"select {', '.join(parts)} from data").fetchone()
    return {name: list(bins.values()) for name, bins in zip(names, row, strict=True)}


def _edges(found: Statistics) -> list[float]:
    step = (found.maximum - found.minimum) / BINS
    return [found.minimum + step * index for index in range(1, BINS + 1)] if step else [found.maximum]


if __name__ == "__main__":
    report(f"DuckDB {'exact' if EXACT else 'approximate'}", duckdb.__version__, compute)
