"""The leaderboard: the best trial of each candidate and their blend, with intervals, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.develop.blend import weigh
from interlock.develop.bring.foreign import Foreign
from interlock.develop.candidates import Candidate, Fitted
from interlock.develop.candidates.blend import Blend
from interlock.develop.candidates.candidate import Scored
from interlock.develop.compiled import Cost, compile_model, cost
from interlock.develop.development import Behind, Result
from interlock.develop.link import predict_from
from interlock.develop.metric import metric_of
from interlock.develop.metric import scores as score_all
from interlock.develop.score import paired
from interlock.develop.trials import Measured, Outcome, Problem, within

__all__ = ["Board", "Entry", "leaderboard"]

_MEMBERS = 4  # of a blend: each costs time to learn again, and latency for ever
_PARTS = 5
_BLEND = "blend"
_BLENDED = "a weighted sum of the scores of the best; measured with weights chosen on other rows"


@dataclass(frozen=True)
class Entry:
    """One line of the leaderboard, and what is needed to learn it again.

    Args:
        result: The line.
        candidates: The candidate, or those of the members of a blend.
        outcomes: Their trials.
        weights: The weight of each in the blend; 1 for a candidate alone.
        scores: Of the rows that were measured on, float64 [n, width].
        losses: The loss on each of them that candidates are told apart by: `Metric.rows`.
    """

    result: Result
    candidates: tuple[Candidate, ...]
    outcomes: tuple[Outcome, ...]
    weights: tuple[float, ...]
    scores: NDArray[np.float64]
    losses: NDArray[np.float64]

    @property
    def measured(self) -> tuple[Measured, ...]:
        """The models of the trials."""
        return tuple(each.measured for each in self.outcomes if each.measured is not None)

    @property
    def last(self) -> Fitted:
        """The model of the last fold, which has not seen the rows that were measured on there."""
        return self.join([each.last for each in self.measured])

    def join(self, members: Sequence[Fitted]) -> Fitted:
        """Make one model of one for each trial."""
        if len(members) == 1:
            return members[0]
        names = tuple(each.name for each in self.candidates)
        return Blend(tuple(members), self.weights, names, members[0].task)


class Board(NamedTuple):
    """The leaderboard, and what the reader should know of it.

    Args:
        entries: At least one, the best first; what is too dear to serve comes after what is not.
        notes: Such as why there is no blend.
    """

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def leaderboard(problem: Problem, outcomes: Sequence[Outcome], candidates: Mapping[str, Candidate]) -> Board:
    """Take the best trial of each candidate, order them, and tell each how far it is behind the first.

    Args:
        problem: What the trials shared.
        outcomes: All trials.
        candidates: The candidates by name.
    """
    done = sorted((each for each in outcomes if each.measured), key=lambda each: _rank(problem, each))
    first = {each.candidate: each for each in reversed(done)}
    entries = [
        _entry(problem, first[name], candidates[name]) for name in dict.fromkeys(e.candidate for e in done)
    ]
    joinable = [each for each in done if each.fits(problem.bound) and _joinable(_last(each))]
    notes: tuple[str, ...] = ()
    try:
        entries += _blend(problem, joinable, candidates)
    except Exception as error:  # noqa: BLE001 - the checker and the runtime raise classes of their own
        notes = (f"there is no blend, since it did not compile: {_first_line(error)}",)
    ordered = sorted(entries, key=lambda each: _place(problem, each))
    return Board(_behind(problem, ordered), notes)


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


def _last(outcome: Outcome) -> object:
    return None if outcome.measured is None else outcome.measured.last


def _joinable(fitted: object) -> bool:
    """Return whether a model can be in one graph with others; what wraps it is asked for what it wraps."""
    if isinstance(fitted, Foreign):
        return fitted.joinable
    inner = getattr(fitted, "model", None)
    return not isinstance(inner, Scored) or _joinable(inner)


def _place(problem: Problem, entry: Entry) -> tuple[bool, float]:
    cost = Cost(entry.result.latency, entry.result.size)
    metric = metric_of(problem.metric, problem.rows.task)
    return not within(cost, problem.bound), metric.cost(entry.result.score)


def _blend(problem: Problem, outcomes: Sequence[Outcome], candidates: Mapping[str, Candidate]) -> list[Entry]:
    """Blend the trials where that lowers the loss of the rows that none of them learned from.

    The figures of the blend are of weights chosen on other rows: those of all rows would flatter it.
    """
    if len(outcomes) < 2:
        return []
    rows = problem.measured
    scores = [each.measured.scores for each in outcomes if each.measured is not None]
    costs = [each.cost for each in outcomes]
    mixture = weigh(
        scores, rows.target, rows.task, weights=rows.weights, costs=costs, bound=problem.bound, most=_MEMBERS
    )
    if len(mixture.places) < 2:
        return []
    members = [outcomes[place] for place in mixture.places]
    honest = _crossed(problem, [scores[place] for place in mixture.places])
    chosen = tuple(candidates[each.candidate] for each in members)
    entry = Entry(
        _line(problem, honest), chosen, tuple(members), mixture.weights, honest, _losses(problem, honest)
    )
    price = cost(compile_model(entry.last, problem.contract, candidate=_BLEND), problem.parts[-1][1])
    if not within(price, problem.bound):
        return []
    seconds = sum(each.seconds for each in members)
    result = replace(
        entry.result,
        latency=price.latency,
        size=price.size,
        seconds=seconds,
        rounds=sum(each.rounds for each in members),
        setting=str(getattr(entry.last, "setting", "")),
    )
    return [replace(entry, result=result)]


def _crossed(problem: Problem, scores: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mix the scores of each part of the rows by weights that were chosen on the other parts."""
    rows, mixed = problem.measured, np.empty_like(scores[0])
    parts = _parts(problem)
    for part in np.unique(parts):
        others, own = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        weights = None if rows.weights is None else rows.weights[others]
        found = weigh([each[others] for each in scores], rows.target[others], rows.task, weights=weights)
        chosen = [scores[place][own] for place in found.places]
        mixed[own] = np.tensordot(np.array(found.weights), np.stack(chosen), axes=1)
    return mixed


