from __future__ import annotations

from pathlib import Path

import pytest
from tests.serve.ledger.folders import header_of, raw, write
from tests.serve.ledger.test_erasure import erase
from tests.serve.ledger.test_redaction import KEY, personal

from interlock.errors import InputError
from interlock.serve.ledger.redaction import hashed


@pytest.mark.parametrize(
    "where",
    ["customer=1033", "email=person1033@example.org", "seen=2023-11-14T22:30:33Z"],
)
def test_rows_are_found_by_numbers_texts_and_times(tmp_path: Path, where: str) -> None:
    write(tmp_path, range(1000, 1060))
    assert erase(tmp_path, where) == (1, 1)
    assert b"person1033@" not in raw(tmp_path)


def test_all_conditions_have_to_hold(tmp_path: Path) -> None:
    write(tmp_path, range(1000, 1060))
    assert erase(tmp_path, "customer=1033", "member=false") == (0, 0)
    assert erase(tmp_path, "customer=1033", "member=true") == (1, 1)


def test_rows_are_found_by_prediction_id(tmp_path: Path) -> None:
    writer = write(tmp_path, range(10))
    assert erase(tmp_path, f"id={writer}-4") == (1, 1)
    assert b"person4@" not in raw(tmp_path)


def test_hashed_columns_are_found_by_the_key(tmp_path: Path) -> None:
    write(tmp_path, range(1000, 1060), header=header_of(personal(email="hash")), key=KEY)
    mark = str(hashed(KEY, "person1033@example.org")).encode()
    assert mark in raw(tmp_path)
    with pytest.raises(InputError, match="not the key"):
        erase(tmp_path, "email=person1033@example.org", key=b"another key of this")
    assert erase(tmp_path, "email=person1033@example.org", key=KEY) == (1, 1)
    assert mark not in raw(tmp_path)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("customer", r"does not say whose rows[\s\S]*next: write COLUMN=VALUE"),
        ("id=7", r"does not say whose rows"),
        ("customer=seven", r"this is no integer\n  where: column 'customer'\n  got: seven"),
        ("seen=yesterday", r"this is no timestamp"),
        ("phone=1", r"nothing in the ledger holds what [\s\S]*got: phone"),
    ],
)
def test_what_finds_nobody_is_refused(tmp_path: Path, where: str, message: str) -> None:
    write(tmp_path, range(3))
    with pytest.raises(InputError, match=message):
        erase(tmp_path, where)


def test_a_coarse_value_tells_no_person(tmp_path: Path) -> None:
    write(tmp_path, range(3), header=header_of(personal(email=("truncate", 2.0), city="drop")))
    with pytest.raises(InputError, match="coarse part does not tell one person"):
        erase(tmp_path, "email=pe")
    with pytest.raises(InputError, match="nothing in the ledger holds"):
        erase(tmp_path, "city=city1")
