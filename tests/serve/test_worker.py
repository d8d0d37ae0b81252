from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from interlock.release import Release
from interlock.serve import account
from interlock.serve.settings import VARIABLE, Settings

#: A worker whose golden rows take long, or fail.
SLOW = """
import socket, sys, time
from interlock.errors import InterlockError, ReleaseError
from interlock.serve import serve
from interlock.serve.service import Service
def slow(self):
    print("preparing", flush=True)
    time.sleep(30)
def fail(self):
    raise ReleaseError("golden row 0 does not get its answer")
Service.prepare = {prepare}
try:
    serve({release!r}, port=0, ledger={ledger!r}, say=lambda _: None)
except InterlockError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def start(release: Release, ledger: Path, prepare: str) -> subprocess.Popen[str]:
    code = SLOW.format(prepare=prepare, release=str(release.path), ledger=str(ledger))
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_before_it_is_ready_closes_the_ledger(
    releases: dict[str, Release], tmp_path: Path, number: signal.Signals
) -> None:
    with start(releases["binary"], tmp_path, "slow") as process:
        assert process.stdout
        assert process.stdout.readline() == "preparing\n"
        process.send_signal(number)
        assert process.wait(10) == 0
    assert (account(tmp_path).writers, account(tmp_path).unclosed) == (1, 0)


def test_golden_rows_that_fail_end_it(releases: dict[str, Release], tmp_path: Path) -> None:
    with start(releases["binary"], tmp_path, "fail") as process:
        said, _ = process.communicate(timeout=20)
        assert (process.returncode, said) == (2, "golden row 0 does not get its answer\n")
    assert account(tmp_path).unclosed == 0


def test_a_worker_process_says_why_it_cannot_work(tmp_path: Path) -> None:
    settings = Settings(release=str(tmp_path / "none"), ledger=str(tmp_path), run=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "interlock.serve.worker", "0", str(os.getpid())],
        env={**os.environ, VARIABLE: msgspec.json.encode(settings).decode()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "where: " in done.stderr
    assert "Traceback" not in done.stderr
