from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.serve.ledger.folders import entry, header_of

from interlock.errors import InputError
from interlock.serve.ledger import Ledger
from interlock.shipping import open_ledger, ship
from interlock.shipping.destination import Destination
from interlock.shipping.expiry import expire

DAY = 86_400.0


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Rows of each of the last ten days."""
    now = time.time()
    with Ledger(tmp_path / "ledger", header_of()) as book:
        for days in range(10):
            book.record(entry(book, days, time=now - days * DAY))
    ship(tmp_path / "ledger", tmp_path / "lake")
    return tmp_path / "lake"


def test_old_hours_go_and_are_counted(lake: Path) -> None:
    assert expire(str(lake), 20) == 0
    assert expire(str(lake), 4.5) == 5
    found = open_ledger(lake).account()
    assert (found.logged, found.found, found.removed, found.missing) == (10, 5, 5, 0)
    assert len(list(open_ledger(lake).records())) == 5
    assert len(list(lake.glob("predictions/**/*.parquet"))) == 5
    assert expire(str(lake), 4.5) == 0


def test_a_run_that_broke_off_is_finished_by_the_next(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(Destination, "delete", refuse)
        with pytest.raises(InputError, match="what was shipped cannot be read"):
            expire(str(lake), 4.5)
    assert open_ledger(lake).account().missing == 0
    assert len(list(open_ledger(lake).records())) == 5
    assert expire(str(lake), 4.5) == 5
    assert len(list(lake.glob("predictions/**/*.parquet"))) == 5
    assert open_ledger(lake).account().removed == 5
