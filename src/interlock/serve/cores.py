"""How many processor cores there are for this process: by its affinity, and by the quota of its container."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cores"]

_GROUP = Path("/sys/fs/cgroup")


def cores(group: Path = _GROUP) -> float:
    """Return how many cores this process may keep busy.

    Args:
        group: Where the control group of the process is mounted.

    Returns:
        The cores that it may run on, or the quota where that is less.

    Source:
        https://docs.kernel.org/admin-guide/cgroup-v2.html, `cpu.max`; version 1 has two files in its place.
    """
    return min(float(_affinity()), _quota(group))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(group: Path) -> float:
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((group / name).read_text() for name in names).split()
            if quota not in ("max", "-1"):
                return int(quota) / int(period)
        except (OSError, ValueError, ZeroDivisionError):
            continue  # no such file here, or none that says anything
    return float("inf")
