import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.budget import Budget
from interlock.develop.candidates import Boosting, Candidate, Limits, Linear, Xgboost
from interlock.develop.folds import Kind, folds
from interlock.develop.leaderboard import Entry, leaderboard
from interlock.develop.refit import refit
from interlock.develop.trials import Order, Outcome, Problem, run

TOGETHER: tuple[Candidate, ...] = (Boosting(), Xgboost(), Linear())


@pytest.fixture(scope="module")
def problem() -> Problem:
    drawn = rows(n=900)
    return Problem(drawn, contract(), folds(Kind("binary", drawn.target), count=2)[:1], "log_loss")


@pytest.fixture(scope="module")
def outcomes(problem: Problem) -> list[Outcome]:
    return [run(problem, Order(at, each, each.settings(problem.rows)[0])) for at, each in enumerate(TOGETHER)]


def blended(problem: Problem, outcomes: list[Outcome]) -> Entry:
    """An entry of all three, whatever the best weights would be."""
    first = leaderboard(problem, outcomes, {each.name: each for each in TOGETHER}).entries[0]
    return replace(first, candidates=TOGETHER, outcomes=tuple(outcomes), weights=(0.5, 0.3, 0.2))


def learned(entry: Entry, problem: Problem, seconds: float = 60.0) -> tuple[Any, tuple[str, ...]]:
    budget = Budget.of(seconds, None)
    return refit(entry, problem, budget, lambda _: None, interrupted=False)


def test_all_members_learn_from_all_rows(problem: Problem, outcomes: list[Outcome]) -> None:
    entry = blended(problem, outcomes)
    found, notes = learned(entry, problem)
    assert notes == ()
    assert (found.weights, found.names) == ((0.5, 0.3, 0.2), ("lightgbm", "xgboost", "linear"))
    for candidate, outcome, member in zip(TOGETHER, outcomes, found.members, strict=True):
        assert outcome.measured is not None
        again = candidate.refit(outcome.measured.basis, problem.rows, problem.contract, Limits.of(60))
        np.testing.assert_allclose(member.score(problem.rows), again.score(problem.rows), atol=1e-9)


def test_a_member_without_time_stays_as_it_was(problem: Problem, outcomes: list[Outcome]) -> None:
    slow = [replace(outcomes[0], fit=1e6), *outcomes[1:]]
    entry = blended(problem, slow)
    found, notes = learned(entry, problem)
    assert notes == ("time was up: 1 of 3 members did not learn from the rows held back",)
    kept = [member == last for member, last in zip(found.members, entry.last.members, strict=True)]  # type: ignore[attr-defined]
    assert kept == [True, False, False]


class Cut(Boosting):
    """Takes a tenth of the rounds when it learns again, as if time were up."""

    def refit(self, fitted: Any, rows: Any, contract: Any, limits: Any) -> Any:
        return super().refit(replace(fitted, rounds=max(1, fitted.rounds // 10)), rows, contract, limits)


@pytest.mark.parametrize(("few", "note"), [(False, "the model is the one"), (True, "time was up after")])
def test_fewer_rounds_are_worse_than_fewer_rows(
    problem: Problem, outcomes: list[Outcome], few: bool, note: str
) -> None:
    outcome = replace(outcomes[0], rows=100 if few else len(problem.folds[0].learn) * 2)
    entry = leaderboard(problem, [outcome], {"lightgbm": Cut()}).entries[0]
    found, notes = learned(entry, problem)
    assert len(notes) == 1
    assert note in notes[0]
    assert (found == entry.last) is not few


class Endless(Boosting):
    """Never comes to its end."""

    def refit(self, fitted: Any, rows: Any, contract: Any, limits: Any) -> Any:
        while True:
            time.sleep(0.01)


def test_what_never_ends_is_stopped_in_time(problem: Problem, outcomes: list[Outcome]) -> None:
    entry = leaderboard(problem, outcomes[:1], {"lightgbm": Endless()}).entries[0]
    begun = time.monotonic()
    found, notes = learned(entry, problem, seconds=2.0)
    assert time.monotonic() - begun < 30  # and not for ever; the machine may be busy
    assert found == entry.last
    assert "time was up: the model is the one of the comparison" in notes[0]


class Interrupted(Boosting):
    """Ctrl-C comes while it learns again."""

    def refit(self, fitted: Any, rows: Any, contract: Any, limits: Any) -> Any:
        raise KeyboardInterrupt


def test_an_interruption_keeps_what_there_is(problem: Problem, outcomes: list[Outcome]) -> None:
    entry = leaderboard(problem, outcomes[:1], {"lightgbm": Interrupted()}).entries[0]
    found, notes = learned(entry, problem)
    assert found == entry.last
    assert notes[0].startswith("interrupted: the model is the one of the comparison")
