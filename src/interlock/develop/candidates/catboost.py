"""Oblivious trees by CatBoost, with its own statistics of categories, compiled to a table and trees."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Fitted, Limits, Pruned, Recorded, Trial, setting_of
from interlock.develop.candidates.kept import Kept, recall
from interlock.develop.candidates.memory import draw_memory, fading, recalled
from interlock.develop.candidates.portfolio import portfolio
from interlock.develop.candidates.stopping import Stopper, patience
from interlock.develop.candidates.tree_model import (
    TreeModel,
    as_matrix,
    directions,
    most_rounds,
    standard,
)
from interlock.develop.emit.catboost_trees import of_catboost
from interlock.develop.emit.category_tables import CategoryTables
from interlock.develop.emit.forest import Forest
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.xgboost_trees import LARGEST
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["Catboost", "CatboostSetting", "CatboostTrees"]

#: Newton's steps for the values of a tree's leaves.
_STEPS = {"binary": 5, "multiclass": 1, "regression": 1}
#: The score of a class that no row had.
_ABSENT = float(np.log(1e-15))
#: Every statistic is kept for each class: one prior in place of three makes a round some times faster.
_PRIORS = ["Borders:Prior=0.5/1", "Counter:Prior=0/1"]
_SEVERAL = {"simple_ctr": _PRIORS, "combinations_ctr": _PRIORS}
_LOSSES = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}


@dataclass(frozen=True)
class CatboostSetting:
    """What is tried.

    Args:
        depth: Questions of a tree, each of them for all its rows.
        rate: How much of each tree is added.
        rows: The share of rows that each tree learns from.
        l2: How strongly the leaves' values are held to 0.
        noise: How much chance there is in choosing splits.
        combined: How many categories are combined at most; 1 combines none.
        hot: Codes of a column at most that are compared one by one, without statistics.
        memory: Days after which a row counts half; 0 lets all ages count the same.
    """

    depth: int = 6
    rate: float = 0.08
    rows: float = 0.8
    l2: float = 3.0
    noise: float = 1.0
    combined: int = 1
    hot: int = 4
    memory: float = 0.0


@dataclass(frozen=True)
class CatboostTrees(TreeModel):
    """A fitted model and the preparation before it.

    Args:
        preparation: From tensors to features.
        model: The model in CatBoost's own JSON.
        task: What it predicts.
        rounds: How many rounds it has.
        chosen: The setting.
        base: For a regression: what is added to the model's answer.
        scale: For a regression: what the model's answer is multiplied by first.
        present: For several classes: those that the rows to learn from had; no other is ever likely.
        classes: For several classes: how many there are.
    """

    preparation: Preparation
    model: str
    task: Task
    rounds: int
    chosen: CatboostSetting
    base: float = 0.0
    scale: float = 1.0
    present: tuple[int, ...] = ()
    classes: int = 0

    @property
    def setting(self) -> str:
        """The chosen setting, for people."""
        return f"depth {self.chosen.depth}, rate {self.chosen.rate:.3g}{recalled(self.chosen.memory)}"

    @property
    def forest(self) -> Forest:
        """The trees."""
        return self._compiled[0]

    @property
    def sources(self) -> tuple[str, ...]:
        """For each column of the matrix the column that it tells of; several are joined by ` × `."""
        own, tables = super().sources, self._compiled[1]
        if tables is None:
            return own
        names = [
            " × ".join(dict.fromkeys(own[column] for column in tables.columns_of(combination)))
            for combination in range(tables.combinations)
        ]
        repeated = tables.width // tables.combinations
        return (*own, *(name for name in names for _ in range(repeated)))

    def matrix(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return what the trees look at: float32 numbers, codes, statistics of categories."""
        plain = _float32(super().matrix(inputs)).astype(np.float64)
        tables = self._compiled[1]
        return plain if tables is None else np.concatenate([plain, tables.transform(plain)], axis=1)

    def emit_matrix(self, graph: Graph) -> str:
        """Add the preparation, round to float32, and look the statistics up."""
        rounded = graph.node("Cast", super().emit_matrix(graph), to=graph.FLOAT)
        plain, tables = graph.node("Cast", rounded, to=graph.DOUBLE), self._compiled[1]
        return plain if tables is None else graph.node("Concat", plain, tables.emit(graph, plain), axis=1)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score with CatBoost itself."""
        data = _features(super().matrix(inputs), len(self.preparation.levels))
        answer = _model(self.model).predict(data, prediction_type="RawFormulaVal", thread_count=1)
        score = np.asarray(answer, np.float64).reshape(len(inputs.numbers), -1)
        if self.task == "multiclass":
            return _widen(score, self.present, self.classes, _ABSENT)
        return np.asarray(score * self.scale + self.base)

    @property
    def _compiled(self) -> tuple[Forest, CategoryTables | None]:
        sizes = tuple(levels.size for levels in self.preparation.levels)
        numbers = len(self.preparation.names) - len(sizes)
        forest, tables = _compile(self.model, numbers, sizes, self.base, self.scale)
        if len(self.present) == self.classes:
            return forest, tables
        values = _widen(forest.values, self.present, self.classes, 0.0)
        base = _widen(forest.base[None], self.present, self.classes, _ABSENT)[0]
        return replace(forest, values=values, base=base), tables


@dataclass(frozen=True)
class Catboost:
    """CatBoost on a processor.

    Args:
        first: The settings that are tried first.
        name: What the leaderboard calls it.
        description: One sentence for people.
        needs: The library it needs.
        monotone: Whether it keeps predictions monotone.
        keeps_time: Whether a fit looks at the time itself and ends with what it has.
    """

    first: tuple[CatboostSetting, ...] = (CatboostSetting(),)
    name: str = "catboost"
    description: str = "boosted oblivious trees on statistics of categories, by CatBoost"
    needs: str = "catboost"
    monotone: bool = True
    keeps_time: bool = True

    def settings(self, train: Sample) -> tuple[CatboostSetting, ...]:
        """Return the settings that are tried first, fitted to the size and the time of the rows."""
        return portfolio(self.first, train)

    def suggest(self, trial: Trial, train: Sample) -> CatboostSetting:
        """Draw every field."""
        return CatboostSetting(
            depth=trial.suggest_int("depth", 3, 8),
            rate=trial.suggest_float("rate", 0.02, 0.2, log=True),
            rows=trial.suggest_float("rows", 0.5, 1.0),
            l2=trial.suggest_float("l2", 0.5, 30.0, log=True),
            noise=trial.suggest_float("noise", 0.1, 5.0, log=True),
            combined=trial.suggest_categorical("combined", (1, 2)) if train.strings else 1,
            hot=trial.suggest_int("hot", 2, 30, log=True) if train.strings else 4,
            memory=draw_memory(trial, train),
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: CatboostSetting | None = None,
    ) -> CatboostTrees:
        """Boost until the watched rows get no better."""
        chosen = setting or self.first[0]
        table, aside = _prepared(fading(train, chosen.memory), watched, contract)
        return _boost(table, aside, chosen, limits)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> CatboostTrees:
        """Boost as many rounds in the chosen setting, or fewer if time is up."""
        chosen = setting_of(fitted, self.first[0])
        table = _Table.of(fading(rows, chosen.memory), contract)
        return _boost(table, None, chosen, replace(limits, rounds=fitted.rounds))


@dataclass(frozen=True)
class _Table:
    """Rows that are prepared.

    Args:
        preparation: From tensors to features.
        train: The rows.
        centre: What is subtracted from the target.
        scale: What it is then divided by.
        directions: For each feature 1 or -1 where it is monotone.
        data: The `catboost.Pool`.
    """

    preparation: Preparation
    train: Sample
    centre: float
    scale: float
    directions: tuple[int, ...]
    data: Any = None

    @property
    def present(self) -> tuple[int, ...]:
        """For several classes: those that there are rows of."""
        if self.train.task != "multiclass":
            return ()
        return tuple(int(each) for each in np.unique(self.train.target))

    @classmethod
    def of(cls, train: Sample, contract: Contract) -> _Table:
        preparation, features = Preparation.learn(train, contract)
        signs = directions(preparation, contract, train.task)
        table = cls(preparation, train, *standard(train), signs)
        return replace(table, data=table.pool(train, as_matrix(features)))

    def pool(self, rows: Sample, matrix: NDArray[np.float64]) -> Any:
        data = _features(matrix, len(self.preparation.levels))
        target = (rows.target - self.centre) / self.scale
        if rows.task == "multiclass":
            target = np.searchsorted(self.present, rows.target).astype(np.float64)
        return _catboost().Pool(data, target, weight=rows.weights)


_kept: Kept[tuple[_Table, Any]] = []


def _prepared(train: Sample, watched: Sample, contract: Contract) -> tuple[_Table, Any]:
    """Return the table and the watched rows as pools, the same for one setting after the other."""

    def make() -> tuple[_Table, Any]:
        table = _Table.of(train, contract)
        known = np.isin(watched.target, table.present) if table.present else np.ones(len(watched), bool)
        judged = watched.take(np.flatnonzero(known))
        return table, table.pool(judged, as_matrix(table.preparation.transform(judged)))

    return recall(_kept, (train, watched, contract), make)


def _boost(table: _Table, aside: Any, setting: CatboostSetting, limits: Limits) -> CatboostTrees:
    stopper = Stopper(limits, patience(setting.rate))
    rounds = limits.rounds or most_rounds(1, 2**setting.depth * (1 + table.train.width // 4))
    model = _catboost().CatBoost({**_parameters(table, setting, limits), "iterations": rounds})
    model.fit(table.data, eval_set=aside, callbacks=[_Watch(stopper)])
    if stopper.pruned:
        raise Pruned
    if stopper.rounds < model.tree_count_:
        model.shrink(stopper.rounds)
    return CatboostTrees(
        table.preparation,
        _saved(model),
        table.train.task,
        stopper.rounds,
        setting,
        table.centre,
        table.scale,
        table.present,
        table.train.classes if table.present else 0,
    )


def _parameters(table: _Table, setting: CatboostSetting, limits: Limits) -> dict[str, object]:
    train = table.train
    monotone = any(table.directions)
    return {
        "loss_function": _LOSSES[train.task],
        "depth": setting.depth,
        "learning_rate": setting.rate,
        "bootstrap_type": "MVS",
        "subsample": setting.rows,
        "l2_leaf_reg": setting.l2,
        "random_strength": setting.noise,
        # CatBoost would choose by the rounds it may take, and not grow the same trees in as many rounds.
        "leaf_estimation_iterations": _STEPS[train.task],
        # Statistics of a category combined with a threshold would not be monotone in that number.
        "max_ctr_complexity": 1 if monotone else setting.combined,
        "one_hot_max_size": setting.hot,
        "random_seed": limits.seed,
        "thread_count": limits.threads,
        "use_best_model": False,
        "allow_writing_files": False,
        "verbose": 0,
        **(_SEVERAL if train.task == "multiclass" else {}),
        **({"monotone_constraints": list(table.directions)} if monotone else {}),
    }


class _Watch:
    """What CatBoost calls after each round."""

    def __init__(self, stopper: Stopper) -> None:
        self._stopper = stopper

    def after_iteration(self, info: Any) -> bool:
        watched = info.metrics.get("validation") if info.metrics else None
        loss = next(iter(watched.values()))[-1] if watched else None
        return not self._stopper.stops(info.iteration, loss)


def _saved(model: Any) -> str:
    """Return a model as CatBoost's JSON, without what tells of when and where it was trained."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        found = msgspec.json.decode(path.read_bytes())
    found.pop("model_info", None)
    return msgspec.json.encode(found).decode()


