"""What every tool's script shares: the files of a problem, the clock, one row from a dict, what is handed in.

It needs numpy and pandas alone, since it runs in each tool's own environment.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")

CORES = 2
_ASKED = 300
_LONGEST = 10.0


class Job:
    """One problem for one tool: `python with_TOOL.py PROBLEM_FOLDER RESULT_FOLDER SECONDS [OPTION]`."""

    def __init__(self) -> None:
        folder, result, seconds = sys.argv[1:4]
        self.folder, self.result, self.seconds = Path(folder), Path(result), float(seconds)
        self.option = sys.argv[4] if len(sys.argv) > 4 else ""
        self.problem: dict[str, Any] = json.loads((self.folder / "problem.json").read_text())
        self.target: str = self.problem["target"]
        self.task: str = self.problem["task"]
        self.classes: list[str] = self.problem["classes"]
        self.text: list[str] = self.problem["text"]
        self.result.mkdir(parents=True, exist_ok=True)
        self._facts: dict[str, Any] = {}

    @property
    def regression(self) -> bool:
        return self.task == "regression"

    @property
    def train(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "train.parquet")

    @property
    def test(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "test.parquet").drop(columns=[self.target])

    def fit(self, learn: Callable[[], Any]) -> Any:
        """Time the fit: wall seconds, and CPU seconds of this process and its children."""
        import resource

        def cpu() -> float:
            return sum(
                used.ru_utime + used.ru_stime
                for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            )

        wall, spent = time.perf_counter(), cpu()
        model = learn()
        self._facts |= {"wall": time.perf_counter() - wall, "cpu": cpu() - spent}
        return model

    def one_row(self, predict: Callable[[dict[str, Any]], Any]) -> None:
        """Time one row from a dict: p50 and the least."""
        rows = self.test.head(_ASKED).to_dict("records")
        for row in rows[:3]:
            predict(row)
        taken: list[float] = []
        begun = time.perf_counter()
        while len(taken) < _ASKED and time.perf_counter() - begun < _LONGEST:
            row = rows[len(taken) % len(rows)]
            start = time.perf_counter()
            predict(row)
            taken.append(time.perf_counter() - start)
        self._facts |= {"p50": statistics.median(taken), "least": min(taken)}

    def hand_in(self, prediction: Any, *, size: int, classes: Any = None, **facts: Any) -> None:
        """Write the predictions and the facts.

        Args:
            prediction: float [n], or for classes [n, classes].
            size: Bytes of what has to be shipped to predict.
            classes: The labels of the columns, where they are not the sorted ones.
            facts: Anything else to know.
        """
        array = np.asarray(prediction, np.float64)
        if classes is not None:
            labels = [str(label) for label in classes]
            whole = np.zeros((len(array), len(self.classes)))
            for at, label in enumerate(self.classes):
                if label in labels:
                    whole[:, at] = array[:, labels.index(label)]
            array = whole
        np.save(self.result / "prediction.npy", array)
        text = json.dumps({**self._facts, "size": size, **facts}, indent=2)
        (self.result / "facts.json").write_text(text)


def calendar(frame: pd.DataFrame) -> pd.DataFrame:
    """Give timestamps as the parts that people make of them; other columns stay."""
    made = {}
    for name, column in frame.items():
        if not pd.api.types.is_datetime64_any_dtype(column):
            made[name] = column
            continue
        made |= {
            f"{name} {part}": getattr(column.dt, part) for part in ("year", "month", "day", "weekday", "hour")
        }
    return pd.DataFrame(made)


def strings(frame: pd.DataFrame) -> list[str]:
    """Return the columns that are no numbers."""
    return [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
