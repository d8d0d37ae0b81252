"""The sample's row as CSV."""

from __future__ import annotations

import csv
import io

from interlock.serve.conform.sample import Sample

__all__ = ["lines"]


def lines(sample: Sample, *, header: bool, rows: int = 1) -> bytes:
    """Return the row as often as asked, in the order of the columns, with or without their names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow(sample.datatypes)
    writer.writerows([["" if value is None else value for value in sample.values]] * rows)
    return out.getvalue().encode()
