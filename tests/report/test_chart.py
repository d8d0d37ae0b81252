from __future__ import annotations

import math
import re
from typing import Any

import pytest
import vl_convert

from interlock.report.chart import draw
from interlock.report.values import (
    Bars,
    Calibration,
    Chart,
    Compare,
    Distribution,
    Intervals,
    Line,
    Lines,
    Ranking,
)

TIMES = (1357016400.0, 1357102800.0)
CHARTS: dict[str, Chart] = {
    "bars": Bars(
        title="Late",
        labels=("EWR", "JFK"),
        values=(0.27, 0.22),
        low=(0.2, 0.2),
        high=(0.3, 0.3),
        baseline=0.2,
        n=9,
    ),
    "distribution": Distribution(
        title="Delay", left=(0.0, 1.0), right=(1.0, 2.0), counts=(3, 4), n=8, outside=1
    ),
    "times": Distribution(
        title="When", left=TIMES, right=(*TIMES[1:], 1357189200.0), counts=(3, 4), time=True
    ),
    "compare": Compare(
        title="Then and now",
        left=(0.0, 1.0),
        right=(1.0, 2.0),
        first=(0.5, 0.5),
        second=(0.2, 0.8),
        names=("then", "now"),
    ),
    "compare levels": Compare(
        title="Then", labels=("a", "b"), first=(0.5, 0.5), second=(0.2, 0.8), names=("then", "now")
    ),
    "lines": Lines(
        title="AUC",
        x=TIMES,
        lines=(Line("estimate", (0.7, 0.6), (0.6, 0.5), (0.8, 0.7)), Line("truth", (0.7, math.nan))),
        time=True,
        baseline=0.5,
    ),
    "calibration": Calibration(
        title="Calibration",
        predicted=(0.1, 0.9),
        observed=(0.2, 0.8),
        low=(0.1, 0.7),
        high=(0.3, 0.9),
        counts=(5, 6),
    ),
    "intervals": Intervals(
        title="Slices",
        labels=("a", "b"),
        values=(1.0, 2.0),
        low=(0.5, 1.5),
        high=(1.5, 2.5),
        counts=(3, 4),
        baseline=1.0,
    ),
    "ranking": Ranking(title="Models", labels=("tree", "dummy"), values=(0.7, 0.5), chosen="tree"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_every_value_is_drawn(name: str) -> None:
    value = CHARTS[name]
    svg = vl_convert.vegalite_to_svg(draw(value).to_dict())
    assert value.title in svg
    assert svg.count("<path") >= 2


@pytest.mark.parametrize("name", CHARTS)
def test_colours_are_the_pages_variables_and_nothing_is_fetched(name: str) -> None:
    spec = draw(CHARTS[name]).to_json()
    assert not re.search(r'"#[0-9a-fA-F]{3,8}"|"url"', spec)


def _marks(svg: str, kind: str) -> list[str]:
    return re.findall(rf'aria-roledescription="{kind}"', svg)


def test_one_mark_for_each_datum() -> None:
    assert len(_marks(vl_convert.vegalite_to_svg(draw(CHARTS["bars"]).to_dict()), "bar")) == 2
    assert len(_marks(vl_convert.vegalite_to_svg(draw(CHARTS["distribution"]).to_dict()), "bar")) == 2
    assert len(_marks(vl_convert.vegalite_to_svg(draw(CHARTS["intervals"]).to_dict()), "point")) == 2


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
    assert draw(value).to_dict()["title"] == {
        "text": "t",
        "subtitle": "n = 12,000 · all rows · 1 % beyond the axis",
    }


def test_no_subtitle_where_there_is_nothing_to_say() -> None:
    assert draw(Bars(title="t", labels=("a",), values=(1.0,))).to_dict()["title"] == {"text": "t"}


def test_labels_keep_their_order_even_where_the_alphabet_differs() -> None:
    value = Bars(title="t", labels=("b", "a", "c"), values=(1.0, 2.0, 3.0))
    assert ["b", "a", "c"] in _find(draw(value).to_dict(), "sort")


def test_a_gap_in_a_line_is_null_not_nan() -> None:
    assert "NaN" not in draw(CHARTS["lines"]).to_json()
    assert None in _find(draw(CHARTS["lines"]).to_dict(), "y")


def test_times_are_drawn_in_utc() -> None:
    spec = draw(CHARTS["times"]).to_dict()
    assert 1357016400000.0 in _find(spec, "left")
    assert {"type": "utc", "nice": False} in _find(spec, "scale")


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        draw(Bars(title="t", labels=("a", "b"), values=(1.0,)))


def test_a_bare_chart_has_no_drawing() -> None:
    with pytest.raises(TypeError, match="no drawing for Chart"):
        draw(Chart(title="t"))
