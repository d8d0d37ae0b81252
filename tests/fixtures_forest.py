"""A release of boosted trees over numbers, words and gaps."""

from __future__ import annotations

import json
from pathlib import Path

import lightgbm
import numpy as np
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
