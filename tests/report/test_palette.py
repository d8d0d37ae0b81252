from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from tests.report.colour import SIGHT, ciede2000, lab, seen

from interlock.report.palette import Theme, chart_style, palette, resolved


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


# G. Sharma, W. Wu, E. N. Dalal, The CIEDE2000 color-difference formula (2005), table 1.
SHARMA = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "distance"), SHARMA)
def test_our_ciede2000_is_that_of_the_published_pairs(
    first: tuple[float, ...], second: tuple[float, ...], distance: float
) -> None:
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(distance, abs=1e-4)


def test_grey_stays_grey_for_all_eyes() -> None:
    for sight in SIGHT:
        assert lab(seen("#808080", sight))[1:] == pytest.approx([0.0, 0.0], abs=0.2)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_series_are_told_apart_by_all_eyes(theme: Theme, sight: str) -> None:
    colours = [lab(seen(palette(theme)[f"series-{place}"], sight)) for place in range(1, 7)]
    assert min(ciede2000(a, b) for a, b in combinations(colours, 2)) >= 10


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_series_stand_out_from_the_ground_as_wcag_asks_of_graphics(theme: Theme) -> None:
    for ground in ("paper", "surface"):
        for place in range(1, 7):
            pair = [seen(palette(theme)[name], "all cones") for name in (f"series-{place}", ground)]
            darker, lighter = sorted(float(linear @ (0.2126, 0.7152, 0.0722)) for linear in pair)
            assert (lighter + 0.05) / (darker + 0.05) >= 3
