"""A model of another maker, as an ONNX file: fed from the contract's tensors, its answer read as a score."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import MISSING, Task
from interlock.develop.candidates.candidate import Scored
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.include import fits
from interlock.develop.link import LEAST, score_of
from interlock.develop.sample import Inputs

__all__ = ["Foreign", "Form", "Port", "Type"]

Type = Literal["float", "double", "int64", "bool", "string"]
#: What the answer is: probabilities, log-odds (for several classes: logarithms of probabilities up to a
#: constant), or the value.
Form = Literal["probability", "score", "value"]

_NUMPY: dict[str, Any] = {"float": np.float32, "double": np.float64, "int64": np.int64, "bool": np.bool_}
_ONNX: dict[str, int] = {"float": 1, "double": 11, "int64": 7, "bool": 9}
#: Numbers are cut to this size first, so that sums of them stay finite in single precision.
LARGEST = 1e30


@dataclass(frozen=True)
class Port:
    """One input of the file.

    Args:
        name: What the file calls it.
        type: What it holds.
        columns: Columns of the numeric tensor, or for `string` of the string tensor.
        fill: For each column what a missing number becomes; NaN stays missing. Missing strings become empty.
    """

    name: str
    type: Type
    columns: tuple[int, ...]
    fill: tuple[float | None, ...] = ()

    def feed(self, inputs: Inputs) -> NDArray[Any]:
        """Return the input's tensor [n, columns]."""
        if self.type == "string":
            strings = string_matrix(inputs)[:, list(self.columns)]
            return np.where(strings == MISSING, "", strings).astype(object)
        numbers = np.clip(inputs.numbers[:, list(self.columns)], -LARGEST, LARGEST)
        return np.where(np.isnan(numbers), self._fills(), numbers).astype(_NUMPY[self.type])

    def emit(self, graph: Graph) -> str:
        """Add the same to a graph and return its tensor."""
        if self.type == "string":
            strings = graph.columns(graph.strings, self.columns)
            missing = graph.node("Equal", strings, graph.constant(np.array(MISSING, object)))
            return graph.node("Where", missing, graph.constant(np.array("", object)), strings)
        numbers = graph.columns(graph.numbers, self.columns)
        bounds = (graph.constant(np.array(bound)) for bound in (-LARGEST, LARGEST))
        clipped = graph.node("Clip", numbers, *bounds)
        filled = graph.node("Where", graph.node("IsNaN", numbers), graph.constant(self._fills()), clipped)
        return filled if self.type == "double" else graph.node("Cast", filled, to=_ONNX[self.type])

    def _fills(self) -> NDArray[np.float64]:
        fills = self.fill or (None,) * len(self.columns)
        return np.array([[np.nan if fill is None else fill for fill in fills]])


@dataclass(frozen=True)
class Foreign(Scored):
    """A file, and how it is asked.

    Args:
        model: The ONNX file.
        ports: Its inputs.
        output: The output that is the answer.
        form: What the answer is.
        task: What it predicts.
        places: For each class its column of the answer; empty where it has one column.
        setting: Where it comes from, for people.
        rounds: Always 0.
    """

    model: bytes
    ports: tuple[Port, ...]
    output: str
    form: Form
    task: Task
    places: tuple[int, ...] = ()
    setting: str = ""
    rounds: int = 0

    @property
    def tolerance(self) -> float:
        """How far two ways through the file may be apart: single precision rounds sums by their order."""
        single = any(port.type == "float" for port in self.ports)
        return 1e-9 if self.task == "regression" and not single else 1e-5 if single else 1e-6

    @property
    def joinable(self) -> bool:
        """Whether it can be in one graph with models of ours, whose operators are of a newer set."""
        return fits(self.model)

    def answer(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return what the file itself answers, float64 [n, columns]."""
        feeds = {port.name: port.feed(inputs) for port in self.ports}
        (found,) = _session(self.model).run([self.output], feeds)
        answer = np.asarray(found, np.float64).reshape(len(inputs.numbers), -1)
        return answer[:, list(self.places)] if self.places else answer

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Ask the file in a session of its own, and read its answer as a score."""
        answer = self.answer(inputs)
        if self.form != "probability":
            return answer
        return score_of(self.task, answer[:, -1] if self.task == "binary" else answer)

    def emit_score(self, graph: Graph) -> str:
        """Make the file a part of the graph."""
        feeds = {port.name: port.emit(graph) for port in self.ports}
        found = graph.include(self.model, feeds, self.output)
        double = graph.node("Cast", found, to=graph.DOUBLE)
        width = graph.constant(np.array([-1, self._columns()], np.int64))
        answer = graph.node("Reshape", double, width)
        places = self.places or tuple(range(self._columns()))
        answer = graph.columns(answer, places[-1:] if self.task == "binary" else places)
        return self._emit_logarithms(graph, answer) if self.form == "probability" else answer

    def _emit_logarithms(self, graph: Graph, answer: str) -> str:
        least, most = (graph.constant(np.array(bound)) for bound in (LEAST, 1 - LEAST))
        likely = graph.node("Clip", answer, least, most)
        logarithm = graph.node("Log", likely)
        if self.task == "multiclass":
            return logarithm
        rest = graph.node("Sub", graph.constant(np.array(1.0)), likely)
        return graph.node("Sub", logarithm, graph.node("Log", rest))

    def _columns(self) -> int:
        shape = next(each.shape for each in _session(self.model).get_outputs() if each.name == self.output)
        last = shape[1] if len(shape) > 1 else 1
        if isinstance(last, int):
            return last
        return max(len(self.places), 1)  # a dynamic width is what was asked for


@functools.lru_cache(maxsize=4)
def _session(model: bytes) -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
