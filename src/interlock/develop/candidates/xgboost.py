"""Gradient boosted trees by XGBoost, with its native categories; leaves are added up in double."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.balance import prior
from interlock.develop.candidates.candidate import Fitted, Limits, Pruned, Recorded, Trial, setting_of
from interlock.develop.candidates.kept import Kept, recall
from interlock.develop.candidates.memory import draw_memory, fading, recalled
from interlock.develop.candidates.portfolio import portfolio
from interlock.develop.candidates.stopping import Stopper, patience
from interlock.develop.candidates.tree_model import (
    TreeModel,
    as_matrix,
    busy_threads,
    directions,
    most_rounds,
    standard,
)
from interlock.develop.emit.forest import Forest
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.xgboost_trees import LARGEST, of_xgboost
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["Xgboost", "XgboostSetting", "XgboostTrees"]

_CELLS = 4_000_000
_OBJECTIVES = {
    "binary": ("binary:logistic", "logloss"),
    "multiclass": ("multi:softprob", "mlogloss"),
    "regression": ("reg:squarederror", "rmse"),
}


@dataclass(frozen=True)
class XgboostSetting:
    """What is tried.

    Args:
        depth: Splits from the root to a leaf at most.
        rate: How much of each tree is added.
        least: The sum of second derivatives that a leaf needs.
        rows: The share of rows that each tree learns from.
        features: The share of features that each split chooses from.
        l2: How strongly the leaves' values are held to 0.
        memory: Days after which a row counts half; 0 lets all ages count the same.
    """

    depth: int = 6
    rate: float = 0.05
    least: float = 5.0
    rows: float = 0.8
    features: float = 0.8
    l2: float = 1.0
    memory: float = 0.0


@dataclass(frozen=True)
class XgboostTrees(TreeModel):
    """A fitted booster and the preparation before it.

    Args:
        preparation: From tensors to features.
        model: The booster in XGBoost's own UBJSON.
        task: What it predicts.
        rounds: How many rounds it has.
        chosen: The setting.
        base: What is added to each score.
        scale: For a regression: what the booster's answer is multiplied by first.
    """

    preparation: Preparation
    model: bytes
    task: Task
    rounds: int
    chosen: XgboostSetting
    base: tuple[float, ...]
    scale: float = 1.0

    @property
    def setting(self) -> str:
        """The chosen setting, for people."""
        return f"depth {self.chosen.depth}, rate {self.chosen.rate:.3g}{recalled(self.chosen.memory)}"

    @property
    def forest(self) -> Forest:
        """The trees."""
        trees, targets = _trees(self.model)
        return of_xgboost(trees, targets, np.array(self.base), scale=self.scale)

    def matrix(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return what the trees look at: float32 numbers, as float64 [n, p]."""
        return _float32(super().matrix(inputs)).astype(np.float64)

    def emit_matrix(self, graph: Graph) -> str:
        """Add the preparation and round to float32."""
        rounded = graph.node("Cast", super().emit_matrix(graph), to=graph.FLOAT)
        return graph.node("Cast", rounded, to=graph.DOUBLE)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Let XGBoost lead the rows to their leaves, and add these up in double; it does so in float32."""
        matrix = super().matrix(inputs)
        trees, targets = _trees(self.model)
        values = [np.array(tree["split_conditions"], np.float32).astype(np.float64) for tree in trees]
        starts = np.cumsum([0, *map(len, values)])[:-1]
        flat, adds = np.concatenate(values), np.equal.outer(targets, np.arange(len(self.base)))
        step = max(1, _CELLS // len(trees))
        blocks = [
            flat[starts + _leaves(self.model, matrix[at : at + step], len(trees))] @ adds.astype(np.float64)
            for at in range(0, len(matrix), step)
        ]
        total = np.concatenate([np.empty((0, len(self.base))), *blocks])
        return np.asarray(total * self.scale + np.array(self.base))


@dataclass(frozen=True)
class Xgboost:
    """XGBoost by histograms; a table is binned once for all settings.

    Args:
        first: The settings that are tried first.
        name: What the leaderboard calls it.
        description: One sentence for people.
        needs: The library it needs.
        monotone: Whether it keeps predictions monotone.
        keeps_time: Whether a fit looks at the time itself and ends with what it has.
    """

    first: tuple[XgboostSetting, ...] = (XgboostSetting(), XgboostSetting(8, 0.04, features=0.6))
    name: str = "xgboost"
    description: str = "gradient boosted trees of limited depth, by XGBoost"
    needs: str = "xgboost"
    monotone: bool = True
    keeps_time: bool = True

    def settings(self, train: Sample) -> tuple[XgboostSetting, ...]:
        """Return the settings that are tried first, fitted to the size and the time of the rows."""
        return portfolio(self.first, train)

    def suggest(self, trial: Trial, train: Sample) -> XgboostSetting:
        """Draw every field."""
        return XgboostSetting(
            depth=trial.suggest_int("depth", 3, 10),
            rate=trial.suggest_float("rate", 0.02, 0.2, log=True),
            least=trial.suggest_float("least", 0.5, 100.0, log=True),
            rows=trial.suggest_float("rows", 0.5, 1.0),
            features=trial.suggest_float("features", 0.4, 1.0),
            l2=trial.suggest_float("l2", 1e-2, 100.0, log=True),
            memory=draw_memory(trial, train),
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: XgboostSetting | None = None,
    ) -> XgboostTrees:
        """Boost until the watched rows get no better."""
        chosen = setting or self.first[0]
        table, aside = _binned(fading(train, chosen.memory), watched, contract)
        return _boost(table, aside, chosen, limits)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> XgboostTrees:
        """Boost as many rounds in the chosen setting, or fewer if time is up."""
        chosen = setting_of(fitted, self.first[0])
        table = _Table.of(fading(rows, chosen.memory), contract)
        return _boost(table, None, chosen, replace(limits, rounds=fitted.rounds))


@dataclass(frozen=True)
class _Table:
    """Rows that are prepared and binned.

    Args:
        preparation: From tensors to features.
        train: The rows.
        base: The score of the baseline, as float32, which boosting begins from.
        centre: What is subtracted from the target.
        scale: What it is then divided by.
        directions: For each feature 1 or -1 where it is monotone.
        data: The `xgboost.QuantileDMatrix`.
    """

    preparation: Preparation
    train: Sample
    base: NDArray[np.float32]
    centre: float
    scale: float
    directions: tuple[int, ...]
    data: Any = None

    @classmethod
    def of(cls, train: Sample, contract: Contract) -> _Table:
        preparation, features = Preparation.learn(train, contract)
        centre, scale = standard(train)
        base = prior(train).astype(np.float32)
        signs = directions(preparation, contract, train.task)
        table = cls(preparation, train, base, centre, scale, signs)
        return replace(table, data=table.bin(train, as_matrix(features)))

    def bin(self, rows: Sample, matrix: NDArray[np.float64], reference: Any = None) -> Any:
        numbers = matrix.shape[1] - len(self.preparation.levels)
        return _xgboost().QuantileDMatrix(
            _float32(matrix),
            (rows.target - self.centre) / self.scale,
            weight=rows.weights,
            base_margin=np.tile(self.base, (len(rows), 1)),
            feature_types=["q"] * numbers + ["c"] * len(self.preparation.levels),
            enable_categorical=True,
            ref=reference,
            nthread=busy_threads(matrix.size),
        )


_kept: Kept[tuple[_Table, Any]] = []


def _binned(train: Sample, watched: Sample, contract: Contract) -> tuple[_Table, Any]:
    """Return the table and the watched rows as bins; one setting after the other learns from the same."""

    def make() -> tuple[_Table, Any]:
        table = _Table.of(train, contract)
        matrix = as_matrix(table.preparation.transform(watched))
        return table, table.bin(watched, matrix, reference=table.data)

    return recall(_kept, (train, watched, contract), make)


def _boost(table: _Table, aside: Any, setting: XgboostSetting, limits: Limits) -> XgboostTrees:
    width = table.train.width
    rounds = limits.rounds or most_rounds(width, 2**setting.depth)
    stopper = Stopper(limits, patience(setting.rate))
    booster = _xgboost().train(
        _parameters(table, setting, limits),
        table.data,
        rounds,
        evals=[(aside, "watched")] if aside is not None else [],
        verbose_eval=False,
        callbacks=[_callback(stopper)],
    )
    if stopper.pruned:
        raise Pruned
    base = tuple(float(each) * table.scale + table.centre for each in table.base)
    return XgboostTrees(
        table.preparation,
        bytes(booster[: stopper.rounds].save_raw(raw_format="ubj")),
        table.train.task,
        stopper.rounds,
        setting,
        base,
        table.scale,
    )


def _parameters(table: _Table, setting: XgboostSetting, limits: Limits) -> dict[str, object]:
    objective, metric = _OBJECTIVES[table.train.task]
    cells = len(table.train) * table.train.columns
    several = {"num_class": table.train.width} if table.train.task == "multiclass" else {}
    return {
        "objective": objective,
        "eval_metric": metric,
        "base_score": 0.5 if table.train.task != "regression" else 0.0,  # the margins replace it
        "tree_method": "hist",
        "max_depth": setting.depth,
        "eta": setting.rate,
        "min_child_weight": setting.least,
        "subsample": setting.rows,
        "colsample_bynode": setting.features,
        "lambda": setting.l2,
        "monotone_constraints": table.directions,
        "seed": limits.seed,
        "nthread": min(limits.threads, busy_threads(cells)),
        "verbosity": 0,
        **several,
    }


def _callback(stopper: Stopper) -> Any:
    class Watch(_xgboost().callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            losses = next(iter(evals_log["watched"].values())) if evals_log else [None]
            return stopper.stops(epoch + 1, losses[-1])

    return Watch()


def _float32(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.clip(matrix, -LARGEST, LARGEST).astype(np.float32)


@functools.lru_cache(maxsize=8)
def _booster(model: bytes) -> Any:
    return _xgboost().Booster(model_file=bytearray(model))


@functools.lru_cache(maxsize=8)
def _trees(model: bytes) -> tuple[list[dict[str, Any]], list[int]]:
    text = bytes(_booster(model).save_raw(raw_format="json"))
    found = msgspec.json.decode(text)["learner"]["gradient_booster"]["model"]
    return found["trees"], found["tree_info"]


def _leaves(model: bytes, matrix: NDArray[np.float64], trees: int) -> NDArray[np.int64]:
    booster = _booster(model)
    data = _xgboost().DMatrix(
        _float32(matrix), feature_types=booster.feature_types, enable_categorical=True, nthread=1
    )
    leaves = booster.predict(data, pred_leaf=True, strict_shape=True)
    return np.asarray(leaves).reshape(len(matrix), trees).astype(np.int64)


def _xgboost() -> Any:
    """Import XGBoost, with threads that sleep at a barrier: see `boosting`."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import xgboost

    return xgboost
