from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.explore.budget import budget_of
from interlock.explore.exactness import rank_error
from interlock.explore.survey import survey
from interlock.profile import Profile, Values
from interlock.table import open_table, profile

RANDOM = np.random.default_rng(5)
TABLE = pa.table({"i": RANDOM.integers(0, 900, 1000), "s": RANDOM.choice(["a", "b"], 1000)})


def test_one_pass_gives_the_profile_of_the_table() -> None:
    found = survey(open_table(TABLE))
    assert found.profile.digest == profile(open_table(TABLE)).digest


def test_duplicates_are_counted_over_all_rows_and_not_over_the_sample() -> None:
    table = pa.table({"i": [1, 1, 2, 3, 3, 3]})
    found = survey(open_table(table), rows=2)
    assert found.duplicates is not None
    assert found.duplicates.share().value == 0.5
    assert found.sample.rows == 2


def test_an_executor_gives_the_same() -> None:
    here = survey(open_table(TABLE), rows=100)
    with ThreadPoolExecutor(2) as pool:
        there = survey(open_table(TABLE), rows=100, executor=pool)
    assert here.profile.digest == there.profile.digest
    assert np.array_equal(here.sample.columns["i"].data, there.sample.columns["i"].data)
    assert here.duplicates is not None
    assert there.duplicates is not None
    assert here.duplicates.share() == there.duplicates.share()


def test_progress_is_told_up_to_the_last_row() -> None:
    told: list[tuple[int, int]] = []
    survey(open_table(TABLE), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1000, 1000)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="the table has no rows"):
        survey(open_table(TABLE.slice(0, 0)))


def test_where_time_runs_short_the_sample_is_summarised(monkeypatch: pytest.MonkeyPatch) -> None:
    update = Profile.update

    def slowly(self: Profile, batch: dict[str, Values]) -> None:
        time.sleep(0.15)
        update(self, batch)

    monkeypatch.setattr(Profile, "update", slowly)
    table = open_table(pa.table({"i": np.arange(4_000_000)}))
    found = survey(table, budget=budget_of(max_seconds=3.0))
    assert found.duplicates is None
    assert found.profile.rows == found.sample.rows < found.sample.total == 4_000_000
    assert abs(found.profile["i"].quantile(0.5) / 4_000_000 - 0.5) < 2 * rank_error(found.sample.rows)


def test_with_time_enough_nothing_is_sampled() -> None:
    found = survey(open_table(TABLE), budget=budget_of("2GB", 600.0))
    assert found.profile.digest == profile(open_table(TABLE)).digest
    assert found.duplicates is not None
