from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import TARGETS, load
from tests.explore.tables import measured

from interlock.errors import InputError
from interlock.explore.findings.between import between
from interlock.explore.findings.finding import Finding


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    return list(between(ordered, {}, sample, contract))


def test_rows_that_are_parted_by_group_already_are_not_told_to_be() -> None:
    rng = np.random.default_rng(0)
    level, patient = rng.normal(size=400), np.repeat(np.arange(400) * 7, 8)
    table = pa.table({"patient": patient, "y": level[patient // 7] + rng.normal(size=3200)})
    sample, contract, found = measured(table, target="y")
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    kinds = [
        {each.kind for each in between(ordered, {}, sample, contract, group=group)}
        for group in (None, "patient")
    ]
    assert "entity" in kinds[0]
    assert "entity" not in kinds[1]


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


def _anything(rng: np.random.Generator, n: int) -> pa.Array:
    """Return a column of any type and trouble."""
    numbers = rng.normal(size=n)
    choices: list[Any] = [
        np.where(rng.random(n) < 0.1, np.inf, numbers),
        np.where(rng.random(n) < 0.3, np.nan, numbers),
        numbers * 1e300,
        rng.integers(-(2**62), 2**62, n),
        np.full(n, 3),
        rng.choice(["", "a", "missing", "(missing)", "all others"], n),
        pa.array([None] * n, pa.float64()),
        rng.random(n) < 0.02,
        pa.array(rng.integers(0, 10**15, n), pa.timestamp("us")),
        pa.array(rng.integers(0, 3, n), mask=rng.random(n) < 0.5),
        rng.integers(0, max(n // 3, 1), n).astype(str),
    ]
    return pa.array(choices[rng.integers(len(choices))])


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 20, 40, 300])
def test_whatever_stands_in_a_table_there_is_no_crash_and_no_nonsense(n: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        table = pa.table({name: _anything(rng, n) for name in [*"abcdef", "y"]})
        with contextlib.suppress(InputError):
            for each in _found(table, target="y"):
                assert each.low <= each.effect <= each.high
                assert each.n > 0
                assert each.picture is not None
