from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.explore.tables import flights, noise, penguins

from interlock.contract.step import Step
from interlock.errors import InputError
from interlock.explore import Exploration, explore
from interlock.explore.budget import Budget


def _kinds(found: Exploration) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {name: set() for name in ("", *found.profile.columns)}
    for each in found.findings:
        for name in each.columns or ("",):
            kinds[name].add(each.kind)
    return kinds


def test_every_kind_of_trouble_in_one_table_is_found_where_it_is() -> None:
    rng = np.random.default_rng(0)
    n = 3000
    y = rng.random(n) < 0.05
    table = pa.table(
        {
            "row": np.arange(n),
            "same": np.full(n, 3.0),
            "gaps": pa.array(rng.normal(size=n), mask=rng.random(n) < 0.4),
            "heavy": rng.standard_cauchy(n),
            "age": np.where(rng.random(n) < 0.05, 999, rng.integers(18, 90, n)),
            "price": rng.choice(["1,200", "950", "12%", "n/a"], n),
            "copy": y * 2.0 + rng.normal(0, 0.1, n),
            "late": pa.array(rng.normal(size=n), mask=~y),
            "good": y + rng.normal(size=n),
            "dull": rng.normal(size=n),
            "y": y,
        }
    )
    found = _kinds(explore(pa.concat_tables([table, table.slice(0, 60)]), target="y", ignore=["row"]))
    assert found["same"] == {"constant"}
    assert found["gaps"] == {"missing"}
    assert found["heavy"] == {"outliers"}
    assert found["age"] == {"placeholder", "outliers"}
    assert found["price"] == {"mixed types", "placeholder"}
    assert "leakage" in found["copy"]
    assert {"leakage", "missing"} <= found["late"]
    assert found["good"] == {"association", "drivers"}
    assert found["dull"] == set()
    assert found["y"] == {"imbalance"}
    assert found[""] == {"duplicates"}


def test_no_finding_without_a_statistic() -> None:
    for table, target in ((penguins(), "species"), (noise(500, 1), "target"), (penguins(), "body_mass_g")):
        for each in explore(table, target=target).findings:
            assert each.n > 0
            assert each.low <= each.effect <= each.high
            assert each.method
            assert 0 <= each.severity <= 1
            assert each.sentence.endswith((".", "?"))
            assert each.picture is not None
            assert each.picture.n


def test_the_same_table_gives_the_same_exploration_from_any_library() -> None:
    table = penguins()
    frames: list[Any] = [table, table.to_pandas(), pl.from_arrow(table), duckdb.from_arrow(table)]
    explorations = [explore(frame, target="species") for frame in frames]
    assert len({each.profile.digest for each in explorations}) == 1
    assert all(each.findings == explorations[0].findings for each in explorations)
    assert isinstance(frames[1], pd.DataFrame)


def test_declarations_reach_the_contract() -> None:
    found = explore(
        penguins(),
        target="species",
        ids=["year"],
        ignore=["sex"],
        declared={"body_mass_g": {"unit": "g", "minimum": 1000}},
    )
    assert found.contract["year"].role == "id"
    assert found.contract["sex"].role == "ignore"
    assert (found.contract["body_mass_g"].unit, found.contract["body_mass_g"].minimum) == ("g", 1000)
    assert {each.column for each in found.associations} == {"island", "flipper_length_mm", "body_mass_g"}


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    explore(penguins(), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (344, 344)


@pytest.mark.parametrize("name", ["class", "a.b", "💧", "x y", "`", "<b>", "{0}", "%s", "\\", '"', "ünï"])
def test_a_column_may_have_any_name(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    found = explore(pa.table({name: x, "y": x + rng.normal(size=300) > 0}), target="y")
    assert found.associations[0].column == name
    found.report(tmp_path / "report.html")
    found.save(tmp_path)
    assert Exploration.load(tmp_path).findings == found.findings


@pytest.mark.parametrize(
    ("table", "declared", "message"),
    [
        (pa.table({"a": pa.array([], pa.float64())}), {}, "the table has no rows"),
        (pa.table({"a": [1.5, 2.5]}), {"target": "b"}, "no such column"),
        (pa.table({"a": [1.5, 2.5], "y": [1, 1]}), {"target": "y"}, "same value in every row"),
        (pa.table({"a": [1.5], "y": [1]}), {"target": "y"}, "same value in every row"),
        (pa.table({"y": pa.array([None, None], pa.bool_())}), {"target": "y"}, "no values"),
        ("no/such/file.csv", {}, "no/such/file.csv"),
        (7, {}, "not a table"),
    ],
    ids=["empty", "no column", "one value", "one row", "all null", "no file", "no table"],
)
def test_what_cannot_be_explored_is_refused_with_what_to_do(table: Any, declared: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        explore(table, **declared)
    assert "next:" in str(refused.value)


def test_a_table_of_one_row_or_of_nulls_can_be_explored(tmp_path: Path) -> None:
    for table in (
        pa.table({"a": [1], "b": ["x"]}),
        pa.table({"a": pa.array([None] * 3, pa.float64()), "b": pa.nulls(3)}),
    ):
        found = explore(table)
        for name, column in found.profile.columns.items():
            assert (column.rows, column.nulls) == (len(table), table[name].null_count)
        found.report(tmp_path / "report.html")
        text = (tmp_path / "report.html").read_text("utf-8")
        assert all(f"<code>{name}</code>" in text for name in table.column_names)


cells = st.one_of(
    st.lists(st.one_of(st.none(), st.floats()), min_size=30, max_size=30).map(
        lambda v: pa.array(v, pa.float64())
    ),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=30, max_size=30).map(
        lambda v: pa.array(v, pa.int64())
    ),
    st.lists(st.one_of(st.none(), st.text(max_size=8)), min_size=30, max_size=30).map(
        lambda v: pa.array(v, pa.string())
    ),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=30, max_size=30).map(
        lambda v: pa.array(v, pa.bool_())
    ),
    st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), min_size=30, max_size=30).map(
        lambda v: pa.array(v, pa.timestamp("us"))
    ),
)


