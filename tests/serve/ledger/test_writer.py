from __future__ import annotations

import itertools
import math
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from interlock.errors import ServeError
from interlock.serve.ledger import Entry, Header, Ledger, account, outcomes, read

HEADER = Header(
    release="sha256:ab", contract="sha256:cd", numbers=("a", "b"), strings=("c",), flush_seconds=0.05
)


def entry(ledger: Ledger, rows: int = 1, **fields: object) -> Entry:
    values = {
        "numbers": [[1.0 + i, math.nan] for i in range(rows)],
        "strings": [["x"] for _ in range(rows)],
        "predictions": [0.5] * rows,
    }
    return Entry(ledger.reserve(rows), "v1", 200, **(values | fields))  # type: ignore[arg-type]


def test_rows_come_back_as_recorded(tmp_path: Path) -> None:
    with Ledger(tmp_path, HEADER) as ledger:
        ledger.record(entry(ledger, rows=2, time=12.5, latency=0.25, flags=[[("c", "category", "flag")], []]))
        ledger.record(Entry(ledger.reserve(1), "v2", 400, error="malformed", body=b"{"))
    first, second, refused = read(tmp_path)
    assert first.numbers[0] == 1.0
    assert math.isnan(first.numbers[1])
    assert (first.flags, second.flags) == ((("c", "category", "flag"),), ())
    assert (second.row, second.rows, second.time, second.latency, second.release) == (
        1,
        2,
        12.5,
        0.25,
        "sha256:ab",
    )
    assert (refused.rejected, refused.error, refused.body, refused.prediction) == (
        True,
        "malformed",
        b"{",
        None,
    )
    assert len({first.id, second.id, refused.id}) == 3


def test_ids_are_unique_across_writers(tmp_path: Path) -> None:
    for _ in range(3):
        with Ledger(tmp_path, HEADER) as ledger:
            for _ in range(5):
                ledger.record(entry(ledger, rows=3))
    ids = [record.id for record in read(tmp_path)]
    assert len(ids) == len(set(ids)) == 45
    assert account(tmp_path).writers == 3


def test_blocks_are_written_within_the_flush_interval(tmp_path: Path) -> None:
    with Ledger(tmp_path, HEADER) as ledger:
        ledger.record(entry(ledger))
        deadline = time.monotonic() + 5
        while not list(read(tmp_path)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(list(read(tmp_path))) == 1
        assert account(tmp_path).unclosed == 1
        assert list(tmp_path.glob("*.live"))
    assert account(tmp_path).unclosed == 0
    assert not list(tmp_path.glob("*.live"))


def test_segments_rotate_and_lose_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path, HEADER, segment_bytes=500) as ledger:
        for _ in range(20):
            ledger.record(entry(ledger))
            ledger.flush()
    assert len(list(tmp_path.glob("*.ledger"))) > 3
    assert [record.id.split("-")[1] for record in read(tmp_path)] == [f"{i:x}" for i in range(20)]
    summary = account(tmp_path)
    assert summary.received == summary.logged == summary.found == 20
    assert summary.balanced


def test_a_removed_segment_shows_in_found_not_in_logged(tmp_path: Path) -> None:
    with Ledger(tmp_path, HEADER, segment_bytes=500) as ledger:
        for _ in range(20):
            ledger.record(entry(ledger))
            ledger.flush()
    sorted(tmp_path.glob("*.ledger"))[1].unlink()
    summary = account(tmp_path)
    assert summary.logged == 20
    assert summary.found == len(list(read(tmp_path))) < 20


def test_a_full_buffer_drops_and_counts(tmp_path: Path) -> None:
    with Ledger(tmp_path, Header(release="r", flush_seconds=60.0), capacity=1000) as ledger:
        ledger._writing.acquire()  # as a disk that does not answer
        for _ in range(200):
            ledger.record(entry(ledger))
        assert ledger.waiting_bytes < 1100
        assert not ledger.truth("0" * 16 + "-0", 1.0)
        ledger._writing.release()
    summary = account(tmp_path)
    assert summary.received == 200
    assert 0 < summary.dropped < 200
    assert summary.logged == summary.found == len(list(read(tmp_path))) == 200 - summary.dropped
    assert summary.outcomes == 0


