"""Rows that are hard to take, as tables and as JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tests.fixtures_forest import LEVELS

from interlock.contract import MISSING


def rows(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return rows of Python values: ordinary ones, among them what is hard to take."""
    random = np.random.default_rng(seed)
    start = datetime(2013, 6, 1, tzinfo=UTC)
    zones = [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]
    distances = [None, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e308, 5000.0000000001, 0.1]
    seats = [None, 2**53 - 1, 2**53 + 1, -(2**62), 600, 601, 0]
    carriers = [None, "", "UA", "ÜÅ ✈", "日本", MISSING, "unseen", "a" * 500, "NaN", "null", "1"]
    return [
        {
            "distance": distances[at % len(distances)] if at % 5 == 0 else float(random.gamma(2, 400)),
            "seats": seats[at // 7 % len(seats)] if at % 7 == 0 else int(random.integers(20, 400)),
            "fresh": [True, False, None][at % 3],
            "at": None
            if at % 11 == 0
            else (start + timedelta(seconds=float(random.random() * 1e7))).astimezone(zones[at % 3]),
            "carrier": carriers[at % len(carriers)] if at % 3 == 0 else LEVELS[at % 3],
        }
        for at in range(count)
    ]


def as_table(given: list[dict[str, Any]]) -> Any:
    """Return rows as a database or a Parquet file has them: every column of one type."""
    types = {
        "distance": pa.float64(),
        "seats": pa.int64(),
        "fresh": pa.bool_(),
        "at": pa.timestamp("us", "UTC"),
        "carrier": pa.string(),
    }
    return pa.table({name: pa.array([row[name] for row in given], kind) for name, kind in types.items()})


def as_json(row: dict[str, Any]) -> bytes:
    """Return a row as a client sends it; JSON has no NaN, and infinity only as a number that is too large."""
    texts = {math.inf: "1e999", -math.inf: "-1e999"}

    def text(value: Any) -> str:
        if isinstance(value, float) and math.isnan(value):
            return "null"
        if isinstance(value, float) and value in texts:
            return texts[value]
        return json.dumps(value.isoformat() if isinstance(value, datetime) else value)

    return ("{" + ", ".join(f'"{name}": {text(value)}' for name, value in row.items()) + "}").encode()


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
