"""Numbers and moments as people read them: the same everywhere in a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

__all__ = ["beneath", "count", "duration", "interval", "listed", "moment", "number", "percent"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count(value: int) -> str:
    """Return a whole number with its thousands set apart.

    Example:
        >>> count(336776)
        '336,776'
    """
    return f"{value:,}"


def number(value: float, digits: int = 4) -> str:
    """Return a number with as many significant digits as a reader needs.

    Args:
        value: Any float; NaN becomes a dash, infinities their sign.
        digits: Significant digits; whole numbers below 1e15 keep all of theirs.

    Returns:
        Such as `0.03142`, `-5.4e-09`, `2013`, `336,776`: thousands are set apart from five digits on.

    Example:
        >>> number(0.99998, 3), number(0.9, 3)
        ('0.99998', '0.9')
        >>> [number(x) for x in (336776.0, 2013.0, 0.0314159, -74.00597, 1.5e20, float("nan"))]
        ['336,776', '2013', '0.03142', '-74.01', '1.5e+20', '–']
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.{digits}g}"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    if 0.99 < abs(value) < 1:  # never round it up to one
        decimals = max(decimals, min(-math.floor(math.log10(1 - abs(value))), 9))
    text = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """Return a share as a percentage; never 0 % or 100 % unless it is exactly that.

    Args:
        share: A share from 0 to 1.

    Example:
        >>> [percent(x) for x in (0.0, 0.00004, 0.0267, 0.5, 0.99999, 1.0)]
        ['0 %', '< 0.01 %', '2.7 %', '50 %', '> 99.99 %', '100 %']
    """
    if math.isnan(share):
        return "–"
    if 0 < share < 1e-4:
        return "< 0.01 %"
    if 1 - 1e-4 < share < 1:
        return "> 99.99 %"
    decimals = 2 if 0 < min(share, 1 - share) < 0.01 else 1
    return f"{100 * share:.{decimals}f}".rstrip("0").rstrip(".") + " %"


def interval(low: float, high: float) -> str:
    """Return an interval.

    Example:
        >>> interval(0.7312, 0.7495)
        '0.731 to 0.75'
    """
    return f"{number(low, 3)} to {number(high, 3)}"


def listed(parts: Sequence[str], most: int | None = None) -> str:
    """Return things as a sentence lists them.

    Args:
        parts: At least one.
        most: So many are named, the rest counted; None names all.

    Returns:
        Such as `a`, `a and b`, `a, b and c`, `a, b and 3 more`.

    Example:
        >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], 2)
        ('a, b and c', 'a, b and 2 more')
    """
    named = list(parts[:most])
    if len(named) < len(parts):
        named.append(f"{count(len(parts) - len(named))} more")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def moment(seconds: float, *, clock: bool = True) -> str:
    """Return a moment in UTC.

    Args:
        seconds: Seconds since 1970-01-01T00:00Z.
        clock: Whether to show hours and minutes; midnight never does.

    Example:
        >>> moment(1357016400.0), moment(0.0)
        ('2013-01-01 05:00', '1970-01-01')
    """
    if not math.isfinite(seconds):
        return "–"
    try:
        when = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return number(seconds)
    midnight = when.hour == when.minute == 0
    return when.date().isoformat() if midnight or not clock else f"{when.date()} {when:%H:%M}"


def beneath(n: int | None, note: str = "", outside: float = 0.0) -> str:
    """Return what stands under a chart's title.

    Args:
        n: Observations behind the picture; None where there is no such number.
        note: One more line, such as the kind of interval.
        outside: Observations that lie beyond the axis.

    Example:
        >>> beneath(12_000, "all rows", 120)
        'n = 12,000 · all rows · 1 % beyond the axis'
    """
    rows = f"n = {count(n)}" if n is not None else ""
    beyond = f"{percent(outside / n)} beyond the axis" if outside and n else ""
    return " · ".join(part for part in (rows, note, beyond) if part)


def duration(seconds: float) -> str:
    """Return a length of time as people say it.

    Example:
        >>> [duration(x) for x in (0.25, 90.0, 3600.0, 7 * 86400.0, 90 * 86400.0)]
        ['0.25 seconds', '1.5 minutes', '1 hour', '7 days', '12.9 weeks']
    """
    sizes = (("week", 7 * 86_400.0), ("day", 86_400.0), ("hour", 3600.0), ("minute", 60.0), ("second", 1.0))
    name, size = next(
        (each for each in sizes if seconds >= (2 if each[0] == "week" else 1) * each[1]), sizes[-1]
    )
    text = number(seconds / size, 3)
    return f"{text} {name}" if text == "1" else f"{text} {name}s"
