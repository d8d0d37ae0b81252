"""Layers in numpy and in the graph, against each other and against torch."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from interlock.develop.candidates.layers import Convolution, Dense, Embeddings, Weights
from interlock.develop.emit.graph import Graph


def drawn(*shape: int) -> Weights:
    return Weights.of(np.random.default_rng(sum(shape)).normal(size=shape))


def computed(graph: Graph, output: str, width: int, values: NDArray[Any]) -> NDArray[np.float64]:
    session = onnxruntime.InferenceSession(graph.build(output, width=width, metadata={}))
    (found,) = session.run(None, {"numbers": values})
    return np.asarray(found, np.float64)


def test_weights_keep_every_float32_and_their_shape() -> None:
    values = np.array([[1 / 3, -0.0], [1e-40, 3e38]], np.float32)
    kept = Weights.of(values)
    assert kept.shape == (2, 2)
    assert len(kept.data) == 16
    np.testing.assert_array_equal(kept.values, values.astype(np.float64))


def test_a_dense_layer_is_a_weighted_sum_and_a_bias() -> None:
    layer = Dense(Weights.of(np.array([[1.0, 2.0], [10.0, 20.0]])), Weights.of(np.array([0.5, 0.25])))
    values = np.array([[1.0, 1.0], [0.0, 2.0]])
    expected = [[11.5, 22.25], [20.5, 40.25]]
    np.testing.assert_array_equal(layer.transform(values), expected)
    graph = Graph(numbers=2, strings=0)
    np.testing.assert_array_equal(computed(graph, layer.emit(graph, graph.numbers), 2, values), expected)


def test_embeddings_give_each_level_its_own_numbers() -> None:
    # Two categories: three levels of two numbers each, then two levels of one number.
    layer = Embeddings((3, 2), (2, 1), Weights.of(np.array([0, 1, 10, 11, 20, 21, 7, 8], np.float32)))
    codes = np.array([[0, 0], [2, 1], [1, 0]])
    expected = [[0, 1, 7], [20, 21, 8], [10, 11, 7]]
    np.testing.assert_array_equal(layer.transform(codes), expected)
    graph = Graph(numbers=2, strings=0)
    cast = graph.node("Cast", graph.numbers, to=graph.INT64)
    found = computed(graph, layer.emit(graph, cast), 3, codes.astype(np.float64))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("height", "width", "channels"), [(4, 4, 1), (5, 7, 3), (2, 3, 2)])
def test_a_convolution_is_the_same_in_the_graph(height: int, width: int, channels: int) -> None:
    layer = Convolution(height, width, drawn(9 * channels, 4), drawn(4))
    cells = np.random.default_rng(0).normal(size=(6, height * width * channels))
    expected = layer.transform(cells.reshape(6, -1, channels)).reshape(6, -1)
    graph = Graph(numbers=cells.shape[1], strings=0)
    shape = graph.constant(np.array([-1, height * width, channels], np.int64))
    out = layer.emit(graph, graph.node("Reshape", graph.numbers, shape))
    flat = graph.node("Reshape", out, graph.constant(np.array([-1, expected.shape[1]], np.int64)))
    found = computed(graph, flat, expected.shape[1], cells)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_a_convolution_is_scipys_correlation() -> None:
    from scipy.signal import correlate2d

    kernel = np.random.default_rng(1).normal(size=(3, 3)).astype(np.float32).astype(np.float64)
    image = np.random.default_rng(2).normal(size=(6, 8))
    layer = Convolution(6, 8, Weights.of(kernel.reshape(9, 1)), Weights.of(np.array([0.5])))
    sums = np.maximum(correlate2d(image, kernel, mode="same") + 0.5, 0)
    expected = sums.reshape(3, 2, 4, 2).max(axis=(1, 3))
    found = layer.transform(image.reshape(1, -1, 1)).reshape(3, 4)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
