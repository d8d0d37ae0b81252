"""From a fitted candidate to one ONNX model, and what that model weighs and takes."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from interlock.contract import Contract, digest
from interlock.develop.candidates.candidate import Fitted
from interlock.develop.decision import Decision
from interlock.develop.emit.graph import Graph
from interlock.develop.explanation import emit_explained
from interlock.develop.intervals import Intervals
from interlock.develop.sample import Inputs
from interlock.release.model import Model

__all__ = ["Cost", "compile_model", "cost", "string_matrix"]

_REPEATS = 300


class Cost(NamedTuple):
    """What serving a compiled model costs.

    Args:
        latency: Median time of one row through the graph, in seconds.
        size: Bytes of the ONNX file.
    """

    latency: float
    size: int


def compile_model(
    fitted: Fitted,
    contract: Contract,
    *,
    candidate: str,
    threshold: float = 0.5,
    intervals: Intervals | None = None,
    decision: Decision | None = None,
) -> bytes:
    """Compile preparation and model into one graph, which also gives what explains its predictions.

    Args:
        fitted: What was fitted.
        contract: Its tensors are the graph's inputs; its digest goes into the metadata.
        candidate: The name of the candidate, for the metadata.
        threshold: For `binary`: the probability from which on the label is the positive class.
        intervals: Given out as `interval` where there are any.
        decision: What outcomes are worth, for the metadata.

    Returns:
        The ONNX file.
    """
    graph = Graph(numbers=len(contract.numbers), strings=len(contract.strings))
    metadata = {
        "task": str(contract.task),
        "classes": json.dumps(contract.classes, ensure_ascii=False),
        "threshold": repr(threshold),
        "contract": digest(contract),
        "candidate": candidate,
    }
    texts = [place for place, column in enumerate(contract.strings) if column.type == "text"]
    metadata |= {"texts": json.dumps(texts)} if texts else {}
    width = len(contract.classes) if contract.task == "multiclass" else 1
    prediction = fitted.emit(graph)
    if decision is not None:
        metadata["decision"] = json.dumps(asdict(decision), ensure_ascii=False)
    if intervals is not None:
        graph.output("interval", intervals.emit(graph, prediction), 2)
        metadata["interval"] = repr(intervals.level)
    emit_explained(graph, fitted, contract)
    return graph.build(prediction, width=width, metadata=metadata)


def cost(model: bytes, inputs: Inputs) -> Cost:
    """Weigh a compiled model and time it on one row after the other.

    Args:
        model: The ONNX file.
        inputs: Rows to ask it, at least one.
    """
    compiled = Model(model)
    rows = np.arange(min(_REPEATS, len(inputs.numbers)))
    numbers = inputs.numbers[rows].tolist()
    strings = string_matrix(inputs)[rows].tolist()
    taken = []
    for at in range(_REPEATS):
        start = time.perf_counter()
        compiled.one(numbers[at % len(rows)], strings[at % len(rows)])
        taken.append(time.perf_counter() - start)
    return Cost(float(np.median(taken)), len(model))


def string_matrix(inputs: Inputs) -> np.ndarray[tuple[int, int], np.dtype[np.object_]]:
    """Return the string tensor, object [n, m]."""
    columns = [column.levels[column.codes] for column in inputs.strings]
    return np.stack(columns, axis=1) if columns else np.empty((len(inputs.numbers), 0), object)
