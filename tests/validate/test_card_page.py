import re
from html.parser import HTMLParser

import pytest
from tests.fixtures_validate import solve

from interlock.validate.card import Fact, Facts, Part, Words
from interlock.validate.card_page import html, summary

UNITS = {"p", "tr", "li", "dd", "dt", "figure", "caption", "h1", "h2", "footer"}


class Units(HTMLParser):
    """Collect the text of each unit of a page, with the sources of its links; scripts and styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.units: list[str] = []
        self.caption = ""
        self._open: list[str] = []
        self._in_figure = False  # a figure is one unit: its caption says where the numbers are from

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.caption = ""
        if tag in UNITS and not self._in_figure:
            self.units.append(self.caption if tag == "tr" else "")
        if tag in ("script", "style", "nav"):
            self._open.append(tag)
        self._in_figure = self._in_figure or tag == "figure"
        links = [value or "" for name, value in attrs if name == "href"]
        if self.units and links and not links[0].startswith("#"):
            self.units[-1] += " ".join(links)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1]:
            self._open.pop()
        self._in_figure = self._in_figure and tag != "figure"
        if tag == "caption":
            self.caption = self.units[-1]

    def handle_data(self, data: str) -> None:
        if self.units and not self._open:
            self.units[-1] += data


def unsourced(page: str) -> list[str]:
    parser = Units()
    parser.feed(page)
    sourced = re.compile(r"evidence\.json#\w+|contract\.toml|scores\.bin|interlock\.toml")
    return [
        unit
        for unit in parser.units
        if re.search(r"(?<!F)(?<!Annex IV, point )\d", unit) and not sourced.search(unit)
    ]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_no_number_is_without_a_source(task: str) -> None:
    assert unsourced(solve(task).validation.card_html) == []


def test_the_search_for_numbers_without_a_source_finds_them() -> None:
    record = solve("binary").validation.record
    parts = [Part("P", (Words("9 of 10"), Facts((Fact("AUC", "0.7", ""),))))]
    assert len(unsourced(html("Card", "Fine.", parts, record))) == 2


def test_the_page_needs_no_network_and_shows_its_pictures() -> None:
    page = solve("binary").validation.card_html
    assert page.count('<figure class="chart"') == 10
    assert not re.search(r'(src|href)="https?:', page)


def test_a_name_cannot_become_markup() -> None:
    record = solve("binary").validation.record
    page = html("<script>alert(1)</script>", "Fine.", [Part("P", (Words("<img src=x>"),))], record)
    assert "<script>alert" not in page
    assert "<img" not in page


def test_a_failed_gate_stands_out() -> None:
    page = solve("binary").validation.card_html
    assert 'class="tag good">passed<' in page


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_summary_has_six_numbers_with_links(task: str) -> None:
    shown = str(summary(solve(task).validation.record))
    assert shown.count("<dt>") == 6
    assert len(re.findall(r'href="evidence\.json#\w+"', shown)) == 6
