from __future__ import annotations

import json
import re
from typing import Any

import altair as alt
import pytest
import vl_convert
from tests.report.charts import CHARTS

from interlock.report.chart import draw, specification, titled
from interlock.report.values import Bars, Chart, Distribution, Line, Lines, Matrix


@pytest.mark.parametrize("name", CHARTS)
def test_every_value_is_drawn(name: str) -> None:
    value = CHARTS[name]
    svg = vl_convert.vegalite_to_svg(titled(value))
    assert value.title in svg
    assert svg.count("<path") >= 2


@pytest.mark.parametrize("name", CHARTS)
def test_altair_accepts_every_drawing(name: str) -> None:
    drawing = draw(CHARTS[name])
    assert isinstance(drawing, alt.TopLevelMixin)
    checked = drawing.to_dict(validate=True)
    assert [layer["mark"]["type"] for layer in checked["layer"]] == [
        layer["mark"]["type"] for layer in specification(CHARTS[name])["layer"]
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_colours_are_the_pages_variables_and_nothing_is_fetched(name: str) -> None:
    spec = json.dumps(specification(CHARTS[name]))
    assert not re.search(r'"#[0-9a-fA-F]{3,8}"|"url"', spec)


def _marks(svg: str, kind: str) -> list[str]:
    return re.findall(rf'aria-roledescription="{kind}"', svg)


def test_one_mark_for_each_datum() -> None:
    assert len(_marks(vl_convert.vegalite_to_svg(titled(CHARTS["bars"])), "bar")) == 2
    assert len(_marks(vl_convert.vegalite_to_svg(titled(CHARTS["distribution"])), "bar")) == 2
    assert len(_marks(vl_convert.vegalite_to_svg(titled(CHARTS["intervals"])), "point")) == 2


def _find(spec: Any, key: str) -> list[Any]:
    if isinstance(spec, dict):
        return [value for name, value in spec.items() if name == key] + [
            hit for value in spec.values() for hit in _find(value, key)
        ]
    return [hit for value in spec for hit in _find(value, key)] if isinstance(spec, list) else []


def test_n_the_note_and_what_is_not_shown_stand_under_the_title() -> None:
    value = Distribution(
        title="t", left=(0.0,), right=(1.0,), counts=(3,), n=12_000, outside=120, note="all rows"
    )
    assert titled(value)["title"] == {
        "text": ["t"],
        "subtitle": ["n = 12,000 · all rows · 1 % beyond the axis"],
    }


def test_no_subtitle_where_there_is_nothing_to_say() -> None:
    assert titled(Bars(title="t", labels=("a",), values=(1.0,)))["title"] == {"text": ["t"]}


def test_labels_keep_their_order_even_where_the_alphabet_differs() -> None:
    value = Bars(title="t", labels=("b", "a", "c"), values=(1.0, 2.0, 3.0))
    assert ["b", "a", "c"] in _find(specification(value), "sort")


def test_a_gap_in_a_line_is_null_not_nan() -> None:
    assert "NaN" not in json.dumps(specification(CHARTS["lines"]))
    assert None in _find(specification(CHARTS["lines"]), "y")


def test_times_are_drawn_in_utc() -> None:
    spec = specification(CHARTS["times"])
    assert 1357016400000.0 in _find(spec, "left")
    assert {"type": "utc", "nice": False} in _find(spec, "scale")


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        specification(Bars(title="t", labels=("a", "b"), values=(1.0,)))


def test_a_bare_chart_has_no_drawing() -> None:
    with pytest.raises(TypeError, match="no drawing for Chart"):
        specification(Chart(title="t"))


def test_a_matrix_tells_signs_by_colour_sizes_by_shade_and_gaps_by_nothing() -> None:
    cells = specification(CHARTS["matrix"])["data"]["values"]
    assert [(cell["value"], cell["shade"], cell["sign"]) for cell in cells] == [
        (0.5, 0.5, False),
        (-1.0, 1.0, True),
        (None, None, False),
        (0.25, 0.25, False),
    ]


def test_a_large_matrix_shows_its_numbers_on_hover_alone() -> None:
    names = tuple(f"c{place}" for place in range(15))
    wide = Matrix(title="t", rows=("a",), columns=names, values=((0.1,) * 15,))
    marks = [
        [layer["mark"]["type"] for layer in specification(each)["layer"]] for each in (CHARTS["matrix"], wide)
    ]
    assert marks == [["rect", "text"], ["rect"]]


def test_a_long_title_is_broken_into_lines() -> None:
    value = Bars(title="a long name " * 30, labels=("a",), values=(1.0,))
    lines = titled(value, 400)["title"]["text"]
    assert len(lines) == 4
    assert max(map(len, lines)) <= 50


def test_lines_differ_by_their_dashes_too() -> None:
    svg = vl_convert.vegalite_to_svg(titled(CHARTS["lines"]))
    assert len(set(re.findall(r'stroke-dasharray="([^"]+)"', svg))) >= 2


def test_the_clock_is_shown_within_a_day_and_the_year_where_it_begins() -> None:
    hours = Line("a", (1.0,) * 5)
    start = 1357016400.0 - 5 * 3600
    within = Lines(title="t", x=tuple(start + 21600 * k for k in range(5)), lines=(hours,), time=True)
    across = Lines(title="t", x=tuple(start + 4e7 * k for k in range(5)), lines=(hours,), time=True)
    assert re.search(r">(06|12|18):00<", vl_convert.vegalite_to_svg(titled(within)))
    assert ">2014<" in vl_convert.vegalite_to_svg(titled(across))


def test_years_on_an_axis_have_no_comma_and_larger_numbers_do() -> None:
    def drawn(*x: float) -> str:
        lines = (Line("mean", (0.1, 0.2), (), ()),)
        return str(vl_convert.vegalite_to_svg(titled(Lines(title="t", x=x, x_title="year", lines=lines))))

    assert ">1920<" in drawn(1900.0, 2020.0)
    assert ">20,000<" in drawn(0.0, 50_000.0)
