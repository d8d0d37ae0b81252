"""What all trials share, written once for other processes: plain arrays and JSON, nothing pickled."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract import Coded, from_toml, to_toml
from interlock.develop.compiled import Cost
from interlock.develop.folds import Fold
from interlock.develop.sample import Sample
from interlock.develop.trials import Problem
from interlock.errors import InputError

__all__ = ["read", "write"]

_RECORD = "problem.json"
_OPTIONAL = ("units", "weights", "time")
_PLAIN = ("task", "classes", "unused", "declared")


def write(problem: Problem, folder: Path) -> Path:
    """Write a problem into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = problem.rows
    arrays: dict[str, NDArray[Any]] = {"numbers": rows.numbers, "target": rows.target}
    arrays |= {f"codes{at}": column.codes for at, column in enumerate(rows.strings)}
    arrays |= {name: getattr(rows, name) for name in _OPTIONAL if getattr(rows, name) is not None}
    for at, fold in enumerate(problem.folds):
        arrays |= {f"learn{at}": fold.learn, f"watched{at}": fold.watched}
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)
    record = {
        "rows": {name: getattr(rows, name) for name in _PLAIN},
        "levels": [column.levels.tolist() for column in rows.strings],
        "arrays": list(arrays),
        "folds": len(problem.folds),
        "contract": to_toml(problem.contract),
        "metric": problem.metric,
        "seed": problem.seed,
        "latency": str(problem.bound.latency),
        "size": problem.bound.size,
        "forward": problem.forward,
    }
    (folder / _RECORD).write_bytes(msgspec.json.encode(record))
    return folder


@lru_cache(maxsize=1)
def read(folder: Path) -> Problem:
    """Read what `write` wrote; its arrays stay on disk until they are used.

    Raises:
        InputError: The folder cannot be seen from here.
    """
    try:
        record: dict[str, Any] = msgspec.json.decode((folder / _RECORD).read_bytes())
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in record["arrays"]}
    except OSError as error:
        raise InputError(
            "the rows of a search cannot be read",
            where=folder,
            got=error.strerror,
            next_step="give a folder that all workers see: folder=...",
        ) from error
    plain, levels = record["rows"], [np.array(each, object) for each in record["levels"]]
    rows = Sample(
        numbers=arrays["numbers"],
        strings=tuple(Coded(arrays[f"codes{at}"], each) for at, each in enumerate(levels)),
        target=arrays["target"],
        task=plain["task"],
        classes=plain["classes"],
        unused=tuple(plain["unused"]),
        declared=tuple((name, text) for name, text in plain["declared"]),
        **{name: arrays.get(name) for name in _OPTIONAL},
    )
    folds = tuple(Fold(arrays[f"learn{at}"], arrays[f"watched{at}"]) for at in range(record["folds"]))
    return Problem(
        rows=rows,
        contract=from_toml(record["contract"]),
        folds=folds,
        metric=record["metric"],
        seed=record["seed"],
        bound=Cost(float(record["latency"]), record["size"]),
        forward=record["forward"],
    )
