from __future__ import annotations

import numpy as np
import pytest

from interlock.explore.findings.gaps import gap_finding
from interlock.explore.series import gaps

DAY = 86_400.0


def test_an_outage_is_found_and_dated() -> None:
    rng = np.random.default_rng(0)
    moments = np.sort(rng.uniform(0, 100 * DAY, 20_000))
    moments = moments[(moments < 40 * DAY) | (moments > 43 * DAY)]
    ((begin, end),) = gaps(moments)
    assert begin == pytest.approx(40 * DAY, abs=DAY / 20)
    assert end == pytest.approx(43 * DAY, abs=DAY / 20)
    (found,) = gap_finding("at", moments, "all rows")
    assert "no row for 3" in found.sentence
    assert found.effect == pytest.approx(3, abs=0.1)
    assert found.low == found.effect == found.high


def test_nights_and_weekends_are_no_gaps() -> None:
    minutes = np.arange(0, 200 * DAY, 600)
    open_ = (minutes % DAY > 9 * 3600) & (minutes % DAY < 17 * 3600) & (minutes // DAY % 7 < 5)
    assert gaps(minutes[open_]) == []


def test_chance_leaves_no_gaps() -> None:
    rng = np.random.default_rng(1)
    assert [gaps(rng.exponential(size=5000).cumsum()) for _ in range(100)] == [[]] * 100


def test_rows_that_grow_denser_have_no_gap_in_the_thin_years() -> None:
    rng = np.random.default_rng(2)
    assert gaps(1e8 * rng.random(20_000) ** 0.25) == []


def test_too_few_moments_have_no_gaps() -> None:
    assert gaps(np.array([0.0, 1.0, 1e9])) == []
    assert gaps(np.zeros(100)) == []
