from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import TARGETS, load
from tests.explore.tables import measured, noise

from interlock.explore.findings.entities import entities
from interlock.explore.findings.finding import Finding
from interlock.explore.statistics.intraclass import intraclass
from interlock.report import Intervals

DAY = 86_400_000_000


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, _ = measured(table, **declared)
    return list(entities(sample, contract))


def _patients(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    patient = np.repeat(rng.permutation(400), 8)
    level = rng.normal(size=400)
    return {
        "patient": patient + 1000,
        "age": rng.integers(20, 80, 400)[patient],
        "dose": rng.normal(size=3200),
        "y": level[patient] + rng.normal(size=3200),
    }


@pytest.mark.parametrize("role", [{}, {"ids": ["patient"]}, {"ignore": ["patient"]}])
def test_patients_with_many_visits_belong_on_one_side(role: dict[str, Any]) -> None:
    columns = _patients()
    (found,) = _found(pa.table(columns), target="y", **role)
    assert (found.kind, found.columns) == ("entity", ("patient",))
    assert "400 of them, 8 rows each" in found.sentence
    assert '`[split] by = "group"`, `group = "patient"`' in found.sentence
    assert found.effect == intraclass(columns["y"], columns["patient"] - 1000).value
    assert 0.4 < found.low < found.high < 0.6
    assert isinstance(found.picture, Intervals)
    shares = dict(zip(found.picture.labels, found.picture.values, strict=True))
    assert shares["age"] == pytest.approx(1)
    assert shares["dose"] < 0.05


def test_names_are_entities_as_well_as_numbers() -> None:
    columns = _patients()
    columns["patient"] = [f"p{each}" for each in columns["patient"]]
    assert [each.columns for each in _found(pa.table(columns), target="y")] == [("patient",)]


def test_a_measurement_in_whole_numbers_is_no_entity_however_strong() -> None:
    rng = np.random.default_rng(1)
    year = rng.integers(0, 120, 5000)
    assert _found(pa.table({"year": year, "y": 0.05 * year + rng.normal(size=5000)}), target="y") == []
    assert _found(pa.table({"year": year, "y": year > 60}), target="y") == []


def test_a_default_beside_rare_values_is_no_entity() -> None:
    rng = np.random.default_rng(2)
    gain = np.where(rng.random(5000) < 0.9, 0, rng.integers(1, 60, 5000) * 100)
    assert _found(pa.table({"gain": gain, "y": gain > 0}), target="y") == []


def test_days_are_no_entities_where_time_is_declared() -> None:
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(200), 20)
    table = pa.table(
        {
            "when": pa.array(day * DAY + rng.integers(0, DAY, 4000), pa.timestamp("us")),
            "day": [f"day {each}" for each in day],
            "y": rng.normal(size=200)[day] + rng.normal(size=4000),
        }
    )
    assert [each.columns for each in _found(table, target="y")] == [("day",)]
    assert _found(table, target="y", time="when") == []


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_noise_has_none(task: str) -> None:
    assert _found(noise(3000, 0, task), target="target") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult", "diamonds", "employment_ma", "fars", "lending_club"])
def test_tables_of_single_rows_have_none(name: str) -> None:
    assert _found(load(name), target=TARGETS[name], ids=["id"] if name == "employment_ma" else []) == []
