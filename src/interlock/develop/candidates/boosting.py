"""Gradient boosted trees by LightGBM, with its native categories, compiled to one TreeEnsemble."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.balance import prior, shares, weighed_up
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
from interlock.develop.emit.lightgbm_trees import of_lightgbm
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["Boosting", "Setting", "Table", "Trees", "booster_of", "grow", "parameters", "spread"]

_RARE = 0.1
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
        least: Rows that a leaf needs; 0 takes a hundredth of the rows, from 5 to 50.
        rows: The share of rows that each tree learns from.
        features: The share of features that each tree learns from.
        l1: How strongly sums of gradients are held to 0.
        l2: How strongly the leaves' values are held to 0.
        smooth: How strongly a leaf is held to the node above it.
        cat_smooth: How strongly the order of categories is held to their mean, where they are rare.
        cat_l2: As `l2`, for splits of categories.
        bins: Values at most that a number is held apart by.
        extra: Whether only one random threshold of each feature is looked at.
        memory: Days after which a row counts half; 0 lets all ages count the same.
        balance: How much more the rows of rare classes count: 0 not, 1 until all classes count the same;
            probabilities stay what they are.
    """

    leaves: int = 31
    rate: float = 0.05
    least: int = 0
    rows: float = 0.8
    features: float = 0.8
    l1: float = 0.0
    l2: float = 0.0
    smooth: float = 0.0
    cat_smooth: float = 10.0
    cat_l2: float = 10.0
    bins: int = 255
    extra: bool = False
    balance: float = 0.0
    memory: float = 0.0


#: The first is the best guess; the others are as unlike it as they are good, so that a blend gains by them.
SETTINGS = (
    Setting(31, 0.05),
    Setting(15, 0.05, features=0.5),
    Setting(31, 0.05, extra=True),
    Setting(63, 0.05, features=0.5, cat_smooth=50.0, cat_l2=30.0),
)


