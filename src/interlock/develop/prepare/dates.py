"""Parts of a date from seconds since 1970, by arithmetic alone, so that they are exact in every engine.

Source: Howard Hinnant, `chrono`-compatible low-level date algorithms, `civil_from_days`: years are counted
from March, so that the leap day comes last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from interlock.develop.prepare.expression import Node, apply

__all__ = ["BOUNDARIES", "PARTS", "day_start"]

_DAY = 86_400.0


class _Civil(NamedTuple):
    year: Node
    month: Node
    day: Node


def day_start(seconds: Node) -> Node:
    """Return midnight of the day."""
    return apply("multiply", _steps(seconds, _DAY), _DAY)


def _steps(seconds: Node, unit: float) -> Node:
    return apply("floor", apply("divide", seconds, unit))


def _modulo(value: Node, period: float) -> Node:
    return apply("subtract", value, apply("multiply", _steps(value, period), period))


def _civil(seconds: Node) -> _Civil:
    days = apply("add", _steps(seconds, _DAY), 719_468)  # from 1 March of the year 0
    era = _steps(days, 146_097)
    of_era = apply("subtract", days, apply("multiply", era, 146_097))
    leaps = apply("subtract", _steps(of_era, 36_524), _steps(of_era, 1_460))
    corrected = apply("subtract", apply("add", of_era, leaps), _steps(of_era, 146_096))
    year_of_era = _steps(corrected, 365)
    before = apply("subtract", _steps(year_of_era, 4), _steps(year_of_era, 100))
    of_year = apply("subtract", of_era, apply("add", apply("multiply", year_of_era, 365), before))
    from_march = _steps(apply("add", apply("multiply", of_year, 5), 2), 153)
    month_start = _steps(apply("add", apply("multiply", from_march, 153), 2), 5)
    day = apply("add", apply("subtract", of_year, month_start), 1)
    late = apply("less", from_march, 10)
    month = apply("add", from_march, apply("where", late, 3, -9))
    year = apply("add", apply("add", year_of_era, apply("multiply", era, 400)), apply("where", late, 0, 1))
    return _Civil(year, month, day)


def _year(seconds: Node) -> Node:
    return _civil(seconds).year


def _month(seconds: Node) -> Node:
    return _civil(seconds).month


def _day(seconds: Node) -> Node:
    return _civil(seconds).day


def _quarter(seconds: Node) -> Node:
    return _steps(apply("add", _month(seconds), 2), 3)


def _day_of_week(seconds: Node) -> Node:
    return _modulo(apply("add", _steps(seconds, _DAY), 4), 7)  # 1970-01-01 was a Thursday; Sunday is 0


def _iso_day_of_week(seconds: Node) -> Node:
    return apply("add", _modulo(apply("add", _steps(seconds, _DAY), 3), 7), 1)


def _day_of_year(seconds: Node) -> Node:
    year = apply("subtract", _year(seconds), 1)
    leaps = apply("add", apply("subtract", _steps(year, 4), _steps(year, 100)), _steps(year, 400))
    first = apply("subtract", apply("add", apply("multiply", year, 365), leaps), 719_162)  # since 1970-01-01
    return apply("add", apply("subtract", _steps(seconds, _DAY), first), 1)


def _clock(unit: float, period: float) -> Callable[[Node], Node]:
    return lambda seconds: _modulo(_steps(seconds, unit), period)


#: What `extract`, `date_part` and the functions of these names give, in UTC.
PARTS: dict[str, Callable[[Node], Node]] = {
    "year": _year,
    "quarter": _quarter,
    "month": _month,
    "day": _day,
    "hour": _clock(3_600, 24),
    "minute": _clock(60, 60),
    "second": _clock(1, 60),
    "dow": _day_of_week,
    "dayofweek": _day_of_week,
    "isodow": _iso_day_of_week,
    "doy": _day_of_year,
    "dayofyear": _day_of_year,
    "epoch": lambda seconds: seconds,
}


def _months(seconds: Node) -> Node:
    year, month, _ = _civil(seconds)
    return apply("add", apply("multiply", year, 12), month)


def _quarters(seconds: Node) -> Node:
    return _steps(apply("subtract", _months(seconds), 1), 3)


#: How many boundaries of a unit lie before a moment: `date_diff` is a difference of two of these.
BOUNDARIES: dict[str, Callable[[Node], Node]] = {
    "year": _year,
    "quarter": _quarters,
    "month": _months,
    "day": lambda seconds: _steps(seconds, _DAY),
    "hour": lambda seconds: _steps(seconds, 3_600),
    "minute": lambda seconds: _steps(seconds, 60),
    "second": lambda seconds: _steps(seconds, 1),
}
