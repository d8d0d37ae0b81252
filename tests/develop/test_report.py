from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.fixtures_develop import contract, table

from interlock.develop import Development, develop


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(document: str) -> str:
    parser = _Text()
    parser.feed(document)
    return " ".join(parser.text)


@pytest.fixture(scope="module")
def development() -> Development:
    return develop(table(), contract(), candidates=["baseline", "linear"], trials=3)


def test_the_page_says_who_won_and_by_how_much(development: Development, tmp_path: Path) -> None:
    path = development.report(tmp_path / "deep" / "report.html")
    text = read(path.read_text(encoding="utf-8"))
    assert "linear predicts “y” best of 2 candidates. Its log loss is " in text
    assert "behind, in log loss" in text
    assert "log loss (95 % interval)" in text
    assert "0 rounds" not in text
    assert "decides, which is no mean" not in text
    for result in development.leaderboard:
        assert f"{result.score.value:.4f}".rstrip("0") in text
    assert f"{development.parity.rows:,}" in text
    assert development.digest in text
    assert development.importances[0].column in path.read_text(encoding="utf-8")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_notes_are_shown_and_names_are_escaped(development: Development, tmp_path: Path) -> None:
    odd = replace(development, name="<script>alert(1)</script>", notes=("time was up",))
    document = odd.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in document
    assert "time was up" in read(document)


def test_a_notebook_shows_the_leaderboard(development: Development) -> None:
    html = development._repr_html_()
    assert html.index("linear") < html.index("baseline")
    assert "µs a row" in html