@dataclass(frozen=True)
class Trees(TreeModel):
    """A fitted booster and the preparation before it.

    Args:
        preparation: From tensors to features.
        model: The booster in LightGBM's own text form, which keeps every double exactly.
        task: What it predicts.
        rounds: How many rounds it has.
        chosen: The setting.
        base: What is added to each score: the mean of a regression, else the score of the shares.
        scale: What the booster's answer is multiplied by first: the spread of a regression.
    """

    preparation: Preparation
    model: str
    task: Task
    rounds: int
    chosen: Setting
    base: tuple[float, ...]
    scale: float = 1.0

    @property
    def setting(self) -> str:
        """The chosen setting, for people."""
        kind = "random thresholds, " if self.chosen.extra else ""
        trees = f"{kind}at most {self.chosen.leaves} leaves, rate {self.chosen.rate:.3g}"
        return trees + recalled(self.chosen.memory)

    @property
    def forest(self) -> Forest:
        """The trees."""
        return of_lightgbm(self.model, base=np.array(self.base), scale=self.scale)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score with LightGBM itself."""
        matrix = self.matrix(inputs)
        booster, threads = booster_of(self.model), busy_threads(matrix.size)
        answer = np.asarray(booster.predict(matrix, raw_score=True, num_threads=threads), np.float64)
        return np.asarray(answer.reshape(len(matrix), -1) * self.scale + np.array(self.base))


@dataclass(frozen=True)
class Boosting:
    """LightGBM; a table is binned once for all settings.

    Args:
        first: The settings that are tried first.
        name: What the leaderboard calls it.
        description: One sentence for people.
        needs: The library it needs.
        monotone: Whether it keeps predictions monotone.
        keeps_time: Whether a fit looks at the time itself and ends with what it has.
    """

    first: tuple[Setting, ...] = SETTINGS
    name: str = "lightgbm"
    description: str = "gradient boosted trees, each from a share of the rows and features"
    needs: str = "lightgbm"
    monotone: bool = True
    keeps_time: bool = True

    def settings(self, train: Sample) -> tuple[Setting, ...]:
        """Return the settings that are tried first, fitted to the size and the time of the rows."""
        return portfolio(self.first, train)

    def suggest(self, trial: Trial, train: Sample) -> Setting:
        """Draw every field; the balance only where a class is rare."""
        rare = train.task != "regression" and shares(train).min() < _RARE
        return Setting(
            leaves=trial.suggest_int("leaves", 4, 255, log=True),
            rate=trial.suggest_float("rate", 0.015, 0.2, log=True),
            least=trial.suggest_int("least", 2, min(200, max(5, len(train) // 20)), log=True),
            rows=trial.suggest_float("rows", 0.5, 1.0),
            features=trial.suggest_float("features", 0.3, 1.0),
            l1=trial.suggest_float("l1", 1e-3, 10.0, log=True),
            l2=trial.suggest_float("l2", 1e-3, 30.0, log=True),
            smooth=trial.suggest_float("smooth", 1e-2, 30.0, log=True),
            cat_smooth=trial.suggest_float("cat_smooth", 1.0, 100.0, log=True) if train.strings else 10.0,
            cat_l2=trial.suggest_float("cat_l2", 1.0, 100.0, log=True) if train.strings else 10.0,
            bins=trial.suggest_categorical("bins", (63, 255)),
            extra=trial.suggest_categorical("extra", (False, True)),
            balance=trial.suggest_float("balance", 0.0, 0.5) if rare else 0.0,
            memory=draw_memory(trial, train),
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: Setting | None = None,
    ) -> Trees:
        """Boost until the watched rows get no better."""
        chosen = setting or self.first[0]
        table, aside = _binned(fading(train, chosen.memory), watched, contract, chosen.bins)
        return _boost(table, aside, chosen, limits)

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Trees:
        """Boost as many rounds in the chosen setting, or fewer if time is up."""
        chosen = setting_of(fitted, self.first[0])
        table = Table.of(fading(rows, chosen.memory), contract, chosen.bins)
        return _boost(table, None, chosen, replace(limits, rounds=fitted.rounds))


@dataclass(frozen=True)
class Table:
    """Rows that are prepared and binned.

    Args:
        preparation: From tensors to features.
        train: The rows.
        start: The score that boosting begins from, float64 [width]; None where the trees hold it themselves.
        centre: What is subtracted from the target.
        scale: What it is then divided by.
        parameters: Those of LightGBM that the bins are made with.
        data: The `lightgbm.Dataset`.
    """

    preparation: Preparation
    train: Sample
    start: NDArray[np.float64] | None
    centre: float
    scale: float
    parameters: dict[str, object]
    data: Any = None

    @classmethod
    def of(cls, train: Sample, contract: Contract, bins: int, *, from_prior: bool = True) -> Table:
        """Prepare and bin the rows to learn from."""
        preparation, features = Preparation.learn(train, contract)
        signs = directions(preparation, contract, train.task)
        parameters: dict[str, object] = {
            "max_bin": bins,
            "bin_construct_sample_cnt": 50_000,
            "feature_pre_filter": False,
            "verbosity": -1,
            "num_threads": busy_threads(len(train) * train.columns),
            **({"monotone_constraints": list(signs)} if any(signs) else {}),
        }
        start = prior(train) if from_prior else None
        table = cls(preparation, train, start, *standard(train), parameters)
        return replace(table, data=table.bin(train, as_matrix(features)))

    def bin(self, rows: Sample, matrix: NDArray[np.float64], reference: Any = None) -> Any:
        """Return the `lightgbm.Dataset` of rows."""
        numbers = matrix.shape[1] - len(self.preparation.levels)
        return _lightgbm().Dataset(
            matrix,
            (rows.target - self.centre) / self.scale,
            weight=rows.weights,
            init_score=None if self.start is None else spread(rows, self.start),
            params=self.parameters,
            reference=reference,
            categorical_feature=list(range(numbers, matrix.shape[1])),
        )


_kept: Kept[tuple[Table, Any]] = []


def _binned(train: Sample, watched: Sample, contract: Contract, bins: int) -> tuple[Table, Any]:
    """Return the table and the watched rows as bins; one setting after the other learns from the same."""

    def make() -> tuple[Table, Any]:
        table = Table.of(train, contract, bins)
        matrix = as_matrix(table.preparation.transform(watched))
        return table, table.bin(watched, matrix, reference=table.data)

    return recall(_kept, (train, watched, contract, bins), make)


def parameters(table: Table, setting: Setting, limits: Limits) -> dict[str, object]:
    """Return LightGBM's parameters for a setting."""
    train = table.train
    objective, metric = _OBJECTIVES[train.task]
    return {
        **table.parameters,
        "objective": objective,
        "metric": metric,
        "num_class": train.width,
        "num_leaves": setting.leaves,
        "learning_rate": setting.rate,
        "min_data_in_leaf": setting.least or max(5, min(50, len(train) // 100)),
        "bagging_fraction": setting.rows,
        "bagging_freq": 1 if setting.rows < 1 else 0,
        "feature_fraction": setting.features,
        "lambda_l1": setting.l1,
        "lambda_l2": setting.l2,
        "path_smooth": setting.smooth,
        "cat_smooth": setting.cat_smooth,
        "cat_l2": setting.cat_l2,
        "extra_trees": setting.extra,
        "seed": limits.seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": min(limits.threads, busy_threads(len(train) * train.columns)),
    }


def _boost(table: Table, aside: Any, setting: Setting, limits: Limits) -> Trees:
    """Boost in one setting, and keep the trees up to the best round."""
    start = np.zeros(table.train.width) if table.start is None else table.start
    weights, shift = weighed_up(table.train, setting.balance)
    table.data.construct()
    table.data.set_weight(weights)
    table.data.set_init_score(spread(table.train, start + shift))
    stopper = Stopper(limits, patience(setting.rate))
    rounds = limits.rounds or most_rounds(table.train.width, setting.leaves)
    booster = grow(parameters(table, setting, limits), table.data, aside, rounds, stopper)
    if stopper.pruned:
        raise Pruned
    return Trees(
        table.preparation,
        booster.model_to_string(num_iteration=stopper.rounds),
        table.train.task,
        stopper.rounds,
        setting,
        tuple(float(each) * table.scale + table.centre for each in start),
        table.scale,
    )


def spread(rows: Sample, score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Repeat a score for every row, as LightGBM takes it: [n], or [n, width] for several."""
    return np.tile(score, (len(rows), 1)) if len(score) > 1 else np.full(len(rows), score[0])


def grow(parameters: dict[str, object], data: Any, aside: Any, rounds: int, stopper: Stopper) -> Any:
    """Let LightGBM grow trees until the stopper has seen enough; return its booster."""
    return _lightgbm().train(
        parameters,
        data,
        num_boost_round=rounds,
        valid_sets=[aside] if aside else None,
        callbacks=[_callback(stopper)],
    )


def _callback(stopper: Stopper) -> Any:
    def watch(environment: Any) -> None:
        results = environment.evaluation_result_list or []
        if stopper.stops(environment.iteration + 1, results[0][2] if results else None):
            raise _lightgbm().callback.EarlyStopException(environment.iteration, results)

    return watch


@functools.lru_cache(maxsize=8)
def booster_of(text: str) -> Any:
    """Return the booster of a model in LightGBM's text form."""
    return _lightgbm().Booster(model_str=text)


def _lightgbm() -> Any:
    """Import LightGBM, with threads that sleep at a barrier.

    By default they spin, and where another process wants the cores every round then waits for the scheduler:
    200 rounds took 7 to 15 s instead of 1.2 s. OpenMP reads the variable once, when it is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    return lightgbm
