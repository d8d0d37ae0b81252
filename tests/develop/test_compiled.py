import json

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.contract import digest
from interlock.develop.candidates import Limits
from interlock.develop.candidates.constant import Baseline
from interlock.develop.compiled import compile_model, cost, string_matrix
from interlock.develop.emit.graph import Graph
from interlock.release.model import Model


def test_metadata_says_what_the_model_is() -> None:
    fitted = Baseline().fit(rows(), rows(), contract(), Limits.of(1))
    metadata = Model(compile_model(fitted, contract(), candidate="baseline", threshold=0.3)).metadata
    assert json.loads(metadata.pop("classes")) == ["no", "yes"]
    assert metadata == {
        "task": "binary",
        "threshold": "0.3",
        "contract": digest(contract()),
        "candidate": "baseline",
    }


def test_cost_is_the_size_and_a_time_that_grows_with_the_work() -> None:
    asked = rows(n=5)
    light = compile_model(Baseline().fit(asked, asked, contract(), Limits.of(1)), contract(), candidate="")
    graph = Graph(numbers=3, strings=2)
    product = graph.columns(graph.numbers, tuple([0] * 300))
    for _ in range(10):
        product = graph.node("MatMul", product, graph.constant(np.eye(300)))
    heavy = graph.build(graph.columns(product, (0,)), width=1, metadata={})
    assert cost(light, asked).size == len(light)
    assert 0 < 10 * cost(light, asked).latency < cost(heavy, asked).latency < 1


@pytest.mark.parametrize("columns", [0, 2])
def test_strings_are_decoded(columns: int) -> None:
    asked = rows(n=30)
    few = asked.strings[:columns]
    decoded = string_matrix(type(asked)(asked.numbers, few, asked.target, "binary", 2))
    assert decoded.shape == (30, columns)
    for at, column in enumerate(few):
        assert decoded[:, at].tolist() == [column.levels[code] for code in column.codes]
