"""Build one ONNX graph: inputs `numbers` and `strings`, one output `prediction`, everything in double."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from interlock.develop.emit.include import LEARNING, ready

__all__ = ["Graph"]

_OPSET = 21
_IR_VERSION = 10  # the one that came with opset 21
#: ONNX Runtime computes these in packets of up to eight numbers, and what is left over by another formula.
_IN_PACKETS = frozenset({"Cos", "Exp", "Log", "LogSoftmax", "Sigmoid", "Sin", "Softmax", "Tanh"})
_PACKET = 8


class Graph:
    """A graph under construction; tensors are known by their names.

    What is added twice, the same operator on the same tensors, is computed once, so models that are put
    together share their preparation.

    Args:
        numbers: Columns of the numeric input (double [n, numbers]); the input is absent at 0.
        strings: Columns of the string input (string [n, strings]); the input is absent at 0.

    Example:
        >>> import numpy as np
        >>> graph = Graph(numbers=2, strings=0)
        >>> total = graph.node("ReduceSum", graph.numbers, graph.constant(np.array([1])), keepdims=0)
        >>> len(graph.build(total, width=1, metadata={"task": "regression"})) > 0
        True
    """

    DOUBLE = int(TensorProto.DOUBLE)
    FLOAT = int(TensorProto.FLOAT)
    INT64 = int(TensorProto.INT64)

    def __init__(self, *, numbers: int, strings: int) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs = [
            helper.make_tensor_value_info(name, kind, [None, width])
            for name, kind, width in (
                ("numbers", TensorProto.DOUBLE, numbers),
                ("strings", TensorProto.STRING, strings),
            )
            if width
        ]
        self._others: list[onnx.ValueInfoProto] = []
        self._names: dict[bytes, str] = {}
        self._others_sets: dict[str, int] = {}
        self.numbers = "numbers"
        self.strings = "strings"
        self._strings = strings

    @property
    def any_input(self) -> str:
        """An input that is there, for a graph that only needs to know the number of rows."""
        return str(self._inputs[0].name)

    def constant(self, values: NDArray[np.generic]) -> str:
        """Add a tensor of fixed values and return its name."""
        tensor = numpy_helper.from_array(np.ascontiguousarray(values))
        key = tensor.SerializeToString(deterministic=True)
        if key not in self._names:
            tensor.name = self._names[key] = f"constant_{len(self._constants)}"
            self._constants.append(tensor)
        return self._names[key]

    def node(self, operator: str, *inputs: str, domain: str = "", unread: int = 0, **attributes: Any) -> str:
        """Add one operator and return the name of its first output.

        A row gets the same bits alone and in any company: rows of zeros stand behind the rows of an operator
        that rounds the last few numbers of a tensor otherwise than the others.

        Args:
            operator: Its ONNX name, such as `MatMul`.
            inputs: Names of its input tensors.
            domain: Empty for ONNX itself, `ai.onnx.ml` for trees and label encoders.
            unread: How many further outputs it must have.
            attributes: As the operator's specification names them.
        """
        if operator in _IN_PACKETS and not domain:
            return self._in_packets(operator, *inputs, **attributes)
        return self._node(operator, *inputs, domain=domain, unread=unread, **attributes)

    def _in_packets(self, operator: str, tensor: str, **attributes: Any) -> str:
        """Add an operator such that none of the rows is left over from the last packet."""
        rows, more = self.constant(np.array([0])), self.constant(np.array([0, _PACKET - 1]))
        padded = self._node("Pad", tensor, more, "", rows)
        done = self._node(operator, padded, **attributes)
        return self._node("Slice", done, rows, self.constant(np.array([1 - _PACKET])), rows)

    def _node(self, operator: str, *inputs: str, domain: str = "", unread: int = 0, **attributes: Any) -> str:
        node = helper.make_node(operator, inputs, [], domain=domain, **attributes)
        key = node.SerializeToString(deterministic=True)
        if key not in self._names:
            self._names[key] = f"{operator}_{len(self._nodes)}"
            others = [f"{self._names[key]}_{place}" for place in range(unread)]
            node.output.extend([self._names[key], *others])
            self._nodes.append(node)
        return self._names[key]

    def string_columns(self, columns: tuple[int, ...]) -> str:
        """Pick columns of the string input; all of them cost nothing."""
        everything = tuple(range(self._strings))
        return self.strings if columns == everything else self.columns(self.strings, columns)

    def columns(self, tensor: str, columns: tuple[int, ...]) -> str:
        """Pick columns of a tensor [n, k], in the given order."""
        return self.node("Gather", tensor, self.constant(np.array(columns, np.int64)), axis=1)

    def output(self, name: str, tensor: str, width: int) -> None:
        """Give out one more tensor, double [n, width]; `release.Model` computes it where it is asked for."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name]))
        self._others.append(helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width]))

    def include(self, model: bytes, feeds: Mapping[str, str], output: str) -> str:
        """Make another ONNX file a part of this graph, its operators as they are.

        Args:
            model: The file.
            feeds: For each input of the file the tensor that it gets.
            output: The output that is wanted.

        Returns:
            The tensor of that output.

        Raises:
            InputError: As `include.ready`.
        """
        key = hashlib.sha256(model + repr(sorted(feeds.items())).encode()).digest()
        if key not in self._names:
            self._names[key] = f"file_{len(self._nodes)}_"
            proto, sets = ready(model, self._names[key], _OPSET)
            for name, tensor in feeds.items():
                self._nodes.append(helper.make_node("Identity", [tensor], [self._names[key] + name]))
            self._nodes += proto.graph.node
            self._constants += proto.graph.initializer
            self._others_sets |= sets
        return self._names[key] + output

    def build(self, output: str, *, width: int, metadata: Mapping[str, str]) -> bytes:
        """Close the graph.

        Args:
            output: The tensor to give out as `prediction`: double [n, width].
            width: 1 for a binary or regression task, whose prediction becomes [n]; else the classes.
            metadata: Goes into the model's `metadata_props`.

        Returns:
            The model, serialised and checked by `onnx.checker`.
        """
        shape = [-1] if width == 1 else [-1, width]
        target = self.constant(np.array(shape, np.int64))
        self._nodes.append(helper.make_node("Reshape", [output, target], ["prediction"]))
        dimensions = [None] if width == 1 else [None, width]
        prediction = helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, dimensions)
        graph = helper.make_graph(
            self._nodes, "interlock", self._inputs, [prediction, *self._others], self._constants
        )
        sets = {"": _OPSET, "ai.onnx.ml": LEARNING, **self._others_sets}
        opsets = [helper.make_opsetid(domain, version) for domain, version in sets.items()]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="interlock"
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
