"""What is known of a model before its holdout is opened: suspected leaks, and who has looked already."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.report.format import listed, number
from interlock.validate.evidence import Gate, Measurement
from interlock.validate.looks import Look, count_of, expected_best, told
from interlock.validate.suspect import Suspect

__all__ = ["History", "Suspect", "judge_leakage", "judge_looks", "measure_history"]

_NAMED = 4


@dataclass(frozen=True, slots=True)
class History:
    """What happened before.

    Args:
        suspects: The inputs that exploration suspects; None where nobody explored.
        looks: Each opening of this holdout, this one included; None where nobody counts.
    """

    suspects: tuple[Suspect, ...] | None = None
    looks: tuple[Look, ...] | None = None


def measure_history(history: History, primary: Measurement) -> tuple[Measurement, ...]:
    """Return how many suspects are not answered, how often the holdout was opened, and what that may cost.

    Args:
        history: What happened before.
        primary: The first metric on this holdout, with its interval.
    """
    found = []
    if history.suspects is not None:
        open_ = [each for each in history.suspects if not each.confirmed]
        found.append(
            _plain("leak_suspects", "suspected leaks without an answer", len(open_), len(history.suspects))
        )
    if history.looks is not None:
        times, models = count_of(history.looks)
        found.append(_plain("holdout_looks", "times the holdout was opened", times, models))
        found += [_optimism(primary, models)] if primary.low is not None and primary.high is not None else []
    return tuple(found)


def judge_leakage(history: History, threshold: float) -> Gate:
    """Judge the suspects that nobody answered for."""
    if history.suspects is None:
        return _gate("leakage", None, threshold, "no exploration was given, so nothing was suspected")
    open_ = [each.column for each in history.suspects if not each.confirmed]
    if not open_:
        confirmed = len(history.suspects)
        said = f"; {confirmed:,} suspected and confirmed by a person" if confirmed else ""
        return _gate(
            "leakage", 0.0, threshold, f"no input is suspected to be known only after the outcome{said}"
        )
    named = listed([f"`{name}`" for name in open_], _NAMED)
    sentence = (
        f"{named} may be known only after the outcome, and nobody said otherwise: under [data], leave out "
        "with `ignore` what is, and name under `confirmed` what is not"
    )
    return _gate("leakage", float(len(open_)), threshold, sentence)


def judge_looks(history: History, threshold: float) -> Gate:
    """Judge how often the holdout was opened."""
    if history.looks is None:
        return _gate("holdout_looks", None, threshold, "nobody counts who opens this holdout")
    sentence = f"{told(history.looks)}; asked: at most {number(threshold)} times"
    return _gate("holdout_looks", float(len(history.looks)), threshold, sentence)


def _optimism(primary: Measurement, models: int) -> Measurement:
    low, high = primary.low or 0.0, primary.high or 0.0
    value = expected_best(models) * (high - low) / (2 * 1.96)
    method = (
        "expected maximum of as many independent normal errors, times the standard error: the most it can be"
    )
    return Measurement(
        "holdout_optimism",
        f"what choosing by it may add to {primary.label}",
        value,
        None,
        None,
        models,
        method,
        "holdout record",
    )


def _plain(name: str, label: str, value: int, n: int) -> Measurement:
    source = "exploration" if name == "leak_suspects" else "holdout record"
    return Measurement(name, label, float(value), None, None, n, "count", source)


def _gate(name: str, measured: float | None, threshold: float, sentence: str) -> Gate:
    passed = measured is None or measured <= threshold
    return Gate(name, measured, None, None, threshold, passed=passed, sentence=sentence)
