from typing import Any

import pytest
from tests.fixtures_develop import contract, table

from interlock.develop import develop
from interlock.develop.bounds import bound_of
from interlock.errors import GateError, InputError

TRIALS: Any = {"trials": 6, "candidates": ["baseline", "lightgbm"]}


@pytest.mark.slow
def test_what_wins_is_as_small_as_it_must_be() -> None:
    free = develop(table(), contract(), **TRIALS)
    bound = 0.4 * len(free.model)
    found = develop(table(), contract(), **TRIALS, size_mb=bound / 1e6)
    assert found.winner != "baseline"
    assert len(found.model) <= bound
    assert found.best.score.value < 0.6  # fewer trees are worse, yet far better than none
    assert all(result.size <= bound for result in found.leaderboard)


def test_nothing_is_fast_enough() -> None:
    message = (
        r"no candidate is cheap enough to serve\n  where: 5 trials, 0\.01 µs a row allowed\n"
        r"  got: the nearest: lightgbm, .* with [\d.]+ µs a row and [\d.e-]+ MB\n  next: raise latency_us"
    )
    with pytest.raises(GateError, match=message):
        develop(table(), contract(), **TRIALS, latency_us=0.01)


@pytest.mark.slow
def test_a_baseline_that_is_cheap_is_no_answer() -> None:
    with pytest.raises(GateError, match="no candidate is cheap enough to serve"):
        develop(table(), contract(), **TRIALS, size_mb=0.001)


@pytest.mark.parametrize("bound", [(0.0, None), (None, -1.0)])
def test_a_bound_that_cannot_be(bound: Any) -> None:
    with pytest.raises(InputError, match="a bound of what serving costs must be above 0"):
        bound_of(*bound)
