"""Gates on how far a model can be trusted beyond the holdout as it is."""

from __future__ import annotations

from interlock.report.format import number, percent
from interlock.validate.evidence import Gate, bracketed
from interlock.validate.judgement import Findings, not_measured
from interlock.validate.readable import Readable
from interlock.validate.robustness import SMALL

__all__ = ["membership", "not_worse_than_production", "readable_rows", "robustness", "stability"]

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
        nothing = (
            "by squared error, which also asks for the right level, there is no certain gain on the baseline "
            f"that a disturbance could take{_skill(findings)}"
        )
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


def _skill(findings: Findings) -> str:
    """Say how much of the baseline's squared error is gone: a ranking may gain all the same."""
    calm = next((each.skill for each in findings.robustness if each.strength == 0), None)
    if calm is None:
        return ""
    ends = bracketed(100 * calm.value, 100 * calm.low, 100 * calm.high)
    return f": {ends} % of it is gone (the gain in AUC or another metric is another measure)"


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


def stability(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge how far predictions move when the winner is learned again: not certainly more than asked."""
    found = findings.stability
    if found is None:
        why = "nothing was learned again: the training rows, the time or the candidate are missing"
        return not_measured(name, threshold, why)
    apart, values = found.apart, [each.value for each in found.refits]
    flips = "" if found.flips is None else f", {percent(found.flips.value)} of the labels change"
    sentence = (
        f"learned again {_times(len(values))}, by other seeds and without a fifth of the rows, predictions "
        f"move by {bracketed(apart.value, apart.low, apart.high)} on average{flips}, and {found.metric} "
        f"goes from {number(min(values))} to {number(max(values))}; asked: not certainly more than "
        f"{number(threshold)}"
    )
    passed = apart.low <= threshold
    return Gate(name, apart.value, apart.low, apart.high, threshold, passed=passed, sentence=sentence)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def membership(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge how well losses tell training rows apart: not certainly better than asked."""
    found = findings.membership
    if found is None:
        return not_measured(name, threshold, "the training rows were not given")
    gain, area = found.advantage, found.auc
    later = "; the holdout is later, and what has changed since adds to that" if found.later else ""
    sentence = (
        f"who knows a row and its outcome tells by the loss whether it was trained on: the advantage is "
        f"{bracketed(gain.value, gain.low, gain.high)}, AUC {bracketed(area.value, area.low, area.high)}"
        f"{later}; asked: not certainly more than {number(threshold)}"
    )
    return Gate(
        name, gain.value, gain.low, gain.high, threshold, passed=gain.low <= threshold, sentence=sentence
    )


def readable_rows(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge how many training rows were found in golden rows, in the model's bytes, or as listed values."""
    found = findings.readable
    if found is None:
        return not_measured(name, threshold, "the training rows were not given")
    count = found.exact + found.found + found.telling
    sentence = (
        f"{found.exact} of {found.golden} golden rows equal one of {found.rows:,} training rows, and the "
        f"model's bytes hold {found.found} of {found.searched} looked for; of the listed values of fewer "
        f"than {found.fewest} rows {_told(found)}; asked: at most {number(threshold)}"
    )
    return Gate(name, float(count), None, None, threshold, passed=count <= threshold, sentence=sentence)


def _told(found: Readable) -> str:
    """Say how many listed values tell of few rows, and of which columns."""
    columns = dict.fromkeys(f"`{each.column}`" for each in found.listed if each.telling)
    told = f"{found.telling:,} are sentences or look like a person's"
    if not columns:
        return told
    return f"{told} ({', '.join(columns)}: make it `text` or `ignore`, or take out its levels)"
