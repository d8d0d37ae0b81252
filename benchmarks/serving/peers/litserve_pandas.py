"""LitServe, one worker; no batching (its default), or with `batch` up to 32 requests that wait 1 ms."""

import itertools
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

    def batch(self, inputs: list[pd.DataFrame]) -> pd.DataFrame:
        self.sizes = [len(each) for each in inputs]
        return pd.concat(inputs, ignore_index=True)

    def unbatch(self, output: list[float]) -> list[list[float]]:
        ends = list(itertools.accumulate(self.sizes))
        return [output[end - size : end] for size, end in zip(self.sizes, ends, strict=True)]

    def encode_response(self, output: list[float]) -> dict[str, list[float]]:
        return {"probabilities": output}


if __name__ == "__main__":
    options = {"max_batch_size": 32, "batch_timeout": 0.001} if "batch" in sys.argv else {}
    server = litserve.LitServer(Flights(**options), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
