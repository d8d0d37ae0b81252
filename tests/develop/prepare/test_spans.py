from typing import Any

import numpy as np
import pytest

from interlock.contract import Column, Contract
from interlock.develop.prepare.spans import Spans, make_spans
from interlock.develop.prepare.step import Options
from interlock.develop.sample import Sample

DAY = 86_400.0
random = np.random.default_rng(0)
NOW = 1.6e9 + np.sort(random.uniform(0, 300 * DAY, 500))


def spans(unused: tuple[int, ...] = (), **columns: Any) -> Spans | None:
    made = [Column(name, "timestamp", "time" if name == "now" else "feature") for name in columns]
    numbers = np.stack([*columns.values()], axis=1)
    sample = Sample(numbers, (), np.zeros(len(numbers)), "regression", 0, unused)
    found = make_spans(sample, Contract(tuple(made)), Options())
    step = found[0].step if found else None
    assert step is None or isinstance(step, Spans)
    return step


def test_an_age_at_the_time_of_the_row() -> None:
    born = NOW - random.uniform(1, 30_000, 500) * DAY
    found = spans(now=NOW, born=born)
    assert found is not None
    assert (found.names, found.sources) == (("born to now days",), ("born",))
    np.testing.assert_allclose(found.of(np.stack([NOW, born], axis=1))[:, 0], (NOW - born) / DAY)


def test_the_time_since_a_fixed_day_is_the_time_itself() -> None:
    assert spans(now=NOW, launched=np.full(500, 1.5e9)) is None
    assert spans(now=NOW, launched=1.5e9 + random.uniform(0, 1, 500) * DAY) is None


def test_two_clocks_without_a_time_column_are_watched_by_the_later_one() -> None:
    assert spans(sent=NOW, launched=np.full(500, 1.5e9)) is None
    found = spans(arrived=NOW + random.gamma(2, DAY, 500), sent=NOW)
    assert found is not None
    assert found.names == ("sent to arrived days",)


def test_copies_unknown_and_unused_times_give_nothing() -> None:
    assert spans(now=NOW, again=NOW) is None
    assert spans(now=NOW, never=np.full(500, np.nan)) is None
    assert spans((1,), now=NOW, born=NOW - random.uniform(1, 9, 500) * DAY) is None
    assert spans(now=NOW) is None


def test_what_is_missing_or_beyond_12000_years_is_missing() -> None:
    step = Spans((0,), (1,), ("d",), ("a",))
    found = step.of(np.array([[np.nan, 0], [0, 5e11], [-1e300, 0], [0, DAY]]))
    np.testing.assert_array_equal(found[:, 0], [np.nan, np.nan, np.nan, 1])


@pytest.mark.parametrize("columns", [3, 9])
def test_pairs_are_bounded_and_begin_with_the_time_column(columns: int) -> None:
    others = {f"t{place}": NOW - random.uniform(1, 900, 500) * DAY for place in range(columns - 1)}
    found = spans((), **others, now=NOW)
    assert found is not None
    assert len(found.names) == min(20, columns * (columns - 1) // 2)
    assert all(name.endswith("to now days") for name in found.names[: columns - 1])
