"""Gates on how far a model can be trusted beyond the holdout as it is."""

from __future__ import annotations

from interlock.report.format import percent
from interlock.validate.evidence import Gate
from interlock.validate.judgement import Findings
from interlock.validate.robustness import SMALL

__all__ = ["robustness"]

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
