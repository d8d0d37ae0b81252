from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.explore.tables import measured, noise

from interlock.explore.findings.conflicts import conflicts
from interlock.explore.findings.finding import Finding


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, _ = measured(table, **declared)
    return list(conflicts(sample, contract))


def _frame(n: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 6, (n, 4)), columns=list("abcd"))
    frame["y"] = (frame["a"] + rng.normal(0, 1, n)) > 3
    return frame


def test_twins_and_the_errors_that_they_force_are_pandas() -> None:
    frame = _frame()
    (found,) = _found(frame, target="y")
    groups = frame.groupby(list("abcd"))["y"]
    twins = groups.transform("size") > 1
    assert found.effect == pytest.approx(twins.mean())
    counts = groups.agg(["sum", "size"])
    kept = counts[counts["size"] > 1]
    wrong = np.minimum(kept["sum"], kept["size"] - kept["sum"]).sum() / kept["size"].sum()
    assert f"wrong on {100 * wrong:.1f} % of them" in found.sentence
    assert found.picture is not None
    assert sum(getattr(found.picture, "values", ())) == pytest.approx(1)


def test_of_numbers_the_variance_between_twins_is_told() -> None:
    frame = _frame()
    rng = np.random.default_rng(1)
    frame["y"] = frame["a"] * 1.0 + rng.normal(0, 1, len(frame))
    (found,) = _found(frame, target="y")
    share = float(found.sentence.split("differ by ")[1].split(" %")[0]) / 100
    assert share == pytest.approx(1 / frame["y"].var(), abs=0.03)


def test_twins_with_one_target_are_called_so() -> None:
    frame = pd.concat([_frame(300)] * 2)
    frame["e"] = np.tile(np.arange(300), 2)
    frame["row"] = np.arange(600)
    (found,) = _found(frame, target="y", ids=["row"])
    assert found.effect == 1.0
    assert found.sentence.endswith("All of them have the same target as their like.")


def test_rows_that_repeat_in_every_column_are_not_told_twice() -> None:
    frame = pd.concat([_frame(300)] * 2)
    frame["e"] = np.tile(np.arange(300), 2)
    assert _found(frame, target="y") == []


def test_a_cross_table_and_rows_of_numbers_are_left_in_peace() -> None:
    assert _found(_frame()[["a", "b", "y"]], target="y") == []
    assert _found(noise(2000, 0), target="target") == []
    assert _found(pa.table({"a": [1, 2] * 50, "b": [1, 2] * 50, "c": [1, 2] * 50})) == []
