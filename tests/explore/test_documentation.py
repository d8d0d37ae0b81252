from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from tests.explore.tables import write_flights

DOCUMENT = Path(__file__).parents[2] / "docs" / "explore.md"


def test_the_page_shows_what_really_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_flights(tmp_path / "flights.csv")
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert result.attempted > 8
    assert result.failed == 0
