"""Times that lie after the time of the row: they cannot be known when a prediction is needed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from interlock.contract import Contract
from interlock.explore.association import is_known
from interlock.explore.charts import share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import wilson
from interlock.report.format import number, percent

__all__ = ["afterwards"]

#: Later in at least this share of the rows (lower end of the interval), among at least so many.
_LATER, _ROWS = 0.5, 20
_UNITS = (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))


def afterwards(sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the timestamps that are mostly later than the time column.

    Args:
        sample: Rows of the table.
        contract: With a time column; without one nothing is said.
    """
    if contract.time is None:
        return
    time = sample.columns[contract.time.name]
    for column in contract.inputs:
        if column.type != "timestamp" or column.name == contract.time.name:
            continue
        values = sample.columns[column.name]
        both = is_known(values) & is_known(time)
        later = (values.data[both].astype(np.int64) - time.data[both].astype(np.int64)) / 1e6
        n, hits = len(later), int((later > 0).sum())
        if n < _ROWS:
            continue
        share = wilson(hits, n)
        if share.low < _LATER:
            continue
        middle = float(np.median(later[later > 0]))
        unit, size = next((each for each in _UNITS if middle >= 2 * each[1]), _UNITS[-1])
        sentence = (
            f"`{column.name}` is later than `{contract.time.name}` in {percent(share.value)} of the rows, by "
            f"{number(middle / size, 3)} {unit} in the middle: is it known when the prediction is needed?"
        )
        method = f"share of the rows that hold both times, Wilson interval; {sample.note}"
        counts = {"later": hits, "at the same time or earlier": n - hits}
        picture = share_bars(f"When {column.name} is, seen from {contract.time.name}", counts, n)
        severity = 0.5 + 0.25 * share.value
        yield finding("leakage", (column.name,), sentence, share, method, severity, picture)
