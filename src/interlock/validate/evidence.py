"""What validation found, as one value with one canonical form: all that a card or a gate shows is in it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from interlock.errors import InputError
from interlock.report.format import number
from interlock.validate.bootstrap import Estimate
from interlock.validate.calibration import Calibration
from interlock.validate.check import Check
from interlock.validate.conformity import Caught, Verdict
from interlock.validate.enough import Unjudged
from interlock.validate.fairness import Fairness
from interlock.validate.made import Made
from interlock.validate.membership import Membership
from interlock.validate.production import Production
from interlock.validate.readable import Readable
from interlock.validate.robustness import Disturbance
from interlock.validate.slices import Slice
from interlock.validate.stability import Stability
from interlock.validate.suspect import Suspect

__all__ = [
    "Candidate",
    "Covered",
    "Evidence",
    "Gate",
    "Measurement",
    "Rows",
    "ValueCurve",
    "bracketed",
    "decode",
    "encode",
    "measured",
]

FORMAT = "interlock/evidence/2"
#: Of older files: what they do not hold is empty.
_READABLE = (FORMAT, "interlock/evidence/1")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number, and how it was obtained.

    Args:
        name: Such as `auc`; `evidence.json#auc` refers to it.
        label: For people.
        value: The number.
        low: Lower end of its 95 % interval; None where it has none.
        high: Upper end.
        n: On how many rows, calls or comparisons it rests.
        method: How value and interval were computed.
        source: On what: `holdout`, `holdout, disturbed`, `model file`, …
    """

    name: str
    label: str
    value: float
    low: float | None
    high: float | None
    n: int
    method: str
    source: str

    @property
    def text(self) -> str:
        """Value and interval as people read them, such as `0.741 [0.735, 0.747]`."""
        if self.low is None or self.high is None:
            return number(self.value, 3)
        return bracketed(self.value, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition for a release.

    Args:
        name: As in `[validate]` of `interlock.toml`.
        measured: What was measured; None where there was nothing to measure.
        low: Lower end of its interval; None where it has none.
        high: Upper end.
        threshold: What was asked.
        passed: Whether the release may go on.
        sentence: The same in words.
    """

    name: str
    measured: float | None
    low: float | None
    high: float | None
    threshold: float
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of the holdout's rows.

    Args:
        total: All of them.
        rejected: Refused by the contract.
        unlabelled: Accepted, but their target is not known.
        used: What every metric is computed on.
        groups: How many groups of rows the intervals take as independent; `used` where rows are.
        grouping: What the groups are, such as `days`.
        first: The first moment, seconds since 1970, UTC; None without a time column.
        last: The last.
    """

    total: int
    rejected: int
    unlabelled: int
    used: int
    groups: int
    grouping: str
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of the leaderboard, as development left it.

    Args:
        name: Of the candidate.
        metric: What was compared.
        value: Its value in development.
        low: Lower end of its interval; None where it has none.
        high: Upper end.
        seconds: Time to fit.
        chosen: Whether it is the model.
    """

    name: str
    metric: str
    value: float
    low: float | None
    high: float | None
    seconds: float | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class ValueCurve:
    """What acting on the model is worth from each threshold on, per 1,000 cases.

    Args:
        n: Rows it was measured on.
        unit: Of the values.
        chosen: The threshold in use.
        thresholds: Rising.
        values: One a threshold.
        low: Lower ends of their 95 % intervals.
        high: Upper ends.
        all: What acting on every case is worth.
        none: What acting on none is worth.
    """

    n: int
    unit: str
    chosen: float
    thresholds: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    all: float
    none: float


@dataclass(frozen=True, slots=True)
class Covered:
    """How intervals do in one slice.

    Args:
        name: The slice.
        n: Its rows.
        share: How many lie inside.
        low: Lower end of its 95 % interval.
        high: Upper end.
        width: Mean width of the intervals.
    """

    name: str
    n: int
    share: float
    low: float
    high: float
    width: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that validation found.

    Args:
        target: The column that is predicted.
        task: `binary`, `multiclass` or `regression`.
        classes: The target's labels; the positive one last for `binary`.
        measured_at: When, UTC, ISO 8601.
        digests: Of `dataset`, `contract` and `model`, and of the training `profile` where it was given.
        versions: Of Interlock, Python and the libraries that computed.
        seed: Of every random choice.
        rows: What became of the holdout's rows.
        measurements: All numbers with a name.
        gates: The conditions.
        calibration: Predicted against observed.
        slices: Every slice looked at, worst first.
        verdicts: What the contract found in the holdout.
        caught: Rows broken on purpose.
        leaderboard: The candidates of development, best first.
        fairness: What the groups of each sensitive column get.
        robustness: How the model falls when rows are disturbed.
        production: Against the release in production; None where there was none.
        value_curve: What acting is worth by threshold; None where no outcome has a value.
        covered: How intervals do in slices, the least covered first.
        stability: What learning again changes; None where nothing could be learned again.
        membership: Whether losses tell training rows apart; None without the training rows.
        readable: What of the training rows can be read in the release; likewise.
        declared: Name and SQL of each declared feature.
        made: How the model was made; None in files of an older version.
        suspects: Inputs that exploration suspects to leak, and whether people confirmed them.
        checks: What may be wrong with how the model was made; it stops nothing.
        unjudged: The slices that are not enough to judge.
        format: Of this file.
    """

    target: str
    task: str
    classes: tuple[str, ...]
    measured_at: str
    digests: dict[str, str]
    versions: dict[str, str]
    seed: int
    rows: Rows
    measurements: tuple[Measurement, ...]
    gates: tuple[Gate, ...]
    calibration: Calibration
    slices: tuple[Slice, ...]
    verdicts: tuple[Verdict, ...]
    caught: Caught
    leaderboard: tuple[Candidate, ...]
    fairness: tuple[Fairness, ...] = ()
    robustness: tuple[Disturbance, ...] = ()
    production: Production | None = None
    value_curve: ValueCurve | None = None
    covered: tuple[Covered, ...] = ()
    stability: Stability | None = None
    membership: Membership | None = None
    readable: Readable | None = None
    declared: tuple[tuple[str, str], ...] = ()
    made: Made | None = None
    suspects: tuple[Suspect, ...] = ()
    checks: tuple[Check, ...] = ()
    unjudged: Unjudged = field(default_factory=Unjudged)
    format: str = field(default=FORMAT)

    def __getitem__(self, name: str) -> Measurement:
        """Return the measurement called `name`; raises `KeyError`."""
        for measurement in self.measurements:
            if measurement.name == name:
                return measurement
        raise KeyError(name)

    def find(self, name: str) -> Measurement | None:
        """Return the measurement called `name`, or None where it was not measured."""
        return next((each for each in self.measurements if each.name == name), None)

    @property
    def passed(self) -> bool:
        """Whether every gate is passed."""
        return all(gate.passed for gate in self.gates)

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of the canonical form."""
        return "sha256:" + hashlib.sha256(encode(self)).hexdigest()


def encode(evidence: Evidence) -> bytes:
    """Return the canonical JSON: sorted keys, no blanks, the shortest digits that give the same float64."""
    return msgspec.json.encode(evidence, order="sorted")


def decode(data: bytes, *, where: str | Path = "evidence.json") -> Evidence:
    """Read evidence.

    Raises:
        InputError: If it is none, or of another format.
    """
    try:
        evidence = msgspec.json.decode(data, type=Evidence)
    except msgspec.MsgspecError as error:
        raise InputError("the evidence cannot be read", where=where, got=error, next_step=_AGAIN) from error
    if evidence.format not in _READABLE:
        raise InputError(
            "the evidence is of another format", where=where, got=evidence.format, next_step=_AGAIN
        )
    return evidence


def bracketed(value: float, low: float, high: float) -> str:
    """Return a number with its interval, both to two digits of the interval's width.

    Example:
        >>> bracketed(0.7412, 0.7351, 0.7473)
        '0.741 [0.735, 0.747]'
        >>> bracketed(4.0, 3.1, 1250.0)
        '4 [3, 1,250]'
    """
    decimals = _decimals(high - low)
    if decimals is None:
        return f"{number(value, 3)} [{number(low, 3)}, {number(high, 3)}]"
    form = f"z,.{decimals}f"  # z: no minus before zero
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def _decimals(width: float) -> int | None:
    """Return how many decimals an interval of this width deserves; None where there is no width to go by."""
    if not 1e-4 < width < math.inf:
        return None
    return max(0, 1 + math.ceil(-math.log10(width)))


def measured(estimate: Estimate, label: str, n: int, method: str, source: str = "holdout") -> Measurement:
    """Turn an estimate into a measurement."""
    return Measurement(estimate.name, label, estimate.value, estimate.low, estimate.high, n, method, source)


_AGAIN = "run `interlock validate` again"
