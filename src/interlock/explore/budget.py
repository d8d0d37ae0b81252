"""What exploring may cost: memory and time, planned before the pass and watched during it.

Whatever the budget, every row is offered to the random sample. What a tight budget gives up is the summary of
all rows: the sample is summarised in its place, so every number stays that of rows drawn at random.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from interlock.errors import InputError
from interlock.explore.repeats import BUDGET
from interlock.explore.sample import CELLS, ROWS

__all__ = ["Budget", "Pace", "Plan", "budget_of", "resident"]

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
#: Bytes that batches, findings and the page take whatever the table, and what each column's summaries take.
_FIXED, _COLUMN = 64 << 20, 100_000
#: Bytes a cell of the sample takes while it is drawn, joined and measured: 8, held about five times over; and
#: those of a row that is remembered to find its repetitions.
_CELL, _REMEMBERED = 40, 72
#: Rows of a batch, and the bytes each of its cells takes on the way from the file to the summaries.
_BATCH, _PASSING = 65_536, 48
#: A sample is never smaller.
_LEAST = 1000
#: Seconds that learning, findings and the report take, twice what was measured: whatever the table, for each
#: column, and for each cell of the sample.
_SETTLED, _PER_COLUMN, _PER_CELL = 0.5, 2e-3, 4e-7
#: The speed of reading is judged once this share of the time or of the rows is done.
_EARLY = 0.1


class Plan(NamedTuple):
    """How a table will be read.

    Args:
        rows: The most rows of the sample.
        batch: The most rows of a batch.
        remembered: The most different rows that are remembered to find repetitions.
    """

    rows: int
    batch: int
    remembered: int


class Pace(NamedTuple):
    """How far a pass has come.

    Args:
        done: Rows read.
        total: Rows of the table.
        width: Its columns.
        rows: Of the sample.
        passed: Seconds since the pass began.
        reading: Seconds of these that went into reading and drawing, not into the summaries of all rows.
    """

    done: int
    total: int
    width: int
    rows: int
    passed: float
    reading: float


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one exploration.

    Args:
        memory: Bytes of this process, its libraries included; None for no limit.
        seconds: From the start, until the report is written; None for no limit.
        start: When it began, by `time.perf_counter`.
    """

    memory: int | None = None
    seconds: float | None = None
    start: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.start

    def plan(self, total: int, width: int, rows: int = ROWS) -> Plan:
        """Return how many rows can be drawn, and read at once.

        Args:
            total: Rows of the table.
            width: Its columns.
            rows: The most rows that are wanted.

        Raises:
            InputError: If not even a small sample can be had.
        """
        least = min(total, _LEAST)
        wanted = min(total, rows, max(CELLS // width, _LEAST))
        room = self._room(width, least)
        drawn = min(wanted, room * 2 // 3 // (width * _CELL), self._rows_in_time(width, least))
        return Plan(drawn, self._batch(width), min(BUDGET, room // 3 // _REMEMBERED))

    def affords(self, pace: Pace) -> bool:
        """Tell whether all that is left can be read and summarised at the speed so far."""
        return self.seconds is None or self._is_early(pace) or self._end(pace, pace.passed) <= self.seconds

    def check(self, pace: Pace) -> None:
        """Stop where the limits do not even allow to read all rows for a sample.

        Raises:
            InputError: Saying what is needed.
        """
        used = resident() if self.memory is not None else 0
        if self.memory is not None and used > self.memory:
            raise _too_small("memory", f"{used / 1e6:.0f} MB are in use", f"{1.25 * used / 1e6:.0f} MB")
        if self.seconds is None or self._is_early(pace):
            return
        needed = self._end(pace, pace.reading)
        if needed > self.seconds:
            got = (
                f"{self.seconds:g} s; after {self.spent:.1f} s {pace.done:,} of {pace.total:,} rows are read"
            )
            raise _too_small("time", got, f"{1.25 * needed:.0f} s")

    def _end(self, pace: Pace, passed: float) -> float:
        """Return when all will be done, at so many seconds for the rows so far."""
        left = passed / pace.done * (pace.total - pace.done)
        return self.spent + left + _afterwards(pace.width, pace.rows)

    def _is_early(self, pace: Pace) -> bool:
        return pace.passed < _EARLY * (self.seconds or 0) and pace.done < _EARLY * pace.total

    def _room(self, width: int, least: int) -> int:
        """Return the bytes left for the sample and for what is remembered of rows."""
        if self.memory is None:
            return sys.maxsize
        room = self.memory - resident() - _FIXED - width * _COLUMN
        short = least * width * _CELL * 3 // 2 - room
        if short > 0:
            needed = f"{1.1 * (self.memory + short) / 1e6:.0f} MB"
            raise _too_small("memory", f"{self.memory / 1e6:.0f} MB", needed)
        return room

    def _rows_in_time(self, width: int, least: int) -> int:
        if self.seconds is None:
            return sys.maxsize
        left = (self.seconds - self.spent - _afterwards(width, 0)) / 2  # the other half is for reading
        if left < width * least * _PER_CELL:
            needed = self.spent + _afterwards(width, 0) + 2 * width * least * _PER_CELL
            got = f"{self.seconds:g} s, of which {self.spent:.1f} are spent"
            raise _too_small("time", got, f"{1.25 * needed:.1f} s")
        return int(left / (width * _PER_CELL))

    def _batch(self, width: int) -> int:
        if self.memory is None:
            return _BATCH
        return max(min(_BATCH, self.memory // 10 // (width * _PASSING)), 256)


def budget_of(max_memory: str | int | None = None, max_seconds: float | None = None) -> Budget:
    """Return a budget that starts now.

    Args:
        max_memory: Bytes, or text such as `500MB` or `0.5 GiB`.
        max_seconds: Seconds.

    Raises:
        InputError: If a limit is not a positive size or time.

    Example:
        >>> budget_of("1.5 GB").memory
        1500000000
    """
    if max_seconds is not None and not max_seconds > 0:
        raise InputError("a time limit is a positive number of seconds", got=max_seconds, next_step="try 20")
    return Budget(None if max_memory is None else _bytes(max_memory), max_seconds)


def resident() -> int:
    """Return the bytes of memory that this process holds now."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * _page()
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes, and the peak


def _page() -> int:
    import resource

    return resource.getpagesize()


def _bytes(size: str | int) -> int:
    match = re.fullmatch(r"\s*([0-9]+\.?[0-9]*)\s*([A-Za-z]*)\s*", str(size))
    unit = _UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None or float(match[1]) <= 0:
        raise InputError(
            "this is not a size of memory", got=repr(size), next_step='write it as "500MB" or "2GiB"'
        )
    return int(float(match[1]) * unit)


def _afterwards(width: int, rows: int) -> float:
    return _SETTLED + width * _PER_COLUMN + width * rows * _PER_CELL


def _too_small(what: str, got: str, needed: str) -> InputError:
    return InputError(
        f"the {what} does not suffice, not even for a sample of the rows",
        got=got,
        next_step=f"allow about {needed}, or leave columns out",
    )
