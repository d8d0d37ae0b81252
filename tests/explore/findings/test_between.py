from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import TARGETS, load
from tests.explore.tables import measured

from interlock.explore.findings.between import between
from interlock.explore.findings.finding import Finding


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    return list(between(ordered, {}, sample, contract))


def _noise(n: int, seed: int, task: str) -> pa.Table:
    """Return 50 columns of every type that have to do with nothing, some with gaps."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"number{i}": rng.normal(size=n) for i in range(12)}
    columns |= {f"heavy{i}": rng.standard_cauchy(n) for i in range(4)}
    columns |= {f"skewed{i}": rng.lognormal(size=n).round(2) for i in range(4)}
    columns |= {f"count{i}": rng.poisson(2, n) for i in range(6)}
    columns |= {f"level{i}": rng.choice(list("abcdefgh"), n) for i in range(8)}
    columns |= {f"rare{i}": rng.zipf(1.5, n).clip(max=500).astype(str) for i in range(3)}
    columns |= {f"flag{i}": rng.random(n) < 0.3 for i in range(4)}
    columns |= {f"time{i}": pa.array(rng.integers(0, 10**15, n), pa.timestamp("us")) for i in range(2)}
    columns |= {f"gaps{i}": pa.array(rng.normal(size=n), mask=rng.random(n) < 0.2) for i in range(4)}
    columns |= {"holes": pa.array(rng.choice(list("xyz"), n), mask=rng.random(n) < 0.4)}
    columns |= {
        "entity": rng.integers(0, n // 5, n),
        "place": rng.choice([f"p{i}" for i in range(n // 8)], n),
    }
    goals: dict[str, Any] = {
        "binary": rng.random(n) < 0.2,
        "multiclass": rng.choice(["x", "y", "z"], n, p=[0.6, 0.3, 0.1]),
        "regression": rng.lognormal(size=n),
    }
    return pa.table({**columns, "target": goals[task]})


@pytest.mark.slow
@pytest.mark.parametrize("n", [250, 2500])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_at_most_one_exploration_of_noise_in_twenty_finds_anything(task: str, n: int) -> None:
    runs = [_found(_noise(n, seed, task), target="target") for seed in range(20)]
    assert len(_noise(n, 0, task).column_names) == 51
    assert sum(map(bool, runs)) <= 1, [each.sentence for found in runs for each in found]


@pytest.mark.slow
def test_employment_stays_calm() -> None:
    found = _found(load("employment_ma"), target=TARGETS["employment_ma"], ids=["id"])
    assert {each.kind for each in found} <= {"association", "conflicts", "drivers", "reversal"}
    assert max(each.severity for each in found) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult", "bike_hourly", "diamonds", "lending_club"])
def test_real_tables_without_a_leak_have_nothing_serious_that_is_false(name: str) -> None:
    serious = [each for each in _found(load(name), target=TARGETS[name]) if each.severity >= 0.5]
    assert serious == []


def test_what_leaks_is_not_spoken_of_again() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(2000) < 0.5
    table = pa.table({"copy": np.where(y, "yes", "no"), "x": y + rng.normal(size=2000), "y": y})
    found = _found(table, target="y")
    assert [(each.kind, each.columns) for each in found] == [
        ("leakage", ("copy",)),
        ("association", ("x",)),
        ("drivers", ("x",)),
    ]


def test_of_columns_that_say_the_same_one_is_spoken_of() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(2000) < 0.5
    x = y + rng.normal(size=2000)
    found = _found(pa.table({"x": x, "log": np.exp(x), "y": y}), target="y")
    about = [each for each in found if each.kind == "association"]
    assert len(about) == 1
    assert "which says the same" in about[0].sentence


def test_without_a_target_only_redundancy_is_told() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 99, (2, 1000))
    found = _found(pa.table({"a": a, "b": b, "sum": a + b, "twice": 2 * a + 1}))
    assert {each.kind for each in found} == {"redundant"}
