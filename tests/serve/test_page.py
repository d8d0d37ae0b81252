from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from tests.fixtures_service import TASKS

from interlock.release import Release
from interlock.serve.page import page


class Checker(HTMLParser):
    """Collects open tags, text and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("task", TASKS)
def test_the_page_stands_alone(releases: dict[str, Release], task: str) -> None:
    html = page(releases[task])
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    assert all(address.startswith("/") for address in checker.addresses)
    assert not re.search(r"https?://", html), "nothing is fetched from elsewhere"
    assert "<!--" not in html
    assert 'id="key"' in html, "where a key is asked for, it can be given"
    assert releases[task].digest in checker.text
    for column in releases[task].contract.inputs:
        assert column.name in checker.text


def test_names_are_escaped(releases: dict[str, Release]) -> None:
    from dataclasses import replace

    html = page(replace(releases["binary"], name="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in html
