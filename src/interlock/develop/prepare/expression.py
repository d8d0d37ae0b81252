"""An expression over the columns as a tree, computed by numpy and added to a graph, node for node.

A number is float64 with NaN for NULL; a condition is a pair of masks, one where it is true and one where it
is false, so that NULL is where neither holds. `sql` makes the trees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs

__all__ = [
    "OPERATORS",
    "Alike",
    "Among",
    "Apply",
    "Computed",
    "Constant",
    "Emitter",
    "Evaluator",
    "Feature",
    "Node",
    "Number",
    "Operator",
    "apply",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Operator:
    """One operation in numpy and in ONNX.

    Args:
        compute: On arrays.
        name: The ONNX operator.
        attributes: Its attributes.
    """

    compute: Callable[..., Any]
    name: str
    attributes: tuple[tuple[str, int], ...] = ()


def _operator(compute: Callable[..., Any], name: str, **attributes: int) -> Operator:
    return Operator(compute, name, tuple(attributes.items()))


#: Every operation a tree is made of. ONNX Runtime has each of them in double precision.
OPERATORS: dict[str, Operator] = {
    "add": _operator(np.add, "Add"),
    "subtract": _operator(np.subtract, "Sub"),
    "multiply": _operator(np.multiply, "Mul"),
    "divide": _operator(np.divide, "Div"),
    "remainder": _operator(np.fmod, "Mod", fmod=1),
    "power": _operator(np.power, "Pow"),
    "negative": _operator(np.negative, "Neg"),
    "abs": _operator(np.abs, "Abs"),
    "floor": _operator(np.floor, "Floor"),
    "ceil": _operator(np.ceil, "Ceil"),
    "nearest": _operator(np.rint, "Round"),
    "exp": _operator(np.exp, "Exp"),
    "log": _operator(np.log, "Log"),
    "sqrt": _operator(np.sqrt, "Sqrt"),
    "sin": _operator(np.sin, "Sin"),
    "cos": _operator(np.cos, "Cos"),
    "tanh": _operator(np.tanh, "Tanh"),
    "less": _operator(np.less, "Less"),
    "equal": _operator(np.equal, "Equal"),
    "missing": _operator(np.isnan, "IsNaN"),
    "infinite": _operator(np.isinf, "IsInf"),
    "and": _operator(np.logical_and, "And"),
    "or": _operator(np.logical_or, "Or"),
    "not": _operator(np.logical_not, "Not"),
    "where": _operator(np.where, "Where"),
}


@dataclass(frozen=True, eq=False)
class Constant:
    """A number that is the same in every row; NaN for NULL."""

    value: float


@dataclass(frozen=True, eq=False)
class Number:
    """A column of the numeric tensor.

    Args:
        place: Which one.
    """

    place: int


@dataclass(frozen=True, eq=False)
class Feature:
    """A declared feature that comes before.

    Args:
        name: What it is called.
    """

    name: str


@dataclass(frozen=True, eq=False)
class Among:
    """Whether a string column has one of some values: a mask.

    Args:
        place: The column of the string tensor.
        values: At least one; `MISSING` asks for null.
    """

    place: int
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Alike:
    """Whether two string columns have the same value, or both none: a mask.

    Args:
        left: A column of the string tensor.
        right: Another one.
    """

    left: int
    right: int


@dataclass(frozen=True, eq=False)
class Apply:
    """An operation on others.

    Args:
        operator: Its name in `OPERATORS`.
        arguments: Numbers or masks, as it takes them.
    """

    operator: str
    arguments: tuple[Node, ...]


#: Nodes are compared by identity: what is shared in a tree is computed once.
Node = Constant | Number | Feature | Among | Alike | Apply
Computed = Mapping[str, NDArray[np.float64]]


def apply(operator: str, *arguments: Node | float) -> Apply:
    """Build an operation; plain numbers become constants.

    Example:
        >>> apply("add", Number(0), 1.0).operator
        'add'
    """
    nodes = tuple(Constant(float(each)) if isinstance(each, int | float) else each for each in arguments)
    return Apply(operator, nodes)


class Evaluator:
    """Computes trees over some rows with numpy.

    Args:
        inputs: The rows.
        features: What the declared features before came to, float64 [n] each.

    Example:
        >>> import numpy as np
        >>> from interlock.contract import Checked
        >>> rows = Checked(np.array([[3.0, 0.0], [1.0, 4.0]]), (), np.zeros(2, bool), ())
        >>> Evaluator(rows, {}).feature(apply("divide", Number(0), Number(1)))
        array([ nan, 0.25])
    """

    def __init__(self, inputs: Inputs, features: Computed) -> None:
        self._inputs = inputs
        self._features = features
        self._known: dict[Node, Array] = {}

    def feature(self, node: Node) -> NDArray[np.float64]:
        """Return a number for each row, float64 [n]; NaN where it is NULL or infinite."""
        with np.errstate(all="ignore"):
            values = np.asarray(self.value(node), np.float64)
        rows = len(self._inputs.numbers)
        return np.array(np.broadcast_to(np.where(np.isinf(values), np.nan, values), (rows,)))

    def value(self, node: Node) -> Array:
        """Return what a node comes to, shape [n], or a scalar where it is constant."""
        if node not in self._known:
            self._known[node] = self._compute(node)
        return self._known[node]

    def _compute(self, node: Node) -> Array:
        match node:
            case Constant(value):
                return np.array(value)
            case Number(place):
                return self._inputs.numbers[:, place]
            case Feature(name):
                return self._features[name]
            case Among(place, values):
                column = self._inputs.strings[place]
                return np.array([level in values for level in column.levels], bool)[column.codes]
            case Alike(left, right):
                one, other = self._inputs.strings[left], self._inputs.strings[right]
                return np.asarray(one.levels[one.codes] == other.levels[other.codes], bool)
            case Apply(operator, arguments):
                return np.asarray(OPERATORS[operator].compute(*(self.value(each) for each in arguments)))


class Emitter:
    """Adds trees to a graph.

    Args:
        graph: The graph.
        features: The tensors, double [n, 1], of the declared features before.
    """

    def __init__(self, graph: Graph, features: Mapping[str, str]) -> None:
        self._graph = graph
        self._features = features
        self._known: dict[Node, str] = {}

    def feature(self, node: Node) -> str:
        """Return the tensor, double [n, 1], of what `Evaluator.feature` gives."""
        graph, values = self._graph, self.value(node)
        nothing = graph.constant(np.array([[np.nan]]))
        return graph.node("Where", graph.node("IsInf", values), nothing, values)

    def value(self, node: Node) -> str:
        """Return the tensor of a node: double or bool, [n, 1], or [1, 1] where it is constant."""
        if node not in self._known:
            self._known[node] = self._add(node)
        return self._known[node]

    def _add(self, node: Node) -> str:
        graph = self._graph
        match node:
            case Constant(value):
                return graph.constant(np.array([[value]]))
            case Number(place):
                return graph.columns(graph.numbers, (place,))
            case Feature(name):
                return self._features[name]
            case Among(place, values):
                return self._among(place, values)
            case Alike(left, right):
                columns = (graph.columns(graph.strings, (place,)) for place in (left, right))
                return graph.node("Equal", *columns)
            case Apply(name, arguments):
                operator = OPERATORS[name]
                tensors = [self.value(each) for each in arguments]
                attributes: dict[str, Any] = dict(operator.attributes)
                return graph.node(operator.name, *tensors, **attributes)

    def _among(self, place: int, values: tuple[str, ...]) -> str:
        graph = self._graph
        column = graph.columns(graph.strings, (place,))
        found = [graph.node("Equal", column, graph.constant(np.array([[value]], object))) for value in values]
        mask = found[0]
        for other in found[1:]:
            mask = graph.node("Or", mask, other)
        return mask
