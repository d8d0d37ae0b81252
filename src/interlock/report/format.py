"""Numbers and moments as people read them: the same everywhere in a report."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

__all__ = ["count", "interval", "moment", "number", "percent"]

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
        Such as `1,234`, `0.03142`, `-5.4e-09`.

    Example:
        >>> [number(x) for x in (1234.0, 0.0314159, -74.00597, 1.5e20, float("nan"))]
        ['1,234', '0.03142', '-74.01', '1.5e+20', '–']
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.{digits - 1}g}"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:,.{decimals}f}"
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
    near = min(share, 1 - share)
    decimals = 0 if near >= 0.1 or near <= 0 else (1 if near >= 0.01 else 2)
    return f"{100 * share:.{decimals}f} %"


def interval(low: float, high: float) -> str:
    """Return an interval.

    Example:
        >>> interval(0.7312, 0.7495)
        '0.731 to 0.75'
    """
    return f"{number(low, 3)} to {number(high, 3)}"


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
    return when.strftime("%Y-%m-%d" if midnight or not clock else "%Y-%m-%d %H:%M")
