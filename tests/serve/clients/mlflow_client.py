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
asked = {
    "frame": client.invoke(frame),
    "params": client.invoke(frame, params={"temperature": 1}),
    "instances": client.invoke(json.dumps({"instances": rows})),
    "inputs": client.invoke(json.dumps({"inputs": frame.to_dict("list")})),
}
gap = client.invoke(frame.assign(distance=float("nan")))
answers = {name: answer.get_predictions("ndarray").tolist() for name, answer in asked.items()}
answers["gap"] = gap.get_predictions("ndarray").tolist()
json.dump({"version": client.get_version(), **answers}, sys.stdout)
