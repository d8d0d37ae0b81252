from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from interlock.contract.learn import learn
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.quality import quality
from interlock.table import open_table
from interlock.table.profiling import profile


def _found(columns: dict[str, Any], **declared: Any) -> list[Finding]:
    found = profile(open_table(pa.table(columns)))
    return list(quality(found, learn(found, **declared)))


def test_a_constant_is_said_to_be_one_with_or_without_gaps() -> None:
    same, holed, nothing = _found(
        {"a": [7] * 9, "b": [1.5, None] * 4 + [1.5], "c": pa.array([None] * 9, pa.float64())}
    )
    assert {each.kind for each in (same, holed, nothing)} == {"constant"}
    assert same.sentence == "`a` is the same in all 9 rows, so it cannot tell them apart."
    assert holed.sentence == "`b` holds one value in 55.6 % of the rows and nothing in the others."
    assert nothing.sentence == "`c` holds no value in any of 9 rows."


@pytest.mark.parametrize(
    "values",
    [list(range(1000, 1100)), [f"N{i:05}" for i in range(100)]],
    ids=["numbered", "codes"],
)
def test_what_names_rows_is_an_identifier_unless_it_was_declared(values: list[Any]) -> None:
    found = _found({"key": values, "x": [1.5, 2.5] * 50})
    assert [(each.kind, each.effect) for each in found] == [("identifier", 1.0)]
    assert _found({"key": values, "x": [1.5, 2.5] * 50}, ids=["key"]) == []


def test_headlines_are_no_identifier_though_every_one_differs() -> None:
    assert _found({"x": [f"shares of firm {place} rise" for place in range(100)]}) == []


def test_a_measurement_is_no_identifier_though_every_value_differs() -> None:
    rng = np.random.default_rng(0)
    assert _found({"x": rng.normal(size=500), "y": rng.integers(0, 10**9, 500)}) == []


def test_gaps_are_counted_with_wilsons_interval_nan_among_them() -> None:
    (found,) = _found({"x": pa.array([1.0, 2.0, None, float("nan")] * 25)})
    theirs = stats.binomtest(50, 100).proportion_ci(method="wilson")
    assert (found.kind, found.effect, found.n) == ("missing", 0.5, 100)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_a_missing_target_is_more_serious_than_a_missing_input() -> None:
    holes = [True, False, None] * 30
    found = {each.kind: each for each in _found({"x": holes, "y": holes}, target="y")}
    assert found["missing target"].severity > found["missing"].severity
    assert "cannot be learned from" in found["missing target"].sentence


def test_infinities_are_called_out() -> None:
    (found,) = _found({"x": [1.0, 2.0, float("inf"), float("-inf")] * 5})
    assert (found.kind, found.effect) == ("infinite", 0.5)


def test_a_sound_table_has_nothing_to_say() -> None:
    assert _found({"x": [1.5, 2.5, 1.5, 3.5], "s": ["a", "b", "a", "b"]}) == []