def test_sampling_is_counted_and_near_its_rate(tmp_path: Path) -> None:
    with Ledger(tmp_path, Header(release="r", sample=0.25)) as ledger:
        for _ in range(4000):
            ledger.record(entry(ledger))
    summary = account(tmp_path)
    assert summary.balanced
    assert summary.dropped == 0
    assert abs(summary.logged - 1000) < 5 * math.sqrt(4000 * 0.25 * 0.75)
    assert summary.coverage == summary.logged / 4000


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path, Header(release="r", flush_seconds=0.001)) as ledger:

        def work() -> None:
            for _ in range(500):
                ledger.record(Entry(0, "v1", 200, predictions=[0.1]))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert account(tmp_path).logged == len(list(read(tmp_path))) == 2000


def test_outcomes_are_recorded(tmp_path: Path) -> None:
    with Ledger(tmp_path, HEADER) as ledger:
        name = f"{ledger.writer}-0"
        for value in ("late", 3.5, 2, True):
            assert ledger.truth(name, value)
    assert [truth.outcome for truth in outcomes(tmp_path)] == ["late", 3.5, 2, True]
    assert account(tmp_path).outcomes == 4
    assert account(tmp_path).received == 0


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ServeError,
        match=r"the ledger folder cannot be written\n  where: .*\n  got: Not a directory\n  next: ",
    ):
        Ledger(tmp_path / "file" / "ledger", HEADER)


def test_a_full_disk_keeps_entries_and_serving(tmp_path: Path) -> None:
    """A file size limit refuses writes as a full disk does; lifted, what waited is written."""
    code = f"""
import resource, signal
from interlock.serve.ledger import Entry, Header, Ledger, account
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger = Ledger({str(tmp_path)!r}, Header(release="r", flush_seconds=60.0), capacity=20000)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
def send(n):
    for _ in range(n):
        ledger.record(Entry(ledger.reserve(1), "v1", 200, numbers=[[1.0] * 10], predictions=[0.5]))
send(10); ledger.flush(); assert ledger.counts.logged == 10
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
send(1000); ledger.flush(); ledger.flush()
counts = ledger.counts
assert counts.logged == 10 and counts.received == 1010 and counts.dropped > 0, counts
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
ledger.flush()
counts = ledger.counts
assert counts.logged + counts.dropped == 1010, counts
ledger.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the ledger cannot be written") == 1
    summary = account(tmp_path)
    assert (summary.received, summary.torn, summary.balanced) == (1010, 0, True)
    assert summary.logged == summary.found == len(list(read(tmp_path)))


def test_a_killed_writer_states_what_it_lost(tmp_path: Path) -> None:
    code = f"""
import os, signal
from interlock.serve.ledger import Entry, Header, Ledger
ledger = Ledger({str(tmp_path)!r}, Header(release="r", flush_seconds=60.0))
for i in range(30):
    ledger.record(Entry(ledger.reserve(1), "v1", 200, predictions=[0.5]))
    if i == 19:
        ledger.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    summary = account(tmp_path)
    assert (summary.received, summary.logged, summary.waiting, summary.unclosed) == (20, 20, 10, 1)
    assert summary.balanced
    assert summary.coverage == 20 / 30


def test_memory_is_bounded_by_capacity(tmp_path: Path) -> None:
    with Ledger(tmp_path, Header(release="r", flush_seconds=60.0), capacity=1 << 20) as ledger:
        ledger._writing.acquire()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in itertools.repeat(None, 50_000):
            ledger.record(Entry(0, "v1", 200, numbers=[[1.0] * 10], predictions=[0.5]))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ledger._writing.release()
    assert after - before < 8 * 1024, "50,000 entries of 110 bytes would be 5.5 MB and more if they were kept"
    assert next(tmp_path.glob("*.ledger")).stat().st_size < 2 << 20
