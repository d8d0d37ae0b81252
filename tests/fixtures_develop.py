"""Rows to develop on, made so that what can be learned is known."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from interlock.contract import MISSING, Coded, Column, Contract, Type
from interlock.develop.candidates import CANDIDATES
from interlock.develop.sample import Sample
from interlock.table import Table, open_table

COLUMNS = (
    Column("x", "number"),
    Column("gap", "number"),
    Column("when", "timestamp"),
    Column("colour", "category"),
    Column("town", "category"),
)
CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}
DAY = 86_400.0


def contract(task: Any = "binary", *, columns: tuple[Column, ...] = COLUMNS) -> Contract:
    """Describe the columns; the target is `y`."""
    kind: Type = "number" if task == "regression" else "category"
    return Contract((*columns, Column("y", kind, role="target")), task, CLASSES[task])


def by_speed() -> list[Any]:
    """Return all candidates; those of torch, which takes seconds to import, are for the slow tests."""
    return [
        pytest.param(each, marks=pytest.mark.slow if getattr(each, "needs", "") == "torch" else ())
        for each in CANDIDATES
    ]


def coded(values: Any) -> Coded:
    """Code strings as a checker does."""
    levels, codes = np.unique(np.array(values, object), return_inverse=True)
    return Coded(codes.astype(np.int32), levels)


def rows(task: Any = "binary", *, n: int = 1500, seed: int = 0) -> Sample:
    """Draw rows: the target depends on a number, a missing number, the hour and a colour, with noise."""
    random = np.random.default_rng(seed)
    x, gap = random.normal(size=n), random.normal(size=n)
    gap[random.random(n) < 0.3] = np.nan
    when = 1.36e9 + random.uniform(0, 200 * DAY, n)
    colour = random.choice(["red", "blue", "", "é", MISSING], n)
    town = random.choice([f"town {i}" for i in range(200)], n)
    signal = 2 * x + np.isnan(gap) + 2 * (when % DAY > DAY / 2) + 1.5 * (colour == "red")
    target = _target(task, signal + random.normal(size=n))
    numbers = np.stack([x, gap, when], axis=1)
    classes = len(CLASSES[task])
    return Sample(numbers, (coded(colour), coded(town)), target, task, classes)


def table(task: Any = "binary", *, n: int = 1500, seed: int = 0) -> Table:
    """Draw the same rows as a table."""
    drawn = rows(task, n=n, seed=seed)
    columns: dict[str, Any] = dict(zip(("x", "gap"), drawn.numbers.T[:2], strict=True))
    columns["when"] = pa.array((drawn.numbers[:, 2] * 1e6).astype(np.int64), pa.timestamp("us", "UTC"))
    for name, column in zip(("colour", "town"), drawn.strings, strict=True):
        values = column.levels[column.codes]
        columns[name] = [None if value == MISSING else value for value in values]
    classes = CLASSES[task]
    columns["y"] = [classes[int(value)] for value in drawn.target] if classes else drawn.target
    columns["gap"] = pa.array(columns["gap"], from_pandas=True)
    return open_table(pa.table(columns))


def _target(task: str, signal: NDArray[np.float64]) -> NDArray[np.float64]:
    if task == "regression":
        return signal
    cuts = [np.median(signal)] if task == "binary" else list(np.quantile(signal, [0.5, 0.8]))
    return np.searchsorted(cuts, signal).astype(np.float64)
