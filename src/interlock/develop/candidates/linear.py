"""Logistic or least-squares regression on curves of the numbers and one column for each level or word."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.bounded import fit_bounded
from interlock.develop.candidates.candidate import Fitted, Limits, Recorded, Scored, Trial, setting_of
from interlock.develop.candidates.memory import draw_memory, fading, memories, recalled
from interlock.develop.candidates.tree_model import directions
from interlock.develop.emit.graph import Graph
from interlock.develop.link import predict_from
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.prepare.ramps import Ramps
from interlock.develop.prepare.standardise import Standardise
from interlock.develop.prepare.step import Options
from interlock.develop.sample import Inputs, Sample
from interlock.develop.score import losses

__all__ = ["PENALTIES", "Linear", "LinearModel", "Setting"]

#: What is tried where no penalty is given, the strongest first.
PENALTIES = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3)
_STRONGEST = 10.0  # with texts: a stronger penalty silences words, each of which is rare
_WORSE = 2  # penalties that were worse, after which weaker ones are not tried
_STEPS = 40  # of the solver for each penalty: on the way from strong to weak, 100 were no better
_MOST_ROWS = 100_000
_MOST_CELLS = 8_000_000
_MOST_DENSE = 2000  # columns up to which least squares are solved by one matrix of products
_WIDE = 0.1  # columns a row, from which on it is likely that most columns say nothing
_ABSENT = float(np.log(1e-15))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """What is tried.

    Args:
        penalty: The weight of the coefficients' size beside the loss summed over rows; 0 finds it on the
            watched rows, from strong to weak.
        l1: The share of the penalty that is on absolute coefficients, which sets some to 0, in place of
            squared ones: the elastic net.
        curves: Whether numbers are curves of straight pieces, or lines.
        memory: Days after which a row counts half; 0 lets all ages count the same.
    """

    penalty: float = 0.0
    l1: float = 0.0
    curves: bool = True
    memory: float = 0.0


@dataclass(frozen=True)
class LinearModel(Scored):
    """Coefficients and the preparation before them.

    Args:
        preparation: From tensors to features.
        standardise: From numbers to numbers on one scale.
        weights: [features, width], for the standardised numbers and then their ramps.
        effects: [codes, width], for the levels of all categories, one after the other.
        bias: [width].
        task: What it predicts.
        chosen: The setting, with the penalty that was found.
        ramps: From the standardised numbers to the pieces of their curves.
        words: [terms, width], for the words of all texts.
    """

    preparation: Preparation
    standardise: Standardise
    weights: tuple[tuple[float, ...], ...]
    effects: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    task: Task
    chosen: Setting
    ramps: Ramps
    rounds: int = 0
    words: tuple[tuple[float, ...], ...] = ()

    @property
    def setting(self) -> str:
        """The setting, for people."""
        net = f", {self.chosen.l1:.2g} of it absolute" if self.chosen.l1 else ""
        kind = "curves" if self.chosen.curves else "lines"
        return f"{kind}, penalty {self.chosen.penalty:.3g}{net}{recalled(self.chosen.memory)}"

    def lines(self, numbers: Floats) -> Floats:
        """Return what `weights` are for, float64 [n, features], of the prepared numbers."""
        return _lines(self.standardise, self.ramps, numbers)

    def emit_lines(self, graph: Graph, numbers: str) -> str:
        """Add the same to a graph."""
        scaled = self.standardise.emit(graph, numbers)
        if not self.ramps.width:
            return scaled
        return graph.node("Concat", scaled, self.ramps.emit(graph, scaled), axis=1)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Add up with numpy."""
        features = self.preparation.transform(inputs)
        score = np.tile(np.array(self.bias), (len(features.numbers), 1))
        if self.weights:
            score += self.lines(features.numbers) @ np.array(self.weights)
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
            lines = self.emit_lines(graph, tensors.numbers)
            product = graph.node("MatMul", lines, graph.constant(np.array(self.weights)))
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
class Linear:
    """Penalised regression, logistic for classes.

    It learns from at most 100,000 rows, fewer where there are more than 80 columns, drawn at random: that is
    plenty for its few coefficients. Of a monotone number the line and all ramps have the sign that it asks
    for; where it is missing the effect is free.
    """

    name: str = "linear"
    description: str = "logistic or least-squares regression on curves of the numbers, levels and words"
    monotone: bool = True

    def settings(self, train: Sample) -> tuple[Setting, ...]:
        """Return curves, forgetful ones where there is a time; where columns are many, a few lines first."""
        wide = train.columns > _WIDE * len(train)
        forgetful = tuple(Setting(memory=each) for each in memories(train))
        return (*([Setting(10.0, l1=0.9, curves=False)] if wide else []), Setting(), *forgetful)

    def suggest(self, trial: Trial, train: Sample) -> Setting:
        """Draw a penalty, and its kind where columns are many."""
        wide = train.columns > _WIDE * len(train)
        return Setting(
            trial.suggest_float("penalty", 1e-2, 1e4, log=True),
            trial.suggest_float("l1", 0.1, 1.0) if wide else 0.0,
            trial.suggest_categorical("curves", (True, False)),
            draw_memory(trial, train),
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: Setting | None = None,
    ) -> LinearModel:
        """Learn the coefficients, and find the penalty where the setting has none."""
        return _learn(_draw(train, limits.seed), watched, contract, setting or Setting(), limits)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> LinearModel:
        """Learn them again with the penalty that was found."""
        setting = setting_of(fitted, Setting(1.0))
        return _learn(_draw(rows, limits.seed), None, contract, setting, limits)


