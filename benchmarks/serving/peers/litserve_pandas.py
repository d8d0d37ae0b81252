"""LitServe, one worker, no batching (its default)."""

import pickle
import sys
from pathlib import Path

import litserve
import pandas as pd


class Flights(litserve.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe names it
        self.pipeline = pickle.loads((Path(sys.argv[2]) / "pipeline.pickle").read_bytes())

    def decode_request(self, request: dict) -> pd.DataFrame:
        return pd.DataFrame(request["rows"])

    def predict(self, x: pd.DataFrame) -> list[float]:
        return self.pipeline.predict_proba(x)[:, 1].tolist()

    def encode_response(self, output: list[float]) -> dict[str, list[float]]:
        return {"probabilities": output}


if __name__ == "__main__":
    server = litserve.LitServer(Flights(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
