import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.fixtures_develop import contract, rows, table

from interlock.contract import Contract
from interlock.develop import develop
from interlock.develop.budget import Budget
from interlock.develop.candidates import Fitted, Limits, Recorded, Trial
from interlock.develop.candidates.constant import Constant
from interlock.develop.folds import Kind, folds
from interlock.develop.journal import Forgetful
from interlock.develop.proposals import Proposals
from interlock.develop.sample import Sample
from interlock.develop.search import WINDOW, Search
from interlock.develop.trials import Problem
from interlock.develop.workers import Here
from interlock.errors import InputError

QUICK = ["baseline", "linear", "lightgbm"]


@dataclass(frozen=True)
class Level:
    """What is guessed, and what happens instead."""

    value: float
    event: str = ""


@dataclass(frozen=True)
class Guess:
    """A candidate that answers what it is told to, or fails in some way."""

    name: str = "guess"
    levels: tuple[Level, ...] = (Level(0.5),)
    drawn: bool = False
    description: str = "a guess"

    def settings(self, train: Sample) -> tuple[Level, ...]:
        return self.levels

    def suggest(self, trial: Trial, train: Sample) -> Level | None:
        return Level(trial.suggest_float("value", 0.01, 0.99)) if self.drawn else None

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> Constant:
        if setting.event == "interrupt":
            raise KeyboardInterrupt
        if setting.event == "error":
            raise ZeroDivisionError
        if setting.event == "memory":
            raise MemoryError
        if setting.event == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if setting.event == "endless":
            while True:
                time.sleep(0.01)
        if setting.event == "nan":
            return Constant((float("nan"),), "binary")
        return Constant((setting.value,), "binary")

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Fitted:
        assert not isinstance(fitted, Recorded)
        return fitted


def problem() -> Problem:
    drawn = rows()
    return Problem(drawn, contract(), folds(Kind("binary", drawn.target), count=2), "log_loss")


def search(
    *candidates: Any, seconds: float | None = None, trials: int | None = None
) -> tuple[Any, list[str]]:
    told: list[str] = []
    asked, budget, journal = problem(), Budget.of(seconds, trials), Forgetful()
    proposals = Proposals(candidates, asked.rows, 0)
    found = Search(asked, proposals, budget, Here(asked), told.append, journal.known, journal.keep).run()
    return found, told


def test_it_finds_the_best_value_and_tells_of_the_best_so_far() -> None:
    found, told = search(Guess(levels=(Level(0.9), Level(0.2)), drawn=True), trials=30)
    best = min(found.outcomes, key=lambda each: each.value)
    assert best.measured is not None
    assert best.value == pytest.approx(0.6931, abs=2e-3)  # half of the rows are positive: log 2 is the least
    assert len(found.outcomes) == len(told) == 30
    assert found.ended == "30 trials were made"
    assert told[0].endswith("s, 1 trial: best so far guess, log_loss 1.204")
    assert [each.number for each in found.outcomes] == list(range(30))


def test_what_fails_is_lost_and_told_and_nothing_else() -> None:
    broken = Guess("broken", (Level(0.5, "error"), Level(0.5, "memory"), Level(0.5, "nan")))
    found, _ = search(broken, Guess("sound"), trials=9)
    assert [(each.candidate, each.state) for each in found.outcomes] == [
        ("broken", "failed"),
        ("sound", "done"),
        ("broken", "failed"),
        ("broken", "failed"),
    ]
    assert found.notes == (
        "broken: ZeroDivisionError: no reason given (1 of 4 trials)",
        "broken: memory ran out (1 of 4 trials)",
        "broken: a prediction is not a number (1 of 4 trials)",
    )
    assert found.ended == "nothing was left to try"


def test_nothing_that_can_learn() -> None:
    with pytest.raises(InputError, match="no candidate could learn\n  got: broken: ZeroDivisionError"):
        search(Guess("broken", (Level(0.5, "error"),)), trials=3)


@pytest.mark.slow
def test_a_fit_without_end_is_cut_off_and_leaves_time_for_others() -> None:
    start = time.monotonic()
    found, _ = search(Guess("endless", (Level(0.5, "endless"),)), Guess("quick"), seconds=1)
    assert time.monotonic() - start < 2
    assert [(each.candidate, each.state) for each in found.outcomes] == [
        ("endless", "cut"),
        ("quick", "done"),
    ]
    assert found.notes == ("endless: time was up (1 of 2 trials)",)


