from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.explore.tables import measured, penguins

from interlock.explore.relation import Relation, relations
from interlock.report import Intervals, Lines


def _relations(table: pa.Table, **declared: str) -> dict[str, Relation]:
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    return {each.column: each for each in relations(ordered, sample, contract)}


def test_the_means_by_level_are_pandas_with_students_interval() -> None:
    table = penguins()
    frame = table.to_pandas().dropna(subset=["body_mass_g"])
    found = _relations(table, target="body_mass_g")["species"]
    grouped = frame.groupby("species")["body_mass_g"]
    for place, label in enumerate(found.labels):
        values = grouped.get_group(label)
        assert found.counts[place] == len(values)
        assert found.values[place] == pytest.approx(values.mean())
        low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
        assert (found.low[place], found.high[place]) == pytest.approx((low, high))
    assert found.overall == pytest.approx(frame["body_mass_g"].mean())
    assert found.shown == "mean of body_mass_g"


def test_the_shares_along_a_number_rise_where_the_target_does() -> None:
    x = np.random.default_rng(0).normal(size=4000)
    y = np.random.default_rng(1).random(4000) < 1 / (1 + np.exp(-2 * x))
    found = _relations(pa.table({"x": x, "y": y}), target="y")["x"]
    assert list(found.values) == sorted(found.values)
    assert list(found.places) == sorted(found.places)
    assert sum(found.counts) == 4000
    assert sum(v * n for v, n in zip(found.values, found.counts, strict=True)) == pytest.approx(y.sum())
    assert found.shown == "share of y = true"


def test_of_several_classes_the_largest_is_followed() -> None:
    table = penguins()
    found = _relations(table, target="species")
    assert found["island"].shown == "share of species = Adelie"
    assert found["island"].overall == pytest.approx(
        np.mean(np.array(table["species"].to_pylist()) == "Adelie")
    )


def test_times_are_groups_in_seconds() -> None:
    times = pa.array(np.arange(1000) * 86_400_000_000, pa.timestamp("us"))
    rng = np.random.default_rng(2)
    table = pa.table({"when": times, "y": rng.random(1000) < np.linspace(0.1, 0.9, 1000)})
    found = _relations(table, target="y", time="when")["when"]
    assert found.places[0] < 100 * 86_400
    assert found.labels[0].startswith("1970-")


def test_only_discoveries_are_followed() -> None:
    rng = np.random.default_rng(3)
    assert _relations(pa.table({"x": rng.normal(size=500), "y": rng.random(500) < 0.5}), target="y") == {}


def test_rare_levels_are_not_shown() -> None:
    levels = ["a"] * 60 + ["b"] * 60 + ["c"] * 3
    table = pa.table({"x": levels, "y": [True] * 60 + [False] * 60 + [True] * 3})
    assert set(_relations(table, target="y")["x"].labels) == {"a", "b"}


@pytest.mark.parametrize(
    ("places", "kind"), [((1.0, 2.0, 3.0), Lines), ((1.0, 2.0), Intervals), ((), Intervals)]
)
def test_a_relation_is_a_line_along_a_number_and_intervals_over_levels(
    places: tuple[float, ...], kind: type
) -> None:
    relation = Relation(
        "x",
        "share of y",
        ("a", "b", "c"),
        places,
        (0.1, 0.2, 0.3),
        (0.0, 0.1, 0.2),
        (0.2, 0.3, 0.4),
        (9, 9, 9),
        0.2,
    )
    chart = relation.picture
    assert isinstance(chart, kind)
    assert (chart.n, chart.title) == (27, "Share of y by x")
    assert relation.plot().get_title(loc="left") == "Share of y by x"


def test_along_times_the_picture_has_a_calendar() -> None:
    start = np.datetime64("2024-01-01", "us")
    when = start + np.arange(600) * np.timedelta64(1, "D")
    y = (np.arange(600) > 300) ^ (np.random.default_rng(0).random(600) < 0.1)
    picture = _relations(pa.table({"when": when, "y": y}), target="y")["when"].picture
    assert isinstance(picture, Lines)
    assert picture.time
    assert picture.x[0] > start.astype("datetime64[s]").astype(float)
