"""Calibration: a small monotone map of the scores, learned on rows that the model has not learned from.

`none` stands unless another map lowers the cross-validated log loss by more than its standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize_scalar
from scipy.special import expit, logit

from interlock.contract.model import Task
from interlock.develop.candidates.candidate import Fitted, Scored
from interlock.develop.emit.graph import Graph
from interlock.develop.link import predict_from
from interlock.develop.sample import Inputs
from interlock.develop.score import losses, mean_loss
from interlock.report.format import number

__all__ = ["KINDS", "NONE", "Calibrated", "Kind", "Map", "calibrate", "choose", "fit_map"]

Floats = NDArray[np.float64]
Kind = Literal["none", "temperature", "sigmoid", "piecewise"]

#: From the simplest on; a later one must beat the one before it.
KINDS: tuple[Kind, ...] = ("none", "temperature", "sigmoid", "piecewise")

_FOLDS = 5
_FEWEST = 20  # rows of a class, or nothing is calibrated
_KNOTS = 10
_ROWS_A_KNOT = 50
_COLDEST, _HOTTEST = 0.05, 20.0
_Z = 1.959963984540054


@dataclass(frozen=True)
class Map:
    """From a score to a calibrated one.

    Args:
        kind: Which form it has.
        slope: What a score is multiplied by: 1 / T of a temperature.
        shift: What is then added.
        knots: Scores, rising, of `piecewise`; beyond the ends it goes on with slope 1.
        values: The calibrated scores at the knots, not falling.
        before: Cross-validated log loss without it, on the rows it was learned from.
        after: With it.
        n: How many rows these were.
    """

    kind: Kind = "none"
    slope: float = 1.0
    shift: float = 0.0
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    before: float = 0.0
    after: float = 0.0
    n: int = 0

    def __call__(self, score: Floats) -> Floats:
        """Map scores, float64 [n, width]."""
        if self.kind != "piecewise":
            return np.asarray(score * self.slope + self.shift)
        starts, values, slopes = self._pieces()
        piece = (score >= np.array(self.knots)).sum(axis=1, keepdims=True)
        return np.asarray((score - starts[piece]) * slopes[piece] + values[piece])

    def emit(self, graph: Graph, score: str) -> str:
        """Add the same map to a graph, in the same order of operations."""
        if self.kind != "piecewise":
            scaled = graph.node("Mul", score, graph.constant(np.array(self.slope)))
            return graph.node("Add", scaled, graph.constant(np.array(self.shift))) if self.shift else scaled
        above = graph.node("GreaterOrEqual", score, graph.constant(np.array([self.knots])))
        ones = graph.node("Cast", above, to=graph.INT64)
        piece = graph.node("ReduceSum", ones, graph.constant(np.array([1], np.int64)), keepdims=1)
        starts, values, slopes = (
            graph.node("Gather", graph.constant(table), piece, axis=0) for table in self._pieces()
        )
        return graph.node("Add", graph.node("Mul", graph.node("Sub", score, starts), slopes), values)

    def _pieces(self) -> tuple[Floats, Floats, Floats]:
        """Return where each piece starts, its value there, and its slope; the first is left of all knots."""
        knots, values = np.array(self.knots), np.array(self.values)
        inner = np.diff(values) / np.diff(knots)
        slopes = np.concatenate([[1.0], inner, [1.0]])
        return np.concatenate([knots[:1], knots]), np.concatenate([values[:1], values]), slopes

    def __str__(self) -> str:
        if self.kind == "none":
            return "none"
        said = {
            "temperature": f"temperature {1 / self.slope:.3g}",
            "sigmoid": f"sigmoid, {self.slope:.3g} times the log-odds {self.shift:+.3g}",
            "piecewise": f"piecewise linear in the log-odds, {len(self.knots)} knots",
        }[self.kind]
        before, after = f"{self.before:.4f}", f"{self.after:.4f}"
        if before == after:  # such as 0.0000, which says nothing
            before, after = number(self.before), number(self.after)
        changed = f"{before} → {after}" if before != after else f"{after}, no other than before,"
        return f"{said}: log loss {changed} on {self.n:,} rows, cross-validated"


NONE = Map()


@dataclass(frozen=True)
class Calibrated(Scored):
    """A model whose scores are mapped.

    Args:
        model: What was fitted.
        map: From its scores to calibrated ones.
        task: What it predicts.
        rounds: Those of the model.
        setting: What was chosen in the model.
    """

    model: Fitted
    map: Map
    task: Task
    rounds: int = 0
    setting: str = ""

    def score(self, inputs: Inputs) -> Floats:
        """Score, and map the score."""
        return self.map(self.model.score(inputs))

    def emit_score(self, graph: Graph) -> str:
        """Add the model and the map."""
        return self.map.emit(graph, self.model.emit_score(graph))


def calibrate(fitted: Fitted, chosen: Map) -> Fitted:
    """Return the model with its scores mapped; the model itself where nothing is to be mapped."""
    if chosen.kind == "none":
        return fitted
    return Calibrated(fitted, chosen, fitted.task, fitted.rounds, fitted.setting)


def choose(
    score: Floats,
    target: Floats,
    task: Task,
    *,
    weights: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
    kinds: tuple[Kind, ...] = KINDS,
    forced: bool = False,
    seed: int = 0,
) -> Map:
    """Choose and learn a map on rows that the model has not learned from.

    Args:
        score: float64 [n, width], as `Fitted.score` gives it.
        target: float64 [n], the class's number.
        task: For a regression nothing is mapped; `multiclass` knows the temperature alone.
        weights: float64 [n], 0 or more; None counts all rows alike.
        clusters: int64 [n]: rows of one cluster stay in one fold and err together.
        kinds: What may be chosen.
        forced: Whether the last of `kinds` is taken without a comparison.
        seed: Of the folds.

    Returns:
        The map, learned from all rows, with the log loss of five-fold cross-validation before and after;
        `NONE` where none helps by more than its standard error, or where one class (of several classes: all
        but the most frequent) has fewer than 20 rows.

    Source:
        Platt (1999), Probabilistic outputs for support vector machines; Guo, Pleiss, Sun and Weinberger
        (2017), On calibration of modern neural networks; Zadrozny and Elkan (2002), Transforming classifier
        scores into accurate multiclass probability estimates.

    Example:
        >>> random = np.random.default_rng(0)
        >>> truth = random.normal(size=4000)
        >>> target = (random.random(4000) < expit(truth)).astype(float)
        >>> found = choose(3 * truth[:, None], target, "binary")  # three times too sure of itself
        >>> found.kind, round(1 / found.slope, 1)
        ('temperature', 3.0)
    """
    if task == "regression" or not _enough(target, score, task):
        return NONE
    counts = np.ones(len(target)) if weights is None else weights
    folds = _folds(len(target), clusters, seed)
    best, least = NONE, _weighted(losses(task, predict_from(task, score), target), counts)
    before = float(least.mean())
    for kind in kinds:
        if kind == "none" or (task == "multiclass" and kind != "temperature"):
            continue
        tried = _crossed(kind, score, target, task, counts, folds)
        gain, low, _ = mean_loss(least - tried, clusters)
        if forced or gain > (gain - low) / _Z > 0:
            best, least = fit_map(kind, score, target, task, counts), tried
    if best.kind == "none":
        return NONE
    return Map(
        best.kind,
        best.slope,
        best.shift,
        best.knots,
        best.values,
        before,
        float(least.mean()),
        len(target),
    )


def fit_map(kind: Kind, score: Floats, target: Floats, task: Task, weights: Floats | None = None) -> Map:
    """Learn one kind of map; a sigmoid that would turn the order of the scores around is none.

    Args:
        kind: Which.
        score: float64 [n, width].
        target: float64 [n], the class's number.
        task: `binary` or `multiclass`.
        weights: float64 [n]; None counts all rows alike.
    """
    counts = np.ones(len(target)) if weights is None else weights
    if kind == "temperature":
        return _temperature(score, target, task, counts)
    if kind == "sigmoid":
        return _sigmoid(score[:, 0], target, counts)
    return _piecewise(score[:, 0], target, counts) if kind == "piecewise" else NONE


def _enough(target: Floats, score: Floats, task: Task) -> bool:
    rows = np.sort(np.unique(target, return_counts=True)[1])
    known = len(rows) > 1 and np.isfinite(score).all()
    enough = rows[0] >= _FEWEST and np.ptp(score) > 0 if task == "binary" else rows[:-1].sum() >= _FEWEST
    return bool(known and enough)


def _folds(n: int, clusters: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    if clusters is None:
        return random.permutation(np.arange(n) % _FOLDS)
    units = int(clusters.max()) + 1
    return random.permutation(np.arange(units) % _FOLDS)[clusters]


def _crossed(
    kind: Kind, score: Floats, target: Floats, task: Task, counts: Floats, folds: NDArray[np.int64]
) -> Floats:
    """Return each row's loss under the map that the other folds give."""
    mapped = np.empty_like(score)
    for fold in range(_FOLDS):
        out = folds == fold
        mapped[out] = fit_map(kind, score[~out], target[~out], task, counts[~out])(score[out])
    return _weighted(losses(task, predict_from(task, mapped), target), counts)


