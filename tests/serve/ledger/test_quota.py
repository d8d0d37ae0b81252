from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.serve.ledger.folders import entry, header_of, write

from interlock.errors import InputError
from interlock.serve.ledger import Ledger, Quota, account, read, verify
from interlock.serve.ledger.quota import make_room, used
from interlock.serve.ledger.removal import Shipped, is_shipped, mark_shipped, removals
from interlock.serve.ledger.segment import segments

MEGABYTE = 1 << 20


def fill(ledger: Ledger, seconds: float) -> None:
    """Record more than the quota holds, over some looks at it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for person in range(500):
            ledger.record(entry(ledger, person))
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["drop_new", "drop_oldest_shipped", "drop_oldest"])
def test_a_full_quota_gives_way_as_its_policy_says(
    tmp_path: Path, policy: str, caplog: pytest.LogCaptureFixture
) -> None:
    quota = Quota(2 * MEGABYTE, policy)  # type: ignore[arg-type]
    with Ledger(tmp_path, header_of(), quota=quota) as ledger:
        fill(ledger, 2)
    assert used(tmp_path) <= 2 * MEGABYTE + 4096
    found = account(tmp_path)
    assert found.balanced
    assert found.missing == 0
    assert len(list(read(tmp_path))) == found.found > 1000
    assert [each for writer in verify(tmp_path) for each in writer.wrong] == []
    if policy == "drop_oldest":
        assert found.removed > 1000
        assert {note.reason for note in removals(tmp_path)} == {"quota"}
    else:  # nothing was shipped, so nothing may go
        assert found.dropped > 1000
        assert found.removed == 0
        assert caplog.text.count(f"entries are dropped and counted ({policy})") == 1


def test_the_oldest_shipped_go_first_and_the_others_stay(tmp_path: Path) -> None:
    write(tmp_path, range(100))
    every = segments(tmp_path)
    for segment in every[1:3]:
        mark_shipped(segment, Shipped("s3://bucket/ledger", segment.path.stat().st_size, 3, whole=True))
    room = sum(segment.path.stat().st_size for segment in every)
    quota = Quota(MEGABYTE)
    needed = MEGABYTE - room + every[1].path.stat().st_size  # so that one has to go
    assert make_room(tmp_path, quota, needed)
    assert [note.number for note in removals(tmp_path)] == [1]
    assert not make_room(tmp_path, quota, MEGABYTE)
    assert [note.number for note in removals(tmp_path)] == [1, 2]
    assert removals(tmp_path)[0].destination == "s3://bucket/ledger"
    assert account(tmp_path).missing == 0


def test_a_segment_that_grew_since_is_not_shipped(tmp_path: Path) -> None:
    write(tmp_path, range(10))
    segment = segments(tmp_path)[0]
    mark_shipped(segment, Shipped("there", segment.path.stat().st_size - 1, 3, whole=True))
    assert is_shipped(segment) is None


def test_a_segment_in_use_is_never_removed(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of()) as ledger:
        ledger.record(entry(ledger, 1))
        ledger.flush()
        assert not make_room(tmp_path, Quota(MEGABYTE, "drop_oldest"), 2 * MEGABYTE)
        assert len(segments(tmp_path)) == 1


@pytest.mark.parametrize("arguments", [(1000, "drop_new"), (MEGABYTE, "drop_all")])
def test_a_quota_that_makes_no_sense_is_refused(arguments: tuple[int, str]) -> None:
    with pytest.raises(InputError, match=r"at least 1 MB, with a policy of drop_oldest_shipped, "):
        Quota(*arguments)  # type: ignore[arg-type]
