"""What is tried next: each candidate's own settings first, then what Optuna draws from what is known."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from interlock.develop.candidates import Candidate
from interlock.develop.compiled import Cost
from interlock.develop.sample import Sample
from interlock.develop.trials import FREE, Outcome

__all__ = ["Proposals"]

_CANDIDATE = "candidate"
_STARTUP = 5  # so many trials are drawn at random before Optuna begins to learn from them
_TRIES = 20  # so often a setting is drawn again that was tried already


class Proposals:
    """Asked for a setting, told what came of it.

    What is proposed as number n depends on the seed, n, and on what was told before; so a search that is run
    again proposes the same.

    Args:
        candidates: What may be tried, the most telling first.
        train: Rows like those that will be learned from.
        seed: Of what is drawn.
        bound: What serving one row may cost: what costs more can never win.
        probe: Whether each candidate is tried once on few rows before anything else, since time is short.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        train: Sample,
        seed: int,
        bound: Cost = FREE,
        *,
        probe: bool = False,
    ) -> None:
        self._train, self._seed, self._bound = train, seed, bound
        settings = [(each, each.settings(train)) for each in candidates]
        probes = [(each, found[0]) for each, found in settings] if probe else []
        self._first = [*probes, *_in_turns(settings)]
        #: How many of the first trials learn from few rows.
        self.probes = len(probes)
        #: How many trials there are until each candidate was tried as it is.
        self.turns = len(probes) + len(candidates)
        self._tunable = {each.name: each for each in candidates if _draws(each, train)}
        self._study = _study()
        self._asked: dict[int, Any] = {}
        self._tried: list[tuple[str, Any]] = []
        self._useless: dict[str, int] = {}

    @property
    def first(self) -> int:
        """How many settings are tried before anything is drawn."""
        return len(self._first)

    def ask(self, number: int) -> tuple[Candidate, Any] | None:
        """Propose what to try as number `number`; None where nothing is left to try."""
        if number < len(self._first):
            proposal = self._first[number]
            self._tried.append((proposal[0].name, proposal[1]))
            return proposal
        return self._draw(number)

    def tell(self, outcome: Outcome) -> None:
        """Take what came of a proposal."""
        lost = outcome.state == "failed"
        self._useless[outcome.candidate] = lost * (self._useless.get(outcome.candidate, 0) + 1)
        if outcome.number < len(self._first):
            self._tell_first(outcome)
        else:
            self._tell_drawn(outcome)

    def _draw(self, number: int) -> tuple[Candidate, Any] | None:
        hopeless = {name for name, failures in self._useless.items() if failures >= 2}
        names = sorted(set(self._tunable) - hopeless)
        if not names:
            return None
        for attempt in range(_TRIES):
            self._study.sampler = _sampler(self._seed, number, attempt)
            trial = self._study.ask()
            candidate = self._chosen(trial, names)
            setting = candidate.suggest(_Named(trial, candidate.name), self._train)
            if (candidate.name, setting) not in self._tried:
                self._tried.append((candidate.name, setting))
                self._asked[number] = trial
                return candidate, setting
            self._study.tell(trial, state=_state("FAIL"))
        return None

    def _chosen(self, trial: Any, names: list[str]) -> Candidate:
        """Draw a candidate; the list of choices must stay the same, so one that always fails is replaced."""
        name = trial.suggest_categorical(_CANDIDATE, sorted(self._tunable))
        return self._tunable[name if name in names else names[trial.number % len(names)]]

    def _tell_first(self, outcome: Outcome) -> None:
        import optuna

        candidate, setting = self._first[outcome.number]
        drawn = _Recalled(setting)
        told = outcome.state == "done" and outcome.number >= self.probes
        if not told or candidate.name not in self._tunable:
            return
        try:
            known = candidate.suggest(drawn, self._train) == setting
        except (AttributeError, ValueError):
            known = False
        if not known:
            return
        choices = optuna.distributions.CategoricalDistribution(sorted(self._tunable))
        names = {f"{candidate.name}.{name}": name for name in drawn.values}
        self._study.add_trial(
            optuna.trial.create_trial(
                value=outcome.value,
                params={
                    _CANDIDATE: candidate.name,
                    **{full: drawn.values[name] for full, name in names.items()},
                },
                distributions={
                    _CANDIDATE: choices,
                    **{full: drawn.distributions[name] for full, name in names.items()},
                },
                constraints=self._excess(outcome),
            )
        )

    def _tell_drawn(self, outcome: Outcome) -> None:
        trial = self._asked.pop(outcome.number)
        for name, value in (self._excess(outcome) if outcome.state == "done" else {}).items():
            trial.set_constraint(name, value)
        if outcome.state == "done":
            self._study.tell(trial, outcome.value)
        elif outcome.state == "pruned" and outcome.steps:
            for step, loss in outcome.steps:
                trial.report(loss, step)
            self._study.tell(trial, state=_state("PRUNED"))
        else:
            self._study.tell(trial, state=_state("FAIL"))

    def _excess(self, outcome: Outcome) -> dict[str, float]:
        if self._bound == FREE:
            return {}
        return {
            "latency": outcome.cost.latency / self._bound.latency - 1,
            "size": outcome.cost.size / self._bound.size - 1,
        }


