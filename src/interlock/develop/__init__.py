"""Model development: candidates are compared, the best one is compiled to one ONNX graph and checked.

- `training`: `develop`, the verb; `arrange` and `folds`: which rows; `metric` and `score`: what is compared.
- `search` proposes (`proposals`), tries (`trials`, by `workers`, given up by `pruning`) within a `budget`;
  then comes the `leaderboard`, and what won learns from all rows (`refit`).
- `candidates`: the ways to learn; `prepare`: from the contract's tensors to features.
- `emit`, `compiled`: the graph; `parity`: the gate between it and its reference in Python.
- `trend`: columns that only go with time; `importance`: what the winner uses.
- `finish`: what becomes of the winner: `calibration`, and a threshold by `decision`; `target`: logarithms;
  `intervals` of a regression.
- `development`: `Development`, the outcome; `storage` keeps it on disk, `report` shows it.
"""

from interlock.develop.candidates import CANDIDATES, Candidate, Fitted, Limits
from interlock.develop.decision import Decision
from interlock.develop.development import Behind, Development, Result, Rows
from interlock.develop.importance import Importance
from interlock.develop.metric import METRICS
from interlock.develop.parity import Parity
from interlock.develop.score import Score
from interlock.develop.training import By, develop

__all__ = [
    "CANDIDATES",
    "METRICS",
    "Behind",
    "By",
    "Candidate",
    "Decision",
    "Development",
    "Fitted",
    "Importance",
    "Limits",
    "Parity",
    "Result",
    "Rows",
    "Score",
    "develop",
]
