"""Rows with a column of every kind, texts among them, and a target that nothing says anything of."""

from typing import Any

import numpy as np
from tests.fixtures_develop import CLASSES, DAY, coded

from interlock.contract import MISSING, Column, Contract
from interlock.develop.sample import Sample

COLUMNS = (
    Column("x", "number"),
    Column("seen", "timestamp", "time"),
    Column("fresh", "boolean"),
    Column("born", "timestamp"),
    Column("colour", "category"),
    Column("review", "text"),
    Column("town", "category"),
    Column("note", "text"),
)
WORDS = ("good", "bad", "Évreux", "naïve", "東京都", "नमस्ते", "don't", "ﬁne", "5", "😀", "")

_random = np.random.default_rng(0)
_NAMES = [*(f"word{place}" for place in range(60)), "naïve", "Évreux", "東京都"]
#: Texts of words that say nothing.
TEXTS = [" ".join(_random.choice(_NAMES, _random.integers(1, 30))) for _ in range(400)]


def contract(task: Any) -> Contract:
    kind: Any = "number" if task == "regression" else "category"
    return Contract((*COLUMNS, Column("y", kind, role="target")), task, CLASSES[task])


def rows(task: Any, n: int = 300) -> Sample:
    random = np.random.default_rng(0)
    seen = 1.36e9 + random.uniform(0, 500 * DAY, n)
    tensor = np.stack(
        [random.normal(size=n), seen, random.integers(0, 2, n), seen - random.uniform(0, 9e8, n)], axis=1
    )
    tensor[random.random(tensor.shape) < 0.1] = np.nan
    strings = [
        random.choice(["red", "blue", "", "é", MISSING], n),
        [" ".join(random.choice(WORDS, random.integers(0, 12))) for _ in range(n)],
        random.choice([f"town {i}" for i in range(30)], n),
        [MISSING if random.random() < 0.3 else f"no {i % 7} or {i % 5}" for i in range(n)],
    ]
    classes = len(CLASSES[task])
    target = random.normal(size=n) if task == "regression" else random.integers(0, classes, n).astype(float)
    return Sample(tensor, tuple(coded(column) for column in strings), target, task, classes, time=seen)
