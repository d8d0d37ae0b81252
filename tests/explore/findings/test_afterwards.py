from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from tests.explore.tables import measured

from interlock.explore.findings.afterwards import afterwards
from interlock.explore.findings.finding import Finding


def _found(delay: Any, **declared: Any) -> list[Finding]:
    n = len(delay)
    rng = np.random.default_rng(0)
    opened = np.sort(rng.integers(0, 10**15, n))
    table = pa.table(
        {
            "opened": pa.array(opened, pa.timestamp("us")),
            "closed": pa.array(opened + (delay * 1e6).astype(np.int64), pa.timestamp("us")),
            "y": rng.random(n) < 0.5,
        }
    )
    sample, contract, _ = measured(table, target="y", **declared)
    return list(afterwards(sample, contract))


def test_a_time_that_is_later_than_the_rows_own_is_named() -> None:
    delay = np.where(np.arange(1000) % 10 == 0, -5.0, 3 * 86_400.0)
    (found,) = _found(delay, time="opened")
    assert found.columns == ("closed",)
    assert "`closed` is later than `opened` in 90 % of the rows, by 3 days in the middle" in found.sentence
    assert found.effect == 0.9
    assert found.low < 0.9 < found.high


def test_a_time_that_is_earlier_is_not() -> None:
    assert _found(np.full(1000, -60.0), time="opened") == []


def test_without_a_time_column_or_with_few_rows_nothing_is_said() -> None:
    assert _found(np.full(1000, 60.0)) == []
    assert _found(np.full(10, 60.0), time="opened") == []
