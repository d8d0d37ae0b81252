import numpy as np
import pytest

from interlock.contract import MISSING, Checker, Coded, Column, Contract
from interlock.errors import InputError
from interlock.validate.declared import Condition, declared_slices

CONTRACT = Contract(
    (
        Column("age", "integer"),
        Column("height", "number"),
        Column("paid", "boolean"),
        Column("seen", "timestamp", role="time"),
        Column("the town", "category"),
        Column("sex", "category", role="ignore", sensitive=True),
    )
)
ROWS = Checker(CONTRACT).columns(
    {
        "age": [30, 70, None, 65],
        "height": [1.5, 1.8, 1.7, None],
        "paid": [True, False, None, True],
        "seen": ["2024-01-01T23:30:00Z", "2024-06-01T12:00:00Z", "2024-06-01T22:00:00Z", None],
        "the town": ["O'slo", "Rome", None, "Rome"],
    }
)
SEX = {"sex": Coded(np.array([0, 1, 1, 2], np.int32), np.array(["f", "m", MISSING], object))}


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("age >= 65", [1, 3]),
        ("age >= 65 and \"the town\" = 'Rome' and height is not null", [1]),
        ("hour(seen) >= 22", [0, 2]),
        ("month(seen) = 6", [1, 2]),
        ("paid", [0, 3]),
        ("sex = 'm'", [1, 2]),
        ({"the town": "O'slo"}, [0]),
        ({"age": [30, 65], "paid": True}, [0, 3]),
        ({"sex": ["f", "m"]}, [0, 1, 2]),
        ("age is null", [2]),
    ],
)
def test_conditions_choose_rows_and_null_chooses_none(condition: Condition, rows: list[int]) -> None:
    (found,) = declared_slices({"mine": condition}, CONTRACT, ROWS, SEX)
    assert found.labels == ("mine",)
    assert np.flatnonzero(found.codes == 0).tolist() == rows
    assert set(found.codes) <= {0, -1}


@pytest.mark.parametrize(
    ("condition", "got"),
    [
        ("wage > 3", "wage"),
        ("age +", "syntax"),
        ("age", "int64"),
        ({"town": "Rome"}, "no column 'town'"),
        ({}, "no column"),
        ("(select count(*) from read_csv('/etc/hostname')) > 0", "disabled|Permission"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_columns(condition: Condition, got: str) -> None:
    with pytest.raises(InputError, match="the slice `mine` cannot be cut") as caught:
        declared_slices({"mine": condition}, CONTRACT, ROWS, SEX)
    assert any(each.lower() in str(caught.value.got).lower() for each in got.split("|"))
    assert "age, height, paid, seen, the town, sex" in caught.value.next_step


def test_nothing_declared_cuts_nothing() -> None:
    assert declared_slices({}, CONTRACT, ROWS) == ()
