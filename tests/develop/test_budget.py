import time
from pathlib import Path

import pytest
from tests.fixtures_develop import contract, table
from tests.fixtures_project import begin_parcels

from interlock import stages
from interlock.develop import develop
from interlock.develop.budget import Budget
from interlock.errors import InputError


def test_what_is_not_said() -> None:
    assert Budget.of(None, None).seconds == 60
    assert Budget.of(None, 5).seconds == float("inf")
    assert Budget.of(7, 5).seconds == 7


@pytest.mark.parametrize(("seconds", "trials"), [(0, None), (-1, None), (float("nan"), None), (None, 0)])
def test_a_budget_that_is_none(seconds: float | None, trials: int | None) -> None:
    with pytest.raises(InputError, match="there is no"):
        Budget.of(seconds, trials)


def test_what_was_spent_before_counts_and_a_quarter_is_left() -> None:
    budget = Budget.of(40, None)
    assert budget.resumed(10).left == pytest.approx(30, abs=0.5)
    assert budget.resumed(100).left == pytest.approx(10, abs=0.5)


def test_a_stage_counts_from_its_beginning_and_keeps_time_to_save() -> None:
    of_stage, of_call = (Budget.of(40, None, begun) for begun in (time.monotonic() - 10, None))
    assert of_stage.left == pytest.approx(30, abs=0.5)
    assert of_call.left == pytest.approx(40, abs=0.5)
    assert of_stage.telling == pytest.approx(of_call.telling + 0.3)
    assert Budget.of(None, 5, time.monotonic()).telling == 0


@pytest.mark.slow
def test_a_stage_keeps_the_budget_too(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    stages.explore(project)
    develop(table(n=500), contract(), trials=8)  # what is imported once
    start = time.perf_counter()
    stages.develop(project, seconds=6.0, trials=10_000)
    assert time.perf_counter() - start < 1.1 * 6 + 0.5


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 5.0, 20.0])
def test_the_budget_is_kept(seconds: float) -> None:
    source = table(n=20_000)
    develop(source, contract(), trials=4)  # what is imported once is not the search's
    start = time.perf_counter()
    development = develop(source, contract(), seconds=seconds)
    wall = time.perf_counter() - start
    assert development.seconds <= wall < 1.1 * seconds + 0.5  # half a second for a machine that is busy
