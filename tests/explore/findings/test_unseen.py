from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import measured, noise

from interlock.explore.findings.finding import Finding
from interlock.explore.findings.unseen import unseen, unseen_chance


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, _ = measured(table, **declared)
    return list(unseen(sample, contract))


@pytest.mark.parametrize("n", [300, 5000])
def test_the_chance_is_that_of_the_levels_left_over(n: int) -> None:
    rng = np.random.default_rng(0)
    chances = 1 / np.arange(1, 3000) ** 1.1
    chances /= chances.sum()
    covered, gaps = [], []
    for _ in range(300):
        counts = rng.multinomial(n, chances)
        truth = chances[counts == 0].sum()
        found = unseen_chance(counts[counts > 0])
        covered.append(found.low <= truth <= found.high)
        gaps.append(found.value - truth)
    assert np.mean(covered) >= 0.92
    assert np.mean(gaps) == pytest.approx(0, abs=0.005)


def test_levels_that_new_rows_will_bring_are_announced() -> None:
    rng = np.random.default_rng(1)
    seen = rng.choice(2000, 4000, p=np.arange(1, 2001)[::-1] ** 3 / (np.arange(1, 2001) ** 3).sum())
    table = pa.table({"customer": [f"c{each}" for each in seen], "y": rng.random(4000) < 0.5})
    (found,) = _found(table, target="y", declared={"customer": {"role": "feature", "type": "category"}})
    new = rng.choice(2000, 20_000, p=np.arange(1, 2001)[::-1] ** 3 / (np.arange(1, 2001) ** 3).sum())
    assert found.low <= np.mean(~np.isin(new, seen)) <= found.high
    assert "will hold one that was never seen" in found.sentence
    assert found.picture is not None


def test_categories_that_are_complete_are_not() -> None:
    assert _found(noise(2000, 0), target="target", ignore=["rare"]) == []
