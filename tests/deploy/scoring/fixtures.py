"""A release of boosted trees over numbers, words and gaps; and rows that are hard to take."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
from tests import fixtures_release

from interlock import contract as contracts
from interlock.contract import MISSING
from interlock.develop.emit import Graph, of_lightgbm
from interlock.profile import Profile
from interlock.profile.values import Values
from interlock.release import Release, write

LEVELS = (*fixtures_release.LEVELS, MISSING)
TREES = 40


def write_forest(folder: Path) -> Release:
    """Write a release whose trees look at four numbers and a category that is a code to them."""
    of = fixtures_release.contract("binary")
    graph = Graph(numbers=4, strings=1)
    codes = graph.node(
        "LabelEncoder",
        graph.strings,
        domain="ai.onnx.ml",
        keys_strings=[*LEVELS],
        values_int64s=[*range(len(LEVELS))],
        default_int64=len(LEVELS),
    )
    features = graph.node("Concat", graph.numbers, graph.node("Cast", codes, to=graph.DOUBLE), axis=1)
    score = of_lightgbm(booster().model_to_string()).emit(graph, features)
    metadata = {
        "task": "binary",
        "classes": json.dumps(of.classes),
        "threshold": "0.5",
        "contract": contracts.digest(of),
    }
    return write(
        folder,
        name="forest",
        contract=of,
        profile=fixtures_release.profile(),
        scores=Profile.of({"prediction": Values("number", np.linspace(0, 1, 50))}),
        model=graph.build(graph.node("Sigmoid", score), width=1, metadata=metadata),
        evidence={},
        card_markdown="",
        card_html="",
        environment="",
    )


def booster() -> lightgbm.Booster:
    """Learn something from nothing: what matters is that every column is looked at, gaps included."""
    random = np.random.default_rng(5)
    n = 3_000
    matrix = np.stack(
        [
            random.gamma(2, 400, n),
            random.integers(20, 400, n).astype(float),
            random.integers(0, 2, n).astype(float),
            1.357e9 + random.random(n) * 1e7,
            random.integers(0, len(LEVELS), n).astype(float),
        ],
        axis=1,
    )
    chance = 0.2 + 0.3 * (matrix[:, 0] > 700) + 0.2 * (matrix[:, 4] == 1) + 0.2 * (matrix[:, 2] > 0)
    matrix[random.random(n) < 0.1, 0] = np.nan
    matrix[random.random(n) < 0.1, 2] = np.nan
    settings = {"objective": "binary", "num_leaves": 24, "verbose": -1, "num_threads": 1, "seed": 1}
    data = lightgbm.Dataset(matrix, random.random(n) < chance, categorical_feature=[4])
    return lightgbm.train(settings, data, TREES)


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
