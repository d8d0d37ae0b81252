"""What the card says of fairness: the gaps, and what each group of a sensitive column gets."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.report import Intervals
from interlock.report import format as form
from interlock.validate.card_blocks import Block, Fact, Facts, Grid, Picture, Words, source
from interlock.validate.evidence import Evidence, bracketed
from interlock.validate.fairness import Fairness

__all__ = ["fairness_blocks", "rates_chart"]

_TITLES = {
    "demographic_parity": "demographic parity, difference",
    "demographic_parity_ratio": "demographic parity, ratio",
    "equal_opportunity": "equal opportunity, difference",
    "equalised_odds": "equalised odds, difference",
    "calibration_by_group": "calibration error, largest",
    "mean_error_by_group": "mean error, largest, in standard deviations",
}
_OUTCOMES = {"came true": "true positive rate", "did not": "false positive rate"}
_DRAWN = ("selection rate", "true positive rate", "prediction minus outcome", "mean error")


def fairness_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return the tables and pictures of every sensitive column."""
    return tuple(block for found in evidence.fairness for block in _column(found))


def rates_chart(found: Fairness, measure: str, label: str = "") -> Intervals:
    """Return what each group of a column gets by one measure.

    Args:
        found: Of one column.
        measure: Such as `selection rate`.
        label: The class; empty for a regression.
    """
    shown = [rate for rate in found.rates if rate.measure == measure and rate.label == label]
    of_class = f" of {label}" if label else ""
    return Intervals(
        title=f"{measure.capitalize()}{of_class} by {found.column}",
        n=sum(rate.n for rate in shown),
        note="95 % intervals",
        x_title=measure,
        labels=tuple(f"{rate.group} (n = {form.count(rate.n)})" for rate in shown),
        values=tuple(rate.estimate.value for rate in shown),
        low=tuple(rate.estimate.low for rate in shown),
        high=tuple(rate.estimate.high for rate in shown),
        counts=tuple(rate.n for rate in shown),
    )


def _column(found: Fairness) -> Iterator[Block]:
    if not found.gaps:
        yield Words(f"Of {found.column} fewer than two groups have enough rows to compare.")
        return
    rows = tuple(
        (
            _TITLES[gap.criterion],
            bracketed(gap.estimate.value, gap.estimate.low, gap.estimate.high),
            " and ".join(gap.groups),
            gap.label or "–",
        )
        for gap in found.gaps
    )
    left_out = f"; {form.count(found.left_out)} rows of smaller groups are left out" if found.left_out else ""
    caption = (
        f"{found.column}: the groups that are farthest apart, or off; intervals hold for all comparisons of "
        f"a criterion at once{left_out}."
    )
    yield Grid(("criterion", "gap", "groups", "class"), rows, "lrll", caption, source("fairness"))
    yield from _not_compared(found)
    yield _rates(found)
    if len({rate.label for rate in found.rates}) == 1:
        label = found.rates[0].label
        for measure in _DRAWN:
            if any(rate.measure == measure for rate in found.rates):
                chart = rates_chart(found, measure, label)
                yield Picture(chart, f"{measure.capitalize()} of each group.", source("fairness"))


def _not_compared(found: Fairness) -> Iterator[Facts]:
    """Say which criteria of a class are missing, or rest on a part of what they compare, and why."""
    if not any(rate.measure == "selection rate" for rate in found.rates):
        return
    lacks = [outcome for outcome, measure in _OUTCOMES.items() if not _is_compared(found, measure)]
    if not lacks:
        return
    need = f"two groups of {found.column} have 20 rows each (of five days or groups) in which the class"
    said = [("equal opportunity", f"not compared: no {need} came true")] if "came true" in lacks else []
    rest = [measure for outcome, measure in _OUTCOMES.items() if outcome not in lacks]
    odds = f"of {rest[0]}s alone: no {need} {lacks[0]}" if rest else "not compared: likewise of both outcomes"
    said.append(("equalised odds", odds))
    yield Facts(tuple(Fact(label, text, source("fairness")) for label, text in said))


def _is_compared(found: Fairness, measure: str) -> bool:
    """Tell whether two groups have a rate of one class."""
    classes = [rate.label for rate in found.rates if rate.measure == measure]
    return len(classes) > len(set(classes))


def _rates(found: Fairness) -> Grid:
    rows = tuple(
        (
            rate.group,
            rate.measure,
            rate.label or "–",
            form.count(rate.n),
            bracketed(rate.estimate.value, rate.estimate.low, rate.estimate.high),
        )
        for rate in found.rates
    )
    caption = f"{found.column}: what each group gets, each with its own 95 % interval."
    header = ("group", "measure", "class", "rows", "value")
    return Grid(header, rows, "lllrr", caption, source("fairness"))