class _Named:
    """A trial whose parameters are those of one candidate."""

    def __init__(self, trial: Any, name: str) -> None:
        self._trial, self._name = trial, name

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        return float(self._trial.suggest_float(f"{self._name}.{name}", low, high, log=log))

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        return int(self._trial.suggest_int(f"{self._name}.{name}", low, high, log=log))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return self._trial.suggest_categorical(f"{self._name}.{name}", choices)


class _Recalled:
    """A trial that "draws" what a setting has, so that Optuna learns from settings that it did not draw."""

    def __init__(self, setting: Any) -> None:
        self._setting = setting
        self.values: dict[str, Any] = {}
        self.distributions: dict[str, Any] = {}

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        import optuna

        return float(self._keep(name, optuna.distributions.FloatDistribution(low, high, log=log)))

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        import optuna

        return int(self._keep(name, optuna.distributions.IntDistribution(low, high, log=log)))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        import optuna

        return self._keep(name, optuna.distributions.CategoricalDistribution(choices))

    def _keep(self, name: str, distribution: Any) -> Any:
        self.values[name] = getattr(self._setting, name)
        self.distributions[name] = distribution
        if not distribution._contains(distribution.to_internal_repr(self.values[name])):  # noqa: SLF001 - no public name
            raise ValueError(name)
        return self.values[name]


class _Middle:
    """A trial that tells whether anything is drawn at all."""

    def __init__(self) -> None:
        self.drawn = False

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:  # noqa: ARG002 - the protocol's
        self.drawn = True
        return low

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:  # noqa: ARG002 - the protocol's
        self.drawn = True
        return low

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ARG002 - the protocol's
        self.drawn = True
        return choices[0]


def _draws(candidate: Candidate, train: Sample) -> bool:
    middle = _Middle()
    candidate.suggest(middle, train)
    return middle.drawn


def _in_turns(settings: list[tuple[Candidate, tuple[Any, ...]]]) -> list[tuple[Candidate, Any]]:
    """Put the first setting of each candidate first, then the second of each, and so on."""
    missing = object()
    rounds = zip_longest(*(each for _, each in settings), fillvalue=missing)
    return [
        (candidate, setting)
        for round_ in rounds
        for (candidate, _), setting in zip(settings, round_, strict=True)
        if setting is not missing
    ]


def _study() -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study()


def _sampler(seed: int, number: int, attempt: int) -> Any:
    import optuna

    digest = hashlib.sha256(f"{seed} {number} {attempt}".encode()).digest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"), n_startup_trials=_STARTUP)


def _state(name: str) -> Any:
    import optuna

    return optuna.trial.TrialState[name]
