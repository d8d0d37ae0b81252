"""Gates on how far a model can be trusted beyond the holdout as it is."""

from __future__ import annotations

from interlock.report.format import number, percent
from interlock.validate.evidence import Gate, bracketed
from interlock.validate.judgement import Findings, not_measured
from interlock.validate.robustness import SMALL

__all__ = ["not_worse_than_production", "robustness"]

_DONE = {
    "noise": "noise of {} standard deviations on every number",
    "missing": "{} of all cells missing",
    "shifted": "every number shifted by {} standard deviations",
    "unseen": "{} of all categories at levels never seen",
}


def robustness(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge the small disturbances: none certainly takes more of the gain on the baseline than asked."""
    judged = [
        (each, each.lost)
        for each in findings.robustness
        if each.lost is not None and each.strength == SMALL[each.kind]
    ]
    if not judged:
        nothing = "there is no certain gain on the baseline that a disturbance could take"
        return Gate(name, None, None, None, threshold, passed=True, sentence=nothing)
    worst, gone = max(judged, key=lambda each: each[1].value)
    shown = percent(worst.strength) if worst.kind in ("missing", "unseen") else f"{worst.strength:g}"
    sentence = (
        f"of the gain on the baseline {100 * gone.value:.1f} % [{100 * gone.low:.1f}, {100 * gone.high:.1f}] "
        f"is gone with {_DONE[worst.kind].format(shown)}, the worst of {len(judged)} small disturbances; "
        f"asked: not certainly more than {percent(threshold)}"
    )
    passed = all(each.low <= threshold for _, each in judged)
    return Gate(name, gone.value, gone.low, gone.high, threshold, passed=passed, sentence=sentence)


def not_worse_than_production(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge that at most so much less of the baseline's squared error is gone than in production.

    That has to be shown: the whole interval lies above minus the threshold (non-inferiority).
    """
    found = findings.production
    if found is None:
        return not_measured(name, threshold, "there is no signed release to compare with")
    skill, first = found.skill, found.metrics[0]
    gain = bracketed(first.gain.value, first.gain.low, first.gain.high)
    points = bracketed(100 * skill.value, 100 * skill.low, 100 * skill.high)
    sentence = (
        f"on the {found.n:,} rows that `{found.release}` takes too, {first.label} is {number(first.ours)} "
        f"against {number(first.theirs)}, a gain of {gain}; the share of the baseline's squared error that "
        f"is gone differs by {points} points; asked: certainly no more than {100 * threshold:g} points less"
    )
    passed = skill.low >= -threshold
    return Gate(name, skill.value, skill.low, skill.high, threshold, passed=passed, sentence=sentence)
