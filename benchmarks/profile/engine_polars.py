"""Polars, streaming engine: all aggregates and the top values in one `collect_all`."""

from __future__ import annotations

import polars as pl
from measure import PROBABILITIES, TOP, Statistics, report


def compute(path: str) -> dict[str, Statistics]:
    data = pl.scan_parquet(path)
    schema = data.collect_schema()
    aggregates = data.select([part for name in schema for part in _aggregates(name, schema[name])])
    tops = [_top(data, name) for name in schema]
    row, *frames = pl.collect_all([aggregates, *tops], engine="streaming")
    found = row.row(0, named=True)
    return {name: _statistics(name, found, frame.rows()) for name, frame in zip(schema, frames, strict=True)}


def _aggregates(name: str, kind: pl.DataType) -> list[pl.Expr]:
    value = pl.col(name).dt.epoch("us") if kind.is_temporal() else pl.col(name)
    parts = [
        value.count().alias(f"{name}|n"),
        value.null_count().alias(f"{name}|nulls"),
        value.min().alias(f"{name}|minimum"),
        value.max().alias(f"{name}|maximum"),
        value.n_unique().alias(f"{name}|distinct"),
    ]
    if kind == pl.String:
        return parts
    quantiles = [
        value.quantile(p, interpolation="linear").alias(f"{name}|q{index}")
        for index, p in enumerate(PROBABILITIES)
    ]
    return [*parts, value.mean().alias(f"{name}|mean"), value.std().alias(f"{name}|std"), *quantiles]


def _top(data: pl.LazyFrame, name: str) -> pl.LazyFrame:
    counted = data.select(name).drop_nulls().group_by(name).agg(pl.len().alias("|k"))
    return counted.sort("|k", descending=True).head(TOP)


def _statistics(name: str, found: dict, top: list) -> Statistics:
    quantiles = [found.get(f"{name}|q{index}") for index in range(len(PROBABILITIES))]
    distinct = found[f"{name}|distinct"] - (found[f"{name}|nulls"] > 0)
    return Statistics(
        found[f"{name}|n"],
        found[f"{name}|nulls"],
        found[f"{name}|minimum"],
        found[f"{name}|maximum"],
        found.get(f"{name}|mean"),
        found.get(f"{name}|std"),
        distinct,
        None if quantiles[0] is None else quantiles,
        top,
        None,
    )


if __name__ == "__main__":
    report("Polars streaming", pl.__version__, compute)
