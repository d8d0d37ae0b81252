"""FastAPI, pydantic, pandas, scikit-learn: the service that most tutorials end with."""

import pickle
import sys
from pathlib import Path

import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

pipeline = pickle.loads((Path(sys.argv[2]) / "pipeline.pickle").read_bytes())


class Flight(BaseModel):
    month: float | None = None
    day: float | None = None
    hour: float | None = None
    minute: float | None = None
    dep_delay: float | None = None
    distance: float | None = None
    carrier: str | None = None
    origin: str | None = None
    dest: str | None = None


app = FastAPI()


@app.post("/predict")
def predict(flight: Flight) -> dict[str, float]:
    frame = pd.DataFrame([flight.model_dump()])
    return {"probability": float(pipeline.predict_proba(frame)[0, 1])}


@app.post("/predict_many")
def predict_many(flights: list[Flight]) -> dict[str, list[float]]:
    frame = pd.DataFrame([flight.model_dump() for flight in flights])
    return {"probabilities": pipeline.predict_proba(frame)[:, 1].tolist()}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
