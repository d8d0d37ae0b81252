"""Gates on groups of rows: the worst slice, and the groups of sensitive columns."""

from __future__ import annotations

from interlock.report.format import listed, number
from interlock.validate.bootstrap import Estimate
from interlock.validate.evidence import Gate, bracketed
from interlock.validate.judgement import Findings, not_measured

__all__ = ["CRITERIA", "criterion", "worst_slice"]

_OF_CLASSES = (
    "demographic_parity",
    "demographic_parity_ratio",
    "equal_opportunity",
    "equalised_odds",
    "calibration_by_group",
)

#: The criteria of fairness that can be asked for, by task; none is asked by default.
CRITERIA = {
    "binary": _OF_CLASSES,
    "multiclass": _OF_CLASSES,
    "regression": ("demographic_parity", "mean_error_by_group"),
}

_WORDS = {
    "demographic_parity": "the largest difference of selection rates is {}",
    "demographic_parity_ratio": "the smallest ratio of selection rates is {}",
    "equal_opportunity": "the largest difference of true positive rates is {}",
    "equalised_odds": "the largest difference of true or false positive rates is {}",
    "calibration_by_group": "the largest calibration error of a group is {}",
    "mean_error_by_group": "the largest mean error of a group, in standard deviations, is {}",
}


def worst_slice(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge the slice in which the model gains least; it fails where the whole interval is below."""
    if not findings.slices:
        nothing = "no slice can be judged"
        rules = findings.unjudged.sentence
        nothing += f": of those looked at {rules}" if rules else ""
        return Gate(name, None, None, None, threshold, passed=True, sentence=nothing)
    worst = min(findings.slices, key=lambda each: each.skill.high)
    skill = worst.skill
    failed = [each for each in findings.slices if each.skill.high < threshold]
    elsewhere = f"; elsewhere {_percents(worst.elsewhere)}" if worst.elsewhere else ""
    sentence = (
        f"against always guessing the average the model gains least where {worst.where}: there "
        f"{_percents(skill)} of the squared error is gone{elsewhere}. It is certainly less than "
        f"{100 * threshold:g} % in {len(failed)} of {len(findings.slices)} slices; asked: in none"
    )
    return Gate(name, skill.value, skill.low, skill.high, threshold, passed=not failed, sentence=sentence)


def criterion(name: str, findings: Findings, threshold: float) -> Gate:
    """Judge one criterion of fairness over all sensitive columns: no gap is certainly larger than asked.

    A ratio is not certainly smaller.
    """
    found = [(each.column, gap) for each in findings.fairness for gap in each.gaps if gap.criterion == name]
    if not found:
        why = "no column marked `sensitive` in the contract has two groups with enough rows"
        if any(each.gaps for each in findings.fairness):
            why = "no two groups have 20 rows each of the outcome that it compares"
        return not_measured(name, threshold, why)
    small = name.endswith("_ratio")
    side = -1 if small else 1
    column, worst = max(found, key=lambda each: side * each[1].estimate.value)
    ends = [gap.estimate.high if small else gap.estimate.low for _, gap in found]
    failed = sum(side * end > side * threshold for end in ends)
    estimate = worst.estimate
    words = _WORDS[name].format(bracketed(estimate.value, estimate.low, estimate.high))
    of_class = f" of {worst.label}" if worst.label and len(findings.fairness) else ""
    sentence = (
        f"{words} (`{column}`, {listed(worst.groups)}{of_class}); "
        f"asked: not certainly {'less' if small else 'more'} than {number(threshold)}"
    )
    return Gate(
        name, estimate.value, estimate.low, estimate.high, threshold, passed=not failed, sentence=sentence
    )


def _percents(estimate: Estimate) -> str:
    return f"{bracketed(100 * estimate.value, 100 * estimate.low, 100 * estimate.high)} %"
