"""Gradient boosted trees by LightGBM, with its native categories, compiled to one TreeEnsemble."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Limits
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.trees import emit_trees
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["Boosting", "Trees"]

_MOST_TREES = 1000
_PATIENCE = 30
_OBJECTIVES = {
    "binary": ("binary", "binary_logloss"),
    "multiclass": ("multiclass", "multi_logloss"),
    "regression": ("regression", "rmse"),
}


@dataclass(frozen=True)
class Trees:
    """A fitted booster and the preparation before it.

    Args:
        preparation: From tensors to features.
        model: The booster in LightGBM's own text form, which keeps every double exactly.
        task: What it predicts.
        rounds: How many rounds it has.
        centre: For a regression: what is added to the booster's answer; LightGBM holds targets as float32,
            so it learns the target's distance from its mean, in standard deviations.
        scale: For a regression: what the booster's answer is multiplied by first.
    """

    preparation: Preparation
    model: str
    task: Task
    rounds: int
    centre: float = 0.0
    scale: float = 1.0

    def predict(self, inputs: Inputs) -> NDArray[np.float64]:
        """Predict with LightGBM itself."""
        matrix = _matrix(self.preparation.transform(inputs))
        answer = np.asarray(
            _booster(self.model).predict(matrix, num_threads=_threads(matrix.size)), np.float64
        )
        return answer * self.scale + self.centre if self.task == "regression" else answer

    def emit(self, graph: Graph) -> str:
        """Add the preparation, the trees, and the link of the task."""
        tensors = self.preparation.emit(graph)
        blocks = [tensors.numbers] if tensors.numbers else []
        if tensors.codes:
            blocks.append(graph.node("Cast", tensors.codes, to=graph.DOUBLE))
        features = graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]
        score = emit_trees(graph, features, _booster(self.model).dump_model())
        if self.task == "regression":
            scaled = graph.node("Mul", score, graph.constant(np.array(self.scale)))
            return graph.node("Add", scaled, graph.constant(np.array(self.centre)))
        return graph.node("Sigmoid", score) if self.task == "binary" else graph.node("Softmax", score, axis=1)


@dataclass(frozen=True)
class Boosting:
    """One setting of LightGBM.

    Args:
        name: What the leaderboard calls it.
        leaves: Leaves of a tree at most.
        rate: How much of each tree is added.
        share: Share of the features that a tree may use, and of the rows that it learns from.
        description: One sentence for people.
    """

    name: str
    leaves: int
    rate: float
    share: float
    description: str

    def fit(self, train: Sample, watched: Sample | None, contract: Contract, limits: Limits) -> Trees:
        """Boost until the watched part gets no better for 30 rounds, the rounds are done, or time is up."""
        preparation = Preparation.fit(train, contract, cyclic=False)
        centre, scale = _spread(train)
        parameters = self._parameters(train, limits)
        data = _dataset(preparation, train, (centre, scale), parameters)
        aside = [_dataset(preparation, watched, (centre, scale), parameters, data)] if watched else None
        stopper = _Stopper(limits.deadline)
        booster = _lightgbm().train(
            parameters,
            data,
            num_boost_round=limits.rounds or max(1, _MOST_TREES // train.width),
            valid_sets=aside,
            callbacks=[stopper],
        )
        rounds = stopper.rounds if watched else booster.current_iteration()
        text = booster.model_to_string(num_iteration=rounds)
        return Trees(preparation, text, train.task, rounds, centre, scale)

    def _parameters(self, train: Sample, limits: Limits) -> dict[str, object]:
        objective, metric = _OBJECTIVES[train.task]
        return {
            "objective": objective,
            "metric": metric,
            "num_class": train.width,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "feature_fraction": self.share,
            "bagging_fraction": self.share,
            "bagging_freq": 1 if self.share < 1 else 0,
            "min_data_in_leaf": max(5, min(50, len(train) // 100)),
            "seed": limits.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": min(limits.threads, _threads(len(train) * train.columns)),
            "verbosity": -1,
        }


class _Stopper:
    """Remembers the best round, and stops after 30 rounds without a better one or at the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._best = np.inf
        self.rounds = 1

    def __call__(self, environment: Any) -> None:
        results = environment.evaluation_result_list
        if results and results[0][2] < self._best:
            self._best, self.rounds = results[0][2], environment.iteration + 1
        patient = not results or environment.iteration + 1 - self.rounds < _PATIENCE
        if not patient or time.monotonic() > self._deadline:
            raise _lightgbm().callback.EarlyStopException(environment.iteration, results or [])


def _dataset(
    preparation: Preparation,
    rows: Sample,
    spread: tuple[float, float],
    parameters: dict[str, object],
    reference: Any = None,
) -> Any:
    centre, scale = spread
    features = preparation.transform(rows)
    first = features.numbers.shape[1]
    return _lightgbm().Dataset(
        _matrix(features),
        (rows.target - centre) / scale,
        params=parameters,
        reference=reference,
        categorical_feature=list(range(first, first + features.codes.shape[1])),
    )


def _threads(cells: int) -> int:
    """Return how many threads pay: with less than half a million cells each, they wait for one another."""
    return max(1, min(os.cpu_count() or 1, cells // 500_000))


def _spread(train: Sample) -> tuple[float, float]:
    if train.task != "regression":
        return 0.0, 1.0
    return float(train.target.mean()), float(train.target.std())


def _matrix(features: Features) -> NDArray[np.float64]:
    return np.concatenate([features.numbers, features.codes.astype(np.float64)], axis=1)


@functools.lru_cache(maxsize=8)
def _booster(text: str) -> Any:
    return _lightgbm().Booster(model_str=text)


def _lightgbm() -> Any:
    """Import LightGBM, with threads that sleep at a barrier.

    By default they spin, and where another process wants the cores every round then waits for the scheduler:
    200 rounds took 7 to 15 s instead of 1.2 s. OpenMP reads the variable once, when it is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    return lightgbm
