import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from sklearn.preprocessing import StandardScaler

from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.standardise import Standardise
from interlock.release.model import Model

HOSTILE = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=64),
    st.sampled_from([np.nan, -0.0, 5e-324, 1e300, -1e300, np.inf, -np.inf, 0.1, 16_777_217.0]),
)
ROWS = st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), min_size=1, max_size=20)


def emitted(step: Standardise, values: np.ndarray) -> np.ndarray:
    graph = Graph(numbers=values.shape[1], strings=0)
    model = graph.build(step.emit(graph, graph.numbers), width=step.width, metadata={})
    return Model(model).predict(values, np.empty((len(values), 0), object))


@given(ROWS, ROWS)
def test_graph_gives_what_numpy_gives_and_all_is_finite(
    learned: list[tuple[float, ...]], asked: list[tuple[float, ...]]
) -> None:
    step = Standardise.fit(np.array(learned))
    expected = step.transform(np.array(asked))
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(emitted(step, np.array(asked)), expected)


def test_equals_scikit_learn_where_nothing_is_missing() -> None:
    values = np.random.default_rng(0).normal([5, -1e6], [2, 1e-3], (200, 2))
    expected = StandardScaler().fit_transform(values)
    np.testing.assert_allclose(Standardise.fit(values).transform(values), expected, atol=1e-6)


def test_missing_is_the_median_and_is_told() -> None:
    step = Standardise.fit(np.array([[1.0, 7.0], [2.0, np.nan], [9.0, 8.0]]))
    assert step.fill == (2.0, 7.5)
    assert step.indicated == (1,)
    row = step.transform(np.array([[np.nan, np.nan]]))[0]
    known = step.transform(np.array([[2.0, 7.5]]))[0]
    assert row[:2].tolist() == known[:2].tolist()
    assert (row[2], known[2]) == (1.0, 0.0)


def test_nothing_beyond_what_was_seen() -> None:
    step = Standardise.fit(np.array([[0.0], [1.0], [3.0]]))
    assert step.transform(np.array([[100.0]])) == step.transform(np.array([[3.0]]))
    assert step.transform(np.array([[-np.inf]])) == step.transform(np.array([[0.0]]))


def test_constant_and_empty_columns_give_zeros() -> None:
    step = Standardise.fit(np.array([[4.0, np.nan], [4.0, np.nan]]))
    assert step.transform(np.array([[4.0, 1.0], [9.0, np.nan]]))[:, :2].tolist() == [[0, 0], [0, 0]]


def test_a_spread_that_is_only_rounding_is_none() -> None:
    noise = np.sin(np.arange(200) * np.pi)[:, None]
    assert 0 < noise.std() < 1e-10
    assert Standardise.fit(noise).scale == (1.0,)
