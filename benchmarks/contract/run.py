"""How long decoding and checking take, in CPU time, the best of nine: `python benchmarks/contract/run.py`."""

from __future__ import annotations

import dataclasses
import json
import platform
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from interlock.contract import Checker, Column, Contract, Decoder, Policy
from interlock.contract.step import Step
from interlock.profile import Values

CARRIERS = ("9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV")


STEPS = (
    Step("number", "number 0", format="1,234.5", symbols=("$",)),
    Step("missing", "integer 0", values=("?", 999)),
    Step("spelling", "category 0", spellings=tuple((name.lower(), name) for name in CARRIERS)),
)


def contract(*, time_column: bool = False) -> Contract:
    numbers = [
        Column(f"number {i}", "number", minimum=-100, maximum=2000, on=Policy(range="reject"))
        for i in range(6)
    ]
    integers = [
        Column(f"integer {i}", "integer", minimum=0, maximum=100, on=Policy(null="flag")) for i in range(4)
    ]
    categories = [Column(f"category {i}", "category", levels=CARRIERS) for i in range(3)]
    last = Column("time", "timestamp", role="time") if time_column else Column("number 6", "number")
    return Contract((*numbers, *integers, *categories, Column("flag", "boolean"), last))


def row(place: int, *, time_column: bool = False) -> dict[str, Any]:
    values: dict[str, Any] = {f"number {i}": (place * 7 + i) % 500 + 0.25 for i in range(6)}
    values |= {f"integer {i}": (place + i) % 90 for i in range(4)}
    values |= {f"category {i}": CARRIERS[(place + i) % len(CARRIERS)] for i in range(3)}
    last = {"time": "2013-10-01T10:00:00Z"} if time_column else {"number 6": 3.5}
    return {**values, "flag": place % 2 == 0, **last}


def microseconds(call: Callable[[], object], repeat: int) -> float:
    best = float("inf")
    for _ in range(9):
        start = time.process_time()
        for _ in range(repeat):
            call()
        best = min(best, time.process_time() - start)
    return best / repeat * 1e6


def report(name: str, call: Callable[[], object], repeat: int, rows: int = 1) -> None:
    cost = microseconds(call, repeat)
    print(f"{name:<58}{cost / rows:9.2f} us a row")


def one_row() -> None:
    decoder, body = Decoder(contract()), json.dumps(row(5)).encode()
    typed = msgspec.json.Decoder(dict)
    report("msgspec alone, into a dict", lambda: typed.decode(body), 20_000)
    report("decode and check", lambda: decoder.one(body), 20_000)
    flagged = json.dumps(row(5) | {"number 0": 5000.0}).encode()
    report("... one value out of range", lambda: decoder.one(flagged), 20_000)
    broken = json.dumps(row(5) | {"number 0": "30"}).encode()
    report("... one value of another type", lambda: decoder.one(broken), 5_000)
    unknown = json.dumps(row(5) | {"zz": 1}).encode()
    report("... one unknown column", lambda: decoder.one(unknown), 5_000)
    timed, moment = Decoder(contract(time_column=True)), json.dumps(row(5, time_column=True)).encode()
    report("... a timestamp among the 15 columns", lambda: timed.one(moment), 20_000)


def cleaned_row() -> None:
    decoder = Decoder(dataclasses.replace(contract(), clean=STEPS))
    tidy = json.dumps(row(5)).encode()
    report("... three columns with cleaning steps, values in order", lambda: decoder.one(tidy), 20_000)
    dirty = json.dumps(row(5) | {"number 0": "$1,234.5", "integer 0": 999, "category 0": "ua"}).encode()
    report("... ... and each value to be cleaned", lambda: decoder.one(dirty), 20_000)


def thousand_rows() -> None:
    decoder = Decoder(contract())
    rows = [row(place) for place in range(1000)]
    body = json.dumps(rows).encode()
    report("decode and check, one array of 1,000 rows", lambda: decoder.many(body), 20, 1000)
    lists = {name: [values[name] for values in rows] for name in rows[0]}
    report("check 1,000 rows as columns of Python objects", lambda: decoder.checker.columns(lists), 20, 1000)


def million_rows() -> None:
    checker, count = Checker(contract()), 1_000_000
    random = np.random.default_rng(0)
    batch: dict[str, Values] = {f"number {i}": Values("number", random.random(count)) for i in range(7)}
    batch |= {f"integer {i}": Values("integer", random.integers(0, 100, count)) for i in range(4)}
    levels, codes = (
        np.array(CARRIERS, dtype=object),
        random.integers(0, len(CARRIERS), count).astype(np.int32),
    )
    batch |= {f"category {i}": Values("string", codes, None, levels) for i in range(3)}
    batch["flag"] = Values("boolean", random.random(count) > 0.5)
    report("check 1,000,000 rows as columns of arrays", lambda: checker.columns(batch), 1, count)
    lower = np.array([name.lower() for name in CARRIERS], dtype=object)
    amounts = np.array([f"${number:,}" for number in range(4000)], dtype=object)
    text = Values("string", random.integers(0, 4000, count).astype(np.int32), None, amounts)
    dirty = {**batch, "number 0": text, "category 0": Values("string", codes, None, lower)}
    checker = Checker(dataclasses.replace(contract(), clean=STEPS))
    report("... two columns of text to be cleaned", lambda: checker.columns(dirty), 1, count)


if __name__ == "__main__":
    print(
        f"15 columns, Python {platform.python_version()}, msgspec {msgspec.__version__}, {platform.machine()}"
    )
    one_row()
    cleaned_row()
    thousand_rows()
    million_rows()
