from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.fixtures_develop import COLUMNS, contract, rows

from interlock.contract.model import Task
from interlock.develop.candidates import Scored
from interlock.develop.emit.graph import Graph
from interlock.develop.importance import importances
from interlock.develop.sample import Inputs, Sample


@dataclass(frozen=True)
class Knows(Scored):
    """A model that is two times `x`, and nothing else."""

    task: Task = "regression"
    rounds: int = 0
    setting: str = ""

    def score(self, inputs: Inputs) -> np.ndarray:
        return 2 * inputs.numbers[:, :1]

    def emit_score(self, graph: Graph) -> str:
        return graph.numbers


def twice(n: int = 20_000) -> Sample:
    drawn = rows("regression", n=n)
    return replace(drawn, target=2 * drawn.numbers[:, 0])


def test_only_what_the_model_uses_is_worth_something() -> None:
    found = importances(Knows(), twice(), contract("regression"))
    assert {each.column for each in found} == {column.name for column in COLUMNS}
    assert found[0].column == "x"
    assert found[0].n == 5000
    # two independent standard normals, times two: E (2x - 2x')² = 8
    assert found[0].low < 8 < found[0].high
    assert found[0].value == pytest.approx(8, rel=0.1)
    assert found[0].repeats == 5
    assert all(each.value == each.low == each.high == 0 for each in found[1:])


def test_unused_columns_are_not_listed_and_rows_are_not_changed() -> None:
    aside = replace(twice(500), unused=(1,))
    before = aside.numbers.copy()
    found = importances(Knows(), aside, contract("regression"), seed=3)
    assert "gap" not in {each.column for each in found}
    assert found[0].n == 500
    np.testing.assert_array_equal(aside.numbers, before)
    assert importances(Knows(), aside, contract("regression"), seed=3) == found


def test_intervals_cover_rows_and_shuffles() -> None:
    """Of 300 tables, 95 % of the intervals hold the true 8; within four standard errors of a simulation."""
    inside = 0
    for seed in range(300):
        drawn = np.random.default_rng(seed).normal(size=200)
        numbers = np.stack([drawn, drawn, drawn], axis=1)
        held = replace(twice(200), numbers=numbers, target=2 * drawn)
        found = importances(Knows(), held, contract("regression"), seed=seed)[0]
        inside += found.low < 8 < found.high
    assert inside / 300 == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 300) ** 0.5)


def test_when_time_is_up_no_further_column_is_shuffled() -> None:
    found = importances(Knows(), twice(300), contract("regression"), seconds=0)
    assert [(each.column, each.repeats) for each in found] == [("x", 1)]
