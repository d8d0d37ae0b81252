import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import SplineTransformer

from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.ramps import MOST_RAMPS, Ramps
from interlock.release.model import Model

NUMBERS = hn.arrays(np.float64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.floats(-1e6, 1e6))


def compiled(ramps: Ramps, values: np.ndarray) -> np.ndarray:
    graph = Graph(numbers=values.shape[1], strings=0)
    data = graph.build(ramps.emit(graph, graph.numbers), width=max(2, ramps.width), metadata={})
    return np.asarray(Model(data).predict(values, np.empty((len(values), 0), object)))


@given(NUMBERS)
def test_ramps_stay_between_0_and_1_and_add_up_to_the_value(values: np.ndarray) -> None:
    ramps = Ramps.fit(values)
    features = ramps.transform(values)
    assert ((features >= 0) & (features <= 1)).all()
    for column in set(ramps.columns):
        mine = np.array(ramps.columns) == column
        assert 2 <= mine.sum() <= MOST_RAMPS + 2
        rebuilt = features[:, mine] @ np.array(ramps.widths)[mine] + values[:, column].min()
        np.testing.assert_allclose(rebuilt, values[:, column], rtol=0, atol=1e-6 * np.ptp(values[:, column]))


def test_a_curve_is_that_of_linear_splines() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(500, 1))
    y = np.sin(2 * x[:, 0]) + random.normal(0, 0.1, 500)
    ramps = Ramps.fit(x)
    knots = np.append(ramps.starts, ramps.starts[-1] + ramps.widths[-1]).reshape(-1, 1)
    splines = SplineTransformer(degree=1, knots=knots, extrapolation="constant").fit(x)
    ours = LinearRegression().fit(ramps.transform(x), y)
    theirs = LinearRegression().fit(splines.transform(x), y)
    asked = np.linspace(-9, 9, 300).reshape(-1, 1)
    np.testing.assert_allclose(
        ours.predict(ramps.transform(asked)), theirs.predict(splines.transform(asked)), atol=1e-8
    )


def test_a_column_that_is_nearly_always_0_has_knots_elsewhere() -> None:
    values = np.zeros((1000, 1))
    values[:50, 0] = np.arange(1, 51)
    assert len(Ramps.fit(values).starts) >= 4


@pytest.mark.parametrize("column", [[1.0] * 9, [0.0, 1.0] * 5])
def test_fewer_than_three_values_have_no_curve(column: list[float]) -> None:
    assert Ramps.fit(np.array(column).reshape(-1, 1)).width == 0


def test_the_graph_equals_numpy_on_hostile_numbers() -> None:
    random = np.random.default_rng(1)
    ramps = Ramps.fit(random.normal(size=(300, 2)))
    hostile = random.choice([0.0, -0.0, 5e-324, 1e300, -1e300, 0.1, -0.7, 2.5], (200, 2))
    np.testing.assert_array_equal(compiled(ramps, hostile), ramps.transform(hostile))
