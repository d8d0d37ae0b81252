from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from interlock.report import spark


def _parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own output


def _numbers(svg: str, tag: str, attribute: str) -> list[float]:
    return [float(each.get(attribute) or "nan") for each in _parsed(svg).iter(tag)]


def _heights(svg: str) -> list[float]:
    """Return how high each column stands: its path goes from its top to the axis."""
    ends = re.findall(r'd="M[\d.]+ ([\d.]+)h[\d.]+V([\d.]+)h', svg)
    return [float(axis) - float(top) for top, axis in ends]


def test_the_highest_column_fills_the_height_and_the_others_are_in_proportion() -> None:
    assert _heights(spark.columns([5, 10, 0], "a", "b")) == [28.0, 56.0]


def test_the_smallest_positive_column_can_be_seen() -> None:
    assert _heights(spark.columns([1, 1_000_000], "a", "b"))[0] == 1.0


def test_bars_of_levels_are_in_proportion() -> None:
    widths = _numbers(spark.levels(["x", "y"], [0.5, 0.25]), "rect", "width")
    assert widths[0] == pytest.approx(2 * widths[1])


def test_long_levels_are_cut_but_whole_on_hover() -> None:
    svg = spark.levels(["a" * 50], [1.0])
    assert ">" + "a" * 17 + "…<" in svg
    assert f"<title>{'a' * 50}: 100 %</title>" in svg


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, 1.0, 7.0])
def test_a_point_stays_on_its_scale(value: float) -> None:
    centre = _numbers(spark.span(value, value, value), "circle", "cx")[0]
    assert 5 <= centre <= 215
    assert centre == pytest.approx(5 + 210 * min(max(value, 0), 1), abs=0.06)


def test_names_are_escaped() -> None:
    for svg in (spark.levels(["<b>&"], [1.0]), spark.columns([1], "<b>", "&", ["<i>"])):
        _parsed(svg)
        assert not re.search("<b>|<i>", svg)


def test_pictures_of_nothing_are_empty_not_broken() -> None:
    for svg in (spark.columns([], "a", "b"), spark.columns([0, 0], "a", "b")):
        assert _heights(svg) == []
        assert [each.text for each in _parsed(svg).iter() if each.tag.endswith("text")] == ["a", "b"]
    assert not _numbers(spark.levels([], []), "rect", "width")
    assert "0 % of the rows" in [each.text for each in _parsed(spark.part(0.0)).iter()]