def test_an_interruption_keeps_what_has_run() -> None:
    found, _ = search(Guess(levels=(Level(0.5), Level(0.6), Level(0.5, "interrupt"))))
    assert found.interrupted
    assert len(found.outcomes) == 2


def test_an_interruption_before_anything_has_run_goes_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        search(Guess(levels=(Level(0.5, "interrupt"),)))


def test_models_that_cannot_win_are_let_go() -> None:
    found, _ = search(Guess(drawn=True), trials=30)
    kept = [each for each in found.outcomes if each.measured]
    assert len(kept) == 16
    assert max(each.value for each in kept) <= min(
        each.value for each in found.outcomes if not each.measured and each.state == "done"
    )


def test_the_window_is_all_that_is_unknown_to_a_proposal() -> None:
    class Listening(Proposals):
        told = 0
        seen: ClassVar[list[int]] = []

        def ask(self, number: int) -> Any:
            self.seen.append(number - self.told)
            return super().ask(number)

        def tell(self, outcome: Any) -> None:
            super().tell(outcome)
            self.told += 1

    asked, journal = problem(), Forgetful()
    proposals = Listening([Guess(drawn=True)], asked.rows, 0)
    Search(asked, proposals, Budget.of(None, 9), Here(asked), lambda _: None, {}, journal.keep).run()
    assert proposals.seen == [0, 1, 2, *[WINDOW - 1] * 6]


@pytest.mark.slow
def test_an_interrupted_search_goes_on_to_the_same_model(tmp_path: Path) -> None:
    whole = develop(table(n=200), contract(), trials=7, candidates=QUICK[1:])

    def press(line: str) -> None:
        if ", 5 trials" in line:
            raise KeyboardInterrupt

    part = develop(table(n=200), contract(), trials=7, candidates=QUICK[1:], folder=tmp_path, progress=press)
    assert part.interrupted
    told: list[str] = []
    resumed = develop(
        table(n=200), contract(), trials=7, candidates=QUICK[1:], folder=tmp_path, progress=told.append
    )
    assert resumed.digest == whole.digest
    assert not resumed.interrupted


SCRIPT = """
import sys
from tests.fixtures_develop import contract, table
from interlock.develop import develop

def tell(line):
    print(line, flush=True)

if __name__ == "__main__":
    some = {"trials": 8, "candidates": {QUICK}, "workers": 2}
    develop(table(n=300), contract(), folder=sys.argv[1], progress=tell, **some)
"""


@pytest.mark.slow
def test_a_search_that_was_killed_goes_on_to_the_same_model(tmp_path: Path) -> None:
    whole = develop(table(n=300), contract(), trials=8, candidates=QUICK)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("{QUICK}", repr(QUICK)))
    folder = tmp_path / "search"
    running = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert running.stdout is not None
    for line in running.stdout:
        if ", 5 trials" in line:
            running.send_signal(signal.SIGKILL)
            break
    running.wait(10)
    running.stdout.close()
    with (folder / "trials.jsonl").open("a") as file:
        file.write('{"number": 5, "candi')  # as a line that was being written
    resumed = develop(table(n=300), contract(), trials=8, candidates=QUICK, folder=folder)
    assert resumed.digest == whole.digest


@pytest.mark.slow
def test_a_trial_that_is_killed_is_lost_and_not_the_search() -> None:
    levels = tuple(Level(0.1 + 0.1 * at, "killed" if at == 2 else "") for at in range(6))
    development = develop(table(n=300), contract(), trials=6, candidates=[Guess(levels=levels)], workers=2)
    assert any(
        "its process was killed, probably because memory ran out (1 of 6" in n for n in development.notes
    )
    assert development.best.setting == ""


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same_model() -> None:
    found = {
        develop(table(n=600), contract(), trials=10, candidates=QUICK, workers=count).digest
        for count in (0, 1, 2)
    }
    assert len(found) == 1


def test_another_search_does_not_go_on_in_its_folder(tmp_path: Path) -> None:
    develop(table(n=300), contract(), trials=2, candidates=QUICK, folder=tmp_path)
    message = "the journal is of another search\n  where: .*\n  got: different: split, seed"
    with pytest.raises(InputError, match=message):
        develop(table(n=300), contract(), trials=2, candidates=QUICK, folder=tmp_path, seed=1)
    with pytest.raises(InputError, match="different: candidates"):
        develop(table(n=300), contract(), trials=2, candidates=["linear"], folder=tmp_path)
    with pytest.raises(InputError, match="different: rows, split"):
        develop(table(n=310), contract(), trials=2, candidates=QUICK, folder=tmp_path)
