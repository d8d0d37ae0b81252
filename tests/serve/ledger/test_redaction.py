from __future__ import annotations

import hashlib
import hmac
import math
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.serve.ledger.folders import CONTRACT, entry, header_of, raw, write

from interlock.contract import MISSING, Column, Contract
from interlock.errors import ContractError, InputError, ServeError
from interlock.serve.ledger import Entry, Ledger, read, read_key
from interlock.serve.ledger.format import Redacted
from interlock.serve.ledger.redaction import UNKNOWN, check_key, fingerprint, hashed, stored

KEY = b"a key that nobody guesses"


def personal(**marks: str | tuple[str, float]) -> Contract:
    """Return the contract with some columns marked."""
    columns = []
    for column in CONTRACT.columns:
        mark = marks.get(column.name, "")
        kind: Any
        kind, step = mark if isinstance(mark, tuple) else (mark, None)
        columns.append(replace(column, personal=kind, truncate=step))
    return Contract(tuple(columns))


def test_hashes_are_those_of_openssl_and_of_the_standard() -> None:
    text = "Zoë@example.org"
    asked = ["openssl", "dgst", "-sha256", "-hmac", KEY.decode()]
    said = subprocess.run(asked, input=text.encode(), capture_output=True, check=True).stdout.decode()
    assert hashed(KEY, text) == said.split("= ")[1].strip()
    digest = hmac.new(KEY, b"4711", hashlib.sha256).digest()
    assert hashed(KEY, 4711.0) == int.from_bytes(digest, "big") >> (256 - 53)
    assert hashed(KEY, 41.5) == int.from_bytes(hmac.new(KEY, b"41.5", "sha256").digest(), "big") >> 203


def test_what_is_personal_is_nowhere_on_disk(tmp_path: Path) -> None:
    contract = personal(email="hash", customer="hash", city="drop", age=("truncate", 10.0), seen="drop")
    write(tmp_path, range(1000, 1050), header=header_of(contract), key=KEY)
    content = raw(tmp_path)
    assert b"person10" not in content
    assert b"city" not in content.replace(b'"city"', b"").replace(b"\xa4city", b"")
    for record, person in zip(read(tmp_path), range(1000, 1050), strict=True):
        age, customer, seen, member = record.numbers
        assert member == person % 2
        assert math.isnan(seen)
        assert customer == hashed(KEY, float(person))
        assert record.strings == (MISSING, hashed(KEY, f"person{person}@example.org"))
        expected = math.nan if person % 7 == 0 else (20 + person % 60) // 10 * 10
        assert age == expected or (math.isnan(age) and math.isnan(expected))


def test_strings_are_cut_and_numbers_rounded_down(tmp_path: Path) -> None:
    contract = personal(email=("truncate", 3.0), seen=("truncate", 86_400.0), customer=("truncate", 100.0))
    with Ledger(tmp_path, header_of(contract)) as ledger:
        ledger.record(entry(ledger, 1234))
    (record,) = read(tmp_path)
    assert record.strings[1] == "per"
    assert record.numbers[1:3] == (1200.0, (1.7e9 + 1234) // 86_400 * 86_400)
    assert stored(Redacted("x", "truncate", "number", 10.0), b"")(-3.0) == -10.0
    assert stored(Redacted("x", "hash", "text"), KEY)(MISSING) == MISSING
    assert math.isnan(stored(Redacted("x", "hash", "number"), KEY)(math.nan))


def test_bodies_and_names_of_unknown_columns_go_too(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of(personal(email="drop"))) as ledger:
        flags = [[("Ada Lovelace", "unknown", "reject"), ("age", "range", "flag")]]
        ledger.record(entry(ledger, 1, flags=flags, rejected=[0], body=b'{"email": "ada@example.org"'))
        ledger.record(Entry(ledger.reserve(1), "v1", 400, error="malformed", body=b"ada@example.org"))
    assert b"Lovelace" not in raw(tmp_path)
    assert b"ada@" not in raw(tmp_path)
    first, second = read(tmp_path)
    assert first.flags == ((UNKNOWN, "unknown", "reject"), ("age", "range", "flag"))
    assert (second.body, second.error) == (b"", "malformed")


def test_the_service_keeps_the_row_that_it_works_with(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of(personal(email="drop", age="drop"))) as ledger:
        given = entry(ledger, 5)
        ledger.record(given)
    assert given.strings[0][1] == "person5@example.org"
    assert given.numbers[0][0] == 25.0


def test_a_hash_needs_its_key(tmp_path: Path) -> None:
    header = header_of(personal(email="hash"))
    with pytest.raises(ServeError, match=r"there is no key\n  where: email\n  next: `openssl rand -hex 32`"):
        Ledger(tmp_path, header)
    short = tmp_path / "key"
    short.write_text("short\n")
    with pytest.raises(ServeError, match=r"too short\n  where: .*key\n  got: 5 bytes\n  next: make one"):
        read_key(short)
    with pytest.raises(ServeError, match=r"cannot be read\n.*\n  got: No such file"):
        read_key(tmp_path / "absent")
    assert read_key(None, {"INTERLOCK_LEDGER_KEY": f" {KEY.decode()}\n"}) == KEY
    assert read_key(None, {}) == b""


def test_another_key_is_told_apart_without_telling_it(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of(personal(email="hash")), key=KEY) as ledger:
        written = ledger._header
    assert KEY not in raw(tmp_path)
    check_key(written, KEY)
    with pytest.raises(
        InputError, match=r"not the key .*\n  got: fingerprint \w{16}; the ledger's is \w{16}"
    ):
        check_key(written, KEY + b".")
    assert fingerprint(KEY) != fingerprint(KEY + b".")


def test_without_a_mark_the_encoder_is_the_plain_one(tmp_path: Path) -> None:
    with Ledger(tmp_path, header_of()) as plain, Ledger(tmp_path, header_of(personal(email="drop"))) as other:
        assert plain._encode_into.__class__.__name__ == "builtin_function_or_method"
        assert other._encode_into.__class__.__name__ == "function"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"personal": "hide"}, r"no such `personal`[\s\S]*next: use one of: drop, hash, truncate"),
        ({"personal": "hsah"}, r"did you mean `hash`"),
        ({"personal": "truncate"}, r"need each other"),
        ({"truncate": 3}, r"need each other"),
        ({"personal": "truncate", "truncate": 2.5}, r"whole for strings"),
        ({"personal": "truncate", "truncate": 0}, r"above 0"),
        ({"personal": "drop", "role": "target"}, r"the target cannot be personal"),
        ({"personal": "hash", "type": "boolean"}, r"can only be dropped"),
    ],
)
def test_a_mark_that_means_nothing_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        Column(**{"name": "x", "type": "text", **fields})  # type: ignore[arg-type]


@pytest.mark.slow
def test_hashing_one_column_costs_a_few_microseconds(tmp_path: Path) -> None:
    """Stated in docs/ledger.md; the bound is loose, for a busy machine."""
    with Ledger(tmp_path, header_of(personal(email="hash")), key=KEY) as ledger:
        given = entry(ledger, 5)
        started = time.process_time()
        for _ in range(20_000):
            ledger.record(given)
        assert (time.process_time() - started) / 20_000 < 60e-6
