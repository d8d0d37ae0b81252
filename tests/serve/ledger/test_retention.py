from __future__ import annotations

from pathlib import Path

import pytest
from tests.serve.ledger.folders import write

from interlock.errors import InputError
from interlock.serve.ledger import account
from interlock.serve.ledger.removal import Shipped, mark_shipped
from interlock.serve.ledger.retention import prune
from interlock.serve.ledger.segment import segments


def test_what_is_old_goes_once_it_was_shipped(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    first = segments(tmp_path)[0]
    assert prune(tmp_path, 0.0) == ()
    mark_shipped(first, Shipped("there", first.path.stat().st_size, 3, whole=True))
    assert prune(tmp_path, 1.0) == ()
    assert prune(tmp_path, 0.0) == (first,)
    assert account(tmp_path).missing == 0


def test_what_was_not_shipped_goes_where_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    assert len(prune(tmp_path, 0.0, unshipped=True)) > 3
    assert (account(tmp_path).removed, account(tmp_path).found) == (60, 0)


def test_negative_days_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"days to keep are 0 or more\n  got: -1"):
        prune(tmp_path, -1)
