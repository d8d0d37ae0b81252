from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import noise, penguins

from interlock import contract as contracts
from interlock.explore import Exploration, explore
from interlock.explore.pages import document


class Page(HTMLParser):
    """The text a reader sees, and the elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self._hidden = "", 0
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


@pytest.fixture(scope="module")
def exploration() -> Exploration:
    return explore(penguins(), target="species")


def test_the_report_says_what_was_found(exploration: Exploration) -> None:
    text = Page(document(exploration)).text
    for sentence in (*exploration.summary, *(each.sentence for each in exploration.findings)):
        assert sentence.replace("`", "") in text
    assert exploration.profile.digest in text
    assert contracts.digest(exploration.contract) in text
    assert "Measured on all 344 rows." in text


def test_every_section_is_there_and_without_a_target_one_less(exploration: Exploration) -> None:
    html = document(exploration)
    titles = [
        "In short",
        "Findings",
        "Columns",
        "Relations",
        "Quality",
        "The contract",
        "How it was measured",
    ]
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", html) == titles
    assert "With the target" in html
    assert "With the target" not in document(explore(penguins()))


def test_fifty_columns_stay_under_3_mb(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    columns = {f"number {i}": rng.lognormal(size=2000) for i in range(30)}
    levels = {
        f"level {i}": rng.choice([f"a long name of a level {j}" for j in range(500)], 2000) for i in range(19)
    }
    y = sum(columns.values()) > 50
    path = explore(pa.table({**columns, **levels, "y": y}), target="y").report(tmp_path / "report.html")
    assert path.stat().st_size < 3_000_000


def test_hostile_names_and_levels_stay_text() -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    rng = np.random.default_rng(1)
    x = rng.choice([evil, "b"], 400)
    found = explore(pa.table({evil: x, "y": (x == "b") ^ (rng.random(400) < 0.2)}), target="y")
    page = Page(document(found))
    assert "img" not in page.tags
    assert page.tags.count("script") == 3


def test_a_notebook_shows_the_summary_in_a_small_frame(exploration: Exploration) -> None:
    html = exploration._repr_html_()
    assert html.startswith("<iframe srcdoc=")
    assert len(html) < 200_000


def test_noise_makes_a_calm_page() -> None:
    html = document(explore(noise(500, 3), target="target"))
    text = Page(html).text
    assert "None of 20 columns goes with target more than chance would have it." in text
    assert '<span class="tag good">holds</span>' not in html
