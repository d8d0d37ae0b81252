"""BentoML, one worker; the body's rows become a data frame by BentoML's own decoding."""

import os
import pickle
from pathlib import Path

import bentoml
import pandas as pd


@bentoml.service(workers=1)
class Flights:
    def __init__(self) -> None:
        self.pipeline = pickle.loads((Path(os.environ["BENCHMARK_DATA"]) / "pipeline.pickle").read_bytes())

    @bentoml.api
    def predict(self, rows: pd.DataFrame) -> list[float]:
        return self.pipeline.predict_proba(rows)[:, 1].tolist()
