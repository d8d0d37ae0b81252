"""What the monitor found, as one value: what it compared, what raises an alarm, and how sure that is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.monitor.drift import Shift
from interlock.monitor.performance import Change
from interlock.monitor.shape import Shape
from interlock.report.format import percent
from interlock.serve.ledger import Account

__all__ = ["Alarm", "Family", "Feature", "Monitoring", "Period", "load"]

_FILE = "monitoring.json"
_ALL = "all rows"

Family = Literal["inputs", "answers", "performance", "slices"]


class Alarm(NamedTuple):
    """A difference that is both large and beyond chance.

    Args:
        subject: A column, `prediction`, `requests`, or a metric.
        scope: `all rows`, the name of the latest period, or a slice.
        sentence: What has moved, with amounts.
        size: In units of the smallest size that is worth an alarm.
        chance: How likely it is without drift; an upper bound.
    """

    subject: str
    scope: str
    sentence: str
    size: float
    chance: float

    @property
    def text(self) -> str:
        """The sentence, with the scope where that is not all rows."""
        return self.sentence if self.scope == _ALL else f"{self.sentence} ({self.scope})"


@dataclass(frozen=True, slots=True)
class Feature:
    """One input, or the prediction, then and now.

    Args:
        column: Its name.
        unit: Of its values.
        shifts: All rows against the release's profile.
        latest: The latest period against it.
        history: Each period's distance from it, 0 to 1; None where it has no values.
        shape: The two distributions; None where they cannot be drawn together.
    """

    column: str
    unit: str
    shifts: tuple[Shift, ...]
    latest: tuple[Shift, ...]
    history: tuple[float | None, ...]
    shape: Shape | None

    @property
    def size(self) -> float:
        """The largest of its differences, in units of what is worth an alarm."""
        return max((shift.size for shift in (*self.shifts, *self.latest)), default=0.0)


@dataclass(frozen=True, slots=True)
class Period:
    """One period of the window.

    Args:
        name: Such as `week of 2013-09-30`.
        start: When it begins, seconds since 1970, UTC.
        rows: Its rows.
        arrived: Of these, those with an outcome.
        predicted: Mean prediction of these; None for `multiclass` or without any.
        observed: Mean outcome of these; likewise.
        value: The headline metric; None where outcomes are too few.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    name: str
    start: float
    rows: int
    arrived: int
    predicted: float | None
    observed: float | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Monitoring:
    """What the monitor found.

    Args:
        name: What people call the model.
        release: The release's digest.
        contract: The contract's digest.
        task: `binary`, `multiclass` or `regression`.
        classes: The target's labels.
        headline: The metric of periods and slices.
        budget: The chance of any false alarm in this run, at most.
        rows: Rows of this release in the ledger.
        arrived: Of these, those with an outcome.
        first: The first moment, seconds since 1970, UTC; None where none is known.
        last: The last.
        unit: Of the periods: `month`, `week`, `day` or `hour`.
        periods: In order.
        features: The inputs, most moved first.
        prediction: The predictions.
        requests: Refusals and violations, of whole rows and by column.
        performance: Each metric, all rows; the headline first.
        latest: Each metric in the latest period that has enough outcomes.
        slices: The headline metric by the levels of categories, worst first.
        account: What became of every request.
        unreadable: Requests that could not be read.
        of_others: Rows that another release answered.
        strange: Outcomes that are no class of the contract, or no number.
        notes: What could not be compared, and why.
    """

    name: str
    release: str
    contract: str
    task: str
    classes: tuple[str, ...]
    headline: str
    budget: float
    rows: int
    arrived: int
    first: float | None
    last: float | None
    unit: str
    periods: tuple[Period, ...]
    features: tuple[Feature, ...]
    prediction: Feature
    requests: tuple[Shift, ...]
    performance: tuple[Change, ...]
    latest: tuple[Change, ...]
    slices: tuple[Change, ...]
    account: Account
    unreadable: int
    of_others: int
    strange: int
    notes: tuple[str, ...]

    @property
    def comparisons(self) -> Mapping[Family, tuple[Alarm, ...]]:
        """All that was compared, whether it raises an alarm or not, in four families."""
        latest = self.periods[-1].name if self.periods else ""
        changes = (*self.performance, *self.latest)
        return {
            "inputs": tuple(each for feature in self.features for each in _of_feature(feature, latest)),
            "answers": (*_of_feature(self.prediction, latest), *_of_shifts(self.requests, _ALL)),
            "performance": _of_changes(changes),
            "slices": _of_changes(self.slices),
        }

    @property
    def levels(self) -> Mapping[Family, float]:
        """How unlikely a difference must be by chance alone to raise an alarm, by family.

        Each family has a quarter of the budget, so that many columns or slices do not drown the performance;
        within a family the comparisons share it equally.

        Source:
            C. Bonferroni, Teoria statistica delle classi e calcolo delle probabilità (1936).
        """
        compared = self.comparisons
        return {name: self.budget / len(compared) / max(len(found), 1) for name, found in compared.items()}

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """The differences that are worth an alarm and beyond chance, largest first."""
        levels = self.levels
        found = [
            each
            for family, compared in self.comparisons.items()
            for each in compared
            if each.size >= 1 and each.chance <= levels[family]
        ]
        return tuple(sorted(found, key=lambda alarm: -alarm.size))

    @property
    def exit_code(self) -> int:
        """For schedulers: 0 calm, 1 alarm."""
        return int(bool(self.alarms))

    @property
    def summary(self) -> str:
        """One line for people."""
        alarms = self.alarms
        subjects = len({alarm.subject for alarm in alarms})
        named = f"{len(alarms)} alarm{'s' * (len(alarms) > 1)} on {subjects} subject{'s' * (subjects > 1)}"
        state = f"{named}: {alarms[0].text}" if alarms else "calm"
        outcomes = f"{percent(self.arrived / self.rows)} with an outcome"
        return f"{self.rows:,} rows, {outcomes}; {state}"

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of the canonical form."""
        return f"sha256:{hashlib.sha256(self._encode()).hexdigest()}"

    def report(self, path: str | Path) -> Path:
        """Write one HTML page that needs no network, and return its path."""
        from interlock.monitor.page import document

        return write_atomically(path, document(self))

    def save(self, folder: str | Path) -> None:
        """Write `monitoring.json` into a folder, for `load`."""
        write_atomically(Path(folder) / _FILE, self._encode())

    def _repr_html_(self) -> str:
        from interlock.monitor.page import overview

        return overview(self)

    def _encode(self) -> bytes:
        return msgspec.json.encode(self, order="sorted")


def load(folder: str | Path) -> Monitoring:
    """Read what `Monitoring.save` wrote.

    Raises:
        InputError: If it is not there or not whole.
    """
    path = Path(folder) / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Monitoring)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(
            "the monitor's result cannot be read", where=path, got=error, next_step="run `interlock monitor`"
        ) from error


def _of_feature(feature: Feature, latest: str) -> tuple[Alarm, ...]:
    return (*_of_shifts(feature.shifts, _ALL), *_of_shifts(feature.latest, latest))


def _of_shifts(shifts: Sequence[Shift], scope: str) -> tuple[Alarm, ...]:
    return tuple(
        Alarm(shift.column or "requests", scope, shift.sentence, shift.size, shift.chance) for shift in shifts
    )


def _of_changes(changes: Sequence[Change]) -> tuple[Alarm, ...]:
    return tuple(
        Alarm(each.metric, each.part or _ALL, each.sentence, each.size, each.chance)
        for each in changes
        if each.chance is not None
    )