def _parts(problem: Problem) -> NDArray[np.intp]:
    """Number the parts of the rows that were measured on: the folds, or else whole units in five parts."""
    sizes = [len(fold.watched) for fold in problem.folds]
    if len(sizes) > 1:
        return np.repeat(np.arange(len(sizes)), sizes)
    units = problem.measured.clusters
    units = np.arange(sizes[0]) if units is None else units
    order = np.random.default_rng(problem.seed).permutation(int(units.max()) + 1)
    return np.asarray(order[units] % _PARTS, np.intp)


def _rank(problem: Problem, outcome: Outcome) -> tuple[bool, float, int]:
    return (not outcome.fits(problem.bound), outcome.value, outcome.number)


def _entry(problem: Problem, outcome: Outcome, candidate: Candidate) -> Entry:
    scores = np.empty((0, 0)) if outcome.measured is None else outcome.measured.scores
    result = replace(
        _line(problem, scores),
        name=candidate.name,
        description=candidate.description,
        latency=outcome.cost.latency,
        size=outcome.cost.size,
        seconds=outcome.seconds,
        rounds=outcome.rounds,
        setting=outcome.setting,
    )
    return Entry(result, (candidate,), (outcome,), (1.0,), scores, _losses(problem, scores))


def _line(problem: Problem, scores: NDArray[np.float64]) -> Result:
    """Measure with intervals; what it is called and what it costs is said by others."""
    rows = problem.measured
    prediction = predict_from(rows.task, scores)
    measured = score_all(rows.task, prediction, rows.target, rows.clusters, rows.weights, problem.metric)
    return Result(_BLEND, _BLENDED, measured, Behind(0.0, 0.0, 0.0), 0.0, 0, 0.0, 0)


def _losses(problem: Problem, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = problem.measured
    metric = metric_of(problem.metric, rows.task)
    return metric.rows(rows.task, predict_from(rows.task, scores), rows.target)


def _behind(problem: Problem, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    rows = problem.measured
    unit = metric_of(problem.metric, rows.task).unit(rows.task)
    distances = [paired(each.losses, entries[0].losses, rows.clusters, rows.weights) for each in entries]
    return tuple(
        replace(entry, result=replace(entry.result, behind=Behind(*distance, unit)))
        for entry, distance in zip(entries, distances, strict=True)
    )
