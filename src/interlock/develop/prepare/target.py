"""Categories as the mean of the target at each level: one number however many levels there are.

A level's mean is drawn towards the mean of all rows, the more so the fewer rows it has. On the training rows
each is computed from other rows, or a model would learn to trust the noise of its own target.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.categories import Levels, emit_codes, transform_codes
from interlock.develop.prepare.folds import Fold, folds, targets
from interlock.develop.prepare.step import Learned, Options
from interlock.develop.sample import Inputs, Sample

__all__ = ["TargetMeans", "credible_means", "make_target_means"]

LEAST_TARGET_ROWS = 5
MOST_TARGET_LEVELS = 50_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TargetMeans:
    """The mean of the target at each level of each category; rare and unknown levels share one.

    Args:
        columns: The categories' places in the string tensor.
        levels: One for each.
        means: For each column and each of its codes: the mean, of each class for `multiclass`.
        names: What the features are called.
        sources: The column of each feature.
    """

    columns: tuple[int, ...]
    levels: tuple[Levels, ...]
    means: tuple[tuple[tuple[float, ...], ...], ...]
    names: tuple[str, ...]
    sources: tuple[str, ...]

    def transform(self, inputs: Inputs) -> Floats:
        """Compute the features of any rows, float64 [n, columns * width]."""
        codes = transform_codes(self.levels, [inputs.strings[place] for place in self.columns])
        return np.asarray(self._table[codes + self._starts].reshape(len(codes), len(self.names)), np.float64)

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, columns * width]."""
        codes = emit_codes(graph, self.levels, self.columns)
        places = graph.node("Add", codes, graph.constant(self._starts[None, :]))
        means = graph.node("Gather", graph.constant(self._table), places, axis=0)
        return graph.node("Reshape", means, graph.constant(np.array([-1, len(self.names)], np.int64)))

    @cached_property
    def _table(self) -> Floats:
        return np.concatenate([np.array(means) for means in self.means])

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.cumsum([0, *(levels.size for levels in self.levels[:-1])]).astype(np.int64)


def make_target_means(rows: Sample, contract: Contract, options: Options) -> tuple[Learned, ...]:
    """Fit one step for all categories, if they are to be encoded so."""
    strings = enumerate(contract.strings)
    named = [(place, column.name) for place, column in strings if column.type == "category"]
    if options.encode == "codes" or not named:
        return ()
    columns = tuple(place for place, _ in named)
    levels = tuple(
        Levels.fit(rows.strings[place], least=LEAST_TARGET_ROWS, most=MOST_TARGET_LEVELS) for place in columns
    )
    codes = transform_codes(levels, [rows.strings[place] for place in columns])
    target, weights = targets(rows), np.ones(len(rows)) if rows.weights is None else rows.weights
    means = [
        credible_means(code, each.size, target, weights) for code, each in zip(codes.T, levels, strict=True)
    ]
    classes = contract.classes if rows.task == "multiclass" else ("",)
    step = TargetMeans(
        columns,
        levels,
        tuple(tuple(tuple(row) for row in each.tolist()) for each in means),
        tuple(f"{name} target {label}".strip() for _, name in named for label in classes),
        tuple(name for _, name in named for _ in classes),
    )
    return (Learned(step, _cross_fitted(codes, levels, target, weights, folds(rows, seed=options.seed))),)


def credible_means(codes: NDArray[np.int64], size: int, target: Floats, weights: Floats) -> Floats:
    """Return the mean of each level, drawn towards the mean of all rows.

    With n rows a level keeps the share n / (n + m) of its distance from the mean of all, where m is the
    variance within levels over the variance between them, both estimated from these rows. A level without
    rows gets the mean of all.

    Args:
        codes: int64 [n], the level of each row, below `size`.
        size: How many levels there are.
        target: float64 [n, width].
        weights: float64 [n], how much each row counts.

    Returns:
        float64 [size, width].

    Source:
        Bühlmann and Straub (1970), Glaubwürdigkeit für Schadensätze, with the variances estimated as in
        Bühlmann and Gisler (2005), A Course in Credibility Theory, section 4.8; for one m the same as the
        m-estimate of Micci-Barreca (2001), SIGKDD Explorations 3.

    Example:
        >>> target = np.array([[0.0], [0.0], [1.0], [1.0]])
        >>> credible_means(np.array([0, 0, 1, 1]), 3, target, np.ones(4)).ravel()
        array([0. , 1. , 0.5])
    """
    rows = np.bincount(codes, weights, minlength=size)
    sums = np.stack([np.bincount(codes, weights * column, minlength=size) for column in target.T], axis=1)
    total = rows.sum()
    overall = sums.sum(axis=0) / total if total else target.mean(axis=0)
    means = np.where(rows[:, None] > 0, sums / np.maximum(rows, 1e-300)[:, None], overall)
    within = (weights[:, None] * (target - means[codes]) ** 2).sum(axis=0)
    apart = means - overall
    between = (rows[:, None] * apart**2).sum(axis=0)
    levels, observed = int(np.count_nonzero(rows)), int(np.count_nonzero(weights))
    spread = total - (rows**2).sum() / total if total else 0.0
    if levels < 2 or observed <= levels or spread <= 0:
        return np.tile(overall, (size, 1))
    noise = within / (observed - levels)
    signal = np.maximum((between - (levels - 1) * noise) / spread, 0.0)
    shown = rows[:, None] * signal
    share = np.divide(shown, shown + noise, out=np.zeros_like(shown), where=shown > 0)
    return np.asarray(overall + share * apart, np.float64)


def _cross_fitted(
    codes: NDArray[np.int64],
    levels: tuple[Levels, ...],
    target: Floats,
    weights: Floats,
    parts: list[Fold],
) -> Floats:
    width = target.shape[1]
    features = np.empty((len(codes), len(levels) * width))
    for place, each in enumerate(levels):
        columns = slice(place * width, (place + 1) * width)
        for encoded, source in parts:
            if not len(source):  # all rows are one unit: there is nothing to learn from that is not of it
                features[encoded, columns] = target.mean(axis=0)
                continue
            means = credible_means(codes[source, place], each.size, target[source], weights[source])
            features[encoded, columns] = means[codes[encoded, place]]
    return features
