from __future__ import annotations

import re
from html import unescape
from typing import Any

import pyarrow as pa

from interlock.table import open_table


def _shown(table: Any, name: str = "rows") -> str:
    html = open_table(table, name=name)._repr_html_()
    assert html.startswith("<iframe")
    found = re.search(r'srcdoc="([^"]*)"', html)
    assert found is not None
    return unescape(found[1])


def test_it_shows_the_first_rows_the_types_and_how_many_there_are() -> None:
    html = _shown(pa.table({"n": range(12_345), "level": ["a", "b", "c"] * 4115}), "mine")
    assert "<h1>mine</h1>" in html
    assert "12,345 rows, 2 columns" in html
    assert re.findall(r"<th[^>]*>([^<]+)</th>", html) == ["n (integer)", "level (string)"]
    assert re.findall(r"<td[^>]*>([^<]+)</td>", html)[:4] == ["0", "a", "1", "b"]
    assert html.count("<tr>") == 11


def test_names_and_values_stay_text() -> None:
    evil = "<script>alert(1)</script>"
    html = _shown(pa.table({evil: [evil, "b"]}), evil)
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 3


def test_nulls_empty_strings_and_long_cells_can_be_told() -> None:
    html = _shown(pa.table({"x": [None, "", "y" * 100_000], "b": [True, None, False], "f": [0.1, None, 1e9]}))
    assert '<span class="small">null</span>' in html
    assert ">(empty)<" in html
    assert "y" * 59 + "…" in html
    assert "y" * 60 not in html
    assert ">true<" in html


def test_a_wide_table_says_what_is_not_shown() -> None:
    html = _shown(pa.table({f"c{i}": [i] for i in range(50)} | {"list": [[1]]}))
    assert html.count("<th ") == 20
    assert "30 more columns." in html
    assert "Not read: list (list&lt;" in html
