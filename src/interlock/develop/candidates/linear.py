"""Logistic or ridge regression on standardised numbers and one column for each level."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Fitted, Limits, Scored, Trial
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.prepare.standardise import Standardise
from interlock.develop.prepare.step import Options
from interlock.develop.sample import Inputs, Sample

__all__ = ["Linear", "LinearModel"]

_MOST_ROWS = 100_000
_MOST_CELLS = 8_000_000
_ABSENT = float(np.log(1e-15))


@dataclass(frozen=True)
class LinearModel(Scored):
    """Coefficients and the preparation before them.

    Args:
        preparation: From tensors to features.
        standardise: From numbers to numbers on one scale.
        weights: [features, width], for the standardised numbers.
        effects: [codes, width], for the levels of all categories, one after the other.
        bias: [width].
        task: What it predicts.
        penalty: How strongly the coefficients were held to 0.
        words: [terms, width], for the words of all texts.
    """

    preparation: Preparation
    standardise: Standardise
    weights: tuple[tuple[float, ...], ...]
    effects: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    task: Task
    penalty: float = 1.0
    rounds: int = 0
    words: tuple[tuple[float, ...], ...] = ()

    @property
    def setting(self) -> str:
        """The penalty, for people."""
        return f"penalty {self.penalty:g}"

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Add up with numpy."""
        features = self.preparation.transform(inputs)
        score = np.tile(np.array(self.bias), (len(features.numbers), 1))
        if self.weights:
            score += self.standardise.transform(features.numbers) @ np.array(self.weights)
        effects = np.array(self.effects)
        for codes, start in zip(features.codes.T, self._starts(), strict=True):
            score += effects[start + codes]
        if features.terms is not None:
            score += features.terms @ self.word_effects
        return score

    def emit_score(self, graph: Graph) -> str:
        """Add the preparation and the sums."""
        tensors = self.preparation.emit(graph)
        score = graph.constant(np.array([self.bias]))
        if tensors.numbers:
            scaled = self.standardise.emit(graph, tensors.numbers)
            product = graph.node("MatMul", scaled, graph.constant(np.array(self.weights)))
            score = graph.node("Add", product, score)
        if tensors.codes:
            places = graph.node("Add", tensors.codes, graph.constant(np.array([self._starts()], np.int64)))
            effects = graph.node("Gather", graph.constant(np.array(self.effects)), places, axis=0)
            axis = graph.constant(np.array([1], np.int64))
            score = graph.node("Add", graph.node("ReduceSum", effects, axis, keepdims=0), score)
        if self.words:
            score = graph.node("Add", self.preparation.emit_terms(graph, self.word_effects), score)
        return score

    @cached_property
    def word_effects(self) -> NDArray[np.float64]:
        """What a term of 1 adds to the score, float64 [terms, width]."""
        return np.array(self.words, np.float64)

    def _starts(self) -> list[int]:
        sizes = [levels.size for levels in self.preparation.levels]
        return [sum(sizes[:at]) for at in range(len(sizes))]


@dataclass(frozen=True)
class Penalty:
    """What is tried.

    Args:
        penalty: The weight of the squared coefficients beside the loss summed over rows.
    """

    penalty: float


@dataclass(frozen=True)
class Linear:
    """Ridge-penalised regression, logistic for classes.

    It learns from at most 100,000 rows, fewer where there are more than 80 columns, drawn at random: that is
    plenty for its few coefficients.
    """

    name: str = "linear"
    description: str = "logistic or ridge regression on standardised numbers and levels"
    penalty: float = 1.0

    def settings(self, train: Sample) -> tuple[Penalty, ...]:  # noqa: ARG002 - the protocol's
        """Return a weak and a strong penalty."""
        return (Penalty(self.penalty), Penalty(100 * self.penalty))

    def suggest(self, trial: Trial, train: Sample) -> Penalty:  # noqa: ARG002 - the protocol's
        """Draw a penalty."""
        return Penalty(trial.suggest_float("penalty", 1e-3, 1e4, log=True))

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,
        limits: Limits,
        setting: Penalty | None = None,
    ) -> LinearModel:
        """Learn the coefficients."""
        penalty = setting.penalty if setting else self.penalty
        return _learn(_draw(train, limits.seed), contract, penalty)

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> LinearModel:
        """Learn them again."""
        penalty = fitted.penalty if isinstance(fitted, LinearModel) else self.penalty
        return _learn(_draw(rows, limits.seed), contract, penalty)


def _learn(train: Sample, contract: Contract, penalty: float) -> LinearModel:
    preparation, features = Preparation.learn(train, contract, Options(cyclic=True, text="terms"))
    standardise = Standardise.fit(features.numbers)
    sizes = [levels.size for levels in preparation.levels]
    design = _design(standardise.transform(features.numbers), features, sizes)
    fit = _regress if train.task == "regression" else _classify
    weights, bias = fit(design, train, penalty)
    numbers, effects, words = np.split(weights, np.cumsum([standardise.width, sum(sizes)]))
    return LinearModel(
        preparation,
        standardise,
        _nested(numbers),
        _nested(effects),
        tuple(bias.tolist()),
        train.task,
        penalty,
        words=_nested(words),
    )


def _regress(
    design: sparse.csr_matrix, train: Sample, penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=penalty, solver="sparse_cg", tol=1e-6).fit(
        design, train.target, sample_weight=train.weights
    )
    return model.coef_.reshape(1, -1).T, np.array([float(model.intercept_)])


def _classify(
    design: sparse.csr_matrix, train: Sample, penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a candidate: it is measured
        model = LogisticRegression(C=1 / penalty, max_iter=100, tol=1e-3).fit(
            design, train.target, sample_weight=train.weights
        )
    if train.task == "binary":
        return model.coef_.T, model.intercept_
    present = model.classes_.astype(np.intp)
    weights = np.zeros((design.shape[1], train.classes))
    bias = np.full(train.classes, _ABSENT)
    if len(present) == 2:  # scikit-learn then gives the difference alone
        weights[:, present[1]], bias[present] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weights[:, present], bias[present] = model.coef_.T, model.intercept_
    return weights, bias


def _draw(train: Sample, seed: int) -> Sample:
    most = min(_MOST_ROWS, _MOST_CELLS // train.columns)
    if len(train) <= most:
        return train
    return train.take(np.sort(np.random.default_rng(seed).choice(len(train), most, replace=False)))


def _design(numbers: NDArray[np.float64], features: Features, sizes: list[int]) -> sparse.csr_matrix:
    blocks = [sparse.csr_matrix(numbers)]
    rows = len(numbers)
    for column, size in zip(features.codes.T, sizes, strict=True):
        blocks.append(sparse.csr_matrix((np.ones(rows), column, np.arange(rows + 1)), shape=(rows, size)))
    if features.terms is not None:
        blocks.append(features.terms)
    return sparse.hstack(blocks, format="csr")


def _nested(values: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in values.tolist())
