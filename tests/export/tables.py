"""A table with all that is hard to hand over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

__all__ = ["hard"]


# What a column without a time zone holds.
NOON, NIGHT = (datetime.fromtimestamp(at, UTC).replace(tzinfo=None) for at in (1577880000, -3600))


def hard() -> pa.Table:
    """Return nulls, empty strings, quotes, line breaks, other scripts, large integers, days and moments."""
    texts = ["plain", "", None, 'a "quoted" one', "two\nlines", "commas, and; more", "Zoë 日本 🙂", "NA"]
    moment = datetime(2013, 7, 4, 12, 30, 15, tzinfo=UTC)
    return pa.table(
        {
            "text": texts,
            "level": pa.array(["x", "y", None, "x", "y", "x", "y", "x"]).dictionary_encode(),
            "big": pa.array([2**62, -(2**62), None, 0, 1, 2**53 + 1, -1, 7], pa.int64()),
            "small": pa.array([1, 2, None, 4, 5, 6, 7, 8], pa.uint8()),
            "number": [0.1, -1e300, None, 5e-324, 1 / 3, 2.0, -0.0, 1e16],
            "yes": [True, False, None, True, False, True, False, True],
            "day": pa.array([date(1900, 2, 28), None, *([date(2024, 2, 29)] * 6)], pa.date32()),
            "when": pa.array(
                [moment, None, *([moment.replace(microsecond=250_000)] * 6)], pa.timestamp("us", "UTC")
            ),
            "local": pa.array([NOON, None, *([NIGHT] * 6)], pa.timestamp("s")),
            "price": pa.array([Decimal("1.25"), None, *([Decimal("-3.50")] * 6)], pa.decimal128(7, 2)),
        }
    )
