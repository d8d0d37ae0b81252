"""Interlock: one pass over the batches."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from measure import BINS, PROBABILITIES, TOP, Statistics, report

from interlock.profile import ColumnProfile
from interlock.table import open_table, profile


def compute(path: str) -> dict[str, Statistics]:
    return {name: _statistics(column) for name, column in profile(open_table(path)).columns.items()}


def _statistics(column: ColumnProfile) -> Statistics:
    counts = (column.rows - column.nulls, column.nulls)
    if column.histogram is None:
        known = sorted(column.categories.counts)
        return Statistics(
            *counts, known[0], known[-1], None, None, column.distinct, None, column.top(TOP), None
        )
    edges = np.linspace(column.minimum, column.maximum, BINS + 1)
    return Statistics(
        *counts,
        column.minimum,
        column.maximum,
        column.mean,
        column.std,
        column.distinct,
        column.quantile(PROBABILITIES).tolist(),
        column.top(TOP),
        column.histogram.binned(edges).tolist(),
    )


if __name__ == "__main__":
    report("Interlock", version("interlock"), compute)
