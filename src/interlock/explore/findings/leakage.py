"""Columns that know the target too well: copies of it, and columns that are filled only once it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.contract import Contract
from interlock.explore.association import Association, is_known, target_values
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, newcombe, wilson
from interlock.report.format import number, percent

__all__ = ["leakage", "leaks"]

#: A single column this strong (an AUC of 0.99) is rarely an honest one; its interval must lie above 0.9.
_TOO_STRONG, _AT_LEAST = 0.98, 0.9
#: Filled in nearly no row of one class, and in most rows of another.
_EMPTY, _FILLED = 0.95, 0.5


def leakage(found: Sequence[Association], sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the columns that may give the target away.

    Args:
        found: The associations.
        sample: Rows of the table.
        contract: With a target.

    Yields:
        A finding for each column that alone predicts the target nearly perfectly, and for each that is nearly
        always missing in one class and mostly filled in another.
    """
    if contract.target is None:
        return
    for each in found:
        if leaks(each):
            yield _too_strong(each, contract.target.name, sample)
    if contract.task != "regression":
        yield from _filled_late(sample, contract)


def leaks(each: Association) -> bool:
    """Return whether a column alone predicts the target too well to be honest."""
    strong = each.strength >= _TOO_STRONG and each.strength_low >= _AT_LEAST
    return strong and each.about == "value" and each.discovered


def _too_strong(each: Association, target: str, sample: Sample) -> Finding:
    sentence = (
        f"`{each.column}` alone nearly determines `{target}` ({each.measure} {number(each.value, 3)}): is it "
        "known before the prediction is needed?"
    )
    estimate = Estimate(each.value, each.low, each.high, each.p, each.n)
    return finding("leakage", (each.column,), sentence, estimate, f"{each.measure} on {sample.note}", 0.98)


def _filled_late(sample: Sample, contract: Contract) -> Iterator[Finding]:
    target = target_values(sample, contract)
    for column in contract.inputs:
        missing = ~is_known(sample.columns[column.name])
        if not missing.any():
            continue
        shares = []
        for place in range(len(contract.classes)):
            inside = target == place
            if inside.any():
                shares.append(
                    (wilson(int(missing[inside].sum()), int(inside.sum())), contract.classes[place])
                )
        most, least = max(shares), min(shares)
        if most[0].low >= _EMPTY and least[0].high <= _FILLED:
            sentence = (
                f"`{column.name}` is missing in {percent(most[0].value)} of the rows where the target is "
                f"{most[1]}, but only in {percent(least[0].value)} where it is {least[1]}: is it filled in "
                "after the outcome?"
            )
            method = f"difference of two shares in {sample.note}; Newcombe interval"
            yield finding("leakage", (column.name,), sentence, newcombe(most[0], least[0]), method, 0.95)
