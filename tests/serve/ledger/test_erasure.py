from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.serve.ledger.folders import damage, entry, header_of, raw, write

from interlock.errors import InputError
from interlock.serve.ledger import Entry, Header, Ledger, account, erasure, outcomes, read, verify
from interlock.serve.ledger.condition import conditions
from interlock.serve.ledger.erasure import without
from interlock.serve.ledger.format import Erasure
from interlock.serve.ledger.maintenance import alone, let_go
from interlock.serve.ledger.segment import segments


def erase(folder: Path, *where: str, key: bytes = b"") -> tuple[int, int]:
    """Erase as the command does; return requests and outcomes."""
    gone = erasure.erase(folder, conditions(where), key)
    return gone.requests, gone.outcomes


def test_a_person_is_in_no_byte_afterwards_and_the_account_adds_up(tmp_path: Path) -> None:
    write(tmp_path, range(1000, 1060))
    assert b"person1033@" in raw(tmp_path)
    before = {record.id for record in read(tmp_path)}
    assert erase(tmp_path, "customer=1033") == (1, 1)
    assert b"person1033@" not in raw(tmp_path)
    rest = {record.id for record in read(tmp_path)}
    assert len(before - rest) == 1
    assert not any(truth.id in before - rest for truth in outcomes(tmp_path))
    found = account(tmp_path)
    assert (found.received, found.logged, found.found, found.erased, found.erased_rows) == (60, 60, 59, 1, 1)
    assert found.balanced
    assert found.missing == 0
    assert [each for writer in verify(tmp_path) for each in writer.wrong] == []
    assert erase(tmp_path, "customer=1033") == (0, 0)


def test_one_row_of_many_goes_and_the_others_keep_their_ids(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of()) as ledger:
        ledger.record(entry(ledger, 1001, 1002, 1003, body=b"person1002@example.org", rejected=[1, 2]))
    before = [(record.id, record.prediction, record.rejected) for record in read(tmp_path)]
    assert erase(tmp_path, "customer=1002") == (0, 0)
    content = raw(tmp_path)
    assert b"person1002" not in content
    assert [(record.id, record.prediction, record.rejected) for record in read(tmp_path)] == [
        before[0],
        before[2],
    ]
    assert (account(tmp_path).found, account(tmp_path).erased, account(tmp_path).erased_rows) == (1, 0, 1)
    erase(tmp_path, "customer=1001")
    erase(tmp_path, "customer=1003")
    assert (account(tmp_path).found, account(tmp_path).erased, account(tmp_path).erased_rows) == (0, 1, 3)


def test_kept_bodies_that_name_the_person_are_emptied(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of()) as ledger:
        ledger.record(entry(ledger, 7))
        body = b'{"email": "zo\\u00CB@example.org", '
        ledger.record(Entry(ledger.reserve(1), "v1", 400, error="malformed", body=body))
        ledger.record(Entry(ledger.reserve(1), "v1", 400, error="malformed", body=b'{"email": "bob"'))
    erase(tmp_path, "email=zoË@example.org")
    assert [record.body for record in read(tmp_path)] == [b"", b"", b'{"email": "bob"']
    assert account(tmp_path).found == 3


def test_torn_tails_are_cut_off_and_stated(tmp_path: Path) -> None:
    write(tmp_path, range(1000, 1010), outcomes=False, segment_bytes=1 << 20)
    last = segments(tmp_path)[-1].path
    content = last.read_bytes()
    last.write_bytes(content + content[content.index(b"ILB1", 4) : content.index(b"person") + 20])
    assert account(tmp_path).torn == 1
    person = content[content.index(b"person") + 6 :][:4].decode()
    erase(tmp_path, f"customer={person}")
    assert f"person{person}".encode() not in raw(tmp_path)
    assert account(tmp_path).torn == 0


def test_rows_in_the_memory_of_a_running_writer_go_too(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of(flush_seconds=0.2)) as ledger:
        for person in range(1000, 1040):
            ledger.record(entry(ledger, person))
        assert erase(tmp_path, "customer=1033") == (1, 0)
        ledger.record(entry(ledger, 1099))
    assert b"person1033@" not in raw(tmp_path)
    found = account(tmp_path)
    assert (found.received, found.logged, found.found, found.erased, found.missing) == (41, 41, 40, 1, 0)
    assert len({record.id for record in read(tmp_path)}) == 40


@pytest.mark.slow
def test_a_killed_erasure_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed at many moments: each time the account adds up, and in the end nothing is left."""
    write(tmp_path, range(1000, 1400), segment_bytes=3000)
    code = f"""
from pathlib import Path
from tests.serve.ledger.test_erasure import erase, erasure
replace = erasure._replace
erasure._replace = lambda *given: (print(flush=True), replace(*given))
print(flush=True)
erase(Path({str(tmp_path)!r}), "member=true")
"""
    kills = 0
    for place, wait in enumerate((0.0, 0.002, 0.004, 0.008, 0.012, 0.02, 0.03)):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(1 + place):  # told of each segment before it is replaced
                process.stdout.readline()
            time.sleep(wait)
            process.kill()
        kills += process.returncode == -signal.SIGKILL
        found = account(tmp_path)
        assert (found.logged, found.missing, found.found + found.erased) == (400, 0, 400)
    assert kills > 4
    erase(tmp_path, "member=true")
    assert account(tmp_path).erased == 200
    assert not any(f"person{person}@".encode() in raw(tmp_path) for person in range(1001, 1400, 2))
    ids = {record.id for record in read(tmp_path)}
    assert {truth.id for truth in outcomes(tmp_path)} == ids


def test_nothing_is_erased_behind_a_damaged_block(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    segment = segments(tmp_path)[1]
    damage(segment)
    with pytest.raises(InputError, match=r"a block was changed[\s\S]*next: `interlock ledger verify`"):
        erase(tmp_path, "member=true")
    assert b"Person" in segment.path.read_bytes()


def test_two_do_not_maintain_one_ledger_at_once(tmp_path: Path) -> None:
    write(tmp_path, range(3))
    message = "another process ships, erases or prunes"
    with alone(tmp_path), pytest.raises(InputError, match=message), alone(tmp_path, seconds=0.1):
        pass


def test_a_writer_that_cannot_let_go_is_waited_for_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.serve.ledger.maintenance._PATIENCE", 0.1)
    with Ledger(tmp_path, header_of()) as ledger:
        ledger.record(entry(ledger, 1))
        ledger.flush()
        ledger._failing = True  # as when its disk is full
        started = time.monotonic()
        with pytest.raises(InputError, match="does not let go of its segment"):
            let_go(tmp_path)
        assert time.monotonic() - started < 5


@given(
    rows=st.integers(1, 6),
    gone=st.sets(st.integers(0, 5)),
    then=st.sets(st.integers(0, 5)),
)
@settings(max_examples=100, deadline=None)
def test_erasing_twice_is_erasing_both_at_once(rows: int, gone: set[int], then: set[int]) -> None:
    header = Header(release="r", writer="0" * 16)
    given_entry = Entry(
        0,
        "v1",
        200,
        numbers=[[float(i)] for i in range(rows)],
        strings=[[str(i)] for i in range(rows)],
        predictions=[0.5] * rows,
    )

    def ids(places: set[int]) -> set[str]:
        return {f"{'0' * 16}-{place:x}" for place in places}

    first, one = without(header, given_entry, ids(gone))
    second, two = without(header, first, ids(then)) if first else (None, Erasure())
    together, both = without(header, given_entry, ids(gone | then))
    assert repr(second) == repr(together)
    assert (one.rows + two.rows, one.requests + two.requests) == (both.rows, both.requests)
