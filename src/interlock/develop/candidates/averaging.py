"""A random forest: large trees, each from other rows and features, averaged; grown by LightGBM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.balance import shares
from interlock.develop.candidates.boosting import Setting, Table, booster_of, grow, parameters
from interlock.develop.candidates.candidate import Fitted, Limits, Pruned, Recorded, Trial, setting_of
from interlock.develop.candidates.memory import draw_memory, fading, memories, recalled
from interlock.develop.candidates.stopping import Stopper
from interlock.develop.candidates.tree_model import TreeModel, as_matrix, busy_threads
from interlock.develop.emit.forest import Forest
from interlock.develop.emit.lightgbm_trees import of_lightgbm
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["AveragedTrees", "Averaging", "AveragingSetting"]

_ROWS = 0.632  # as many different rows as a bootstrap sample has
_MOST_LEAVES = 50_000
_BINS = 255
_ABSENT = float(np.log(1e-15))


@dataclass(frozen=True)
class AveragingSetting:
    """What is tried.

    Args:
        leaves: Leaves of a tree at most.
        least: Rows that a leaf needs.
        features: The share of features that each split chooses from.
        memory: Days after which a row counts half; 0 lets all ages count the same.
    """

    leaves: int = 512
    least: int = 5
    features: float = 0.6
    memory: float = 0.0


@dataclass(frozen=True)
class AveragedTrees(TreeModel):
    """A fitted forest and the preparation before it.

    Args:
        preparation: From tensors to features.
        model: The trees in LightGBM's own text form.
        task: What it predicts.
        rounds: How many trees it has for each score.
        chosen: The setting.
        base: What is added to each average: the mean of a regression; for a class that no row had, so much
            that it is never likely.
        scale: For a regression: what the average is multiplied by first.
    """

    preparation: Preparation
    model: str
    task: Task
    rounds: int
    chosen: AveragingSetting
    base: tuple[float, ...] = (0.0,)
    scale: float = 1.0

    @property
    def setting(self) -> str:
        """The chosen setting, for people."""
        leaves = f"at most {self.chosen.leaves} leaves of at least {self.chosen.least} rows"
        return leaves + recalled(self.chosen.memory)

    @property
    def forest(self) -> Forest:
        """The trees."""
        return of_lightgbm(self.model, base=np.array(self.base), scale=self.scale)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score with LightGBM itself, whose raw score is the sum."""
        matrix = self.matrix(inputs)
        threads = busy_threads(matrix.size)
        total = booster_of(self.model).predict(matrix, raw_score=True, num_threads=threads)
        average = np.asarray(total, np.float64).reshape(len(matrix), -1) / self.rounds
        return np.asarray(average * self.scale + np.array(self.base))


@dataclass(frozen=True)
class Averaging:
    """LightGBM's random forest.

    Args:
        first: The settings that are tried first.
        name: What the leaderboard calls it.
        description: One sentence for people.
        needs: The library it needs.
        monotone: Whether it keeps predictions monotone.
        keeps_time: Whether a fit looks at the time itself and ends with what it has.
    """

    first: tuple[AveragingSetting, ...] = (AveragingSetting(),)
    name: str = "forest"
    description: str = "a random forest: the average of large trees, each from 63 % of the rows"
    needs: str = "lightgbm"
    monotone: bool = True
    keeps_time: bool = True

    def settings(self, train: Sample) -> tuple[AveragingSetting, ...]:
        """Return the settings that are tried first, with memories where there is a time."""
        return (*self.first, *(replace(self.first[0], memory=memory) for memory in memories(train)))

    def suggest(self, trial: Trial, train: Sample) -> AveragingSetting:
        """Draw every field."""
        return AveragingSetting(
            leaves=trial.suggest_int("leaves", 64, 1024, log=True),
            least=trial.suggest_int("least", 2, 50, log=True),
            features=trial.suggest_float("features", 0.2, 1.0),
            memory=draw_memory(trial, train),
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: AveragingSetting | None = None,
    ) -> AveragedTrees:
        """Grow trees, up to as many as were best on the watched rows."""
        chosen = setting or self.first[0]
        table = Table.of(fading(train, chosen.memory), contract, _BINS, from_prior=False)
        matrix = as_matrix(table.preparation.transform(watched))
        aside = table.bin(watched, matrix, reference=table.data)
        return _grow(table, aside, chosen, limits)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> AveragedTrees:
        """Grow as many trees in the chosen setting, or fewer if time is up."""
        chosen = setting_of(fitted, self.first[0])
        table = Table.of(fading(rows, chosen.memory), contract, _BINS, from_prior=False)
        return _grow(table, None, chosen, replace(limits, rounds=fitted.rounds))


def _grow(table: Table, aside: Any, setting: AveragingSetting, limits: Limits) -> AveragedTrees:
    rounds = limits.rounds or max(1, min(100, _MOST_LEAVES // setting.leaves // table.train.width))
    stopper = Stopper(limits, rounds)
    boosted = parameters(table, Setting(setting.leaves, 1.0, setting.least, _ROWS, 1.0), limits)
    averaged = {
        "boosting": "rf",
        "feature_fraction_bynode": setting.features,
        # In boosting the next round mends what these hold back; here nothing does.
        "cat_l2": 0.0,
        "cat_smooth": 5.0,
        "min_data_per_group": 20,
    }
    booster = grow({**boosted, **averaged}, table.data, aside, rounds, stopper)
    if stopper.pruned:
        raise Pruned
    return AveragedTrees(
        table.preparation,
        booster.model_to_string(num_iteration=stopper.rounds),
        table.train.task,
        stopper.rounds,
        setting,
        _base(table),
        table.scale,
    )


def _base(table: Table) -> tuple[float, ...]:
    if table.train.task != "multiclass":
        return (table.centre,)
    return tuple(0.0 if share else _ABSENT for share in shares(table.train))
