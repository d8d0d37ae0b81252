from __future__ import annotations

import os
from pathlib import Path

import pytest

from interlock.serve.cores import cores

ALL = float(len(os.sched_getaffinity(0)))


def test_without_a_quota_they_are_those_it_may_run_on(tmp_path: Path) -> None:
    assert cores(tmp_path) == ALL
    assert cores() <= ALL


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "50000 100000\n"}, 0.5),
        ({"cpu.max": "max 100000\n"}, ALL),
        ({"cpu.max": "99900000 100000\n"}, ALL),
        ({"cpu.max": "nonsense"}, ALL),
        ({"cpu/cpu.cfs_quota_us": "25000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.25),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, ALL),
        ({"cpu/cpu.cfs_quota_us": "25000\n"}, ALL),
    ],
    ids=["half", "unlimited", "more", "broken", "first", "first unlimited", "first broken"],
)
def test_a_quota_counts_where_it_is_less(tmp_path: Path, files: dict[str, str], expected: float) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert cores(tmp_path) == expected


def test_only_some_of_the_machines_cores_may_be_its_own(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert cores(tmp_path) == 1.0
    finally:
        os.sched_setaffinity(0, before)
