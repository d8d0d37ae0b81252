from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.serve.ledger.folders import entry, header_of, write

from interlock.errors import InputError
from interlock.serve.ledger import Ledger, account, read
from interlock.serve.ledger.segment import in_use, segments


def test_a_writers_segments_are_in_its_own_order_whatever_the_clock_said(tmp_path: Path) -> None:
    writer = write(tmp_path, range(40))
    found = segments(tmp_path)
    assert len(found) > 3
    before = [record.id for record in read(tmp_path)]
    for step, segment in enumerate(found):  # as if the clock jumped back at each
        segment.path.rename(tmp_path / f"2020010{9 - step}T000000Z-{writer}-{segment.number:06d}.ledger")
    assert [segment.number for segment in segments(tmp_path)] == [segment.number for segment in found]
    assert [record.id for record in read(tmp_path)] == before
    assert account(tmp_path).missing == 0


def test_writers_come_by_the_beginning_of_their_first(tmp_path: Path) -> None:
    for stamp, writer, number in [("2", "b", 0), ("1", "c", 1), ("3", "c", 0)]:
        name = f"2020010{stamp}T000000Z-{writer * 16}-{number:06d}.ledger"
        (tmp_path / name).touch()
    assert [(segment.writer[0], segment.number) for segment in segments(tmp_path)] == [
        ("b", 0),
        ("c", 0),
        ("c", 1),
    ]


def test_a_file_of_another_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "copy of a.ledger").touch()
    with pytest.raises(
        InputError, match=r"not the name of a segment\n  where: .*copy of a\.ledger\n  next: "
    ):
        segments(tmp_path)


def test_a_segment_is_in_use_as_long_as_its_writer_lives(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of()) as ledger:
        ledger.record(entry(ledger, 1))
        ledger.flush()
        (segment,) = segments(tmp_path)
        assert in_use(segment.path)
    assert not in_use(segment.path)
    code = f"""
import os, signal
from interlock.serve.ledger import Header, Ledger
Ledger({str(tmp_path)!r}, Header(release="r"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(segments(tmp_path)) == 2
    assert not any(in_use(each.path) for each in segments(tmp_path))
