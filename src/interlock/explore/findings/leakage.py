"""Columns that know the target too well: copies of it, and columns that are filled only once it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from interlock.contract import Contract
from interlock.explore.association import Association, is_known, target_values
from interlock.explore.charts import association_chart, share_intervals
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.relation import Relation, gap_relation
from interlock.explore.sample import Sample
from interlock.explore.statistics.auc import auc
from interlock.explore.statistics.estimate import Estimate, newcombe, wilson
from interlock.report.format import number, percent

__all__ = ["leakage", "leaks"]

#: A single column this strong (an AUC of 0.99) is rarely an honest one; its interval must lie above 0.9.
_TOO_STRONG, _AT_LEAST = 0.98, 0.9
#: Filled in nearly no row of one class, and in most rows of another.
_EMPTY, _FILLED = 0.95, 0.5
#: The fewest gaps, and the fewest values, that are compared.
_GAPS = 20


def leakage(
    found: Sequence[Association], shown: Mapping[str, Relation], sample: Sample, contract: Contract
) -> Iterator[Finding]:
    """Yield the columns that may give the target away.

    Args:
        found: The associations.
        shown: How the target moves along a column, for the pictures.
        sample: Rows of the table.
        contract: With a target.

    Yields:
        A finding for each column that alone predicts the target nearly perfectly, and for each that is nearly
        always missing in one class and mostly filled in another, or missing where a number to predict is
        small (or large) and filled where it is not.
    """
    if contract.target is None:
        return
    for each in found:
        if leaks(each):
            yield _too_strong(each, shown, contract.target.name, sample)
    if contract.task == "regression":
        yield from _filled_above(sample, contract)
    else:
        yield from _filled_late(sample, contract)


def leaks(each: Association) -> bool:
    """Return whether a column alone predicts the target too well to be honest."""
    strong = each.strength >= _TOO_STRONG and each.strength_low >= _AT_LEAST
    return strong and each.about == "value" and each.discovered


def _too_strong(each: Association, shown: Mapping[str, Relation], target: str, sample: Sample) -> Finding:
    sentence = (
        f"`{each.column}` alone nearly determines `{target}` ({each.measure} {number(each.value, 3)}): is it "
        "known before the prediction is needed?"
    )
    estimate = Estimate(each.value, each.low, each.high, each.n, each.log_p)
    method = f"{each.measure} on {sample.note}"
    return finding(
        "leakage", (each.column,), sentence, estimate, method, 0.98, association_chart(each, shown)
    )


def _filled_above(sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the columns whose gaps tell small values of the target from large ones."""
    target = target_values(sample, contract)
    learned = ~np.isnan(target)
    name = contract.target.name if contract.target else ""
    for column in contract.inputs:
        missing = ~is_known(sample.columns[column.name])[learned]
        if min(int(missing.sum()), int((~missing).sum())) < _GAPS:
            continue
        distinct, place = np.unique(target[learned], return_inverse=True)
        absent = np.bincount(place[missing], minlength=len(distinct))
        found = auc(absent, np.bincount(place, minlength=len(distinct)) - absent)
        nearest = min(abs(found.low - 0.5), abs(found.high - 0.5))
        if abs(2 * found.value - 1) < _TOO_STRONG or 2 * nearest < _AT_LEAST:
            continue
        size = "large" if found.value > 0.5 else "small"
        sentence = (
            f"`{column.name}` is missing where `{name}` is {size}, and nowhere else (AUC "
            f"{number(found.value, 3)}): is it filled in after the outcome?"
        )
        method = f"AUC of the target between rows with and without a value; DeLong interval; {sample.note}"
        picture = gap_relation(column.name, sample, contract).picture
        yield finding("leakage", (column.name,), sentence, found, method, 0.95, picture)


def _filled_late(sample: Sample, contract: Contract) -> Iterator[Finding]:
    target = target_values(sample, contract)
    for column in contract.inputs:
        missing = ~is_known(sample.columns[column.name])
        if not missing.any():
            continue
        shares: dict[str, Estimate] = {}
        for place in range(len(contract.classes)):
            inside = target == place
            if inside.any():
                shares[contract.classes[place]] = wilson(int(missing[inside].sum()), int(inside.sum()))
        most, least = (chosen(shares, key=lambda label: shares[label].value) for chosen in (max, min))
        if shares[most].low >= _EMPTY and shares[least].high <= _FILLED:
            sentence = (
                f"`{column.name}` is missing in {percent(shares[most].value)} of the rows where the target "
                f"is {most}, but only in {percent(shares[least].value)} where it is {least}: is it filled in "
                "after the outcome?"
            )
            method = f"difference of two shares in {sample.note}; Newcombe interval"
            gap = newcombe(shares[most], shares[least])
            title = f"{column.name} is missing in nearly every row of one class"
            picture = share_intervals(title, shares, f"share of rows without {column.name}")
            yield finding("leakage", (column.name,), sentence, gap, method, 0.95, picture)
