"""An XGBoost model file over numbers: its trees in double precision, its own sums as the reference."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.contract.validity import did_you_mean
from interlock.develop.bring.once import Same
from interlock.develop.candidates.candidate import Limits, Scored
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.xgboost_trees import LARGEST, of_xgboost
from interlock.develop.sample import Inputs, Sample
from interlock.errors import InputError

__all__ = ["Xgboost", "XgboostFile"]

_OBJECTIVES: dict[str, Task] = {
    "binary:logistic": "binary",
    "binary:logitraw": "binary",
    "multi:softprob": "multiclass",
    "multi:softmax": "multiclass",
    "reg:squarederror": "regression",
    "reg:absoluteerror": "regression",
    "reg:pseudohubererror": "regression",
    "reg:quantileerror": "regression",
    "count:poisson": "regression",
    "reg:gamma": "regression",
    "reg:tweedie": "regression",
}
_EXPONENTIAL = ("count:poisson", "reg:gamma", "reg:tweedie")


@dataclass(frozen=True)
class XgboostFile(Scored):
    """A booster and its features.

    Args:
        model: The model as XGBoost saves it.
        columns: For each feature its column of the numeric tensor.
        task: What it predicts.
        rounds: How many rounds it has.
        exponential: Whether the value is the exponential of the score.
        setting: Where it comes from, for people.
    """

    model: bytes
    columns: tuple[int, ...]
    task: Task
    rounds: int
    exponential: bool = False
    setting: str = "XGBoost"

    @property
    def tolerance(self) -> float:
        """XGBoost adds its leaves up in single precision, the graph in double."""
        return 1e-5

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score with XGBoost itself."""
        matrix = np.clip(inputs.numbers[:, list(self.columns)], -LARGEST, LARGEST).astype(np.float32)
        data = _xgboost().DMatrix(matrix, feature_names=_booster(self.model).feature_names)
        margin = np.asarray(_booster(self.model).predict(data, output_margin=True), np.float64)
        score = margin.reshape(len(matrix), -1)
        return np.exp(score) if self.exponential else score

    def emit_score(self, graph: Graph) -> str:
        """Round to single precision as XGBoost does, and add the trees."""
        numbers = graph.columns(graph.numbers, self.columns)
        bounds = (graph.constant(np.array(bound)) for bound in (-LARGEST, LARGEST))
        rounded = graph.node("Cast", graph.node("Clip", numbers, *bounds), to=graph.FLOAT)
        learner = _learner(self.model)
        trees = learner["gradient_booster"]["model"]
        forest = of_xgboost(trees["trees"], trees["tree_info"], _base(learner, self.task))
        score = forest.emit(graph, graph.node("Cast", rounded, to=graph.DOUBLE))
        return graph.node("Exp", score) if self.exponential else score


@dataclass(frozen=True)
class Xgboost(Same):
    """A candidate that XGBoost fitted elsewhere.

    Args:
        model: The model as XGBoost saves it.
        name: What the leaderboard calls it.
        description: One sentence for people.
    """

    model: bytes
    name: str
    description: str = (
        "an XGBoost model brought along, fitted elsewhere, perhaps on the rows it is compared on"
    )

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,
        limits: Limits,  # noqa: ARG002 - the protocol's
        setting: Any = None,  # noqa: ARG002 - the protocol's
    ) -> XgboostFile:
        """Match its features with the contract's numbers.

        Raises:
            InputError: It is no such model, a feature is no number, or the objective is for another task.
        """
        booster, learner = _booster(self.model), _learner(self.model)
        objective = learner["objective"]["name"]
        if _OBJECTIVES.get(objective) != train.task or learner["gradient_booster"]["name"] != "gbtree":
            raise InputError(
                f"the model does not fit a {train.task} task",
                got=f"objective {objective}, booster {learner['gradient_booster']['name']}",
                next_step=f"train a gbtree with {_fitting(train.task)}",
            )
        columns = _columns(booster, contract)
        origin = f"XGBoost, {len(learner['gradient_booster']['model']['trees']):,} trees"
        exponential = objective in _EXPONENTIAL
        return XgboostFile(self.model, columns, train.task, booster.num_boosted_rounds(), exponential, origin)


def _fitting(task: Task) -> str:
    return ", ".join(name for name, fits in _OBJECTIVES.items() if fits == task)


def _columns(booster: Any, contract: Contract) -> tuple[int, ...]:
    numbers = [column.name for column in contract.numbers]
    names = booster.feature_names or numbers
    kinds = booster.feature_types or ["q"] * len(names)
    if len(names) != len(numbers) and not booster.feature_names:
        raise InputError(
            "the model does not name its features, and the contract has another number of numbers",
            got=f"{booster.num_features()} features, {len(numbers)} numbers",
            next_step="train it from a DataFrame, so that it keeps the names",
        )
    for name, kind in zip(names, kinds, strict=True):
        if name not in numbers or kind == "c":
            raise InputError(
                "a feature of the model is no number of the contract",
                where=f"feature `{name}`",
                got="a category" if kind == "c" else "no such column",
                next_step=did_you_mean(name, numbers)
                if kind != "c"
                else "bring categories in a LightGBM file, or use the candidate `xgboost`",
            )
    return tuple(numbers.index(name) for name in names)


def _base(learner: dict[str, Any], task: Task) -> NDArray[np.float64]:
    """Return the base score as a margin; the file holds it as an answer."""
    stated = learner["learner_model_param"]["base_score"]
    values = np.array(msgspec.json.decode(stated) if stated.startswith("[") else [float(stated)], np.float64)
    objective = learner["objective"]["name"]
    if objective == "binary:logistic":
        values = np.log(values) - np.log1p(-values)
    if objective in _EXPONENTIAL:
        values = np.log(values)
    width = int(learner["learner_model_param"]["num_class"]) if task == "multiclass" else 1
    return np.resize(values, width)


@lru_cache(maxsize=4)
def _learner(model: bytes) -> dict[str, Any]:
    text = bytes(_booster(model).save_raw(raw_format="json"))
    learner: dict[str, Any] = msgspec.json.decode(text)["learner"]
    return learner


@lru_cache(maxsize=4)
def _booster(model: bytes) -> Any:
    try:
        return _xgboost().Booster(model_file=bytearray(model))
    except Exception as error:  # an XGBoostError, or one of its parser
        raise InputError(
            "this is no model file of XGBoost",
            got=str(error).splitlines()[0][:120],
            next_step="write it with booster.save_model('model.ubj') or '.json'",
        ) from error


def _xgboost() -> Any:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import xgboost

    return xgboost
