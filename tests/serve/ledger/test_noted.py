from __future__ import annotations

from pathlib import Path

import pytest

from interlock.serve.ledger import Entry, Header, account, read
from interlock.serve.ledger.noted import NotedLedger


def test_a_note_is_in_the_entries_of_its_block_alone(tmp_path: Path) -> None:
    def note(entry: Entry) -> None:
        entry.shadow_of = "00c0ffee00c0ffee-9"

    with NotedLedger(tmp_path, Header(release="sha256:00")) as ledger:
        with ledger.noting(note):
            ledger.record(Entry(ledger.reserve(3), "v1", 200, predictions=[0.1, 0.2, 0.3]))
        ledger.record(Entry(ledger.reserve(1), "v1", 200, predictions=[0.4], fallback=("late", "sha256:01")))
    beside = [row.shadow_of for row in read(tmp_path)]
    assert beside == ["00c0ffee00c0ffee-9", "00c0ffee00c0ffee-a", "00c0ffee00c0ffee-b", ""]
    assert [row.fallback for row in read(tmp_path)] == [(), (), (), ("late", "sha256:01")]


def test_who_looks_may_refuse(tmp_path: Path) -> None:
    def refuse(_: Entry) -> None:
        raise PermissionError

    with NotedLedger(tmp_path, Header(release="sha256:00")) as ledger:
        with ledger.noting(refuse), pytest.raises(PermissionError):
            ledger.record(Entry(ledger.reserve(1), "v1", 200))
        ledger.record(Entry(ledger.reserve(1), "v1", 200))
    assert account(tmp_path).received == 1
    assert ledger.lost == 0


def test_what_the_disk_refuses_at_the_end_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = NotedLedger(tmp_path, Header(release="sha256:00"))
    ledger.record(Entry(ledger.reserve(1), "v1", 200))

    def refuse(*_: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger, "_put", refuse)
    ledger.close()
    assert ledger.lost == 1
