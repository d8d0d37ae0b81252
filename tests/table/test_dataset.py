from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from interlock.contract import MISSING, Checker, Coded, Column, Contract, Policy
from interlock.errors import InputError
from interlock.table import Dataset, dataset, open_table

CONTRACT = Contract(
    (
        Column("temp", "number", minimum=0, maximum=100, on=Policy(range="reject")),
        Column("carrier", "category", levels=("AA", "UA")),
        Column("when", "timestamp", role="time"),
        Column("late", "boolean", role="target"),
        Column("tail", "text", role="ignore"),
    ),
    "binary",
    ("false", "true"),
)
WHEN = [datetime(2013, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
ROWS: dict[str, list[object]] = {
    "late": [True, False, None, True],
    "temp": [20.5, None, 500.0, 7.0],
    "carrier": ["UA", None, "AA", "ZZ"],
    "when": [*WHEN],
    "tail": ["N1", "N2", "N2", None],
}


@pytest.fixture
def data() -> Dataset:
    return dataset(open_table(pa.table(ROWS)), CONTRACT, group="tail")


def test_tensors_are_those_that_serving_makes(data: Dataset) -> None:
    checker = Checker(CONTRACT)
    inputs = [column.name for column in CONTRACT.inputs]
    for row in range(4):
        body = {name: ROWS[name][row] for name in inputs}
        body["when"] = WHEN[row].isoformat()
        served = checker.row(body)
        np.testing.assert_array_equal(data.checked.numbers[row], served.numbers)
        assert data.checked.string_matrix(np.array([row])).tolist() == [served.strings]
        assert data.checked.rejected[row] == served.rejected


def test_target_time_and_groups(data: Dataset) -> None:
    assert data.target is not None
    assert data.time is not None
    assert data.groups is not None
    np.testing.assert_array_equal(data.target, [1, 0, np.nan, 1])
    assert data.time.tolist() == [moment.timestamp() for moment in WHEN]
    first, second, third, fourth = data.groups
    assert second == third
    assert len({first, second, fourth}) == 3
    assert data.checked.rejected.tolist() == [False, False, True, False]
    assert data.checked.string_matrix()[1, 0] == MISSING


def test_some_of_the_rows(data: Dataset) -> None:
    some = data.take(np.array([3, 2]))
    assert len(some) == 2
    assert some.target is not None
    np.testing.assert_array_equal(some.target, [1, np.nan])
    assert some.checked.string_matrix().tolist() == [["ZZ"], ["AA"]]
    told = {(each.column, each.code): each.rows.tolist() for each in some.checked.violations}
    assert told == {("temp", "range"): [1], ("carrier", "category"): [0]}


def test_a_table_without_a_target_or_time() -> None:
    contract = Contract((Column("temp", "number"),))
    result = dataset(open_table(pa.table(ROWS)), contract)
    assert (result.target, result.time, result.groups) == (None, None, None)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pa.table(ROWS).slice(0, 0), "the table has no rows"),
        (
            pa.table(ROWS).rename_columns(["late", "tmp", "carrier", "when", "tail"]),
            "no column 'temp'.*\n.*\n.*'tmp'",
        ),
        (pa.table({**ROWS, "when": ["soon"] * 4}), "the time column holds text"),
        (
            pa.table({**ROWS, "late": ["maybe"] * 4}),
            "the target holds a class that the contract does not have",
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused(rows: pa.Table, message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataset(open_table(rows), CONTRACT)


def test_sensitive_columns_come_along_whatever_their_role() -> None:
    marked = tuple(replace(column, sensitive=column.name in ("tail", "temp")) for column in CONTRACT.columns)
    data = dataset(open_table(pa.table(ROWS)), replace(CONTRACT, columns=marked))
    tail, temp = data.sensitive["tail"], data.sensitive["temp"]
    assert isinstance(tail, Coded)
    assert tail.levels[tail.codes].tolist() == ["N1", "N2", "N2", MISSING]
    assert not isinstance(temp, Coded)
    assert np.array_equal(temp, [20.5, np.nan, 500.0, 7.0], equal_nan=True)  # as it was, not as checked
    some = data.take(np.array([3, 0])).sensitive["tail"]
    assert isinstance(some, Coded)
    assert some.levels[some.codes].tolist() == [MISSING, "N1"]
    assert dataset(open_table(pa.table(ROWS)), CONTRACT).sensitive == {}


def test_a_sensitive_column_that_is_not_there_is_named() -> None:
    marked = tuple(replace(column, sensitive=column.name == "tail") for column in CONTRACT.columns)
    rows = pa.table({name: values for name, values in ROWS.items() if name != "tail"})
    with pytest.raises(InputError, match="tail"):
        dataset(open_table(rows), replace(CONTRACT, columns=marked))
