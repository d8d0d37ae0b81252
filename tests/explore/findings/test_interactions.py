from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.datasets import TARGETS, load
from tests.explore.tables import measured, noise

from interlock.explore.coarse import coarse
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.interactions import interactions
from interlock.report import Matrix


def _found(table: Any, **declared: Any) -> list[Finding]:
    without = declared.pop("without", ())
    sample, contract, found = measured(table, **declared)
    ordered = sorted(found.values(), key=lambda each: -each.strength)
    return list(interactions(coarse(ordered, sample, contract), contract, without=without))


def _signs(n: int = 4000, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    return {
        "a": a,
        "b": b,
        "c": rng.normal(size=n),
        "level": rng.choice(list("xyz"), n),
        "noise": rng.random(n),
    }


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_columns_that_matter_only_together_are_found(task: str) -> None:
    columns = _signs()
    same = (columns["a"] > 0) == (columns["b"] > 0)
    targets = {
        "binary": same ^ (columns["noise"] < 0.1),
        "multiclass": np.where(columns["noise"] < 0.3, "other", np.where(same, "same", "not")),
        "regression": same + 0.5 * columns["noise"],
    }
    del columns["noise"]
    (found,) = _found(pa.table({**columns, "y": targets[task]}), target="y")
    assert (found.kind, set(found.columns)) == ("interaction", {"a", "b"})
    assert "depends on" in found.sentence
    assert "only in combination" in found.sentence
    assert isinstance(found.picture, Matrix)
    assert len(found.picture.values) == len(found.picture.rows)
    assert 0.2 < found.low <= found.effect <= found.high


def test_effects_that_multiply_are_none_on_the_targets_own_scale() -> None:
    columns = _signs()
    price = np.exp(columns["a"] + columns["b"] + 0.3 * columns["c"])
    assert _found(pa.table({**columns, "y": price}), target="y") == []


def test_two_columns_that_say_the_same_are_none() -> None:
    columns = _signs()
    copy = columns["a"] + np.random.default_rng(1).normal(0, 0.05, 4000)
    assert _found(pa.table({"a": columns["a"], "copy": copy, "y": columns["a"] ** 3}), target="y") == []


def test_a_column_and_its_like_are_named_once() -> None:
    columns = _signs()
    same = (columns["a"] > 0) == (columns["b"] > 0)
    copy = columns["a"] + np.random.default_rng(1).normal(0, 0.01, 4000)
    assert len(_found(pa.table({**columns, "copy": copy, "y": same}), target="y")) == 1


def test_what_leaks_is_left_out() -> None:
    columns = _signs()
    table = pa.table({**columns, "y": (columns["a"] > 0) == (columns["b"] > 0)})
    assert _found(table, target="y", without=["a"]) == []


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_noise_has_none(task: str) -> None:
    for seed in range(3):
        assert _found(noise(1500, seed, task), target="target") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adult", "bike_hourly", "diamonds", "employment_ma", "lending_club"])
def test_real_tables_whose_effects_nearly_add_up_are_left_in_peace(name: str) -> None:
    assert _found(load(name), target=TARGETS[name]) == []
