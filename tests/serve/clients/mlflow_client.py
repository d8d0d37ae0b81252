# mypy: ignore-errors
"""MLflow's own client of a scoring server, run in an environment of its own; prints what it got as JSON."""

import json
import sys

import pandas as pd
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

port, rows = map(json.loads, sys.argv[1:])
client = ScoringServerClient("127.0.0.1", port)
client.wait_server_ready(timeout=10)
frame = pd.DataFrame(rows)
answers = {
    "frame": client.invoke(frame).predictions,
    "params": client.invoke(frame, params={"temperature": 1}).predictions,
    "instances": client.invoke({"instances": rows}).predictions,
    "inputs": client.invoke({"inputs": frame.to_dict("list")}).predictions,
}
json.dump({"version": client.get_version(), **answers}, sys.stdout)
