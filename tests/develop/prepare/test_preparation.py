from dataclasses import replace

import numpy as np
import pytest
from tests.fixtures_develop import COLUMNS, contract, rows

from interlock.contract import Column
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.parity import hostile
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.prepare.step import Options
from interlock.release.model import Model


@pytest.mark.parametrize("cyclic", [False, True])
def test_graph_gives_what_numpy_gives(cyclic: bool) -> None:
    train = rows()
    preparation = Preparation.learn(train, contract(), Options(cyclic=cyclic))[0]
    asked = hostile(train, rows=300)
    features = preparation.transform(asked)
    expected = np.concatenate([features.numbers, features.codes], axis=1)
    graph = Graph(numbers=3, strings=2)
    tensors = preparation.emit(graph)
    assert tensors.numbers
    assert tensors.codes
    codes = graph.node("Cast", tensors.codes, to=graph.DOUBLE)
    output = graph.node("Concat", tensors.numbers, codes, axis=1)
    model = Model(graph.build(output, width=expected.shape[1], metadata={}))
    np.testing.assert_allclose(model.predict(asked.numbers, string_matrix(asked)), expected, atol=1e-12)
    assert len(preparation.names) == expected.shape[1]


def test_time_is_never_a_trend() -> None:
    train = rows()
    later = replace(train, numbers=train.numbers + np.array([0, 0, 7 * 86_400.0]))
    preparation = Preparation.learn(train, contract())[0]
    np.testing.assert_array_equal(preparation.transform(train).numbers, preparation.transform(later).numbers)


def test_a_time_that_is_no_timestamp_and_unused_columns_are_left_out() -> None:
    columns = (Column("year", "integer", role="time"), *COLUMNS[1:])
    preparation = Preparation.learn(rows(), contract(columns=columns))[0]
    assert preparation.plain == (1,)
    unused = Preparation.learn(replace(rows(), unused=(0,)), contract())[0]
    assert unused.plain == (1,)
    assert "x" not in unused.names
