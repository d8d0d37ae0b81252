"""What each engine computes of each column, in one form, so that the answers can be compared."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PROBABILITIES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
TOP = 10
BINS = 20


class Statistics(NamedTuple):
    """Of one column; times as microseconds since 1970; None where a string has no such statistic."""

    n: int
    nulls: int
    minimum: Any
    maximum: Any
    mean: float | None
    std: float | None
    distinct: int
    quantiles: list[float] | None
    top: list[tuple[Any, int]]
    histogram: list[float] | None


def cpu() -> float:
    """Return the user and system CPU seconds of this process so far, all its threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_kib() -> int:
    """Return the most memory used; not `ru_maxrss`, which a process inherits from the one that starts it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def report(engine: str, version: str, compute: Callable[[str], dict[str, Statistics]]) -> None:
    """Run `compute` on the file named on the command line and print what it cost and found."""
    before, start = cpu(), time.perf_counter()
    found = compute(sys.argv[1])
    result = {
        "engine": engine,
        "version": version,
        "work_cpu": cpu() - before,
        "wall": time.perf_counter() - start,
        "cpu": cpu(),
        "peak_mib": _peak_kib() / 1024,
        "columns": {name: value._asdict() for name, value in found.items()},
    }
    print(json.dumps(result, default=str))