class _Coefficients(NamedTuple):
    """[columns, width] and [width]."""

    weights: Floats
    bias: Floats


#: From a penalty to coefficients; what was found for one penalty is where the next begins.
_Solver = Callable[[float], _Coefficients]


def _learn(
    train: Sample, watched: Sample | None, contract: Contract, setting: Setting, limits: Limits
) -> LinearModel:
    train = fading(train, setting.memory)
    options = Options(cyclic=not setting.curves, text="terms")
    preparation, features = Preparation.learn(train, contract, options)
    standardise = Standardise.fit(features.numbers)
    scaled = standardise.transform(features.numbers)
    ramps = Ramps.fit(scaled) if setting.curves else Ramps((), (), ())
    sizes = [levels.size for levels in preparation.levels]

    def design(features: Features) -> sparse.csr_matrix:
        return _design(_lines(standardise, ramps, features.numbers), features, sizes)

    signs = _signs(preparation, contract, train, standardise, ramps)
    solve = _solver(design(features), train, setting.l1, signs)
    if setting.penalty or watched is None:
        penalty, found = _along(solve, setting.penalty or 1.0)
    else:
        penalties = tuple(each for each in PENALTIES if not preparation.terms or each <= _STRONGEST)
        penalty, found = _best(solve, design(preparation.transform(watched)), watched, limits, penalties)
    cuts = np.cumsum([standardise.width + ramps.width, sum(sizes)])
    numbers, effects, words = np.split(found.weights, cuts)
    return LinearModel(
        preparation,
        standardise,
        _nested(numbers),
        _nested(effects),
        tuple(found.bias.tolist()),
        train.task,
        replace(setting, penalty=penalty),
        ramps,
        words=_nested(words),
    )


def _along(solve: _Solver, penalty: float) -> tuple[float, _Coefficients]:
    """Go from strong penalties to the given one, so that it is found as `_best` found it."""
    for stronger in PENALTIES:
        if stronger > penalty:
            solve(stronger)
    return penalty, solve(penalty)


def _best(
    solve: _Solver,
    design: sparse.csr_matrix,
    watched: Sample,
    limits: Limits,
    penalties: tuple[float, ...] = PENALTIES,
) -> tuple[float, _Coefficients]:
    """Go from strong penalties to weak ones as long as the watched rows get better."""
    tried: list[tuple[float, float, _Coefficients]] = []
    for penalty in penalties:
        found = solve(penalty)
        prediction = predict_from(watched.task, np.asarray(design @ found.weights + found.bias))
        loss = np.average(losses(watched.task, prediction, watched.target), weights=watched.weights)
        tried.append((float(loss), penalty, found))
        least = min(range(len(tried)), key=lambda at: tried[at][0])
        if len(tried) - 1 - least >= _WORSE or not limits.left:
            break
    _, penalty, found = tried[least]
    return penalty, found


def _signs(
    preparation: Preparation, contract: Contract, train: Sample, standardise: Standardise, ramps: Ramps
) -> NDArray[np.int_]:
    """Return for each standardised number and ramp, which come first in a design, the sign it is held to."""
    numbers = directions(preparation, contract, train.task)[: len(standardise.fill)]
    scaled = np.array([*numbers, *(0 for _ in standardise.indicated)], int)
    return np.concatenate([scaled, scaled[list(ramps.columns)]])


