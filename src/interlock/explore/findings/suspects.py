"""All columns that may give the target away, each by the rule that named it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from interlock.contract import Contract
from interlock.explore.association import Association, is_known
from interlock.explore.charts import association_chart
from interlock.explore.coarse import Coarse
from interlock.explore.findings.afterwards import afterwards
from interlock.explore.findings.certain import certain
from interlock.explore.findings.combined import combined, combined_findings
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.findings.leakage import leakage, leaks
from interlock.explore.findings.redundancy import ColumnSum, tied
from interlock.explore.relation import Relation
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.profile import Values
from interlock.report.format import percent

__all__ = ["follows", "suspects"]

#: A column follows from another when knowing that one's value gives its own in this share of the rows; the
#: other then has repeated values. It is worth a word when it goes with the target as strongly as this.
_FOLLOWS, _REPEATED, _STRONG = 0.999, 0.5, 0.5


def suspects(
    found: Sequence[Association],
    shown: Mapping[str, Relation],
    added: Sequence[ColumnSum],
    view: Coarse,
    sample: Sample,
    contract: Contract,
) -> list[Finding]:
    """Return the findings of the kind `leakage`.

    Args:
        found: The associations.
        shown: How the target moves along a column, for the pictures.
        added: Columns that are sums of others.
        view: The sample, cut coarsely.
        sample: Rows of the table.
        contract: With a target.
    """
    target = contract.target.name if contract.target else ""
    named = list(leakage(found, shown, sample, contract))
    named.extend(_followers(found, shown, target, sample))
    named.extend(certain(sample, contract, without=_columns(named)))
    seeds = _columns(named)
    pairs = combined(found, view, sample, contract, without=seeds)
    named.extend(combined_findings(pairs, found, view, contract))
    named.extend(tied(added, seeds | {each.first for each in pairs}, target, sample))
    named.extend(afterwards(sample, contract))
    return named


def follows(values: Values, other: Values) -> Estimate:
    """Return the share of rows in which a column's value is the most frequent one for the other's value.

    Args:
        values: The column.
        other: What it may follow from.

    Returns:
        With Wilson's interval, over the rows that hold both.
    """
    both = is_known(values) & is_known(other)
    _, given = np.unique(other.data[both], return_inverse=True)
    levels, own = np.unique(values.data[both], return_inverse=True)
    _, place, counts = np.unique(given * len(levels) + own, return_index=True, return_counts=True)
    most = np.zeros(int(given.max()) + 1 if len(given) else 0, np.int64)
    np.maximum.at(most, given[place], counts)
    return wilson(int(most.sum()), max(int(both.sum()), 1))


def _followers(
    found: Sequence[Association], shown: Mapping[str, Relation], target: str, sample: Sample
) -> Iterator[Finding]:
    """Yield the columns that are coarser codes of one that leaks."""
    leaking = [each.column for each in found if leaks(each) and _repeated(sample.columns[each.column])]
    for each in found:
        if each.about != "value" or leaks(each) or each.strength < _STRONG or not each.discovered:
            continue
        for source in leaking:
            share = follows(sample.columns[each.column], sample.columns[source])
            if share.value >= _FOLLOWS:
                sentence = (
                    f"`{each.column}` follows from `{source}` (in {percent(share.value)} of the rows): if "
                    f"that gives `{target}` away, so does this."
                )
                method = f"share of the rows in which the one gives the other, Wilson interval; {sample.note}"
                picture = association_chart(each, shown)
                yield finding("leakage", (each.column,), sentence, share, method, 0.9, picture)
                break


def _repeated(values: Values) -> bool:
    data = values.data[is_known(values)]
    return len(np.unique(data)) <= (1 - _REPEATED) * len(data)


def _columns(named: Sequence[Finding]) -> set[str]:
    return {name for each in named for name in each.columns}
