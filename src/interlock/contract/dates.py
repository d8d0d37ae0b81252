"""Dates as people write them: `31.1.2013`, `1/31/2013`. Which comes first, day or month, is stated."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from functools import cache

from interlock.contract.moment import read_timestamp

__all__ = ["FORMATS", "PAIRS", "contradiction", "dated"]

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMES = "|".join(sorted({*_MONTHS, *(name[:3] for name in _MONTHS), "sept"}, key=len, reverse=True))
_DAY, _MONTH, _YEAR, _SHORT = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})", r"(?P<y>\d{4})", r"(?P<y>\d{2})"
_NAMED = rf"(?P<m>{_NAMES})\.?"

#: Formats, each written as the last day of January 2013.
FORMATS: dict[str, str] = {
    "2013-01-31": rf"{_YEAR}-{_MONTH}-{_DAY}",
    "2013/01/31": rf"{_YEAR}/{_MONTH}/{_DAY}",
    "2013.01.31": rf"{_YEAR}\.{_MONTH}\.{_DAY}",
    "20130131": r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    "31.1.2013": rf"{_DAY}\.{_MONTH}\.{_YEAR}",
    "31/1/2013": rf"{_DAY}/{_MONTH}/{_YEAR}",
    "1/31/2013": rf"{_MONTH}/{_DAY}/{_YEAR}",
    "31-1-2013": rf"{_DAY}-{_MONTH}-{_YEAR}",
    "1-31-2013": rf"{_MONTH}-{_DAY}-{_YEAR}",
    "31.1.13": rf"{_DAY}\.{_MONTH}\.{_SHORT}",
    "31/1/13": rf"{_DAY}/{_MONTH}/{_SHORT}",
    "1/31/13": rf"{_MONTH}/{_DAY}/{_SHORT}",
    "31 Jan 2013": rf"{_DAY}[ -]{_NAMED}[ -]{_YEAR}",
    "Jan 31, 2013": rf"{_NAMED} {_DAY},? {_YEAR}",
}
#: Two readings of one text: a column has one of each pair.
PAIRS = (("31/1/2013", "1/31/2013"), ("31-1-2013", "1-31-2013"), ("31/1/13", "1/31/13"))
_CLOCK = (
    r"(?:,?[ T]+(?P<h>\d{1,2}):(?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,6})\d*)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?P<zone> ?z|[+-]\d\d:?\d\d)?)?"
)


def contradiction(formats: tuple[str, ...]) -> tuple[str, str] | None:
    """Return two of the formats that would read one text as two days; None where there are none.

    Example:
        >>> contradiction(("31/1/2013", "2013-01-31", "1/31/2013"))
        ('31/1/2013', '1/31/2013')
    """
    return next((pair for pair in PAIRS if set(pair) <= set(formats)), None)


@cache
def dated(formats: tuple[str, ...]) -> Callable[[str], str | None]:
    """Return what reads a date, with or without a time of day, in any of some formats.

    Years of two digits are 1969 to 2068, as POSIX has them. ISO 8601 is understood whatever the formats.

    Args:
        formats: Keys of `FORMATS`.

    Returns:
        A function of a text: the moment as ISO 8601, or None where the text is no date of these formats.

    Source:
        The century of two digits: IEEE Std 1003.1, `strptime`, `%y`.

    Example:
        >>> read = dated(("31.1.2013", "1/31/2013"))
        >>> [read(text) for text in ("3.2.2013", "3/2/2013 2:30 PM", "2013-02-03", "30.2.2013", "yesterday")]
        ['2013-02-03', '2013-03-02T14:30:00', '2013-02-03', None, None]
    """
    patterns = [re.compile(FORMATS[each] + _CLOCK, re.ASCII | re.IGNORECASE).fullmatch for each in formats]

    def read(text: str) -> str | None:
        plain = text.strip()
        if isinstance(read_timestamp(plain), float):
            return plain
        matches = (matches(plain) for matches in patterns)
        return next((moment for found in matches if found and (moment := _moment(found)) is not None), None)

    return read


def _moment(found: re.Match[str]) -> str | None:
    month = found["m"].lower()
    year = int(found["y"])
    if len(found["y"]) == 2:
        year += 2000 if year < 69 else 1900
    try:
        day = datetime(  # noqa: DTZ001 - its zone, if any, is put behind
            year, int(month) if month.isdigit() else _number(month), int(found["d"])
        )
        clock = _clock(found)
    except ValueError:  # 30 February, 25 o'clock
        return None
    if clock is None:
        return day.date().isoformat()
    zone = (found["zone"] or "").strip().upper()
    text = datetime.combine(day, clock).isoformat() + zone
    return text if isinstance(read_timestamp(text), float) else None


def _number(name: str) -> int:
    return next(place for place, month in enumerate(_MONTHS, 1) if month.startswith(name[:3]))


def _clock(found: re.Match[str]) -> time | None:
    if found["h"] is None:
        return None
    hour = int(found["h"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    return time(hour, int(found["min"]), int(found["s"] or 0), int((found["f"] or "").ljust(6, "0")))
