"""The report of an exploration in a real browser: drawn, reached by keyboard, printed, harmless."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser import needs_chromium, opened
from tests.explore.tables import penguins

from interlock.explore import explore, story

pytestmark = [pytest.mark.slow, needs_chromium]

EVIL = (
    '</script><script>window.ran = 1; alert(1)</script><img src="http://evil.test/" onerror="window.ran = 2">'
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explore(penguins(800), target="species").report(tmp_path_factory.mktemp("report") / "report.html")


def _rich() -> pa.Table:
    """Return a table that has every section: times, texts, spellings to clean, gaps, repeated rows."""
    rng = np.random.default_rng(3)
    start, n = np.datetime64("2023-01-01", "us"), 1200
    late = rng.random(n) < 0.3
    words = rng.choice(["parcel", "left", "at", "the", "door", "broken", "again", "thank", "you"], (n, 8))
    columns = {
        "when": start + np.arange(n) * np.timedelta64(7, "h"),
        "wait": late + rng.normal(size=n),
        "gone": pa.array(rng.normal(size=n), mask=rng.random(n) < 0.2),
        "remark": [" ".join(row) + f" {place}" for place, row in enumerate(words)],
        "town": rng.choice(["Bern", "bern ", "BERN", "Basel", "?"], n),
        "price": rng.choice(["1,200", "1,450", "900", "12%", "NA"], n),
        "late": late,
    }
    return pa.concat_tables([pa.table(columns), pa.table(columns).slice(0, 30)])


def test_axe_finds_nothing_to_mend_in_a_page_with_every_section(tmp_path: Path) -> None:
    explored = explore(_rich(), target="late", time="when")
    pages = [explored.report(tmp_path / "report.html"), story(explored).save(tmp_path / "story.html")]
    for path in pages:
        with opened(path, width=390) as found:
            assert found.page.evaluate("document.documentElement.scrollWidth") <= 390
            for details in found.page.query_selector_all("details"):
                details.evaluate("each => { each.open = true }")
            found.page.wait_for_timeout(100)
            result = Axe().run(found.page).response
            assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result["violations"]] == []
            assert found.troubles == []


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)
def test_axe_finds_nothing_to_mend(report: Path, scheme: str, width: int) -> None:
    with opened(report, scheme=scheme, width=width) as found:
        for details in found.page.query_selector_all("details"):
            details.evaluate("each => { each.open = true }")
        found.page.wait_for_timeout(100)
        result = Axe().run(found.page)
        assert [
            f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result.response["violations"]
        ] == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_wider_than_the_screen(report: Path, width: int) -> None:
    with opened(report, width=width) as found:
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_charts_are_drawn_and_nothing_is_asked_for(report: Path) -> None:
    with opened(report) as found:
        figures = found.page.locator("figure.chart")
        assert figures.count() >= 8
        assert found.page.locator("figure.chart svg").count() == figures.count()
        assert found.requests == [report.as_uri()]
        assert found.troubles == []


def test_the_numbers_of_a_chart_open_as_a_table(report: Path) -> None:
    with opened(report) as found:
        details = found.page.locator("details.numbers").first
        details.locator("summary").click()
        details.locator("tbody tr").nth(1).wait_for()  # the table is written once its details have opened
        assert details.locator("tbody tr").count() >= 2
        assert details.locator("th").first.get_attribute("scope") == "col"


def test_the_keyboard_reaches_all_and_one_sees_where_it_is(report: Path) -> None:
    with opened(report) as found:
        page = found.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        expected = page.evaluate(
            "document.querySelectorAll('a[href], summary, main > section > .scroll').length"
        )
        seen: set[str] = set()
        for _ in range(expected + 60):
            shown: Any = page.evaluate(
                "(() => { const e = document.activeElement, s = getComputedStyle(e);"
                "return [e.tagName + ' ' + e.textContent.slice(0, 40), s.outlineStyle, s.outlineWidth] })()"
            )
            if shown[0].startswith("BODY"):
                break
            assert (shown[1], shown[2]) == ("solid", "2px"), shown
            seen.add(shown[0].split()[0])
            page.keyboard.press("Tab")
        assert {"A", "SUMMARY", "DIV"} <= seen


def test_the_skip_link_leads_to_the_content(report: Path) -> None:
    with opened(report) as found:
        found.page.keyboard.press("Tab")
        found.page.keyboard.press("Enter")
        assert found.page.evaluate("location.hash") == "#content"


def test_names_and_values_with_scripts_are_text_and_never_run(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    level = rng.choice([EVIL, "b", "c"], 600)
    number = rng.normal(size=600) + 2 * (level == "b")
    table = pa.table(
        {EVIL: level, f"{EVIL} 2": number, "gone": pa.array(number, mask=level == "c"), "y": level == "b"}
    )
    path = explore(table, target="y").report(tmp_path / "report.html")
    with opened(path) as found:
        page = found.page
        for details in page.query_selector_all("details"):
            details.evaluate("each => { each.open = true }")
        page.wait_for_timeout(100)
        for picture in page.locator("figure.chart .vega").all()[:6]:
            picture.scroll_into_view_if_needed()
            box = picture.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
            for share in np.linspace(0.1, 0.9, 12):
                page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        assert page.evaluate("window.ran") is None
        assert page.locator("img").count() == 0
        assert (found.dialogs, found.troubles) == ([], [])
        assert found.requests == [path.as_uri()]
        assert EVIL in str(page.locator("main").text_content())


def test_without_scripts_the_text_stands_and_says_what_is_missing(report: Path) -> None:
    with opened(report, java_script_enabled=False) as found:
        text = found.page.locator("main").inner_text()
        assert "To predict is species" in text
        assert "Drawn by a script, which did not run." in text


def test_less_motion_is_respected(report: Path) -> None:
    for motion, expected in (("reduce", "auto"), ("no-preference", "smooth")):
        with opened(report, reduced_motion=motion) as found:
            assert (
                found.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == expected
            )


@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="needs pdftotext: apt-get install poppler-utils"
)
def test_the_charts_are_there_on_paper(report: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    with opened(report, scheme="dark") as found:
        found.page.pdf(path=path, format="A4")
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "strength: 0 none, 1 determines the target" in text  # an axis title, which only the drawing holds


def test_five_thousand_columns_give_a_page_that_opens(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.random(120) < 0.5
    columns = {f"column {place}": rng.normal(size=120) for place in range(4999)}
    path = explore(pa.table({**columns, "y": y}), target="y").report(tmp_path / "report.html")
    assert path.stat().st_size < 3_000_000
    with opened(path) as found:
        assert "120 of 5,000 columns are drawn" in str(found.page.locator("main").text_content())
        assert found.troubles == []
