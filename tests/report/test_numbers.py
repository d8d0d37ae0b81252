from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.charts import CHARTS

from interlock.report.numbers import ROWS, numbers
from interlock.report.values import Chart, Distribution, Intervals, Scatter


@pytest.mark.parametrize("name", CHARTS)
def test_every_value_has_headings_and_rows_of_like_length(name: str) -> None:
    header, *rows = numbers(CHARTS[name])
    assert rows
    assert all(len(row) == len(header) for row in rows)


def test_intervals_say_what_is_measured_its_ends_and_n() -> None:
    assert numbers(replace(CHARTS["intervals"], x_title="share")) == [
        ["name", "share", "low", "high", "n"],
        ["a", "1", "0.5", "1.5", "3"],
        ["b", "2", "1.5", "2.5", "4"],
    ]


def test_times_are_written_as_such() -> None:
    assert numbers(CHARTS["times"])[1] == ["2013-01-01 05:00", "2013-01-02 05:00", "3"]


def test_each_line_has_a_column_and_gaps_are_dashes() -> None:
    header, first, second = numbers(CHARTS["lines"])
    assert header == ["x", "estimate", "estimate: low", "estimate: high", "truth"]
    assert (first[0], second[-1]) == ("2013-01-01 05:00", "–")


def test_a_matrix_keeps_its_shape() -> None:
    assert numbers(CHARTS["matrix"]) == [["name", "c", "d"], ["a", "0.5", "-1"], ["b", "–", "0.25"]]


def test_points_beyond_what_one_reads_are_not_listed() -> None:
    many = tuple(float(place) for place in range(5000))
    assert len(numbers(Scatter(title="t", x=many, y=many))) == ROWS + 1


def test_nothing_to_show_has_headings_alone() -> None:
    assert numbers(Intervals(title="t", labels=(), values=(), low=(), high=())) == [[]]
    assert numbers(Distribution(title="t", left=(), right=(), counts=())) == [[]]


def test_a_bare_chart_has_no_numbers() -> None:
    with pytest.raises(TypeError, match="no drawing for Chart"):
        numbers(Chart(title="t"))