def _weighted(each: Floats, counts: Floats) -> Floats:
    return np.asarray(each * counts / counts.mean())


def _temperature(score: Floats, target: Floats, task: Task, counts: Floats) -> Map:
    def loss(cold: float) -> float:
        return float(counts @ losses(task, predict_from(task, score * np.exp(cold)), target))

    bounds = (-np.log(_HOTTEST), -np.log(_COLDEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return Map("temperature", float(np.exp(found.x)))


def _sigmoid(score: Floats, target: Floats, counts: Floats) -> Map:
    """Fit by Newton's steps on Platt's targets, which keep a separable table from an infinite slope."""
    positive, negative = counts @ target, counts @ (1 - target)
    wanted = np.where(target == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    centre, spread = float(score.mean()), float(score.std()) or 1.0
    design = np.stack([np.ones_like(score), (score - centre) / spread], axis=1)
    beta = np.array([logit((positive + 1) / (positive + negative + 2)), 0.0])
    loss = _cross_entropy(design @ beta, wanted, counts)
    for _ in range(100):
        fitted = expit(design @ beta)
        slope = design.T @ (counts * (wanted - fitted))
        curve = design.T @ (design * (counts * fitted * (1 - fitted))[:, None]) + 1e-12 * np.eye(2)
        beta, least = _descend(beta, np.linalg.solve(curve, slope), design, wanted, counts, loss)
        if loss - least < 1e-12 * abs(loss):
            break
        loss = least
    slope_ = float(beta[1] / spread)
    return Map("sigmoid", slope_, float(beta[0] - slope_ * centre)) if slope_ > 0 else NONE


def _descend(
    beta: Floats, step: Floats, design: Floats, wanted: Floats, counts: Floats, loss: float
) -> tuple[Floats, float]:
    """Go along a step, halved until the loss does not rise."""
    for halving in range(30):
        tried = beta + step * 0.5**halving
        least = _cross_entropy(design @ tried, wanted, counts)
        if least <= loss:
            return tried, least
    return beta, loss


def _cross_entropy(score: Floats, wanted: Floats, counts: Floats) -> float:
    return float(counts @ (np.logaddexp(0, score) - wanted * score))


def _piecewise(score: Floats, target: Floats, counts: Floats) -> Map:
    """Join the isotonic regression at few knots: the means of parts of equal size.

    Within a part half a row of each class is added, so that the log-odds of a pure part are finite.
    """
    order = np.argsort(score, kind="stable")
    score, counts = score[order], counts[order]
    share = isotonic_regression(target[order], weights=np.maximum(counts, 1e-12)).x
    parts = min(_KNOTS, len(score) // _ROWS_A_KNOT)
    if parts < 2:
        return NONE
    edges = np.unique(np.searchsorted(score, np.quantile(score, np.linspace(0, 1, parts + 1)[1:-1])))
    groups = [part for part in np.split(np.arange(len(score)), edges) if counts[part].sum() > 0]
    at: Callable[[Floats], Floats] = lambda values: np.array(  # noqa: E731
        [np.average(values[part], weights=counts[part]) for part in groups]
    )
    rows = np.array([float(len(part)) for part in groups])
    knots, chance = at(score), (at(share) * rows + 0.5) / (rows + 1)
    apart = np.concatenate([[True], np.diff(knots) > 1e-9 * max(1.0, float(np.abs(knots).max()))])
    if apart.sum() < 2:
        return NONE
    values = np.maximum.accumulate(logit(chance[apart]))
    return Map("piecewise", knots=tuple(knots[apart].tolist()), values=tuple(values.tolist()))