@functools.lru_cache(maxsize=8)
def _model(text: str) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_text(text)
        return _catboost().CatBoost().load_model(str(path), format="json")


@functools.lru_cache(maxsize=8)
def _compile(
    text: str, numbers: int, sizes: tuple[int, ...], base: float, scale: float
) -> tuple[Forest, CategoryTables | None]:
    return of_catboost(msgspec.json.decode(text), numbers=numbers, sizes=sizes, base=base, scale=scale)


def _widen(
    values: NDArray[np.float64], present: tuple[int, ...], classes: int, absent: float
) -> NDArray[np.float64]:
    """Give a column to each class, from columns of those that are present."""
    wide = np.full((len(values), classes), absent)
    wide[:, list(present)] = values
    return wide


def _float32(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.clip(matrix, -LARGEST, LARGEST).astype(np.float32)


@functools.lru_cache(maxsize=1)
def _names() -> NDArray[np.object_]:
    return np.array([str(code).encode() for code in range(2000)], object)


def _features(matrix: NDArray[np.float64], strings: int) -> Any:
    """Return CatBoost's own form of a matrix whose last columns are codes."""
    numbers = matrix.shape[1] - strings
    return _catboost().FeaturesData(
        num_feature_data=_float32(matrix[:, :numbers]) if numbers else None,
        cat_feature_data=_names()[matrix[:, numbers:].astype(np.intp)] if strings else None,
    )


def _catboost() -> Any:
    """Import CatBoost."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import catboost

    return catboost
