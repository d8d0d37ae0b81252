"""What of a model can be explained exactly, and the file that a release explains its predictions with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from interlock.contract.model import Contract
from interlock.develop.additive import Additive, additive
from interlock.develop.calibration import Calibrated
from interlock.develop.candidates import Fitted
from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Sample
from interlock.develop.target import LoggedModel
from interlock.release.explanation import Explanation, Forest

__all__ = ["MOST_STEPS", "Explained", "emit_explained", "explanation", "sum_of"]

#: Trees with more splits above their leaves take too long for a request: some 30 bytes and 10 ns each.
MOST_STEPS = 2_000_000
_MOST_ROWS = 20_000
_UNITS = {"binary": "log-odds", "multiclass": "log probability, up to a constant of the row"}


class Explained(NamedTuple):
    """The score of a model that can be explained.

    Args:
        fitted: Whose score: the model itself, or the one before a map that is not linear.
        additive: How it is a sum.
        wording: From the unit of the model's score to that of this one.
    """

    fitted: Fitted
    additive: Additive
    wording: str = "{}"


def sum_of(fitted: Fitted) -> Explained | None:
    """Find the score that can be explained exactly.

    Args:
        fitted: What was fitted.

    Returns:
        The score; None where there is none, as of a model that asks no column anything.
    """
    wording = "{}"
    found = additive(fitted)
    if found is None and isinstance(fitted, Calibrated):
        fitted, wording = fitted.model, "{} before calibration"
        found = additive(fitted)
    elif found is None and isinstance(fitted, LoggedModel):
        fitted, wording = fitted.model, "logarithm of {}"
        found = additive(fitted)
    return Explained(fitted, found, wording) if found is not None and found.sources else None


def _unit(found: Explained, contract: Contract) -> str:
    target = contract.target
    own = (target.unit or f"unit of {target.name}") if target else ""
    return found.wording.format(_UNITS.get(found.fitted.task, own))


def emit_explained(graph: Graph, fitted: Fitted, contract: Contract) -> None:
    """Give out the features and the score that an explanation needs, where there is one."""
    found = sum_of(fitted)
    if found is not None:
        width = len(contract.classes) if contract.task == "multiclass" else 1
        graph.output("features", found.additive.emit(graph), len(found.additive.sources))
        graph.output("score", found.fitted.emit_score(graph), width)


def explanation(fitted: Fitted, rows: Sample, contract: Contract, *, seed: int = 0) -> Explanation | None:
    """Make the explanation of a model.

    Args:
        fitted: What was fitted, and is compiled by `compile_model`.
        rows: The training rows; the means of linear terms are those of 20,000 of them, drawn at random.
        contract: It names the columns and the target's unit.
        seed: Of the draw.

    Returns:
        The explanation; None where the score is not a sum of trees and linear terms, or the trees are too
        large to be explained while a request waits.
    """
    found = sum_of(fitted)
    if found is None:
        return None
    if len(rows) > _MOST_ROWS:
        drawn = np.random.default_rng(seed).choice(len(rows), _MOST_ROWS, replace=False)
        rows = rows.take(np.sort(drawn))
    total = found.additive.split(found.additive.matrix(rows))
    if sum(part.trees.steps for part in total.parts if isinstance(part, Forest)) > MOST_STEPS:
        return None
    columns = tuple(dict.fromkeys(found.additive.sources))
    places = {name: place for place, name in enumerate(columns)}
    sources = np.array([places[name] for name in found.additive.sources])
    return Explanation(_unit(found, contract), columns, sources, total.bias, total.parts)