@settings(max_examples=60, deadline=None)
@given(cells, cells)
def test_whatever_stands_in_a_table_it_is_explored_or_refused_in_words(
    first: pa.Array, second: pa.Array
) -> None:
    from interlock.explore.pages import notebook

    table = pa.table({"a": first, "b": second})
    notebook(explore(table))
    with contextlib.suppress(InputError):
        found = explore(table, target="b")
        assert all(each.low <= each.effect <= each.high for each in found.findings)


@pytest.mark.slow
def test_a_year_of_flights_in_a_few_seconds(tmp_path: Path) -> None:
    table = flights(tmp_path)
    started = time.process_time()
    found = explore(
        table, target="late", time="time_hour", ignore=["dep_time", "arr_time", "dep_delay", "air_time"]
    )
    assert time.process_time() - started < 10
    assert found.rows == 336_776
    assert found.sampled == 100_000
    kinds = _kinds(found)
    assert kinds["arr_delay"] >= {"leakage"}
    assert kinds["year"] == {"constant"}
    strengths = {each.column: each for each in found.associations if each.about == "value"}
    # Late in summer and December, early in autumn: neither rising nor falling over the year.
    assert strengths["month"].measure == "Cramér's V"
    assert strengths["month"].strength > strengths["origin"].strength
    late = table.to_pandas().groupby("origin")["late"].apply(lambda each: each.dropna().astype(float).mean())
    by_hour = next(each for each in found.relations if each.column == "hour")
    assert by_hour.values[0] < late.min()  # noqa: PD011 - not a frame


def test_a_partial_read_is_said_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = pa.table(
        {"a": rng.normal(size=60_000), "b": [None, "x", "y"] * 20_000, "c": rng.random(60_000) > 0.9}
    )
    monkeypatch.setattr(Budget, "affords", lambda _self, _pace: False)
    monkeypatch.setattr(Budget, "_rows_in_time", lambda _self, _width, _least: 5000)
    found = explore(rows, target="c", max_seconds=600)
    note = "a random sample of 5,000 of 60,000 rows"
    assert found.rows == 60_000
    assert found.profile.rows == 5000
    assert note in found.exactness
    assert "60,000 rows and 3 columns" in found.summary[0]
    assert "all that follows is of 5,000 rows drawn at random" in found.summary[0]
    assert all(f"learned from {note}" in column.description for column in found.contract.columns)
    missing = next(each for each in found.findings if each.kind == "missing")
    assert note in missing.method
    assert note in found.report(tmp_path / "report.html").read_text()
    assert Exploration.load(found.save(tmp_path)).exactness == found.exactness


def test_a_whole_read_is_said_to_be_exact() -> None:
    found = explore(pa.table({"a": [1, 2] * 25}), max_memory="4GB", max_seconds=600)
    assert found.exactness == "exact: all 50 rows were read"
    assert found.contract["a"].description == ""


def test_a_column_that_was_dropped_is_no_finding() -> None:
    table = pa.table({"same": ["a"] * 300, "x": [float(i % 7) for i in range(300)], "y": [True, False] * 150})
    assert "constant" in [each.kind for each in explore(table, target="y").findings]
    found = explore(table, target="y", clean=[Step("drop", "same")]).findings
    assert all("same" not in each.columns for each in found)
