from typing import Any

import duckdb
import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from interlock.develop.prepare.windows import AGGREGATES, NEVER, Events, aggregate, microseconds

DAY = 86_400_000_000
_IN_DUCKDB = {"count": "count", "sum": "sum", "mean": "avg", "std": "stddev_samp", "min": "min", "max": "max"}


def _events(n: int, seed: int = 0, keys: int = 5) -> Events:
    random = np.random.default_rng(seed)
    times = random.integers(0, 90, n) * DAY + random.integers(0, 3, n)  # many ties, and neighbours by 1 µs
    values = random.normal(size=n)
    values[random.random(n) < 0.2] = np.nan
    return Events(random.integers(0, keys, n), times, values)


@pytest.mark.parametrize("function", AGGREGATES)
@pytest.mark.parametrize(
    ("span", "delay"), [(None, 0), (30 * DAY, 0), (DAY, 0), (None, 2 * DAY), (7 * DAY, 2 * DAY)]
)
def test_a_window_is_what_duckdb_says(function: str, span: int | None, delay: int) -> None:
    events = _events(1500)
    found = aggregate(function, events, events.keys, events.times, span=span, delay=delay)  # type: ignore[arg-type]
    first = "UNBOUNDED" if span is None else f"INTERVAL {span + delay} MICROSECONDS"
    bounds = f"RANGE BETWEEN {first} PRECEDING AND INTERVAL {delay + 1} MICROSECONDS PRECEDING"
    window = f"{_IN_DUCKDB[function]}(value) OVER (PARTITION BY key ORDER BY moment {bounds})"
    table = {
        "place": np.arange(len(events.keys)),
        "key": events.keys,
        "moment": pa.array(events.times, pa.timestamp("us")),
        "value": pa.array(events.values, from_pandas=True),
    }
    with duckdb.connect() as connection:
        connection.register("events", pa.table(table))
        rows = connection.execute(f"SELECT {window} FROM events ORDER BY place").fetchall()  # noqa: S608
    expected = np.array([np.nan if value is None else value for (value,) in rows], float)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


_EVENT = st.tuples(
    st.integers(0, 2), st.integers(0, 12), st.sampled_from([np.nan, 0.0, 1.0, -3.5, 1e308, 1e16])
)


@given(
    st.lists(_EVENT, min_size=1, max_size=25),
    st.integers(1, 8),
    st.integers(0, 3),
    st.sampled_from(AGGREGATES),
)
def test_a_window_is_what_counting_by_hand_gives(
    rows: list[tuple[int, int, float]], span: int, delay: int, function: str
) -> None:
    keys, times, values = (np.array(each) for each in zip(*rows, strict=True))
    found = aggregate(function, Events(keys, times, values), keys, times, span=span, delay=delay)  # type: ignore[arg-type]
    by_hand: dict[str, Any] = {"count": len, "sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max}
    for key, time, got in zip(keys, times, found, strict=True):
        inside = (keys == key) & (times >= time - delay - span) & (times < time - delay) & ~np.isnan(values)
        window = values[inside]
        with np.errstate(all="ignore"):
            if function == "std":
                expected = np.std(window, ddof=1) if len(window) > 1 else np.nan
            else:
                expected = by_hand[function](window) if len(window) or function == "count" else np.nan
        assert got == pytest.approx(expected if np.isfinite(expected) else np.nan, rel=1e-9, nan_ok=True)


def test_a_huge_value_spoils_its_own_windows_alone() -> None:
    events = Events(np.zeros(4, int), np.arange(4) * DAY, np.array([1e300, 1.0, 2.0, 3.0]))
    found = aggregate("sum", events, events.keys, events.times, span=DAY)
    np.testing.assert_array_equal(found, [np.nan, 1e300, 1.0, 2.0])


def test_a_row_never_sees_itself_nor_what_comes_at_its_time_or_later() -> None:
    events = _events(300, keys=2)
    before = aggregate("mean", events, events.keys, events.times, span=None)
    for place in range(0, 300, 30):
        changed = np.where(events.times >= events.times[place], 1e6, events.values)
        after = aggregate("mean", events._replace(values=changed), events.keys, events.times, span=None)
        np.testing.assert_array_equal(after[place], before[place])


def test_a_row_without_a_time_has_no_history_and_is_none() -> None:
    events = Events(np.zeros(3, int), np.array([NEVER, 5, 9]), np.array([7.0, 1.0, 2.0]))
    np.testing.assert_array_equal(
        aggregate("sum", events, events.keys, events.times, span=None), [np.nan, np.nan, 1.0]
    )
    assert microseconds(np.array([np.nan, 1e300, 1.5])).tolist() == [NEVER, NEVER, 1_500_000]
