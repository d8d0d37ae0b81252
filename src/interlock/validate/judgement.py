"""What gates judge, and the form of their verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from interlock.report.format import number
from interlock.validate.enough import Unjudged
from interlock.validate.evidence import Gate, Measurement
from interlock.validate.fairness import Fairness
from interlock.validate.history import History
from interlock.validate.membership import Membership
from interlock.validate.production import Production
from interlock.validate.readable import Readable
from interlock.validate.robustness import Disturbance
from interlock.validate.slices import Slice
from interlock.validate.stability import Stability

__all__ = ["Findings", "Judge", "made", "not_measured"]


@dataclass(frozen=True, slots=True)
class Findings:
    """What the gates judge.

    Args:
        measurements: By name.
        slices: Worst first.
        missed: What the contract let through that was broken on purpose.
        history: What was known before.
        fairness: One a sensitive column.
        robustness: The disturbances.
        production: Against the release in production.
        stability: What learning again changes.
        membership: Whether losses tell training rows apart.
        readable: What of the training rows can be read.
        unjudged: The slices that are not enough to judge.
    """

    measurements: Mapping[str, Measurement]
    slices: Sequence[Slice]
    missed: Sequence[str] = ()
    history: History = field(default_factory=History)
    fairness: Sequence[Fairness] = ()
    robustness: Sequence[Disturbance] = ()
    production: Production | None = None
    stability: Stability | None = None
    membership: Membership | None = None
    readable: Readable | None = None
    unjudged: Unjudged = field(default_factory=Unjudged)


Judge = Callable[[str, Findings, float], Gate]


def made(name: str, found: Measurement, threshold: float, *, passed: bool, said: str, asked: str) -> Gate:
    """Return the verdict on a measurement: what was found and what was asked, in one sentence."""
    sentence = f"{said}; asked: {asked} {number(threshold)}"
    return Gate(name, found.value, found.low, found.high, threshold, passed=passed, sentence=sentence)


def not_measured(name: str, threshold: float, why: str) -> Gate:
    """Return the verdict where there was nothing to measure: what cannot be shown is not passed."""
    return Gate(name, None, None, None, threshold, passed=False, sentence=why)
