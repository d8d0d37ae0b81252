"""`interlock explore` as people run it: on a terminal, in a pipe, within limits, and stopped half-way."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

COMMAND = [sys.executable, "-m", "interlock", "explore"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write(tmp_path, 3000)
    (tmp_path / "interlock.toml").write_text(
        '[project]\nname = "p"\n\n[data]\nsource = "rows.csv"\ntarget = "y"\n'
    )
    return tmp_path


def _write(folder: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    columns = {f"n{place}": rng.normal(size=rows) for place in range(6)}
    levels = {"c": rng.choice(["a", "b", "c"], rows), "y": rng.random(rows) > 0.5}
    pa_csv.write_csv(pa.table(columns | levels), folder / "rows.csv")


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *options], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def _left(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("rows.csv", "stages.json", "lock")
    }


@pytest.mark.slow
def test_within_limits_it_prints_how_exact_it_is_and_is_quiet_in_a_pipe(folder: Path) -> None:
    done = _run(folder, "--max-memory", "2GB", "--max-seconds", "100")
    assert done.returncode == 0
    assert "exact: all 2,400 rows were read" in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
def test_a_limit_that_is_too_small_changes_nothing_and_says_what_is_needed(folder: Path) -> None:
    assert _run(folder).returncode == 0
    before = _left(folder)
    small = _run(folder, "--max-memory", "20MB")
    assert small.returncode == 2
    assert "the memory does not suffice, not even for a sample of the rows" in small.stderr
    assert "next: allow about" in small.stderr
    short = _run(folder, "--max-seconds", "0.001")
    assert short.returncode == 2
    assert "the time does not suffice" in short.stderr
    assert _left(folder) == before


@pytest.mark.slow
def test_on_a_terminal_one_line_moves(folder: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while chunk := _chunk(ours):
            shown += chunk
        assert process.wait(60) == 0
    os.close(ours)
    assert b"\rprofiled" in shown.replace(b"\x1b[2K", b"").replace(b"\x1b[2m", b"")
    assert b"\n" not in shown
    assert shown.endswith(b"\r\x1b[2K")


def _chunk(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.slow
def test_stopped_half_way_it_leaves_what_was_there_within_a_second(folder: Path) -> None:
    assert _run(folder).returncode == 0
    before = _left(folder)
    _write(folder, 1_000_000)
    waits = [_stopped(folder, after) for after in (b"reading the table", b"profiling", b"profiled")]
    assert min(waits) < 1.0  # the quickest: other work of the machine may hold up one of them
    # What is parted anew replaces the parts of before as whole files, and nothing else changes.
    parts = {".interlock/explore/train.parquet", ".interlock/explore/holdout.parquet"}
    after = _left(folder)
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in before.keys() - parts)


def _stopped(folder: Path, after: bytes) -> float:
    """Stop an exploration once it has said something; return the seconds until it is gone."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while after not in shown:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        start = time.perf_counter()
        while chunk := _chunk(ours):
            shown += chunk
        process.wait(60)
        took = time.perf_counter() - start
    os.close(ours)
    assert process.returncode == 130
    assert b"stopped; what was done before is kept" in shown
    assert b"Traceback" not in shown
    return took
