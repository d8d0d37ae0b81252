from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.explore.survey import survey
from interlock.table import open_table, profile

RANDOM = np.random.default_rng(5)
TABLE = pa.table({"i": RANDOM.integers(0, 900, 1000), "s": RANDOM.choice(["a", "b"], 1000)})


def test_one_pass_gives_the_profile_of_the_table() -> None:
    found = survey(open_table(TABLE))
    assert found.profile.digest == profile(open_table(TABLE)).digest


def test_duplicates_are_counted_over_all_rows_and_not_over_the_sample() -> None:
    table = pa.table({"i": [1, 1, 2, 3, 3, 3]})
    found = survey(open_table(table), rows=2)
    assert found.duplicates.share().value == 0.5
    assert found.sample.rows == 2


def test_an_executor_gives_the_same() -> None:
    here = survey(open_table(TABLE), rows=100)
    with ThreadPoolExecutor(2) as pool:
        there = survey(open_table(TABLE), rows=100, executor=pool)
    assert here.profile.digest == there.profile.digest
    assert np.array_equal(here.sample.columns["i"].data, there.sample.columns["i"].data)
    assert here.duplicates.share() == there.duplicates.share()


def test_progress_is_told_up_to_the_last_row() -> None:
    told: list[tuple[int, int]] = []
    survey(open_table(TABLE), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1000, 1000)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="the table has no rows"):
        survey(open_table(TABLE.slice(0, 0)))
