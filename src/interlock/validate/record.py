"""From what was measured to the evidence: which model, which rows, which versions, and all the numbers."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, NamedTuple

from interlock import contract as contracts
from interlock.develop.development import Result
from interlock.release.withhold import withheld
from interlock.table import Dataset
from interlock.validate.calibration import Calibration
from interlock.validate.conformity import Caught, verdicts
from interlock.validate.evidence import Candidate, Covered, Evidence, Gate, Measurement, ValueCurve
from interlock.validate.holdout import digest
from interlock.validate.judgement import Findings
from interlock.validate.made import made_of
from interlock.validate.training_rows import checks_of
from interlock.validate.trial import Trial

__all__ = ["Found", "record"]

_LIBRARIES = ("interlock", "numpy", "scipy", "onnxruntime", "msgspec")


class Found(NamedTuple):
    """All that was measured.

    Args:
        findings: What the gates judge.
        measurements: Every number with a name, in the order of the card.
        calibration: Predicted against observed.
        caught: Rows broken on purpose.
        covered: How many of each slice lie inside their intervals.
        value_curve: What acting is worth by threshold; None where nobody said what outcomes are worth.
    """

    findings: Findings
    measurements: tuple[Measurement, ...]
    calibration: Calibration
    caught: Caught
    covered: tuple[Covered, ...]
    value_curve: ValueCurve | None


def record(trial: Trial, dataset: Dataset, found: Found, gates: tuple[Gate, ...]) -> Evidence:
    """Write down what was measured, and how it was judged.

    Args:
        trial: What was examined.
        dataset: The sealed holdout, refused rows included.
        found: What was measured.
        gates: The verdicts.
    """
    development, findings = trial.development, found.findings
    return Evidence(
        **_origin(trial),
        rows=trial.holdout.rows,
        measurements=found.measurements,
        gates=gates,
        calibration=found.calibration,
        slices=tuple(findings.slices),
        verdicts=verdicts(dataset.checked),
        caught=found.caught,
        leaderboard=tuple(_candidate(each, development.winner) for each in development.leaderboard),
        fairness=tuple(findings.fairness),
        robustness=tuple(findings.robustness),
        production=findings.production,
        declared=development.declared,
        made=made_of(development),
        suspects=findings.history.suspects or (),
        checks=checks_of(trial, findings.stability),
        value_curve=found.value_curve,
        covered=found.covered,
        stability=findings.stability,
        membership=findings.membership,
        readable=findings.readable,
        unjudged=findings.unjudged,
    )


def _origin(trial: Trial) -> dict[str, Any]:
    """Return the fields of the evidence that say what was examined, when and with what."""
    return {
        "target": trial.development.target,
        "task": trial.development.task,
        "classes": trial.contract.classes,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "digests": _digests(trial),
        "versions": _versions(),
        "seed": trial.seed,
    }


def _digests(trial: Trial) -> dict[str, str]:
    found = {
        "dataset": digest(trial.holdout),
        "contract": contracts.digest(trial.contract),
        "model": trial.development.digest,
    }
    recipe, profile = trial.development.recipe, trial.profile
    found |= {} if profile is None else {"profile": withheld(profile, trial.contract).digest}
    return found if recipe is None else found | {"training rows": recipe.rows}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        found[library] = metadata.version(library)
    return found


def _candidate(result: Result, winner: str) -> Candidate:
    score = result.score
    return Candidate(
        result.name, score.metric, score.value, score.low, score.high, result.seconds, result.name == winner
    )
