"""The tables, each in two files that every tool gets: four fifths to learn from, one fifth to judge by.

`python problems.py NAME` writes both, and what is to be predicted, into `data/NAME`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
DATA = HERE / "data"
_SEED = 0
_JUDGED = 0.2


@dataclass(frozen=True)
class Problem:
    """What is predicted, and how it is judged.

    Args:
        name: As `tests/datasets.py` knows the table.
        target: The column to predict.
        task: `binary`, `multiclass` or `regression`.
        metric: `AUC`, `log loss` or `RMSE`; each tool is told to be good at this one.
        positive: For `binary`: the label whose probability is asked for.
        time: The column by which the last fifth is judged; without one, the fifth is drawn at random.
        text: Columns of free text.
        dropped: Columns that nobody gets: row numbers, copies.
        rows: How many rows are drawn; None takes all.
    """

    name: str
    target: str
    task: str
    metric: str
    positive: str = ""
    time: str = ""
    text: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    rows: int | None = None

    @property
    def folder(self) -> Path:
        return DATA / self.name


PROBLEMS = (
    Problem("adult", "income", "binary", "AUC", positive=">50K"),
    Problem("lending_club", "Class", "binary", "AUC", positive="bad"),
    Problem("fars", "injury", "multiclass", "log loss", rows=40_000),
    Problem("diamonds", "price", "regression", "RMSE"),
    Problem("bike_hourly", "count", "regression", "RMSE", time="ts", dropped=("date",)),
    Problem("reuters_r8", "Category", "multiclass", "log loss", text=("Text",)),
    Problem("employment_ma", "employed", "binary", "AUC", positive="1", dropped=("id",)),
)


def write(problem: Problem) -> None:
    """Write the two files, unless they are there."""
    if (problem.folder / "problem.json").exists():
        return
    sys.path.insert(0, str(HERE.parents[1]))
    from tests.datasets import load

    frame = load(problem.name).to_pandas().drop(columns=list(problem.dropped))
    random = np.random.default_rng(_SEED)
    if problem.rows:
        frame = frame.iloc[random.choice(len(frame), problem.rows, replace=False)]
    if problem.task != "regression":
        frame[problem.target] = frame[problem.target].astype(str)
    judged = _judged(frame, problem, random)
    problem.folder.mkdir(parents=True, exist_ok=True)
    frame[~judged].to_parquet(problem.folder / "train.parquet", index=False)
    frame[judged].to_parquet(problem.folder / "test.parquet", index=False)
    classes = [] if problem.task == "regression" else sorted(set(frame[problem.target]))
    text = json.dumps({**asdict(problem), "classes": classes}, indent=2)
    (problem.folder / "problem.json").write_text(text)


def _judged(frame: pd.DataFrame, problem: Problem, random: np.random.Generator) -> np.ndarray:
    """Return which rows are judged by: the last ones, or a fifth of each class."""
    if problem.time:
        return (frame[problem.time] > frame[problem.time].quantile(1 - _JUDGED)).to_numpy()
    drawn = random.random(len(frame))
    if problem.task == "regression":
        return drawn < np.quantile(drawn, _JUDGED)
    return (pd.Series(drawn, frame.index).groupby(frame[problem.target]).rank(pct=True) <= _JUDGED).to_numpy()


if __name__ == "__main__":
    for each in PROBLEMS:
        if each.name in sys.argv[1:]:
            write(each)
