"""A LightGBM model file, with the levels that pandas gave its categories."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.contract.validity import did_you_mean
from interlock.develop.bring.once import Same
from interlock.develop.candidates.candidate import Limits, Scored
from interlock.develop.emit.forest import Forest
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.lightgbm_trees import of_lightgbm
from interlock.develop.sample import Inputs, Sample
from interlock.errors import InputError

__all__ = ["Booster", "BoosterFile", "Source"]

#: The objectives whose scores are log-odds or values, by the task they serve.
_PLAIN: dict[str, Task] = {
    "binary": "binary",
    "cross_entropy": "binary",
    "multiclass": "multiclass",
    "regression": "regression",
    "regression_l1": "regression",
    "huber": "regression",
    "fair": "regression",
    "quantile": "regression",
    "mape": "regression",
}
_EXPONENTIAL = ("poisson", "gamma", "tweedie")


@dataclass(frozen=True)
class Source:
    """Where one feature of the booster comes from.

    Args:
        column: Column of the numeric tensor, or of the string tensor where there are levels.
        levels: The levels whose places are the codes; None for a number. Others and missing ones are NaN.
    """

    column: int
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class BoosterFile(Scored):
    """A booster and its features.

    Args:
        model: The model in LightGBM's text form.
        sources: One for each feature.
        task: What it predicts.
        factor: What a score is multiplied by: the `sigmoid` of a binary objective.
        exponential: Whether the value is the exponential of the score.
        rounds: How many rounds it has.
        setting: Where it comes from, for people.
    """

    model: str
    sources: tuple[Source, ...]
    task: Task
    factor: float
    exponential: bool
    rounds: int
    setting: str

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score with LightGBM itself."""
        matrix = np.stack([_feature(inputs, source) for source in self.sources], axis=1)
        raw = np.asarray(_booster(self.model).predict(matrix, raw_score=True, num_threads=1), np.float64)
        score = raw.reshape(len(matrix), -1) * self.factor
        return np.exp(score) if self.exponential else score

    def emit_score(self, graph: Graph) -> str:
        """Add the codes of the categories and the trees."""
        features = graph.node("Concat", *(_emit(graph, source) for source in self.sources), axis=1)
        score = _forest(self.model).emit(graph, features)
        if self.factor != 1:
            score = graph.node("Mul", score, graph.constant(np.array(self.factor)))
        return graph.node("Exp", score) if self.exponential else score


@dataclass(frozen=True)
class Booster(Same):
    """A candidate that LightGBM fitted elsewhere.

    Args:
        model: The model in LightGBM's text form.
        name: What the leaderboard calls it.
        description: One sentence for people.
    """

    model: str
    name: str
    description: str = (
        "a LightGBM model brought along, fitted elsewhere, perhaps on the rows it is compared on"
    )

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,
        limits: Limits,  # noqa: ARG002 - the protocol's
        setting: Any = None,  # noqa: ARG002 - the protocol's
    ) -> BoosterFile:
        """Match its features with the contract's columns.

        Raises:
            InputError: A feature is no column, or the objective is for another task.
        """
        booster = _booster(self.model)
        task, factor, exponential = _objective(self.model, train.task)
        sources = _sources(booster.feature_name(), _pandas_levels(self.model), contract)
        origin = f"LightGBM, {booster.num_trees():,} trees"
        return BoosterFile(
            self.model, sources, task, factor, exponential, booster.current_iteration(), origin
        )


def _objective(model: str, task: Task) -> tuple[Task, float, bool]:
    stated = re.search(r"^objective=(\S+)(.*)$", model, re.MULTILINE)
    name, more = (stated[1], stated[2]) if stated else ("none", "")
    exponential = name in _EXPONENTIAL
    served = "regression" if exponential else _PLAIN.get(name)
    if served != task or "sqrt" in more:
        raise InputError(
            f"the model's objective does not fit a {task} task",
            got=f"objective {name}{more}",
            next_step=f"train it with {', '.join(each for each, fits in _PLAIN.items() if fits == task)}",
        )
    sigmoid = re.search(r"sigmoid:(\S+)", more)
    return task, float(sigmoid[1]) if sigmoid and name == "binary" else 1.0, exponential


def _pandas_levels(model: str) -> list[list[Any]]:
    stated = re.search(r"^pandas_categorical:(.*)$", model, re.MULTILINE)
    return (json.loads(stated[1]) or []) if stated else []


def _sources(names: list[str], levels: list[list[Any]], contract: Contract) -> tuple[Source, ...]:
    """Find each feature's column; LightGBM writes blanks as `_`, and levels in column order."""
    numbers = {column.name.replace(" ", "_"): at for at, column in enumerate(contract.numbers)}
    strings = {column.name.replace(" ", "_"): at for at, column in enumerate(contract.strings)}
    waiting = iter(levels)
    found = []
    for name in names:
        if name in numbers:
            found.append(Source(numbers[name]))
        elif name in strings:
            found.append(Source(strings[name], _levels(name, next(waiting, None))))
        else:
            held = [column.name for column in contract.inputs]
            raise InputError(
                "a feature of the model is no column of the contract",
                where=f"feature `{name}`",
                next_step=did_you_mean(name, held),
            )
    return tuple(found)


def _levels(name: str, levels: list[Any] | None) -> tuple[str, ...]:
    if levels is None:
        raise InputError(
            "the model file does not say which level has which code",
            where=f"feature `{name}`",
            next_step="train it from a DataFrame with `category` columns: LightGBM then writes the levels",
        )
    return tuple(str(level) for level in levels)


def _feature(inputs: Inputs, source: Source) -> NDArray[np.float64]:
    if source.levels is None:
        return inputs.numbers[:, source.column]
    codes = {level: float(code) for code, level in enumerate(source.levels)}
    coded = inputs.strings[source.column]
    table = np.array([codes.get(level, np.nan) for level in coded.levels], np.float64)
    return table[coded.codes]


def _emit(graph: Graph, source: Source) -> str:
    if source.levels is None:
        return graph.columns(graph.numbers, (source.column,))
    codes = graph.node(
        "LabelEncoder",
        graph.columns(graph.strings, (source.column,)),
        domain="ai.onnx.ml",
        keys_strings=list(source.levels),
        values_int64s=list(range(len(source.levels))),
        default_int64=-1,
    )
    unknown = graph.node("Less", codes, graph.constant(np.array(0, np.int64)))
    return graph.node(
        "Where", unknown, graph.constant(np.array(np.nan)), graph.node("Cast", codes, to=graph.DOUBLE)
    )


@lru_cache(maxsize=4)
def _booster(text: str) -> Any:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the candidate does, for whoever comes first
    import lightgbm

    return lightgbm.Booster(model_str=text)


@lru_cache(maxsize=4)
def _forest(text: str) -> Forest:
    return of_lightgbm(text)
