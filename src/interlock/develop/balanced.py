"""Candidates that learn as if all classes had as many rows, and answer with the rows' own probabilities.

Counting a rare class more makes a model look harder at it, and its probabilities far too high: its odds come
out as many times too high as its rows count more. So about as much is taken from the scores again: so much
that the mean probability of each class over the rows learned from is its share. What is known beforehand is
right for a model that knows the truth; one that is held back, as trees are by their rate, needs less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.balance import class_weights, shift_of
from interlock.develop.candidates.candidate import Candidate, Fitted, Limits, Recorded, Scored
from interlock.develop.candidates.kept import Kept, recall
from interlock.develop.candidates.wrapped import Wrapped
from interlock.develop.emit.graph import Graph
from interlock.develop.link import predict_from
from interlock.develop.sample import Inputs, Sample
from interlock.develop.score import losses
from interlock.errors import InputError

__all__ = ["SUFFIX", "Balanced", "BalancedModel", "ClassWeights", "balanced"]

#: `none` counts rows as they are, `balanced` lets all classes weigh the same together.
ClassWeights = Literal["none", "balanced"]

_MOST_ROWS = 50_000  # to find the correction from

#: What the leaderboard adds to a candidate's name.
SUFFIX = ", balanced"


@dataclass(frozen=True)
class BalancedModel(Scored):
    """A model of rows that count by the rarity of their class, corrected.

    Args:
        model: What learned from them.
        shift: What is taken from its scores, one for each.
        task: What it predicts.
        rounds: Those of the model.
    """

    model: Fitted
    shift: tuple[float, ...]
    task: Task
    rounds: int = 0

    @property
    def setting(self) -> str:
        """What was chosen, for people."""
        return f"{self.model.setting or 'no choice'}, all classes weigh the same"

    @property
    def chosen(self) -> Any:
        """The model's setting, to learn again with."""
        return getattr(self.model, "chosen", None)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Score, and take the shift away."""
        return np.asarray(self.model.score(inputs) - np.array(self.shift))

    def emit_score(self, graph: Graph) -> str:
        """Add the model and the shift."""
        return graph.node("Sub", self.model.emit_score(graph), graph.constant(np.array([self.shift])))


@dataclass(frozen=True)
class Balanced(Wrapped):
    """A candidate that learns from rows weighed by the rarity of their class.

    Args:
        candidate: What learns.
    """

    @property
    def name(self) -> str:
        """What the leaderboard calls it."""
        return f"{self.candidate.name}{SUFFIX}"

    @property
    def description(self) -> str:
        """One sentence for people."""
        return f"{self.candidate.description}; all classes weigh the same, and probabilities are corrected"

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> BalancedModel:
        """Learn in one setting; the watched rows count as those to learn from, so rounds end where both say.

        Source:
            Elkan (2001), The Foundations of Cost-Sensitive Learning, theorem 2; Saerens, Latinne and
            Decaestecker (2002), Adjusting the outputs of a classifier to new a priori probabilities.
        """
        weighed = _weighed(train, watched)
        fitted = self.candidate.fit(weighed.train, weighed.watched, contract, limits, setting)
        return _corrected(fitted, train)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> BalancedModel:
        """Learn again from all rows, whose classes are counted again."""
        inner = fitted.model if isinstance(fitted, BalancedModel) else fitted
        weighed = _by_class(rows, class_weights(rows, 1.0))
        return _corrected(self.candidate.refit(inner, weighed, contract, limits), rows)


class _Weighed(NamedTuple):
    train: Sample
    watched: Sample


#: Candidates keep what they made of rows by what they are, not what they hold: so these are kept as well.
_kept: Kept[_Weighed] = []


def _weighed(train: Sample, watched: Sample) -> _Weighed:
    def make() -> _Weighed:
        heavy = class_weights(train, 1.0)
        return _Weighed(_by_class(train, heavy), _by_class(watched, heavy))

    return recall(_kept, (train, watched), make)


def _by_class(rows: Sample, heavy: NDArray[np.float64]) -> Sample:
    weights = heavy[rows.target.astype(np.intp)]
    return replace(rows, weights=weights if rows.weights is None else weights * rows.weights)


def _corrected(fitted: Fitted, rows: Sample) -> BalancedModel:
    """Take from the scores what gives each class its share of the rows, by maximum likelihood."""
    if len(rows) > _MOST_ROWS:
        rows = rows.take(np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(np.intp))
    scores, counts = fitted.score(rows), np.ones(len(rows)) if rows.weights is None else rows.weights
    hot = rows.target[:, None] == np.arange(rows.classes)
    wanted, start = np.average(hot, axis=0, weights=counts), shift_of(rows, 1.0)
    wanted = wanted if rows.task == "multiclass" else wanted[1:]

    def loss(moved: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shifted = scores - start - moved
        told = predict_from(rows.task, shifted)
        each = np.average(losses(rows.task, told, rows.target), weights=counts)
        mean = np.average(told.reshape(len(rows), -1), axis=0, weights=counts)
        return float(each), np.where(wanted > 0, wanted - mean, 0.0)

    found = minimize(loss, np.zeros(rows.width), jac=True, method="BFGS", options={"gtol": 1e-8})
    return BalancedModel(fitted, tuple((start + found.x).tolist()), rows.task, fitted.rounds)


def balanced(
    candidates: Sequence[Candidate], task: Task, asked: ClassWeights = "none"
) -> tuple[list[Candidate], tuple[str, ...]]:
    """Let every candidate that learns count all classes the same, where that is asked for.

    Args:
        candidates: What is compared.
        task: What is predicted.
        asked: `balanced`, or `none`.

    Returns:
        The candidates, and which of them do not know weights, one sentence each. The baseline and models that
        were fitted elsewhere stay as they are.

    Raises:
        InputError: Anything else is asked for, or a number is predicted.
    """
    if asked not in ("none", "balanced"):
        raise InputError(
            f"there are no class weights `{asked}`",
            where="[develop] class_weights",
            got=asked,
            next_step="choose `balanced`, or `none`",
        )
    if asked == "none":
        return list(candidates), ()
    if task == "regression":
        raise InputError(
            "a number has no classes to weigh",
            where="[develop] class_weights",
            got="a regression task",
            next_step="leave it out; rows are weighed by a column with the role `weight`",
        )
    found = [Balanced(each) if _weighs(each) else each for each in candidates]
    notes = (
        f"{each.name} does not learn by weights: its classes count by their rows"
        for each in candidates
        if _learns(each) and not _weighs(each)
    )
    return found, tuple(notes)


def _learns(candidate: Candidate) -> bool:
    return candidate.name != "baseline" and bool(getattr(candidate, "learns", True))


def _weighs(candidate: Candidate) -> bool:
    return _learns(candidate) and bool(getattr(candidate, "weighs", True))
