"""Rows that repeat another one in every column."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.explore.charts import share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.repeats import Duplicates
from interlock.report.format import count, percent

__all__ = ["repeated"]


def repeated(duplicates: Duplicates) -> Iterator[Finding]:
    """Yield the finding that rows repeat others, if any does."""
    share = duplicates.share()
    if share.value == 0:
        return
    rows = round(share.value * duplicates.rows)
    many = f"{count(rows)} rows repeat" if rows > 1 else "1 row repeats"
    sentence = (
        f"{many} another one in every column ({percent(share.value)}): copies on both sides of a split "
        "flatter every model."
    )
    method = "rows compared by 64-bit hash; Wilson interval"
    if not duplicates.exact:
        method = "64-bit hashes of a random sample of the different rows; delta-method interval"
    counts = {"repeats another": rows, "first of its kind": duplicates.rows - rows}
    picture = share_bars("Rows that repeat another one", counts, duplicates.rows)
    yield finding("duplicates", (), sentence, share, method, 0.3 + 0.4 * share.value, picture)
