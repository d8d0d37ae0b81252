from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import mutual_info_score
from tests.explore.tables import measured, noise, sklearn_table

from interlock.explore.coarse import coarse
from interlock.explore.findings.drivers import drivers
from interlock.explore.findings.finding import Finding
from interlock.report import Intervals


def _found(table: Any, **declared: Any) -> list[Finding]:
    without = declared.pop("without", ())
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    return list(drivers(ordered, coarse(ordered, sample, contract), sample, contract, without=without))


def test_the_share_is_sklearns_mutual_information_by_the_entropy() -> None:
    rng = np.random.default_rng(0)
    y = rng.choice(3, 3000, p=[0.5, 0.3, 0.2])
    x = np.where(rng.random(3000) < 0.6, y, rng.integers(0, 3, 3000))
    (found,) = _found(pa.table({"x": x.astype(str), "y": y.astype(str)}), target="y")
    entropy = mutual_info_score(y, y)
    assert found.effect == pytest.approx(mutual_info_score(x, y) / entropy, abs=4 / 6000 / entropy + 1e-9)
    assert found.columns == ("x",)
    assert "`x` (" in found.sentence
    assert "one column goes with it beyond chance" in found.sentence


@pytest.mark.parametrize(("name", "first"), [("wine", "flavanoids"), ("diabetes", "bmi")])
def test_the_columns_that_tell_most_come_first_with_their_intervals(name: str, first: str) -> None:
    (found,) = _found(sklearn_table(name)[0], target="target")
    assert first in found.columns[:3]
    assert isinstance(found.picture, Intervals)
    assert found.picture.labels == found.columns
    assert list(found.picture.values) == sorted(found.picture.values, reverse=True)
    assert found.picture.low[0] == found.low


def test_what_leaks_is_no_driver() -> None:
    table = sklearn_table("wine")[0]
    (found,) = _found(table, target="target", without=["flavanoids"])
    assert "flavanoids" not in found.columns


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_nothing_drives_noise(task: str) -> None:
    assert _found(noise(1500, 1, task), target="target") == []
