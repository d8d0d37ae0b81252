"""Gradient boosted trees by LightGBM, with its native categories, compiled to one TreeEnsemble."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Fitted, Limits, Pruned, Scored, Trial
from interlock.develop.emit.forest import Forest
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.lightgbm_trees import of_lightgbm
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
class Trees(Scored):
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

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score with LightGBM itself."""
        matrix = self.matrix(inputs)
        booster, threads = _booster(self.model), _threads(matrix.size)
        answer = np.asarray(booster.predict(matrix, raw_score=True, num_threads=threads), np.float64)
        score = answer.reshape(len(matrix), -1)
        return score * self.scale + self.centre if self.task == "regression" else score

    @property
    def forest(self) -> Forest:
        """The trees."""
        return of_lightgbm(self.model, base=self.centre, scale=self.scale)

    @property
    def sources(self) -> tuple[str, ...]:
        """For each column of the matrix the column that it tells of."""
        return self.preparation.sources

    def matrix(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return what the trees look at, float64 [n, p]."""
        return _matrix(self.preparation.transform(inputs))

    def emit_matrix(self, graph: Graph) -> str:
        """Add the preparation, up to what the trees look at."""
        tensors = self.preparation.emit(graph)
        blocks = [tensors.numbers] if tensors.numbers else []
        if tensors.codes:
            blocks.append(graph.node("Cast", tensors.codes, to=graph.DOUBLE))
        return graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]

    def emit_score(self, graph: Graph) -> str:
        """Add the preparation and the trees."""
        return self.forest.emit(graph, self.emit_matrix(graph))


@dataclass(frozen=True)
class Boosting:
    """LightGBM; a table is binned once for all settings.

    Args:
        first: The settings that are tried first.
        name: What the leaderboard calls it.
        description: One sentence for people.
    """

    first: tuple[Setting, ...] = SETTINGS
    name: str = "lightgbm"
    description: str = "gradient boosted trees, each from 80 % of the rows and features"

    def settings(self, train: Sample) -> tuple[Setting, ...]:  # noqa: ARG002 - the protocol's
        """Return the settings that are tried first."""
        return self.first

    def suggest(self, trial: Trial, train: Sample) -> Setting:  # noqa: ARG002 - the protocol's
        """Draw the number of leaves and the rate."""
        return Setting(
            trial.suggest_int("leaves", 4, 255, log=True), trial.suggest_float("rate", 0.02, 0.2, log=True)
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: Setting | None = None,
    ) -> Trees:
        """Boost until the watched rows get no better for 30 rounds."""
        table, aside = _binned(train, watched, contract, limits)
        return _boost(table, aside, setting or self.first[0], limits)[0]

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> Trees:
        """Boost as many rounds in the chosen setting, or fewer if time is up."""
        chosen = fitted.chosen if isinstance(fitted, Trees) else self.first[0]
        table = _Table.of(rows, contract, limits)
        return _boost(table, None, chosen, replace(limits, rounds=fitted.rounds))[0]


#: The rows that were binned last, so that one setting after the other learns from the same bins.
_kept: list[tuple[Sample, Sample, Contract, _Table, Any]] = []


def _binned(train: Sample, watched: Sample, contract: Contract, limits: Limits) -> tuple[_Table, Any]:
    if not _kept or any(
        had is not asked for had, asked in zip(_kept[0], (train, watched, contract), strict=False)
    ):
        table = _Table.of(train, contract, limits)
        _kept[:] = [(train, watched, contract, table, table.bin(watched, reference=table.data))]
    return _kept[0][3:]


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
        preparation, features = Preparation.learn(train, contract)
        regression = train.task == "regression"
        centre, scale = (train.target.mean(), train.target.std()) if regression else (0.0, 1.0)
        parameters = _parameters(train, limits)
        table = cls(preparation, train.task, train.width, parameters, float(centre), float(scale))
        return replace(table, data=table.bin(train, features))

    def bin(self, rows: Sample, features: Features | None = None, reference: Any = None) -> Any:
        features = features or self.preparation.transform(rows)
        first = features.numbers.shape[1]
        return _lightgbm().Dataset(
            _matrix(features),
            (rows.target - self.centre) / self.scale,
            weight=rows.weights,
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
    stopper = _Stopper(limits.deadline, limits.report)
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

    def __init__(self, deadline: float, report: Callable[[int, float], bool]) -> None:
        self._deadline, self._report = deadline, report
        self.best = np.inf
        self.rounds = 1

    def __call__(self, environment: Any) -> None:
        results = environment.evaluation_result_list
        if results and results[0][2] < self.best:
            self.best, self.rounds = results[0][2], environment.iteration + 1
        if results and self._report(environment.iteration + 1, results[0][2]):
            raise Pruned
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
