"""Gradient boosted trees by LightGBM, with its native categories, compiled to one TreeEnsemble."""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Fitted, Interrupted, Limits
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.trees import emit_trees
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["Boosting", "Setting", "Trees"]

_MOST_TREES = 1000
_PATIENCE = 30
_SHARE = 0.8
_OBJECTIVES = {
    "binary": ("binary", "binary_logloss"),
    "multiclass": ("multiclass", "multi_logloss"),
    "regression": ("regression", "rmse"),
}


@dataclass(frozen=True)
class Setting:
    """What is tried.

    Args:
        leaves: Leaves of a tree at most.
        rate: How much of each tree is added.
    """

    leaves: int
    rate: float


SETTINGS = (Setting(31, 0.05), Setting(7, 0.1), Setting(127, 0.05))


@dataclass(frozen=True)
class Trees:
    """A fitted booster and the preparation before it.

    Args:
        preparation: From tensors to features.
        model: The booster in LightGBM's own text form, which keeps every double exactly.
        task: What it predicts.
        rounds: How many rounds it has.
        chosen: The setting.
        centre: For a regression: what is added to the booster's answer; LightGBM holds targets as float32,
            so it learns the target's distance from its mean, in standard deviations.
        scale: For a regression: what the booster's answer is multiplied by first.
    """

    preparation: Preparation
    model: str
    task: Task
    rounds: int
    chosen: Setting
    centre: float = 0.0
    scale: float = 1.0

    @property
    def setting(self) -> str:
        """The chosen setting, for people."""
        return f"at most {self.chosen.leaves} leaves, rate {self.chosen.rate:g}"

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
    """LightGBM in a few settings; the table is binned once for all of them.

    Args:
        settings: Tried one after the other, each within half of the time that is left, the last in all of it.
        name: What the leaderboard calls it.
        description: One sentence for people.
    """

    settings: tuple[Setting, ...] = SETTINGS
    name: str = "lightgbm"
    description: str = "gradient boosted trees, each from 80 % of the rows and features"

    def fit(self, train: Sample, watched: Sample, contract: Contract, limits: Limits) -> Trees:
        """Try the settings; each is boosted until the watched rows get no better for 30 rounds."""
        table = _Table.of(train, contract, limits)
        aside = table.bin(watched, reference=table.data)
        best, lowest = None, np.inf
        try:
            for place, setting in enumerate(self.settings):
                share = limits.within(limits.left / min(2, len(self.settings) - place))
                trees, loss = _boost(table, aside, setting, share)
                if loss < lowest:
                    best, lowest = trees, loss
        except KeyboardInterrupt as error:
            if best is None:
                raise
            raise Interrupted(best) from error
        return best or trees

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> Trees:
        """Boost as many rounds in the chosen setting, or fewer if time is up."""
        chosen = fitted.chosen if isinstance(fitted, Trees) else self.settings[0]
        table = _Table.of(rows, contract, limits)
        return _boost(table, None, chosen, replace(limits, rounds=fitted.rounds))[0]


@dataclass(frozen=True)
class _Table:
    """Rows that are prepared and binned.

    Args:
        preparation: From tensors to features.
        task: What is predicted.
        width: Trees of one round.
        parameters: Those of LightGBM that no setting changes.
        centre: What is subtracted from the target.
        scale: What it is then divided by.
        data: The `lightgbm.Dataset`.
    """

    preparation: Preparation
    task: Task
    width: int
    parameters: dict[str, object]
    centre: float
    scale: float
    data: Any = None

    @classmethod
    def of(cls, train: Sample, contract: Contract, limits: Limits) -> _Table:
        preparation = Preparation.fit(train, contract, cyclic=False)
        regression = train.task == "regression"
        centre, scale = (train.target.mean(), train.target.std()) if regression else (0.0, 1.0)
        parameters = _parameters(train, limits)
        table = cls(preparation, train.task, train.width, parameters, float(centre), float(scale))
        return replace(table, data=table.bin(train))

    def bin(self, rows: Sample, reference: Any = None) -> Any:
        features = self.preparation.transform(rows)
        first = features.numbers.shape[1]
        return _lightgbm().Dataset(
            _matrix(features),
            (rows.target - self.centre) / self.scale,
            params=self.parameters,
            reference=reference,
            categorical_feature=list(range(first, first + features.codes.shape[1])),
        )


def _parameters(train: Sample, limits: Limits) -> dict[str, object]:
    objective, metric = _OBJECTIVES[train.task]
    return {
        "objective": objective,
        "metric": metric,
        "num_class": train.width,
        "feature_fraction": _SHARE,
        "bagging_fraction": _SHARE,
        "bagging_freq": 1,
        "min_data_in_leaf": max(5, min(50, len(train) // 100)),
        "bin_construct_sample_cnt": 50_000,
        "seed": limits.seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": min(limits.threads, _threads(len(train) * train.columns)),
        "verbosity": -1,
    }


def _boost(table: _Table, aside: Any, setting: Setting, limits: Limits) -> tuple[Trees, float]:
    """Boost in one setting; return the trees up to the best round, and the loss of that round."""
    stopper = _Stopper(limits.deadline)
    booster = _lightgbm().train(
        {**table.parameters, "num_leaves": setting.leaves, "learning_rate": setting.rate},
        table.data,
        num_boost_round=limits.rounds or max(1, _MOST_TREES // table.width),
        valid_sets=[aside] if aside else None,
        callbacks=[stopper],
    )
    rounds = stopper.rounds if aside else booster.current_iteration()
    text = booster.model_to_string(num_iteration=rounds)
    trees = Trees(table.preparation, text, table.task, rounds, setting, table.centre, table.scale)
    return trees, stopper.best


class _Stopper:
    """Remembers the best round, and stops after 30 rounds without a better one or at the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self.best = np.inf
        self.rounds = 1

    def __call__(self, environment: Any) -> None:
        results = environment.evaluation_result_list
        if results and results[0][2] < self.best:
            self.best, self.rounds = results[0][2], environment.iteration + 1
        patient = not results or environment.iteration + 1 - self.rounds < _PATIENCE
        if not patient or time.monotonic() > self._deadline:
            raise _lightgbm().callback.EarlyStopException(environment.iteration, results or [])


def _threads(cells: int) -> int:
    """Return how many threads pay: with less than half a million cells each, they wait for one another."""
    return max(1, min(os.cpu_count() or 1, cells // 500_000))


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
