"""The ways to learn that are compared.

To add one: write a module with a `Candidate` and its `Fitted`, and list them in the two places below.
"""

from interlock.develop.candidates.averaging import AveragedTrees, Averaging
from interlock.develop.candidates.blend import Blend
from interlock.develop.candidates.boosting import Boosting, Trees
from interlock.develop.candidates.candidate import (
    Candidate,
    Fitted,
    Limits,
    Pruned,
    Recorded,
    Scored,
    Trial,
    setting_of,
)
from interlock.develop.candidates.catboost import Catboost, CatboostTrees
from interlock.develop.candidates.constant import Baseline, Constant
from interlock.develop.candidates.linear import Linear, LinearModel
from interlock.develop.candidates.network import Network
from interlock.develop.candidates.network_model import NetworkModel
from interlock.develop.candidates.tree_model import TreeModel
from interlock.develop.candidates.xgboost import Xgboost, XgboostTrees

__all__ = [
    "CANDIDATES",
    "FITTED",
    "Averaging",
    "Baseline",
    "Blend",
    "Boosting",
    "Candidate",
    "Catboost",
    "Fitted",
    "Limits",
    "Linear",
    "Network",
    "Pruned",
    "Recorded",
    "Scored",
    "TreeModel",
    "Trial",
    "Xgboost",
    "setting_of",
]

CANDIDATES: tuple[Candidate, ...] = (
    Baseline(),
    Linear(),
    Boosting(),
    Xgboost(),
    Catboost(),
    Averaging(),
    Network(),
)

#: The classes that a saved development may hold, by the name it is saved under.
FITTED: dict[str, type] = {
    "averaged_trees": AveragedTrees,
    "blend": Blend,
    "catboost": CatboostTrees,
    "constant": Constant,
    "linear": LinearModel,
    "network": NetworkModel,
    "trees": Trees,
    "xgboost": XgboostTrees,
}
