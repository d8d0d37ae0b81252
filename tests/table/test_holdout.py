from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from interlock.contract.step import Step
from interlock.errors import InputError
from interlock.table import part
from interlock.table.cleaned import cleaned

ROWS = pa.table(
    {
        "when": pa.array(range(20), pa.timestamp("s", "UTC")),
        "who": [f"p{row % 5}" for row in range(20)],
        "row": list(range(20)),
        "y": [row % 2 for row in range(20)],
    }
)


@pytest.mark.parametrize(
    "how",
    [
        {"kind": "time", "column": "when"},
        {"fraction": 0.3},
        {"kind": "stratified", "column": "y"},
        {"kind": "group", "column": "who"},
    ],
)
def test_each_row_is_in_one_part_and_unchanged(tmp_path: Path, how: dict[str, Any]) -> None:
    train, holdout, explanation = part(ROWS, tmp_path, **how)
    together = train.read().to_pylist() + holdout.read().to_pylist()
    assert sorted(together, key=lambda row: row["row"]) == ROWS.to_pylist()
    assert f"{holdout.count()} held out" in explanation


def test_by_time_the_last_rows_are_sealed(tmp_path: Path) -> None:
    parts = part(ROWS, tmp_path, kind="time", column="when")
    assert parts.holdout.read()["row"].to_pylist() == [16, 17, 18, 19]
    assert "from 1970-01-01 00:00:16 UTC on" in parts.explanation


def test_a_group_stays_together(tmp_path: Path) -> None:
    parts = part(ROWS, tmp_path, kind="group", column="who")
    groups = [set(each.read()["who"].to_pylist()) for each in (parts.train, parts.holdout)]
    assert not groups[0] & groups[1]


def test_by_time_and_group_the_last_rows_of_unknown_groups_are_sealed(tmp_path: Path) -> None:
    rows = ROWS.append_column("shift", pa.array([row // 4 for row in range(20)]))
    parts = part(rows, tmp_path, kind="time_group", column="when", group="shift")
    assert parts.holdout.read()["row"].to_pylist() == [16, 17, 18, 19]
    with pytest.raises(InputError, match="a split by time and group needs two columns"):
        part(rows, tmp_path, kind="time_group", column="when")


def test_a_split_without_its_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a split by group needs a column"):
        part(ROWS, tmp_path, kind="group")


def test_a_split_by_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs times or numbers") as caught:
        part(ROWS, tmp_path, kind="time", column="who")
    assert caught.value.got == "'p0'"


def test_an_unknown_split_is_refused(tmp_path: Path) -> None:
    kind: Any = "monthly"
    with pytest.raises(InputError, match="there is no such split") as caught:
        part(ROWS, tmp_path, kind=kind)
    assert caught.value.next_step == "take one of random, stratified, time, group, time_group"


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the table has no rows"):
        part(ROWS.slice(0, 0), tmp_path)


def test_a_refused_split_keeps_what_was_sealed_before(tmp_path: Path) -> None:
    before = [each.read().to_pylist() for each in part(ROWS, tmp_path)[:2]]
    with pytest.raises(InputError, match="no column 'wehn'"):
        part(ROWS, tmp_path, kind="time", column="wehn")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["holdout.parquet", "train.parquet"]
    assert [each.read().to_pylist() for each in part(ROWS, tmp_path)[:2]] == before


def test_rows_that_repeat_another_leave_before_the_split_and_no_copy_stands_on_both_sides(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    city = np.array(["Oslo", " oslo", "Rome", "ROME "])[rng.integers(0, 4, 3000)]
    table = pa.table({"city": city, "size": rng.integers(0, 500, 3000)})
    clean = (
        Step("strip", "city"),
        Step("spelling", "city", spellings=(("oslo", "Oslo"), ("ROME", "Rome"))),
        Step("duplicates"),
    )
    parts = part(table, tmp_path, clean=clean)
    told = {
        (str(text).strip().title(), int(size))
        for text, size in zip(city, table["size"].to_pylist(), strict=True)
    }
    sides = [cleaned(each, clean).read().to_pylist() for each in (parts.train, parts.holdout)]
    train, holdout = ({(row["city"], row["size"]) for row in side} for side in sides)
    assert len(train) + len(holdout) == len(told) == sum(map(len, sides))
    assert not train & holdout
    assert f"{3000 - len(told):,} that repeat another row were left out first" in parts.explanation
    assert " oslo" in parts.train.read()["city"].to_pylist()  # the parts keep the raw values


def test_a_split_by_time_reads_the_time_as_it_is_cleaned(tmp_path: Path) -> None:
    days = [f"{day}.1.2013" for day in range(1, 11)]
    table = pa.table({"day": days[::-1], "row": range(10)})
    clean = [Step("date", "day", formats=("31.1.2013",))]
    parts = part(table, tmp_path, kind="time", column="day", clean=clean)
    assert parts.holdout.read()["day"].to_pylist() == ["10.1.2013", "9.1.2013"]
