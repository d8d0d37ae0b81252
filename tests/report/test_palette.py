from __future__ import annotations

import json

import pytest

from interlock.report.palette import chart_style, palette, resolved


def test_each_theme_has_all_colours_of_its_own() -> None:
    light, dark, paper = (palette(theme) for theme in ("light", "dark", "print"))
    assert light.keys() == dark.keys() == paper.keys()
    assert light["paper"] != dark["paper"]
    assert paper["paper"] == "#ffffff"


def test_variables_become_colours_and_the_rest_stays() -> None:
    assert resolved('{"fill": "var(--ink)"}', "dark") == f'{{"fill": "{palette("dark")["ink"]}"}}'


def test_an_unknown_variable_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="nothing"):
        resolved("var(--nothing)")


def test_the_style_of_charts_names_colours_of_the_page_only() -> None:
    style = chart_style()
    assert json.loads(style)["axis"]["labelLimit"] == 220
    assert "#" not in style
    assert "var(--" not in resolved(style)
