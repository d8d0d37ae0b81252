from __future__ import annotations

from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.serve.ledger import Entry, Header, Ledger, account, outcomes, read
from interlock.serve.ledger.reader import headers


def write(folder: Path, requests: int) -> Path:
    with Ledger(folder, Header(release="sha256:ab", numbers=("a",))) as ledger:
        for i in range(requests):
            ledger.record(Entry(ledger.reserve(1), "v1", 200, numbers=[[float(i)]], predictions=[i / 10]))
            ledger.flush()
    return max(folder.glob("*.ledger"))


def test_a_torn_tail_is_dropped_and_stated(tmp_path: Path) -> None:
    path = write(tmp_path, 5)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    assert [record.prediction for record in read(tmp_path)] == [0.0, 0.1, 0.2, 0.3]
    summary = account(tmp_path)
    assert (summary.torn, summary.unclosed, summary.logged, summary.found) == (1, 1, 4, 4)


def test_an_empty_folder_accounts_for_nothing(tmp_path: Path) -> None:
    assert not list(read(tmp_path))
    assert not list(outcomes(tmp_path))
    summary = account(tmp_path)
    assert (summary.received, summary.writers, summary.balanced, summary.coverage) == (0, 0, True, 1.0)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"there is no ledger here\n  where: .*absent\n  next: give the ledger folder"
    ):
        list(read(tmp_path / "absent"))


def test_a_half_begun_segment_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, 3)
    (tmp_path / "20260101T000000Z-0000000000000000-000000.ledger").write_bytes(b"ILB1")
    (tmp_path / "20260101T000000Z-0000000000000000-000001.new").write_bytes(b"")
    assert len(list(read(tmp_path))) == 3


def test_headers_name_the_inputs(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (header,) = headers(tmp_path)
    assert (header.release, header.numbers, len(header.writer)) == ("sha256:ab", ("a",), 16)


def test_rejected_requests_count_once_whatever_their_rows(tmp_path: Path) -> None:
    with Ledger(tmp_path, Header(release="r")) as ledger:
        ledger.record(Entry(ledger.reserve(3), "v1", 200, predictions=[None, 0.5, None], rejected=[0, 2]))
        ledger.record(Entry(ledger.reserve(1), "v1", 400, error="malformed"))
        ledger.record(Entry(ledger.reserve(1), "v1", 200, predictions=[0.5]))
    summary = account(tmp_path)
    assert (summary.received, summary.rejected, summary.rows) == (3, 2, 4)
    assert [record.rejected for record in read(tmp_path)] == [True, False, True, True, False]