def _solver(design: sparse.csr_matrix, train: Sample, l1: float, signs: NDArray[np.int_]) -> _Solver:
    if signs.any():
        return _bounded(design, train, l1, signs)
    if train.task != "regression":
        return _classifier(design, train, l1)
    if not l1 and design.shape[1] <= _MOST_DENSE:
        return _least_squares(design, train)
    return _regressor(design, train, l1)


def _bounded(design: sparse.csr_matrix, train: Sample, l1: float, signs: NDArray[np.int_]) -> _Solver:
    """Hold some coefficients to a sign; each penalty begins where the last one ended."""
    held, last = np.pad(signs, (0, design.shape[1] - len(signs))), list[tuple[Floats, float]]()

    def solve(penalty: float) -> _Coefficients:
        start = last[-1] if last else None
        weights, bias = fit_bounded(design, train, held, penalty, l1=l1, start=start)
        last[:] = [(weights, bias)]
        return _Coefficients(weights.reshape(-1, 1), np.array([bias]))

    return solve


def _least_squares(design: sparse.csr_matrix, train: Sample) -> _Solver:
    """Solve the normal equations of centred columns: for each further penalty one factorisation."""
    counts = np.ones(len(train)) if train.weights is None else train.weights
    shares = counts / counts.sum()
    centre, mean = design.T @ shares, float(shares @ train.target)
    weighed = design.multiply(counts[:, None]).tocsr()
    products = (weighed.T @ design).toarray() - counts.sum() * np.outer(centre, centre)
    moments = weighed.T @ (train.target - mean)

    def solve(penalty: float) -> _Coefficients:
        held = products + penalty * np.eye(len(products))
        weights = cho_solve(cho_factor(held, lower=True, overwrite_a=True), moments)
        return _Coefficients(weights.reshape(-1, 1), np.array([mean - float(centre @ weights)]))

    return solve


def _regressor(design: sparse.csr_matrix, train: Sample, l1: float) -> _Solver:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import ElasticNet, Ridge

    def solve(penalty: float) -> _Coefficients:
        if l1:
            total = len(train) if train.weights is None else float(train.weights.sum())
            model = ElasticNet(alpha=penalty / total, l1_ratio=l1, max_iter=300, tol=1e-4)
        else:
            model = Ridge(alpha=penalty, solver="sparse_cg", tol=1e-6)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a candidate: it is measured
            model.fit(design, train.target, sample_weight=train.weights)
        return _Coefficients(model.coef_.reshape(1, -1).T, np.array([float(model.intercept_)]))

    return solve


def _classifier(design: sparse.csr_matrix, train: Sample, l1: float) -> _Solver:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    solver = "saga" if l1 else "lbfgs"
    model = LogisticRegression(
        l1_ratio=l1, solver=solver, max_iter=_STEPS, tol=1e-4, warm_start=True, random_state=0
    )

    def solve(penalty: float) -> _Coefficients:
        model.set_params(C=1 / penalty)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a candidate: it is measured
            model.fit(design, train.target, sample_weight=train.weights)
        return _of_classes(model, train, design.shape[1])

    return solve


def _of_classes(model: Any, train: Sample, columns: int) -> _Coefficients:
    if train.task == "binary":
        return _Coefficients(model.coef_.T.copy(), model.intercept_.copy())
    present = model.classes_.astype(np.intp)
    weights = np.zeros((columns, train.classes))
    bias = np.full(train.classes, _ABSENT)
    if len(present) == 2:  # scikit-learn then gives the difference alone
        weights[:, present[1]], bias[present] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weights[:, present], bias[present] = model.coef_.T, model.intercept_
    return _Coefficients(weights, bias)


def _lines(standardise: Standardise, ramps: Ramps, numbers: Floats) -> Floats:
    scaled = standardise.transform(numbers)
    return np.concatenate([scaled, ramps.transform(scaled)], axis=1) if ramps.width else scaled


def _draw(train: Sample, seed: int) -> Sample:
    most = min(_MOST_ROWS, _MOST_CELLS // train.columns)
    if len(train) <= most:
        return train
    return train.draw(np.sort(np.random.default_rng(seed).choice(len(train), most, replace=False)))


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
