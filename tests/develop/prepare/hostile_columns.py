"""Hostile columns for expressions, as DuckDB reads them and as a model does."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tests.fixtures_develop import coded

from interlock.contract import MISSING, Checked
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.expression import Emitter, Evaluator, Node
from interlock.develop.prepare.reading import Readable
from interlock.release.model import Model

READABLE = (
    Readable("a", "number", 0),
    Readable("b", "number", 1),
    Readable("t", "timestamp", 2),
    Readable("s", "text", 0),
    Readable("r", "text", 1),
)
_NUMBERS = (np.nan, 0.0, -0.0, 1.0, 1.5, -2.5, 3.0, 5e-324, -1e-310, 1e300, -1e300, 2.0**52 + 0.5, 0.1)
_MORE = (0.49999999999999994, -0.5, 7.0, 1e17, 2.0**53, np.inf, -np.inf, 1000.0, 0.3)
_WORDS = ("x", "y", "", "é", "e\u0301", "a\x00b", "nan", MISSING)


def rows(n: int = 700) -> Checked:
    """Draw them: every pair of hostile numbers, times from 1600 to 2400, and words."""
    random = np.random.default_rng(1)
    pairs = np.stack([each.ravel() for each in np.meshgrid(_NUMBERS + _MORE, _NUMBERS + _MORE)], axis=1)
    chosen = pairs[np.arange(n) % len(pairs)]
    times = random.integers(-11_670_000_000, 13_570_000_000, n).astype(float)
    times += random.integers(0, 4, n) / 4
    times[:6] = [np.nan, 0.0, -0.25, 951_782_400.0, 951_868_799.75, 4_107_542_400.0]  # 1900 and 2000, 2100
    words = [coded(random.choice(_WORDS, n).tolist()) for _ in range(2)]
    return Checked(np.column_stack([chosen, times]), tuple(words), np.zeros(n, bool), ())


def duck(inputs: Checked, queries: list[str]) -> NDArray[np.float64]:
    """Let DuckDB compute some expressions, [n, queries]; NULL and infinity as NaN."""
    columns: dict[str, Any] = {
        name: pa.array(inputs.numbers[:, place], from_pandas=True) for place, name in enumerate("ab")
    }
    times = inputs.numbers[:, 2]
    micros = [None if np.isnan(each) else round(each * 1e6) for each in times.tolist()]
    columns["t"] = pa.array(micros, pa.timestamp("us"))
    for name, column in zip("sr", inputs.strings, strict=True):
        values = column.levels[column.codes]
        columns[name] = [None if value == MISSING else value for value in values]
    with duckdb.connect() as connection:
        connection.execute("SET error_on_division_by_zero = false; SET threads = 1")
        connection.register("hostile", pa.table(columns))
        query = f"SELECT {', '.join(queries)} FROM hostile"  # noqa: S608 - a test's own
        found = connection.execute(query).fetchall()
    table = np.array([[np.nan if each is None else float(each) for each in row] for row in found])
    return np.where(np.isinf(table), np.nan, table)


def numpy(inputs: Checked, nodes: list[Node]) -> NDArray[np.float64]:
    """Compute trees with numpy, [n, nodes]."""
    evaluator = Evaluator(inputs, {})
    return np.stack([evaluator.feature(node) for node in nodes], axis=1)


def onnx(inputs: Checked, nodes: list[Node], *, single: int = 20, apart: float = 0.0) -> NDArray[np.float64]:
    """Compute trees with ONNX Runtime, [n, nodes]; the first rows alone as well, at most `apart`."""
    graph = Graph(numbers=3, strings=2)
    emitter = Emitter(graph, {})
    tensors = [graph.node("Expand", emitter.feature(node), _shape(graph)) for node in nodes]
    output = graph.node("Concat", *tensors, axis=1) if len(tensors) > 1 else tensors[0]
    model = Model(graph.build(output, width=len(nodes), metadata={}))
    strings = string_matrix(inputs)
    batch = model.predict(inputs.numbers, strings).reshape(len(strings), -1)
    alone = [model.one(inputs.numbers[at].tolist(), strings[at].tolist()) for at in range(single)]
    np.testing.assert_allclose(np.array(alone).reshape(single, -1), batch[:single], rtol=apart)
    return batch


def _shape(graph: Graph) -> str:
    rows = graph.node("Shape", graph.any_input, start=0, end=1)
    return graph.node("Concat", rows, graph.constant(np.array([1], np.int64)), axis=0)
