from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.explore.tables import measured

from interlock.explore.coarse import Coarse, coarse, cut, normal_scores
from interlock.table import values


def _view(table: pa.Table, **limits: int) -> Coarse:
    sample, contract, found = measured(table, target="y")
    return coarse(sorted(found.values(), key=lambda each: -each.strength), sample, contract, **limits)


def _cut(array: Any, most: int) -> tuple[list[int], tuple[str, ...]]:
    codes, labels = cut(values(pa.array(array)), np.arange(len(array)), most=most)
    return codes.tolist(), labels


def test_numbers_are_cut_at_quantiles_and_never_within_a_value() -> None:
    codes, labels = _cut(np.arange(90), 3)
    assert np.bincount(codes).tolist() == [30, 30, 30]
    assert labels == ("0 to 29", "30 to 59", "60 to 89")
    codes, labels = _cut([0] * 80 + list(range(1, 21)), 4)
    assert labels[0] == "0"
    assert np.bincount(codes)[0] == 80


def test_few_values_have_a_group_each() -> None:
    assert _cut([3, 1, 3, 2], 4) == ([2, 0, 2, 1], ("1", "2", "3"))
    assert _cut([True, False, True], 4) == ([1, 0, 1], ("false", "true"))


def test_the_most_frequent_levels_stand_alone_and_gaps_are_a_group() -> None:
    codes, labels = _cut(["b", "b", "b", "a", "a", "c", None, ""], 3)
    assert labels == ("b", "a", "(all others)", "(missing)")
    assert codes == [0, 0, 0, 1, 1, 2, 3, 2]


def test_times_are_named_by_their_dates() -> None:
    times = pa.array([0, 86_400_000_000 * 2], pa.timestamp("us"))
    assert _cut(times, 2)[1] == ("1970-01-01", "1970-01-03")


def test_a_column_without_a_value_is_one_group() -> None:
    assert _cut(pa.array([None, None], pa.float64()), 3) == ([0, 0], ("(missing)",))


def test_rows_without_a_target_are_left_out_and_the_others_drawn_by_seed() -> None:
    rng = np.random.default_rng(0)
    table = pa.table(
        {"x": rng.normal(size=5000), "y": pa.array(rng.random(5000) < 0.5, mask=rng.random(5000) < 0.5)}
    )
    view = _view(table, rows=1000)
    assert view.rows == 1000
    assert set(view.target) == {0.0, 1.0}
    assert view.note == "1,000 rows drawn at random"
    again = _view(table, rows=1000)
    assert np.array_equal(view.places, again.places)


def test_of_many_columns_those_that_go_with_the_target_are_kept() -> None:
    rng = np.random.default_rng(1)
    y = rng.random(2000) < 0.5
    table = pa.table({f"x{i}": rng.normal(size=2000) + (i == 7) * y for i in range(9)} | {"y": y})
    view = _view(table, columns=3)
    assert len(view.names) == 3
    assert "x7" in view.names
    assert view.note == "all rows, the 3 columns of 9 that go most with the target"


@pytest.mark.parametrize(("n", "most"), [(60, 2), (20_000, 6)])
def test_small_tables_are_cut_more_coarsely(n: int, most: int) -> None:
    rng = np.random.default_rng(2)
    view = _view(pa.table({"x": rng.normal(size=n), "y": rng.random(n) < 0.5}))
    assert len(view.labels[0]) == most


def test_other_levels_are_not_listed() -> None:
    rng = np.random.default_rng(3)
    level = rng.choice([f"l{i}" for i in range(30)], 500)
    view = _view(pa.table({"level": level, "x": rng.normal(size=500), "y": rng.random(500) < 0.5}))
    listed = view.listed(0)
    assert set(level[view.places][listed]) == set(view.labels[0]) - {"(all others)"}
    assert view.listed(1).all()


def test_normal_scores_are_blind_to_the_scale() -> None:
    x = np.random.default_rng(4).lognormal(size=500)
    scores = normal_scores(x)
    assert np.array_equal(scores, normal_scores(np.log(x)))
    assert stats.kstest(scores, "norm").pvalue > 0.99
