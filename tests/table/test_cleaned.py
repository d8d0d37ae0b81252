from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather
from tests.contract.strategies import dirty, steps, words

from interlock.contract import Checker, Column, Contract, Type
from interlock.contract.cleaning import Cleaner
from interlock.contract.step import Step
from interlock.errors import InputError
from interlock.table import Table, dataset, open_table, profile
from interlock.table.cleaned import cleaned

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIRTY = pa.table(
    {
        "price": ["$1,000.50", "?", "(3)", None, "5"],
        "city": [" Oslo", "OSLO", "Rome", "Rome ", None],
        "day": ["31.1.2013", "2013-02-01", "2/3/2013", None, "soon"],
        "age": [41, 999, 7, None, 130],
        "at": [datetime(1900, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, 12, tzinfo=UTC), None, None, None],
        "fine": [True, False, None, True, False],
    }
)
STEPS = (
    Step("number", "price", format="1,234.5", symbols=("$",)),
    Step("missing", "price", values=("?",)),
    Step("strip", "city"),
    Step("spelling", "city", spellings=(("OSLO", "Oslo"),)),
    Step("date", "day", formats=("31.1.2013", "1/31/2013")),
    Step("missing", "age", values=(999,)),
    Step("range", "age", maximum=120),
    Step("missing", "at", values=("1900-01-01",)),
    Step("drop", "fine"),
    Step("duplicates"),
)


def test_values_are_cleaned_as_they_are_read_and_types_follow() -> None:
    view = cleaned(open_table(DIRTY), STEPS)
    found = {name: column.to_pylist() for name, column in zip(view.names, view.read().columns, strict=True)}
    assert found["price"] == [1000.5, None, -3.0, None, 5.0]
    assert found["city"] == ["Oslo", "Oslo", "Rome", "Rome", None]
    days = [datetime(2013, month, day, tzinfo=UTC) for month, day in ((1, 31), (2, 1), (2, 3))]
    assert found["day"][:3] == days
    assert found["day"][3:] == [None, None]
    assert found["age"] == [41, None, 7, None, None]
    assert found["at"] == [None, datetime(2013, 1, 1, 12, tzinfo=UTC), None, None, None]
    assert found["fine"] == DIRTY["fine"].to_pylist()
    assert view.read().schema.equals(view.schema)
    kinds = {name: column.kind for name, column in profile(view).columns.items()}
    assert [kinds[name] for name in ("price", "day", "age")] == ["number", "timestamp", "integer"]


def test_a_table_without_steps_on_values_is_itself() -> None:
    table = open_table(DIRTY)
    assert cleaned(table, [Step("drop", "fine"), Step("duplicates")]) is table


def test_a_step_on_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputError, match="a column that the table does not have") as error:
        cleaned(open_table(DIRTY), [Step("strip", "cty")])
    assert error.value.got == "cty"


def test_columns_can_be_chosen_and_batches_are_bounded() -> None:
    view = cleaned(open_table(DIRTY), STEPS)
    batches = list(view.batches(["day", "price"], 2))
    assert [batch.schema.names for batch in batches] == [["day", "price"]] * 3
    assert [batch.num_rows for batch in batches] == [2, 2, 1]


def test_the_fingerprint_is_that_of_the_rows_and_the_steps() -> None:
    table = open_table(DIRTY)
    prints = {cleaned(table, chosen).fingerprint() for chosen in (STEPS, STEPS[:1], STEPS[:2])}
    assert len(prints) == 3
    assert cleaned(table, STEPS).fingerprint() == cleaned(open_table(DIRTY), STEPS).fingerprint()


def test_a_view_travels_to_another_process(tmp_path: Any) -> None:
    feather.write_feather(DIRTY, tmp_path / "dirty.feather")
    view = cleaned(open_table(tmp_path / "dirty.feather"), STEPS)
    parts: tuple[Table, ...] = pickle.loads(pickle.dumps(view.parts()))  # noqa: S301 - our own
    assert pa.concat_tables([part.read() for part in parts]).equals(view.read())


types = st.sampled_from(["category", "number", "timestamp"])
texts = st.lists(st.none() | (words | dirty).filter(lambda text: text != "\ud800"), min_size=1, max_size=8)


@given(types.flatmap(lambda kind: st.tuples(st.just(kind), steps("c", kind))), texts)
@settings(max_examples=200, deadline=None)
def test_the_view_and_the_check_see_the_same(made: tuple[Type, list[Step]], column: list[str | None]) -> None:
    kind, chosen = made
    table = open_table(pa.table({"c": pa.array(column, pa.string())}))
    seen = cleaned(table, chosen).read()["c"].to_pylist()
    contract = Contract((Column("c", kind),), clean=tuple(chosen))
    checked = Checker(contract).columns({"c": column})
    together = Cleaner(chosen)
    for place, (value, raw) in enumerate(zip(seen, column, strict=True)):
        if contract.strings:
            text = checked.string_matrix()[place, 0]
            assert value == together(raw)
            assert text in ("\ue000", value)
        else:
            number = checked.numbers[place, 0]
            since = (value - EPOCH) / timedelta(seconds=1) if isinstance(value, datetime) else value
            same = since == number or (np.isnan(number) and not isinstance(since, float))
            assert same or isinstance(value, str)  # no step reads it: its kind of column stays text


def test_target_time_and_group_are_cleaned_too() -> None:
    table = pa.table(
        {
            "x": [1.0, 2.0, 3.0, 4.0],
            "day": ["1.2.2013", "2013-02-02", "3.2.2013", "4.2.2013"],
            "store": ["A", "a ", "b", "B"],
            "sold": ["yes", "Yes ", "no", "NO"],
        }
    )
    contract = Contract(
        (
            Column("x", "number"),
            Column("day", "timestamp", role="time"),
            Column("store", "category", role="id"),
            Column("sold", "category", role="target"),
        ),
        "binary",
        ("no", "yes"),
        clean=(
            Step("date", "day", formats=("31.1.2013",)),
            Step("strip", "store"),
            Step("spelling", "store", spellings=(("A", "a"), ("B", "b"))),
            Step("strip", "sold"),
            Step("spelling", "sold", spellings=(("Yes", "yes"), ("NO", "no"))),
        ),
    )
    found = dataset(open_table(table), contract, group="store")
    assert found.target is not None
    assert found.time is not None
    assert found.groups is not None
    assert found.target.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert np.diff(found.time).tolist() == [86400.0] * 3
    assert found.groups[0] == found.groups[1] != found.groups[2] == found.groups[3]
