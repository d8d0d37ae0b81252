"""Ledgers of rows that name persons, written by the real writer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from interlock.contract import MISSING, Column, Contract
from interlock.serve.ledger import Entry, Header, Ledger, redacted_columns
from interlock.serve.ledger.segment import Segment

CONTRACT = Contract(
    (
        Column("age", "integer"),
        Column("customer", "integer"),
        Column("seen", "timestamp"),
        Column("member", "boolean"),
        Column("city", "category"),
        Column("email", "text"),
    )
)


def header_of(contract: Contract = CONTRACT, **fields: Any) -> Header:
    """Return what a service says of its contract."""
    return Header(
        **{"release": "sha256:ab", "contract": "sha256:cd", "flush_seconds": 0.05, **fields},
        numbers=tuple(column.name for column in contract.numbers),
        strings=tuple(column.name for column in contract.strings),
        types=tuple(column.type for column in contract.numbers),
        redacted=redacted_columns(contract),
    )


def row(person: int) -> tuple[list[float], list[str]]:
    """Return a person's row; every seventh has no age and no city."""
    known = person % 7 != 0
    return (
        [20.0 + person % 60 if known else math.nan, float(person), 1.7e9 + person, float(person % 2)],
        [f"city{person % 5}" if known else MISSING, f"person{person}@example.org"],
    )


def entry(ledger: Ledger, *persons: int, **fields: Any) -> Entry:
    """Return a request with the rows of some persons."""
    rows = [row(person) for person in persons]
    values: dict[str, Any] = {
        "protocol": "v1",
        "status": 200,
        "time": 1.76e9 + persons[0],
        "latency": 0.001,
        "numbers": [numbers for numbers, _ in rows],
        "strings": [strings for _, strings in rows],
        "predictions": [person / 1000 for person in persons],
    }
    return Entry(ledger.reserve(len(persons)), **values | fields)


def write(
    folder: Path, persons: range, *, header: Header | None = None, outcomes: bool = True, **how: Any
) -> str:
    """Write one request a person, each with its outcome, in several segments; return the writer."""
    with Ledger(folder, header or header_of(), **{"segment_bytes": 1200, **how}) as ledger:
        for place, person in enumerate(persons):
            ledger.record(entry(ledger, person))
            if outcomes:
                ledger.truth(f"{ledger.writer}-{place:x}", outcome=bool(person % 2))
            if place % 5 == 4:
                ledger.flush()
    return ledger.writer


def damage(segment: Segment) -> None:
    """Change a letter of the first text in a segment, as a disk does, or somebody with an editor."""
    content = segment.path.read_bytes()
    at = content.index(b"person")
    segment.path.write_bytes(content[:at] + b"Person" + content[at + 6 :])


def raw(folder: Path) -> bytes:
    """Return every byte of every file below a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
