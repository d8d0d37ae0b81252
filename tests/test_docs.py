from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from tests.explore.tables import write_flights

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [page.name for page in sorted(DOCS.glob("*.md")) if ">>>" in page.read_text()]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_really_happens(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_flights(tmp_path / "flights.csv")
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 3
    assert result.failed == 0
