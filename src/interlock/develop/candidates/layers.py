"""The layers of a network: learned in float32 by torch, computed in double by numpy and by the graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph

__all__ = ["Convolution", "Dense", "Embeddings", "Weights"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """A learned tensor.

    Args:
        shape: Of the tensor.
        data: Its values, row by row, float32, little-endian.
    """

    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> Weights:
        """Keep a tensor."""
        kept = np.ascontiguousarray(values, "<f4")
        return cls(tuple(int(side) for side in kept.shape), kept.tobytes())

    @cached_property
    def values(self) -> Floats:
        """The same in double."""
        return np.frombuffer(self.data, "<f4").reshape(self.shape).astype(np.float64)

    def emit(self, graph: Graph) -> str:
        """Add the tensor to a graph: kept as float32, half the bytes, and made double when it is loaded."""
        return graph.node("Cast", graph.constant(self.values.astype(np.float32)), to=graph.DOUBLE)


@dataclass(frozen=True)
class Dense:
    """A weighted sum of all inputs for each output.

    Args:
        weights: [inputs, outputs].
        bias: [outputs].
    """

    weights: Weights
    bias: Weights

    def transform(self, values: Floats) -> Floats:
        """Compute float64 [..., outputs] of float64 [..., inputs]."""
        return np.asarray(values @ self.weights.values + self.bias.values, np.float64)

    def emit(self, graph: Graph, values: str) -> str:
        """Add the same to a graph."""
        product = graph.node("MatMul", values, self.weights.emit(graph))
        return graph.node("Add", product, self.bias.emit(graph))


@dataclass(frozen=True)
class Embeddings:
    """A few learned numbers for each level of each category.

    Args:
        sizes: Levels of each category.
        widths: Numbers of each category.
        table: All of them one after the other, category by category and level by level, [total].

    Source:
        Guo and Berkhahn (2016), Entity Embeddings of Categorical Variables, arXiv:1604.06737.
    """

    sizes: tuple[int, ...]
    widths: tuple[int, ...]
    table: Weights

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """For each number that comes out, the category it is of."""
        return np.repeat(np.arange(len(self.sizes)), self.widths)

    @cached_property
    def strides(self) -> NDArray[np.int64]:
        """For each, how far apart its values of two levels are."""
        return np.asarray(np.array(self.widths, np.int64)[self.columns])

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """For each, where its value of the first level is."""
        lengths = [size * width for size, width in zip(self.sizes, self.widths, strict=True)]
        firsts = np.cumsum([0, *lengths[:-1]])
        inside = np.concatenate([np.arange(width) for width in self.widths])
        return np.asarray(firsts[self.columns] + inside, np.int64)

    def places(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where in the table the numbers of some rows are, int64 [n, sum of widths]."""
        return codes[:, self.columns] * self.strides + self.starts

    def transform(self, codes: NDArray[np.int64]) -> Floats:
        """Look up float64 [n, sum of widths] for codes int64 [n, categories]."""
        return self.table.values[self.places(codes)]

    def emit(self, graph: Graph, codes: str) -> str:
        """Add the same to a graph."""
        each = graph.columns(codes, tuple(self.columns.tolist()))
        scaled = graph.node("Mul", each, graph.constant(self.strides[None, :]))
        places = graph.node("Add", scaled, graph.constant(self.starts[None, :]))
        return graph.node("Gather", self.table.emit(graph), places, axis=0)


@dataclass(frozen=True)
class Convolution:
    """The same weighted sum of the 3 × 3 cells around each cell, cut off at 0; of 2 × 2 results the largest.

    Beyond the edge cells are 0. ONNX Runtime convolves in single precision only, so the cells are gathered
    and multiplied as a matrix, in double.

    Args:
        height: Of the grid that comes in; at least 2.
        width: Of the grid that comes in; at least 2.
        kernel: [9 * channels in, channels out], row by row and channel by channel.
        bias: [channels out].

    Source:
        LeCun, Bottou, Bengio and Haffner (1998), Gradient-Based Learning Applied to Document Recognition,
        Proceedings of the IEEE 86; as a product of matrices: Chellapilla, Puri and Simard (2006), High
        Performance Convolutional Neural Networks for Document Processing.
    """

    height: int
    width: int
    kernel: Weights
    bias: Weights

    @property
    def channels(self) -> int:
        """Of the grid that comes in."""
        return self.kernel.shape[0] // 9

    @cached_property
    def around(self) -> NDArray[np.int64]:
        """For each cell the nine around it, int64 [cells, 9]; the number of cells stands for one outside."""
        numbers = np.arange(self.height * self.width).reshape(self.height, self.width)
        framed = np.pad(numbers, 1, constant_values=numbers.size)
        windows = np.lib.stride_tricks.sliding_window_view(framed, (3, 3))
        return np.ascontiguousarray(windows.reshape(-1, 9), np.int64)

    @cached_property
    def pooled(self) -> NDArray[np.int64]:
        """For each cell that comes out the four it is the largest of, int64 [cells out, 4]."""
        numbers = np.arange(self.height * self.width).reshape(self.height, self.width)
        even = numbers[: self.height // 2 * 2, : self.width // 2 * 2]
        blocks = even.reshape(self.height // 2, 2, self.width // 2, 2).transpose(0, 2, 1, 3)
        return np.ascontiguousarray(blocks.reshape(-1, 4), np.int64)

    def transform(self, cells: Floats) -> Floats:
        """Compute float64 [n, cells out, channels out] of float64 [n, cells, channels]."""
        framed = np.pad(cells, ((0, 0), (0, 1), (0, 0)))
        near = framed[:, self.around].reshape(len(cells), len(self.around), -1)
        sums = near @ self.kernel.values + self.bias.values
        return np.asarray(np.maximum(sums, 0.0)[:, self.pooled].max(axis=2), np.float64)

    def emit(self, graph: Graph, cells: str) -> str:
        """Add the same to a graph."""
        pads = graph.constant(np.array([0, 0, 0, 0, 1, 0], np.int64))
        framed = graph.node("Pad", cells, pads)
        near = graph.node("Gather", framed, graph.constant(self.around), axis=1)
        shape = np.array([-1, len(self.around), 9 * self.channels], np.int64)
        flat = graph.node("Reshape", near, graph.constant(shape))
        product = graph.node("MatMul", flat, self.kernel.emit(graph))
        sums = graph.node("Relu", graph.node("Add", product, self.bias.emit(graph)))
        four = graph.node("Gather", sums, graph.constant(self.pooled), axis=1)
        return graph.node("ReduceMax", four, graph.constant(np.array([2], np.int64)), keepdims=0)
