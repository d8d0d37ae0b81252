from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.text import Text
from tests.report.charts import CHARTS, TIMES

from interlock.report.palette import palette
from interlock.report.values import Bars, Chart, Compare, Distribution, Intervals, Line, Lines, Matrix

LONG = "a name that goes on and on, as names of columns in real tables do, far beyond any margin " * 3


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def texts(ax: Any) -> list[str]:
    """Return all text that is shown."""
    shown = ax.figure.findobj(Text)
    return [text.get_text() for text in shown if text.get_visible() and text.get_text()]


def fits(ax: Any) -> bool:
    """Tell whether all that is drawn, every text included, lies inside the figure."""
    figure = ax.figure
    figure.canvas.draw()
    drawn, inches = figure.get_tightbbox(figure.canvas.get_renderer()), figure.get_size_inches()
    return bool(min(drawn.x0, drawn.y0) >= -0.01 and (drawn.max <= inches + 0.01).all())


@pytest.mark.parametrize("name", CHARTS)
def test_every_value_is_drawn_with_its_title_and_n_and_no_text_cut_off(name: str) -> None:
    value = replace(CHARTS[name], n=1234, note="a note")
    ax = value.plot()
    assert value.title in texts(ax)
    assert any("n = 1,234" in text and "a note" in text for text in texts(ax))
    assert fits(ax)


@pytest.mark.parametrize("name", CHARTS)
def test_it_draws_on_the_axes_it_is_given(name: str) -> None:
    _, (first, second) = plt.subplots(1, 2)
    assert CHARTS[name].plot(second) is second
    assert not first.has_data()


def test_bars_are_as_long_as_their_values_and_stand_in_order() -> None:
    value = Bars(
        title="t", labels=("b", "a"), values=(2.0, 3.0), low=(1.0, 2.5), high=(2.5, 4.0), baseline=1.5
    )
    ax = value.plot()
    assert [bar.get_width() for bar in ax.patches] == [2.0, 3.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    top, bottom = ax.transData.transform([(0, 0), (0, 1)])[:, 1]
    assert top > bottom
    whiskers = next(each for each in ax.collections if isinstance(each, LineCollection))
    assert [segment[:, 0].tolist() for segment in whiskers.get_segments()] == [[1.0, 2.5], [2.5, 4.0]]
    assert ax.lines[0].get_xdata()[0] == 1.5


def test_a_histogram_has_one_bar_a_bin() -> None:
    value = Distribution(title="t", left=(0.0, 1.0), right=(1.0, 3.0), counts=(5, 7), x_title="miles", n=12)
    ax = value.plot()
    assert [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in ax.patches] == [(0, 1, 5), (1, 2, 7)]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("miles", "rows")


def test_times_stand_on_a_calendar_in_utc() -> None:
    ax = CHARTS["times"].plot()
    start = ax.patches[0].get_x()
    assert start == (datetime.fromtimestamp(TIMES[0], UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(
        days=1
    )
    ax.figure.canvas.draw()
    assert any("2013" in text for text in texts(ax))


def test_a_time_beyond_the_calendar_is_drawn_as_a_number() -> None:
    far = 1e15
    value = Distribution(title="t", left=(far,), right=(2 * far,), counts=(1,), time=True)
    assert value.plot().patches[0].get_x() == far


def test_lines_keep_gaps_and_differ_in_more_than_colour() -> None:
    value = Lines(title="t", x=(0.0, 1.0), lines=(Line("p", (1.0, math.nan)), Line("q", (2.0, 3.0))))
    first, second = value.plot().lines
    assert math.isnan(first.get_ydata()[1])
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()
    assert first.get_color() == palette()["series-1"]


def test_two_distributions_are_named_in_a_legend() -> None:
    value = Compare(title="t", labels=("a", "b"), first=(0.5, 0.5), second=(0.2, 0.8), names=("then", "now"))
    legend = value.plot().get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["then", "now"]


def test_a_matrix_writes_its_numbers_and_leaves_gaps_empty() -> None:
    ax = CHARTS["matrix"].plot()
    assert [text.get_text() for text in ax.texts if text.get_text()[:2] != "n "] == ["0.5", "-1", "0.25"]
    assert len(ax.patches) == 3


@pytest.mark.parametrize(
    "value",
    [
        Bars(
            title=LONG, labels=(LONG, LONG[5:], "short"), values=(1.0, 2.0, 3.0), x_title=LONG, note=LONG, n=1
        ),
        Intervals(title=LONG, labels=("x" * 300, "y"), values=(1.0, 2.0), low=(0.0, 1.0), high=(2.0, 3.0)),
        Lines(title=LONG, x=(0.0, 1.0), y_title=LONG, lines=(Line(LONG, (1.0, 2.0)), Line("b", (2.0, 3.0)))),
        Matrix(title=LONG, rows=(LONG,), columns=(LONG, "b"), values=((0.1, 0.9),)),
    ],
    ids=["bars", "intervals", "lines", "matrix"],
)
def test_long_names_are_broken_not_cut_off(value: Chart) -> None:
    assert fits(value.plot())


def test_many_labels_do_not_touch() -> None:
    names = tuple(f"{LONG[:50]} {place}" for place in range(40))
    ax = Intervals(title="t", labels=names, values=(1.0,) * 40, low=(0.5,) * 40, high=(2.0,) * 40).plot()
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(upper.y0 >= lower.y1 for upper, lower in pairwise(boxes))


def test_dollar_signs_in_names_are_no_mathematics() -> None:
    value = Bars(title=r"$\frac{$", labels=(r"$a_{b$",), values=(1.0,), x_title="$x^$", note="$n_$", n=1)
    assert fits(value.plot())


def test_nothing_to_show_is_an_empty_frame() -> None:
    assert fits(Bars(title="t", labels=(), values=()).plot())
    assert fits(Matrix(title="t", rows=(), columns=(), values=()).plot())


def test_infinite_and_missing_numbers_are_left_out() -> None:
    value = Intervals(
        title="t", labels=("a", "b"), values=(1.0, math.nan), low=(-math.inf, 0.0), high=(2.0, math.inf)
    )
    assert fits(value.plot())


def test_a_bare_chart_has_no_drawing() -> None:
    with pytest.raises(TypeError, match="no drawing for Chart"):
        Chart(title="t").plot()
