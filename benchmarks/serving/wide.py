"""600 columns, as a credit or sensor table has them: 500 numbers, 100 categories, 200 LightGBM trees.

Run in the lab's environment. Writes into `data/wide/` what `problem.py` writes into `data/`.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
from problem import pipeline, rows
from sklearn.model_selection import train_test_split

from release import write_release

NUMBERS = [f"n{place:03}" for place in range(500)]
STRINGS = [f"s{place:03}" for place in range(100)]
ROWS, REQUESTS, GAPS, LEVELS = 20_000, 200, 0.05, 8


def table() -> tuple[pd.DataFrame, pd.Series]:
    """Return columns of which 30 tell something of the target, with gaps."""
    draw = np.random.default_rng(3)
    numbers = draw.normal(size=(ROWS, len(NUMBERS))).round(3)
    codes = draw.integers(0, LEVELS, size=(ROWS, len(STRINGS)))
    score = numbers[:, :20] @ draw.normal(size=20) + (codes[:, :10] == 1) @ draw.normal(size=10)
    positive = score + draw.normal(size=ROWS) * 2 > 0
    columns = {name: numbers[:, place] for place, name in enumerate(NUMBERS)}
    levels = np.array([f"level {code}" for code in range(LEVELS)], object)
    columns |= {name: levels[codes[:, place]] for place, name in enumerate(STRINGS)}
    features = pd.DataFrame(columns)
    for name in NUMBERS[::5] + STRINGS[::5]:
        features.loc[draw.random(ROWS) < GAPS, name] = np.nan
    return features, pd.Series(positive, name="late")


def main(folder: Path) -> None:
    """Train, and write everything that the servers and the measurement need."""
    features, positive = table()
    train, test, y, _ = train_test_split(features, positive, test_size=0.2, random_state=0)
    fitted = pipeline(NUMBERS, STRINGS).fit(train, y)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.pickle").write_bytes(pickle.dumps(fitted))
    chosen = test.sample(REQUESTS, random_state=0)
    right = fitted.predict_proba(chosen)[:, 1]
    asked = {"rows": rows(chosen, whole=()), "right": right.tolist()}
    (folder / "requests.json").write_text(json.dumps(asked))
    scores = fitted.predict_proba(test)[:, 1]
    release = write_release(folder / "releases", fitted, train, y, scores, NUMBERS, STRINGS, whole=())
    (folder / "release.txt").write_text(str(release))


if __name__ == "__main__":
    main(Path(__file__).parent / "data" / "wide")
