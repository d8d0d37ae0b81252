from __future__ import annotations

import re

import pyarrow as pa
from tests.explore.tables import penguins

from interlock.explore import explore
from interlock.explore.quality_section import quality_section


def _facts(html: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", html))


def test_the_figures_are_those_of_pandas() -> None:
    frame = penguins().to_pandas()
    facts = _facts(quality_section(explore(penguins())))
    assert facts["values missing"] == f"{100 * frame.isna().to_numpy().mean():.1f} %"
    assert facts["rows without a gap"] == f"{100 * (~frame.isna().any(axis=1)).mean():.1f} %"
    assert facts["infinite values"] == facts["empty strings"] == "0"


def test_each_kind_of_flaw_has_a_column_of_its_own() -> None:
    table = pa.table(
        {
            "x": [1.0, float("inf"), float("nan"), None, 2.0, 3.0],
            "s": ["", "", None, "a", "b", "c"],
            "fine": [1, 2, 3, 4, 5, 6],
            "same": [7] * 6,
        }
    )
    html = quality_section(explore(table))
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    found = {row[0]: row[2:] for row in rows if len(row) == 8}
    assert found == {
        "x": ["33.3 %", "1", "1", "1", "0", "–"],
        "s": ["16.7 %", "1", "0", "0", "2", "–"],
        "same": ["0 %", "0", "0", "0", "0", "one value"],
    }
    assert "3 of 4 columns have a flaw" in html


def test_what_is_missing_together_is_named() -> None:
    html = quality_section(explore(penguins()))
    assert "flipper_length_mm, body_mass_g" in html
    assert "these columns are missing, and no other" in html


def test_rows_that_repeat_are_counted() -> None:
    facts = _facts(quality_section(explore(pa.table({"x": [1, 1, 2, 3], "y": ["a", "a", "b", "c"]}))))
    assert facts["rows that repeat another"] == "25 %"


def test_a_flawless_table_is_praised() -> None:
    html = quality_section(explore(pa.table({"x": [1, 2, 3], "y": [3.0, 2.0, 1.5]})))
    assert "Every column is complete, finite and varies." in html
    assert "<figure" not in html
