from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.serve.ledger.folders import entry, header_of, raw, write
from tests.serve.ledger.test_redaction import KEY, personal
from tests.shipping.kills import is_killed

from interlock.errors import InputError
from interlock.serve.ledger import Ledger, account
from interlock.serve.ledger.condition import conditions
from interlock.serve.ledger.redaction import hashed
from interlock.serve.ledger.removal import remove, shipped_to
from interlock.serve.ledger.segment import segments
from interlock.shipping import open_ledger, ship
from interlock.shipping.erase import erase


def both(root: Path, *where: str, key: bytes = b"") -> tuple[int, int]:
    """Erase here and there; return rows and outcomes."""
    gone = erase(root / "ledger", conditions(where), key=key, shipped=shipped_to(root / "ledger"))
    return gone.rows, gone.outcomes


def cells(lake: Path) -> str:
    """Return all that any reader finds in the Parquet files: their pages are compressed."""
    return "".join(
        str(pq.read_table(path, partitioning=None).to_pylist()) for path in lake.rglob("*.parquet")
    )


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A ledger, half of whose segments are left, and a lake that holds all of it."""
    write(tmp_path / "ledger", range(1000, 1060))
    ship(tmp_path / "ledger", tmp_path / "lake")
    for segment in segments(tmp_path / "ledger")[:4]:
        assert remove(segment, "keep_days")
    return tmp_path


@pytest.mark.parametrize("person", [1003, 1057])  # one is there alone, one here, too
def test_a_person_is_nowhere_afterwards_and_both_accounts_add_up(shipped: Path, person: int) -> None:
    assert f"person{person}@" in cells(shipped / "lake")
    rows, outcomes = both(shipped, f"customer={person}")
    assert rows == outcomes > 0
    assert f"person{person}@" not in cells(shipped / "lake")
    assert f"person{person}@".encode() not in raw(shipped)
    there = open_ledger(shipped / "lake")
    assert (there.account().found, there.account().erased, there.account().missing) == (59, 1, 0)
    assert account(shipped / "ledger").missing == 0
    assert [each.wrong for each in there.writers()] == [()]
    assert len(list(there.records())) == len(list(there.outcomes())) == 59
    assert both(shipped, f"customer={person}") == (0, 0)
    assert ship(shipped / "ledger", shipped / "lake").rows == 0


def test_one_row_of_many_goes_and_the_request_stays(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger", header_of()) as book:
        book.record(entry(book, 1001, 1002, 1003, body=b"person1002@example.org", rejected=[1]))
    ship(tmp_path / "ledger", tmp_path / "lake")
    assert both(tmp_path, "customer=1002") == (2, 0)
    there = open_ledger(tmp_path / "lake")
    assert "person1002" not in cells(tmp_path / "lake")
    assert [record.row for record in there.records()] == [0, 2]
    assert (there.account().found, there.account().erased, there.account().erased_rows) == (1, 0, 1)
    both(tmp_path, "customer=1001")
    both(tmp_path, "customer=1003")
    assert (there.account().found, there.account().erased, there.account().missing) == (0, 1, 0)


def test_what_is_erased_before_it_is_shipped_stays_so(tmp_path: Path) -> None:
    write(tmp_path / "ledger", range(1000, 1030))
    both(tmp_path, "customer=1007")
    ship(tmp_path / "ledger", tmp_path / "lake")
    there = open_ledger(tmp_path / "lake").account()
    assert there == account(tmp_path / "ledger")
    assert (there.found, there.erased, there.missing) == (29, 1, 0)


def test_hashed_columns_are_found_by_the_key(tmp_path: Path) -> None:
    write(tmp_path / "ledger", range(1000, 1030), header=header_of(personal(email="hash")), key=KEY)
    ship(tmp_path / "ledger", tmp_path / "lake")
    mark = str(hashed(KEY, "person1007@example.org"))
    assert mark in cells(tmp_path / "lake")
    with pytest.raises(InputError, match="not the key"):
        both(tmp_path, "email=person1007@example.org")
    assert both(tmp_path, "email=person1007@example.org", key=KEY) == (2, 2)
    assert mark not in cells(tmp_path / "lake")


def test_a_destination_that_vanished_is_not_passed_over(shipped: Path) -> None:
    (shipped / "lake").rename(shipped / "moved")
    with pytest.raises(
        InputError, match=r"a place that is empty now[\s\S]*where: .*lake\n  next: bring it back"
    ):
        both(shipped, "customer=1003")


def test_a_relative_destination_is_found_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "ledger", range(1000, 1010))
    monkeypatch.chdir(tmp_path)
    ship("ledger", "lake")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert both(tmp_path, "customer=1003") == (2, 2)


def test_only_what_was_shipped_is_left_and_erased(shipped: Path) -> None:
    gone = erase(None, conditions(["customer=1003"]), shipped=[str(shipped / "lake")])
    assert (gone.requests, gone.rows, gone.outcomes) == (1, 1, 1)


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_nothing_is_left(tmp_path: Path) -> None:
    write(tmp_path / "ledger", range(1000, 1200), segment_bytes=3000)
    ship(tmp_path / "ledger", tmp_path / "lake")
    code = f"""
from pathlib import Path
from tests.shipping.test_erase import both
print(flush=True)
both(Path({str(tmp_path)!r}), "member=true")
"""
    kills = 0
    for wait in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
        kills += is_killed(code, 1, wait)
        there = open_ledger(tmp_path / "lake")
        records = list(there.records())  # each file is one that its manifest knows
        assert len({record.id for record in records}) == len(records)
        assert account(tmp_path / "ledger").missing == 0
    assert kills > 2
    both(tmp_path, "member=true")
    assert open_ledger(tmp_path / "lake").account() == account(tmp_path / "ledger")
    assert account(tmp_path / "ledger").erased == 100
    left = cells(tmp_path / "lake") + raw(tmp_path / "ledger").decode("latin-1")
    assert not any(f"person{person}@" in left for person in range(1001, 1200, 2))
    assert not [path for path in (tmp_path / "lake").rglob(".*") if path.is_file()]
