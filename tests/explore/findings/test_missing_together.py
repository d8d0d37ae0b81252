from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import load
from tests.explore.tables import measured, noise

from interlock.explore.findings.finding import Finding
from interlock.explore.findings.missing_together import missing_together
from interlock.explore.statistics.cramers_v import cramers_v


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, _ = measured(table, **declared)
    return list(missing_together(sample, contract))


def test_columns_that_miss_the_same_rows_are_one_finding() -> None:
    rng = np.random.default_rng(0)
    n = 3000
    gap = rng.random(n) < 0.2
    near = gap ^ (rng.random(n) < 0.005)
    table = pa.table(
        {
            "a": pa.array(rng.normal(size=n), mask=gap),
            "b": pa.array(rng.choice(list("xyz"), n), mask=gap),
            "c": pa.array(rng.normal(size=n), mask=near),
            "d": pa.array(rng.normal(size=n), mask=rng.random(n) < 0.2),
            "e": rng.normal(size=n),
        }
    )
    (found,) = _found(table)
    assert found.columns == ("a", "b", "c")
    assert "are missing in the same rows" in found.sentence
    cross = np.array([[(~gap & ~near).sum(), (~gap & near).sum()], [(gap & ~near).sum(), (gap & near).sum()]])
    assert found.effect == cramers_v(cross).value
    assert found.low <= found.effect <= found.high


def test_gaps_of_their_own_are_not() -> None:
    assert _found(noise(2000, 0), target="target") == []
    assert _found(pa.table({"a": [1.5, None] * 9, "b": [2.5, None] * 9})) == []


@pytest.mark.slow
def test_the_second_borrower_of_a_loan_is_missing_as_a_whole() -> None:
    found = _found(load("loans"), target="interest_rate")
    joint = {"annual_income_joint", "debt_to_income_joint", "verification_income_joint"}
    assert joint in [set(each.columns) for each in found]
