"""When a job runs: a word, or a cron expression of five fields that every system reads alike."""

from __future__ import annotations

import re
from typing import NamedTuple

from interlock.errors import InputError

__all__ = ["WORDS", "Cadence", "cadence"]

#: What words mean. Odd minutes: at full hours everybody else's jobs begin.
WORDS = {
    "hourly": "7 * * * *",
    "daily": "17 4 * * *",
    "weekly": "37 3 * * 1",
    "monthly": "47 2 1 * *",
}


class _Field(NamedTuple):
    """One field of a cron expression: its name and its smallest and largest value."""

    name: str
    least: int
    most: int


# 7 for Sunday, names of days and `@weekly` are left out: not every system knows them.
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12),
    _Field("day of the week", 0, 6),
)
_ITEM = re.compile(r"(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", re.ASCII)


class Cadence(NamedTuple):
    """A cron expression, checked.

    Args:
        expression: Minute, hour, day of the month, month, day of the week (0 is Sunday).
        minutes: All minutes of an hour at which it may fire.
    """

    expression: str
    minutes: tuple[int, ...]

    @property
    def shortest(self) -> int:
        """The fewest minutes between two firings of one hour; 60 where there is one."""
        following = [*self.minutes[1:], self.minutes[0] + 60]
        return min(later - minute for minute, later in zip(self.minutes, following, strict=True))


def cadence(text: str) -> Cadence:
    """Read when a job runs.

    Args:
        text: `hourly`, `daily`, `weekly` (Mondays), `monthly`, or five fields of numbers, ranges, lists and
            steps.

    Raises:
        InputError: If it is none of these.

    Source:
        IEEE Std 1003.1, `crontab`; steps are Vixie cron's, which all systems here have.

    Example:
        >>> cadence("weekly").expression, cadence("*/15 8-17 * * 1-5").minutes
        ('37 3 * * 1', (0, 15, 30, 45))
    """
    expression = WORDS.get(text.strip(), text)
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        raise InputError(
            "this does not say when",
            got=text,
            next_step=f'write {", ".join(WORDS)}, or five fields such as "0 6 * * 1-5"',
        )
    values = [_values(field, given, text) for field, given in zip(_FIELDS, fields, strict=True)]
    return Cadence(" ".join(fields), tuple(sorted(values[0])))


def _values(field: _Field, given: str, text: str) -> set[int]:
    found: set[int] = set()
    for item in given.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise _wrong(field, given, text)
        every, first, last, step = match.groups()
        if step is not None and (int(step) == 0 or (first is not None and last is None)):
            raise _wrong(field, given, text)
        low = field.least if every else int(first)
        high = field.most if every else int(last or first)
        if last is not None and low == high:  # Airflow's parser takes 5-5 for all
            raise _wrong(field, given, text)
        if not field.least <= low <= high <= field.most:
            raise _wrong(field, given, text)
        found.update(range(low, high + 1, int(step or 1)))
    return found


def _wrong(field: _Field, given: str, text: str) -> InputError:
    return InputError(
        f"this is no {field.name}",
        where=text,
        got=given,
        next_step=f"write numbers from {field.least} to {field.most}, as 5, 1-5, 1,3,5, * or */15",
    )
