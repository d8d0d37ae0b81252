"""Intervals of a regression: two quantile models, made to cover by rows that they did not learn from.

Where the winner is far better than they are, the ends stand at one distance from its prediction instead.

The intervals hold the asked share of rows to come that are like the rows held back: drawn as they were, or
for a split by time like the latest ones. That is for all rows together, not for each kind of row by itself.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.develop.candidates.boosting import Setting, Trees
from interlock.develop.candidates.candidate import Fitted, Limits
from interlock.develop.candidates.tree_model import as_matrix, busy_threads, standard
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.sample import Inputs, Sample
from interlock.develop.target import Logarithm, is_skewed
from interlock.errors import InputError

__all__ = ["Intervals", "best_of", "conformal_reach", "interval_score", "learn_intervals"]

Floats = NDArray[np.float64]
_SETTING = Setting(15, 0.08)
_ROUNDS = 150
_PATIENCE = 15
_STOP_ON = 0.2  # of the rows to learn from, to see when more rounds stop helping
_MOST_ROWS = 200_000
_AFTER_THE_RECORD = 40  # LightGBM calls back in this order; its own are at most 30


@dataclass(frozen=True)
class Intervals:
    """Two quantile models, or the prediction itself, and how far both ends are moved outwards.

    Args:
        level: The share of rows that is to lie inside.
        low: A model of the lower quantile; None takes the prediction.
        high: A model of the upper one; None takes the prediction.
        reach: How far both ends are moved outwards; negative where the models were too careful.
        logarithm: The way back, where ends are moved on the scale of the target's logarithm.
        n: The rows that `reach` was learned from.
    """

    level: float
    low: Fitted | None
    high: Fitted | None
    reach: float
    logarithm: Logarithm | None = None
    n: int = 0

    def ends(self, inputs: Inputs, prediction: Floats) -> Floats:
        """Return both ends of each row.

        Args:
            inputs: Checked rows.
            prediction: float64 [n]: it always lies inside, so the interval is widened where it must be.

        Returns:
            float64 [n, 2].
        """
        low, high = (
            self._back(self._start(model, inputs, prediction) + reach)
            for model, reach in ((self.low, -self.reach), (self.high, self.reach))
        )
        return np.stack([np.minimum(low, prediction), np.maximum(high, prediction)], axis=1)

    def _start(self, model: Fitted | None, inputs: Inputs, prediction: Floats) -> Floats:
        """Return where an end is before it is moved, on the scale on which it is moved."""
        if model is not None:
            return model.score(inputs)[:, 0]
        return prediction if self.logarithm is None else self.logarithm.take(prediction)

    def _back(self, ends: Floats) -> Floats:
        return ends if self.logarithm is None else self.logarithm.back(ends)

    def emit(self, graph: Graph, prediction: str) -> str:
        """Add the same to a graph.

        Args:
            graph: The graph to add to.
            prediction: Tensor double [n, 1].

        Returns:
            The tensor of ends, double [n, 2].
        """
        ends = []
        for model, reach, inside in ((self.low, -self.reach, "Min"), (self.high, self.reach, "Max")):
            if model is not None:
                start = model.emit_score(graph)
            else:
                start = prediction if self.logarithm is None else self.logarithm.emit_take(graph, prediction)
            end = graph.node("Add", start, graph.constant(np.array(reach)))
            if self.logarithm is not None:
                end = self.logarithm.emit_back(graph, end)
            ends.append(graph.node(inside, end, prediction))
        return graph.node("Concat", *ends, axis=1)


def learn_intervals(
    learn: Sample,
    unseen: Sample,
    contract: Contract,
    level: float,
    limits: Limits,
) -> Intervals:
    """Learn quantiles on some rows (of the logarithm, if the target is skewed), and their lack on others.

    Args:
        learn: The rows to learn from.
        unseen: Other rows of the same kind, to calibrate on; nothing else is chosen on them.
        contract: What the columns are.
        level: The share of rows that is to lie inside, between 0 and 1.
        limits: Time, seed and cores.

    Raises:
        InputError: Not a regression, a level outside 0 to 1, or too few rows to calibrate such a level on.

    Source:
        Romano, Patterson and Candès (2019), Conformalized quantile regression, NeurIPS 32.
    """
    _require(unseen, level)
    logarithm = Logarithm.of(learn.target) if is_skewed(learn) else None
    if logarithm is not None:
        learn, unseen = (each.with_target(logarithm.take(each.target)) for each in (learn, unseen))
    low, high = _quantiles(_draw(learn, limits.seed), contract, level, limits)
    ends = low.score(unseen)[:, 0], high.score(unseen)[:, 0]
    beyond = np.maximum(ends[0] - unseen.target, unseen.target - ends[1])
    return Intervals(level, low, high, conformal_reach(beyond, level), logarithm, len(unseen))


def best_of(intervals: Intervals, prediction: Floats, unseen: Sample) -> Intervals:
    """Return these intervals, or narrow ones of one width around the prediction, whichever score better.

    Where a winner is far better than the two quantile models, one distance for all rows (or one factor, where
    logarithms are learned) says more than they do.

    Args:
        intervals: Of quantile models.
        prediction: float64 [n], of the winner for `unseen`, which it has not learned from.
        unseen: The rows that the intervals were calibrated on.

    Source:
        Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation: the interval
        score.
    """
    scales = dict.fromkeys((None, intervals.logarithm))
    offered = [intervals, *(_around(intervals, scale, prediction, unseen) for scale in scales)]
    return min(
        offered, key=lambda each: interval_score(each.level, each.ends(unseen, prediction), unseen.target)
    )


def interval_score(level: float, ends: Floats, target: Floats) -> float:
    """Return the mean width, and for each row outside 2 / (1 - level) times how far outside; less is better.

    Args:
        level: The share of rows that is to lie inside.
        ends: float64 [n, 2].
        target: float64 [n].
    """
    beyond = np.maximum(ends[:, 0] - target, 0) + np.maximum(target - ends[:, 1], 0)
    return float(np.mean(ends[:, 1] - ends[:, 0] + 2 / (1 - level) * beyond))


def _around(
    intervals: Intervals, logarithm: Logarithm | None, prediction: Floats, unseen: Sample
) -> Intervals:
    target = unseen.target
    if logarithm is not None:
        prediction, target = logarithm.take(prediction), logarithm.take(target)
    reach = conformal_reach(np.abs(target - prediction), intervals.level)
    return Intervals(intervals.level, None, None, reach, logarithm, len(unseen))


def conformal_reach(beyond: Floats, level: float) -> float:
    """Return how far ends have to be moved so that a further row lies inside with a chance of `level`.

    Args:
        beyond: float64 [n]: how far each row lies outside its interval; negative inside.
        level: Between 0 and 1; at least level / (1 - level) rows are needed.

    Returns:
        The ⌈(n + 1) level⌉-th smallest of `beyond`.

    Source:
        Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World: split conformal
        prediction.

    Example:
        >>> conformal_reach(np.arange(1.0, 100.0), 0.9)
        90.0
    """
    place = math.ceil((len(beyond) + 1) * level - 1e-9)
    return float(np.partition(beyond, place - 1)[place - 1])


def _require(unseen: Sample, level: float) -> None:
    if unseen.task != "regression":
        raise InputError(
            f"a {unseen.task} task has no intervals: its probabilities say how sure it is",
            where="[develop] interval",
            got=level,
            next_step="leave the setting out",
        )
    if not 0 < level < 1:
        raise InputError(
            "the level of an interval must be a share between 0 and 1",
            where="[develop] interval",
            got=level,
            next_step="0.9 asks that nine rows in ten lie inside",
        )
    fewest = math.ceil(level / (1 - level) - 1e-9)
    if len(unseen) < fewest:
        raise InputError(
            f"too few rows are held back to calibrate an interval of {level:g}: at least {fewest} are needed",
            where="[develop] interval",
            got=len(unseen),
            next_step="ask for a lower level, or bring more rows",
        )


def _quantiles(rows: Sample, contract: Contract, level: float, limits: Limits) -> tuple[Trees, Trees]:
    """Boost both quantiles over the same bins and with as many rounds as are best for both together."""
    preparation, features = Preparation.learn(rows, contract)
    centre, scale = standard(rows)
    parameters = _parameters(rows, limits)
    data = _binned(features, (rows.target - centre) / scale, rows.weights, parameters)
    boosted = [
        _boost(data, {**parameters, "alpha": share}, limits.within(limits.left / parts))
        for share, parts in (((1 - level) / 2, 2), ((1 + level) / 2, 1))
    ]
    rounds = int(np.argmin(_sum([course for _, course in boosted]))) + 1
    texts = [booster.model_to_string(num_iteration=rounds) for booster, _ in boosted]
    low, high = (Trees(preparation, text, "regression", rounds, _SETTING, (centre,), scale) for text in texts)
    return low, high


def _sum(courses: list[list[float]]) -> Floats:
    """Add up the losses of each round; one that stopped earlier keeps its last."""
    longest = max(len(course) for course in courses)
    return np.asarray(np.sum([course + course[-1:] * (longest - len(course)) for course in courses], axis=0))


def _binned(
    features: Features, target: Floats, weights: Floats | None, parameters: dict[str, Any]
) -> tuple[Any, Any]:
    """Return the rows to boost on, and those that say when to stop, in the same bins."""
    matrix = as_matrix(features)
    order = np.random.default_rng(parameters["seed"]).permutation(len(target))
    stop = int(_STOP_ON * len(target))
    tables: list[Any] = []
    for part in (np.sort(order[stop:]), np.sort(order[:stop])):
        table = _lightgbm().Dataset(
            matrix[part],
            target[part],
            weight=None if weights is None else weights[part],
            reference=tables[0] if tables else None,
            categorical_feature=list(range(features.numbers.shape[1], matrix.shape[1])),
            params=parameters,
        )
        tables.append(table)
    return tables[0], tables[1]


def _parameters(rows: Sample, limits: Limits) -> dict[str, Any]:
    return {
        "objective": "quantile",
        "metric": "quantile",
        "num_leaves": _SETTING.leaves,
        "learning_rate": _SETTING.rate,
        "min_data_in_leaf": max(5, min(50, len(rows) // 100)),
        "seed": limits.seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": min(limits.threads, busy_threads(len(rows) * rows.columns)),
        "verbosity": -1,
    }


def _boost(data: tuple[Any, Any], parameters: dict[str, Any], limits: Limits) -> tuple[Any, list[float]]:
    """Boost one quantile; return the booster, and its loss on the rows to stop on after each round."""
    lightgbm = _lightgbm()

    def in_time(environment: Any) -> None:
        if not limits.left:
            raise lightgbm.callback.EarlyStopException(environment.iteration, [])

    vars(in_time)["order"] = _AFTER_THE_RECORD

    course: dict[str, Any] = {}
    stops = [lightgbm.record_evaluation(course), lightgbm.early_stopping(_PATIENCE, verbose=False), in_time]
    booster = lightgbm.train(
        parameters,
        data[0],
        num_boost_round=_ROUNDS,
        valid_sets=[data[1]],
        valid_names=["stop"],
        callbacks=stops,
    )
    return booster, course["stop"]["quantile"]


def _draw(rows: Sample, seed: int) -> Sample:
    if len(rows) <= _MOST_ROWS:
        return rows
    return rows.draw(np.sort(np.random.default_rng(seed).choice(len(rows), _MOST_ROWS, replace=False)))


def _lightgbm() -> Any:
    """Import LightGBM as `boosting` does: its threads sleep at a barrier."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    return lightgbm
