from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from tests.report.charts import CHARTS

from interlock.errors import InputError
from interlock.report.image import image
from interlock.report.palette import palette


@pytest.mark.parametrize("name", CHARTS)
def test_every_value_becomes_an_svg_in_real_colours(name: str) -> None:
    svg = image(CHARTS[name], "svg").decode()
    assert CHARTS[name].title in svg
    assert "var(--" not in svg
    assert {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{6}", svg)} <= set(palette().values())


def test_the_dark_theme_has_its_own_colours() -> None:
    svg = image(CHARTS["bars"], "svg", theme="dark").decode()
    assert palette("dark")["series-1"] in svg
    assert palette("light")["series-1"] not in svg


def test_the_suffix_says_which_format(tmp_path: Path) -> None:
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<svg"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")):
        assert CHARTS["bars"].save(tmp_path / f"chart{suffix}").read_bytes().startswith(start)


def test_a_png_is_as_wide_as_asked_for_at_twice_the_pixels() -> None:
    narrow, wide = (
        struct.unpack(">I", image(CHARTS["bars"], "png", width=width)[16:20])[0] for width in (300, 600)
    )
    assert wide - narrow == 2 * 300


def test_another_suffix_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "chart.bmp"
    path.write_text("mine")
    with pytest.raises(InputError, match="this format") as failure:
        CHARTS["bars"].save(path)
    assert failure.value.got == ".bmp"
    assert failure.value.next_step == "end the name in .png, .svg or .pdf"
    assert path.read_text() == "mine"
