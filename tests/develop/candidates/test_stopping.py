from dataclasses import replace

import numpy as np
import pytest

from interlock.develop.candidates.candidate import Limits
from interlock.develop.candidates.stopping import Stopper, patience


def stopped_after(losses: list[float], limits: Limits | None = None) -> tuple[int, Stopper]:
    stopper = Stopper(limits or Limits.of(60), 3)
    for round_, loss in enumerate(losses, 1):
        if stopper.stops(round_, loss):
            return round_, stopper
    return len(losses), stopper


def test_stops_after_rounds_without_a_better_one_and_remembers_the_best() -> None:
    after, stopper = stopped_after([5, 4, 3, 3.5, 3.2, 3.0, 9, 9])
    assert (after, stopper.rounds, stopper.best, stopper.pruned) == (6, 3, 3, False)


def test_a_loss_that_is_no_number_is_not_better() -> None:
    assert stopped_after([1.0, np.nan, np.nan, np.nan])[1].rounds == 1


def test_stops_at_the_deadline_and_where_it_is_told_to() -> None:
    assert stopped_after([1.0, 0.5], limits=Limits.of(-1))[0] == 1
    told: list[tuple[int, float]] = []

    def report(round_: int, loss: float) -> bool:
        told.append((round_, loss))
        return round_ == 2

    after, stopper = stopped_after([5, 4, 3], limits=replace(Limits.of(60), report=report))
    assert (after, stopper.pruned, told) == (2, True, [(1, 5), (2, 4)])


def test_without_watched_rows_every_round_counts() -> None:
    stopper = Stopper(Limits.of(60), 1)
    assert not any(stopper.stops(round_, None) for round_ in range(1, 20))
    assert stopper.rounds == 19


@pytest.mark.parametrize(("rate", "rounds"), [(1.0, 31), (0.1, 40), (0.05, 50), (0.015, 97)])
def test_small_steps_are_waited_for_longer(rate: float, rounds: int) -> None:
    assert patience(rate) == rounds
