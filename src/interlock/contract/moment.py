"""A moment in time as people and programs write it: ISO 8601 text, a `datetime`, a `date`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

__all__ = ["BROKEN", "Broken", "read_timestamp"]

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


class Broken:
    """The type of `BROKEN`, a value that is not of the column's type."""


BROKEN: Final = Broken()


def read_timestamp(value: object) -> float | Broken | None:
    """Read a moment: ISO 8601 text, a `datetime` or a `date`; without an offset it is UTC.

    A number is none: whether it counts seconds or milliseconds, only its sender knows.

    Args:
        value: Any object but None.

    Returns:
        Seconds since 1970; None for pandas' NaT.

    Example:
        >>> read_timestamp("2013-10-01T02:00:00+02:00") == read_timestamp("2013-10-01")
        True
    """
    try:
        if isinstance(value, str):
            return _seconds(datetime.fromisoformat(value)) if _ISO.fullmatch(value) else BROKEN
        if isinstance(value, datetime):
            return _seconds(value) if value == value else None  # noqa: PLR0124 - pandas' NaT is a datetime
        if isinstance(value, date):
            return _seconds(datetime(value.year, value.month, value.day, tzinfo=UTC))
    except ValueError:  # 30 February
        return BROKEN
    return BROKEN


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
