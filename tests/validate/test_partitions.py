from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from interlock.contract import MISSING, Coded, Column
from interlock.validate.partitions import by_calendar, by_length, by_level, by_range, by_truth, of_numbers


def test_levels_are_cut_by_frequency_with_missing_and_empty_named() -> None:
    coded = Coded(np.array([2, 0, 2, 1, 2, 0], dtype=np.int32), np.array(["", MISSING, "Oslo"], dtype=object))
    found = by_level("city", coded)
    assert found.labels == ("Oslo", "empty", "missing")
    assert [found.labels[code] for code in found.codes] == [
        "Oslo", "empty", "Oslo", "missing", "Oslo", "empty",
    ]  # fmt: skip


def test_texts_are_cut_by_their_length() -> None:
    coded = Coded(np.array([0, 1, 2, 2], dtype=np.int32), np.array(["a b", MISSING, ""], dtype=object))
    found = by_length("note", coded)
    assert (found.column, found.labels) == ("length of note", ("0", "3", "missing"))
    assert [found.labels[code] for code in found.codes] == ["3", "missing", "0", "0"]


def test_rare_levels_beyond_the_sixtieth_are_in_no_part() -> None:
    codes = np.concatenate([np.repeat(np.arange(60), 2), [60, 61]]).astype(np.int32)
    found = by_level("city", Coded(codes, np.array([f"c{i}" for i in range(62)], dtype=object)))
    assert len(found.labels) == 60
    assert found.codes[-2:].tolist() == [-1, -1]


@given(arrays(float, st.integers(1, 60), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
def test_every_number_is_in_the_part_whose_label_holds_it(values: np.ndarray) -> None:
    found = by_range("x", values)
    for value, code in zip(values, found.codes, strict=True):
        label = found.labels[code]
        if np.isnan(value):
            assert label == "missing"
        elif " to " in label:
            low, high = (float(end.replace(",", "")) for end in label.split(" to "))
            slack = 1e-4 * abs(value)
            assert low - slack <= value <= high + slack
        else:
            assert float(label.replace(",", "")) == pytest.approx(value, rel=1e-4)


def test_many_numbers_are_cut_into_equal_parts() -> None:
    found = by_range("x", np.random.default_rng(0).normal(size=1000))
    assert np.bincount(found.codes, minlength=6).tolist() == [200] * 5 + [0]


def test_few_values_are_parts_of_their_own() -> None:
    assert by_range("x", np.array([1.0, 3.0, 1.0])).labels == ("1", "3", "missing")


def test_booleans() -> None:
    found = by_truth("late", np.array([1.0, 0.0, np.nan]))
    assert [found.labels[code] for code in found.codes] == ["true", "false", "missing"]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_the_calendar_is_pythons(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC, microsecond=0)  # a double cannot tell the last ones apart
    month, weekday, hour = by_calendar("at", np.array([moment.timestamp(), np.nan]))
    assert month.labels[month.codes[0]] == f"{moment:%Y-%m}"
    assert weekday.labels[weekday.codes[0]] == f"{moment:%A}"
    assert hour.labels[hour.codes[0]] == f"{moment:%H}:00"
    assert [each.codes[1] for each in (month, weekday, hour)] == [-1, -1, -1]


def test_a_column_is_cut_by_its_type() -> None:
    values = np.array([0.0, 1.0])
    names = [
        [each.column for each in of_numbers(Column("c", kind), values)]
        for kind in ("number", "boolean", "timestamp")
    ]
    assert names == [["c"], ["c"], ["c (month)", "c (weekday)", "c (hour)"]]
