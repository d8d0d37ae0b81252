from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import TARGETS, load
from tests.explore.tables import measured

from interlock.explore.findings.certain import certain
from interlock.explore.findings.finding import Finding
from interlock.explore.statistics.estimate import wilson


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, _ = measured(table, **declared)
    return list(certain(sample, contract))


def _status(covered: float, n: int = 5000) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    y = rng.random(n) < 0.1
    status = rng.choice(["open", "paid"], n).astype("<U16")
    status[y & (rng.random(n) < covered)] = "written off"
    return status, y


def test_a_status_that_is_given_after_the_outcome_is_named() -> None:
    status, y = _status(0.8)
    (found,) = _found(pa.table({"status": status, "y": y}), target="y")
    assert (found.kind, found.columns) == ("leakage", ("status",))
    assert found.sentence.startswith("Where `status` is written off, `y` is true in 100 % of the rows")
    covered = wilson(int((status == "written off").sum()), int(y.sum()))
    assert (found.effect, found.low, found.high) == (covered.value, covered.low, covered.high)


def test_codes_in_numbers_are_named_too() -> None:
    status, y = _status(0.8)
    code = np.select([status == "open", status == "paid"], [1, 2], 9)
    (found,) = _found(pa.table({"code": code, "y": y}), target="y")
    assert "Where `code` is 9" in found.sentence


def test_certainty_of_a_small_part_or_of_the_majority_is_not() -> None:
    status, y = _status(0.3)
    assert _found(pa.table({"status": status, "y": y}), target="y") == []
    never = np.where(y, "other", np.random.default_rng(1).choice(["a", "b", "other"], len(y)))
    assert _found(pa.table({"level": never, "y": y}), target="y") == []


def test_numbers_with_many_values_and_regressions_are_passed_over() -> None:
    x = np.random.default_rng(2).permutation(5000) * 1.0
    assert _found(pa.table({"x": x, "y": x > 4000}), target="y") == []
    assert _found(pa.table({"g": ["a", "b"] * 300, "y": np.arange(600) / 7}), target="y") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult", "employment_ma", "lending_club"])
def test_honest_tables_are_not_accused(name: str) -> None:
    assert _found(load(name), target=TARGETS[name]) == []


@pytest.mark.slow
def test_the_race_of_the_dead_alone_is_written_down_in_fars() -> None:
    found = {each.columns[0]: each for each in _found(load("fars"), target="injury")}
    assert set(found) == {"RACE", "HISPANIC_ORIGIN"}
    assert "Fatal_Injury" in found["RACE"].sentence
