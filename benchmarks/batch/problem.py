"""The pipeline of `benchmarks/serving`, its release, and the rows to score: `python problem.py ROWS`."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "serving"))

from problem import flights, pipeline
from sklearn.model_selection import train_test_split

from release import write_release

DATA = Path(__file__).parent / "data"


def main(rows: int) -> None:
    features, late = flights()
    train, test, train_late, _ = train_test_split(features, late, test_size=0.2, random_state=0)
    fitted = pipeline().fit(train, train_late)
    scores = fitted.predict_proba(test)[:, 1]
    (DATA / "pipeline.pickle").write_bytes(pickle.dumps(fitted))
    (DATA / "release.txt").write_text(
        str(write_release(DATA / "releases", fitted, train, train_late, scores))
    )
    drawn = test.sample(rows, replace=True, random_state=0).reset_index(drop=True)
    drawn.to_parquet(DATA / "rows.parquet", index=False)
    drawn.head(1000).assign(right=fitted.predict_proba(drawn.head(1000))[:, 1])[["right"]].to_json(
        DATA / "right.json"
    )
    (DATA / "problem.json").write_text(json.dumps({"rows": rows, "distinct": len(test)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
