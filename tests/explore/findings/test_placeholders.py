from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from interlock.contract.learn import learn
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.placeholders import placeholders
from interlock.table import open_table
from interlock.table.profiling import profile


def _found(values: Any, **declared: Any) -> list[Finding]:
    found = profile(open_table(pa.table({"x": values})))
    return list(placeholders(found, learn(found, **declared)))


def _ages(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(45, 12, 2000).round().clip(1, 95)


@pytest.mark.parametrize("code", [-999, -1, 999, 9999, 99999])
def test_a_customary_code_far_off_or_in_a_spike_is_found(code: int) -> None:
    values = np.append(_ages(), np.full(60, code))
    (found,) = _found(values)
    assert found.kind == "placeholder"
    assert found.effect == pytest.approx(60 / 2060)
    assert found.low < found.effect < found.high


def test_99_is_a_code_where_it_is_a_spike() -> None:
    assert len(_found(np.append(_ages(), np.full(60, 99)))) == 1


@pytest.mark.parametrize(
    "values",
    [
        np.arange(100),
        np.random.default_rng(0).integers(0, 1000, 5000),
        np.random.default_rng(1).integers(-1, 2, 500),
        np.random.default_rng(2).normal(0, 3, 5000).round(),
        np.append(_ages(), [999.0]),
    ],
    ids=["up to 99", "up to 999", "three values", "both signs", "too rare"],
)
def test_an_ordinary_value_is_none(values: np.ndarray) -> None:
    assert _found(values) == []


def test_1970_and_1900_are_codes_for_an_unknown_day() -> None:
    days = [datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=i % 300) for i in range(600)]
    for code in (datetime(1970, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)):
        (found,) = _found([*days, *[code] * 20])
        assert f"is {code.date()} in 3.2 % of the rows" in found.sentence


def test_a_column_that_is_left_out_is_passed_over() -> None:
    assert _found(np.append(_ages(), np.full(60, -999)), ignore=["x"]) == []
