from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import measured, sklearn_table

from interlock.explore.findings.finding import Finding
from interlock.explore.findings.leakage import leakage


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, found = measured(table, **declared)
    return list(leakage(list(found.values()), {}, sample, contract))


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("copy", "target"),
    [
        (lambda y: y * 3.0 + 1 + _rng(1).normal(0, 0.01, len(y)), lambda: _rng().random(3000) < 0.3),
        (lambda y: np.where(y, "closed", "open"), lambda: _rng().random(3000) < 0.3),
        (lambda y: np.char.add("class ", y.astype(str)), lambda: _rng().integers(0, 4, 3000)),
        (lambda y: y * 1.001 + 5, lambda: _rng().lognormal(size=3000)),
        (lambda y: np.char.add("grade ", (y * 40).astype(int).astype(str)), lambda: _rng().random(3000)),
    ],
    ids=[
        "number and classes",
        "category and two classes",
        "category and four",
        "two numbers",
        "category and number",
    ],
)
def test_a_copy_of_the_target_is_found_in_any_disguise(copy: Any, target: Any) -> None:
    y = target()
    table = pa.table({"copy": copy(y), "other": _rng(2).normal(size=3000), "y": y})
    found = _found(table, target="y")
    assert [(each.kind, each.columns) for each in found] == [("leakage", ("copy",))]
    assert "is it known before the prediction is needed?" in found[0].sentence


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "diabetes"])
def test_honest_predictors_of_real_data_are_not_accused(name: str) -> None:
    assert _found(sklearn_table(name)[0], target="target") == []


def test_a_column_that_is_filled_after_the_outcome_is_found() -> None:
    y = _rng().random(2000) < 0.4
    x = pa.array(_rng(1).normal(size=2000), mask=~y | (_rng(2).random(2000) < 0.2))
    (found,) = _found(pa.table({"refund": x, "y": y}), target="y")
    assert found.columns == ("refund",)
    assert "missing in 100 % of the rows where the target is false" in found.sentence
    truth = 1 - np.mean(x.is_null().to_numpy(zero_copy_only=False)[y])
    assert found.effect == pytest.approx(truth)
    assert found.low < truth < found.high


def test_a_column_that_is_filled_where_a_number_is_large_is_found() -> None:
    rng = _rng()
    y = rng.lognormal(size=2000)
    x = pa.array(rng.normal(size=2000), mask=y < np.quantile(y, 0.7))
    z = pa.array(rng.normal(size=2000), mask=y + rng.normal(size=2000) < 1)
    (found,) = _found(pa.table({"bonus": x, "z": z, "y": y}), target="y")
    assert found.columns == ("bonus",)
    assert "is missing where `y` is small, and nowhere else" in found.sentence
    assert found.effect == 0.0
    assert found.picture is not None


def test_gaps_that_are_merely_frequent_are_not() -> None:
    y = _rng().random(2000) < 0.4
    x = pa.array(_rng(1).normal(size=2000), mask=_rng(2).random(2000) < 0.97)
    assert _found(pa.table({"x": x, "y": y}), target="y") == []
