from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.fixtures_develop import contract, rows

from interlock.contract import Contract
from interlock.develop.candidates import Fitted, Limits, Trial
from interlock.develop.candidates.constant import Baseline, Constant
from interlock.develop.race import leaderboard, race
from interlock.develop.sample import Sample


@dataclass(frozen=True)
class Guess:
    """A candidate that answers what it is told to, or is interrupted."""

    name: str
    value: float | None
    description: str = "a guess"

    def settings(self, train: Sample) -> tuple[None]:
        return (None,)

    def suggest(self, trial: Trial, train: Sample) -> None: ...

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> Constant:
        if self.value is None:
            raise KeyboardInterrupt
        return Constant((self.value,), "binary", rounds=round(limits.left))

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> Constant:
        return self.fit(rows, rows, contract, limits)


def run(*candidates: Any) -> Any:
    told: list[str] = []
    outcome = race(candidates, rows(), rows(seed=1), contract(), Limits.of(90), told.append)
    return outcome, told


def test_the_best_is_first_and_the_others_are_behind_by_what_scipy_says() -> None:
    outcome, told = run(Guess("bad", 0.9), Guess("good", 0.5), Guess("fair", 0.6))
    ranked, results = leaderboard(outcome.entries)
    assert [result.name for result in results] == ["good", "fair", "bad"]
    assert [entry.candidate.name for entry in ranked] == ["good", "fair", "bad"]
    assert list(results[0].behind) == [0, 0, 0]
    target = rows(seed=1).target
    loss = [-np.log(np.where(target == 1, p, 1 - p)) for p in (0.5, 0.9)]
    expected = stats.ttest_rel(loss[1], loss[0])
    assert results[2].behind.value == pytest.approx(np.mean(loss[1] - loss[0]))
    assert results[2].behind[1:] == pytest.approx(tuple(expected.confidence_interval()), abs=1e-2)
    assert results[0].score.value == pytest.approx(np.log(2))
    assert [line for line in told if line.startswith("good")][-1].startswith(
        "good: log loss 0.6931 (0.6931 to"
    )


def test_time_is_shared_among_those_that_still_run() -> None:
    outcome, _ = run(Guess("a", 0.5), Guess("b", 0.5), Guess("c", 0.5))
    assert [entry.result.rounds for entry in outcome.entries] == [30, 45, 90]


def test_an_interruption_keeps_what_has_run() -> None:
    outcome, _ = run(Guess("first", 0.5), Guess("interrupted", None), Guess("never", 0.5))
    assert outcome.interrupted
    assert [entry.candidate.name for entry in outcome.entries] == ["first"]


@dataclass(frozen=True)
class Half(Guess):
    """A candidate that is interrupted in its second setting."""

    def settings(self, train: Sample) -> Any:
        return (0.5, None)

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> Constant:
        return replace(self, value=setting)._guess(limits)

    def _guess(self, limits: Limits) -> Constant:
        if self.value is None:
            raise KeyboardInterrupt
        return Constant((self.value,), "binary", round(limits.left))


def test_an_interruption_keeps_the_best_setting_so_far() -> None:
    outcome, _ = run(Half("half", 0.5), Guess("never", 0.5))
    assert outcome.interrupted
    assert [entry.candidate.name for entry in outcome.entries] == ["half"]


def test_an_interruption_before_anything_has_run_goes_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Guess("interrupted", None), Baseline())


def test_a_tie_goes_to_the_one_that_ran_first() -> None:
    outcome, _ = run(Guess("simple", 0.5), Guess("fancy", 0.5))
    assert leaderboard(outcome.entries)[1][0].name == "simple"
    assert replace(outcome.entries[0].result, name="fancy").scores == outcome.entries[1].result.scores
