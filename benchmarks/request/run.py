"""What guards and records cost a request, in CPU time, the best of nine: `python benchmarks/request/run.py`.

Prints what docs/security.md, docs/ledger.md and the decisions quote.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from interlock.serve.access import Access
from interlock.serve.guard import Guard
from interlock.serve.keys import create, write
from interlock.serve.ledger import Entry, Header, Ledger
from interlock.serve.ledger.format import Redacted
from interlock.serve.limits import Limits
from interlock.serve.shape import check_shape

NUMBERS = tuple(f"number {i}" for i in range(12))
STRINGS = tuple(f"string {i}" for i in range(5))
EMAIL = "ada.lovelace@example.org"
NEARLY_NEVER = 60.0  # the flush of the ledger's thread, seconds


def microseconds(call: Callable[[], object], repeat: int) -> float:
    best = float("inf")
    for _ in range(9):
        start = time.process_time()
        for _ in range(repeat):
            call()
        best = min(best, time.process_time() - start)
    return best / repeat * 1e6


def report(name: str, cost: float) -> None:
    print(f"{name:<62}{cost:9.2f} us")


def keys(folder: Path) -> None:
    made = [create(f"key {i}", ["predict"]) for i in range(101)]
    write(folder / "keys.json", [each.key for each in made])
    asks, nobody = Guard(Access(keys=str(folder / "keys.json"))), Guard(Access())
    headers = {b"content-type": b"application/json", b"x-api-key": made[50].secret.encode()}
    report("a known key, one of 101", microseconds(lambda: asks.check("predict", headers), 50_000))
    report("a route that is open", microseconds(lambda: nobody.check("predict", headers), 50_000))


def shapes() -> None:
    row = {f"column {i}": i * 1.25 + 0.001 for i in range(17)}
    limits = Limits()
    for count, repeat in ((1, 20_000), (1000, 100)):
        body = json.dumps(row if count == 1 else [row] * count).encode()
        name = f"{count:,} row{'s' * (count > 1)} of 17 numbers"
        report(
            f"{name}: measuring the body", microseconds(lambda body=body: check_shape(body, limits), repeat)
        )
        report(
            f"{name}: decoding it, to compare",
            microseconds(lambda body=body: msgspec.json.decode(body), repeat),
        )


def records(folder: Path) -> None:
    plain = recording(folder / "plain")
    report("recording one row of 17 columns in the ledger", plain)
    for kind in ("drop", "truncate", "hash"):
        cost = recording(folder / kind, Redacted("string 0", kind, "text", 3.0))
        report(f"... more with one column that is personal: {kind}", cost - plain)


def recording(folder: Path, *personal: Redacted) -> float:
    header = Header(
        release="r", numbers=NUMBERS, strings=STRINGS, redacted=personal, flush_seconds=NEARLY_NEVER
    )
    key = b"a key of thirty-two bytes or so!" if personal else b""
    numbers, strings = [1.5] * len(NUMBERS), [EMAIL, *["north"] * (len(STRINGS) - 1)]

    def record(ledger: Any = None) -> None:
        number = ledger.reserve(1)
        ledger.record(Entry(number, "v1", 200, 1.7e9, 1e-4, [numbers], [strings], [0.25]))

    with Ledger(folder, header, key=key, capacity=1 << 30) as ledger:
        return microseconds(lambda: record(ledger), 20_000)


def main() -> None:
    print(f"Python {platform.python_version()}, msgspec {msgspec.__version__}, CPU time, the best of nine\n")
    with tempfile.TemporaryDirectory() as folder:
        keys(Path(folder))
        shapes()
        records(Path(folder))


if __name__ == "__main__":
    main()
