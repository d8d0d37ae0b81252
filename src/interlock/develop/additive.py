"""Models whose score is a sum: of trees, of linear terms, or of such models with weights.

Of these it can be said exactly what each feature adds to a prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.develop import emit
from interlock.develop.balanced import BalancedModel
from interlock.develop.calibration import Calibrated
from interlock.develop.candidates import Fitted
from interlock.develop.candidates.blend import Blend
from interlock.develop.candidates.constant import Constant
from interlock.develop.candidates.linear import LinearModel
from interlock.develop.emit.graph import Graph
from interlock.develop.link import score_of
from interlock.develop.sample import Inputs
from interlock.release.explanation import Forest, Levels, Linear, Part
from interlock.release.shapley import Trees

__all__ = ["Additive", "Sum", "additive"]

Floats = NDArray[np.float64]


class Sum(NamedTuple):
    """A score as a sum.

    Args:
        bias: float64 [width].
        parts: What is added to it.
    """

    bias: Floats
    parts: tuple[Part, ...]


class Additive(NamedTuple):
    """How a model's score is a sum over features.

    Args:
        sources: For each feature the column, or the declared feature, that it tells of.
        matrix: Computes the features of rows, float64 [n, p].
        emit: Adds them to a graph, double [n, p].
        split: Returns the sum, given the features of the training rows.
    """

    sources: tuple[str, ...]
    matrix: Callable[[Inputs], Floats]
    emit: Callable[[Graph], str]
    split: Callable[[Floats], Sum]


def additive(fitted: Fitted) -> Additive | None:
    """Return how a model's score is a sum; None where it is none.

    Args:
        fitted: Trees of any library, a linear model, a constant, a blend of these, or one of these whose
            scores are multiplied and shifted by a calibration, or corrected for class weights.
    """
    if hasattr(type(fitted), "forest"):
        return _of_trees(fitted)
    if isinstance(fitted, LinearModel):
        return _of_lines(fitted)
    if isinstance(fitted, Constant):
        return _of_constant(fitted)
    return _of_models(fitted)


def _of_models(fitted: Fitted) -> Additive | None:
    """Return how the score of a model of models is a sum."""
    if isinstance(fitted, Blend):
        return _of_blend(fitted)
    if isinstance(fitted, BalancedModel):
        return _of_scaled(fitted.model, 1.0, -np.array(fitted.shift))
    if isinstance(fitted, Calibrated) and fitted.map.kind != "piecewise":
        return _of_scaled(fitted.model, fitted.map.slope, np.array(fitted.map.shift))
    return None


def _of_trees(fitted: Any) -> Additive:
    def split(_: Floats) -> Sum:
        forest: emit.Forest = fitted.forest
        names = Trees.__dataclass_fields__
        trees = Trees(**{name: getattr(forest, name) for name in names})
        return Sum(forest.base, (Forest(trees, forest.scale),))

    return Additive(fitted.sources, fitted.matrix, fitted.emit_matrix, split)


def _of_constant(fitted: Constant) -> Additive:
    values = np.array([fitted.values] if len(fitted.values) > 1 else fitted.values)
    bias = score_of(fitted.task, values)[0]
    return Additive(
        (), lambda inputs: np.empty((len(inputs.numbers), 0)), lambda _: "", lambda _: Sum(bias, ())
    )


def _of_lines(fitted: LinearModel) -> Additive:
    """Take the standardised numbers and their ramps, the codes, then what each text adds as a whole."""
    preparation = fitted.preparation
    plain, coded = _parted(preparation.sources, len(preparation.levels))
    scaled = (*plain, *(plain[at] for at in fitted.standardise.indicated))
    lines = (*scaled, *(scaled[at] for at in fitted.ramps.columns))
    width, words = len(fitted.bias), preparation.of_each_text(fitted.word_effects)
    texts = tuple(terms.name for terms in preparation.terms for _ in range(width))

    def matrix(inputs: Inputs) -> Floats:
        features = preparation.transform(inputs)
        texts = [terms.transform(inputs) @ own for terms, own in zip(preparation.terms, words, strict=True)]
        return np.concatenate(
            [fitted.lines(features.numbers), features.codes, *texts], axis=1, dtype=np.float64
        )

    def emit_matrix(graph: Graph) -> str:
        tensors = preparation.emit(graph)
        blocks = [fitted.emit_lines(graph, tensors.numbers)] if tensors.numbers else []
        blocks += [graph.node("Cast", tensors.codes, to=graph.DOUBLE)] if tensors.codes else []
        blocks += [terms.emit(graph, own) for terms, own in zip(preparation.terms, words, strict=True)]
        return _concatenated(graph, blocks)

    def split(features: Floats) -> Sum:
        bias = np.array(fitted.bias)
        q = len(lines)
        weights = np.array(fitted.weights).reshape(q, width)
        parts: list[Part] = [Linear(np.arange(q), weights, features[:, :q].mean(axis=0))] if q else []
        effects, start = np.array(fitted.effects).reshape(-1, width), 0
        for place, levels in enumerate(preparation.levels):
            own = effects[start : start + levels.size]
            parts.append(Levels(q + place, own, own[features[:, q + place].astype(np.intp)].mean(axis=0)))
            start += levels.size
        for place in range(q + len(preparation.levels), features.shape[1], width):
            own_places = np.arange(place, place + width)
            parts.append(Linear(own_places, np.eye(width), features[:, own_places].mean(axis=0)))
        return Sum(bias, tuple(parts))

    return Additive((*lines, *coded, *texts), matrix, emit_matrix, split)


def _parted(sources: Sequence[str], coded: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    cut = len(sources) - coded
    return tuple(sources[:cut]), tuple(sources[cut:])


def _of_scaled(fitted: Fitted, slope: float, shift: Floats) -> Additive | None:
    inner = additive(fitted)
    if inner is None:
        return None

    def split(features: Floats) -> Sum:
        found = inner.split(features)
        return Sum(found.bias * slope + shift, tuple(_moved(part, 0, slope) for part in found.parts))

    return inner._replace(split=split)


def _of_blend(fitted: Blend) -> Additive | None:
    """Put the members' features side by side."""
    members = [each for each in map(additive, fitted.members) if each is not None]
    if len(members) < len(fitted.members):
        return None
    starts = np.cumsum([0, *(len(each.sources) for each in members)]).tolist()

    def matrix(inputs: Inputs) -> Floats:
        return np.concatenate([each.matrix(inputs) for each in members], axis=1)

    def emit_matrix(graph: Graph) -> str:
        return _concatenated(graph, [each.emit(graph) for each in members if each.sources])

    def split(features: Floats) -> Sum:
        bias, parts = np.zeros(1), []
        for weight, each, start in zip(fitted.weights, members, starts, strict=False):
            found = each.split(features[:, start : start + len(each.sources)])
            bias = bias + weight * found.bias
            parts += [_moved(part, start, weight) for part in found.parts]
        return Sum(bias, tuple(parts))

    return Additive(tuple(name for each in members for name in each.sources), matrix, emit_matrix, split)


def _moved(part: Part, by: int, weight: float) -> Part:
    """Return a part whose features stand further on, and that counts `weight` times."""
    scale = part.scale * weight
    if isinstance(part, Forest):
        return Forest(replace(part.trees, feature=part.trees.feature + by), scale)
    if isinstance(part, Linear):
        return Linear(part.places + by, part.weights, part.means, scale)
    return Levels(part.place + by, part.effects, part.means, scale)


def _concatenated(graph: Graph, blocks: list[str]) -> str:
    return graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]
