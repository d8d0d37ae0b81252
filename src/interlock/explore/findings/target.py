"""What is to be predicted: how its classes are balanced, and which columns go with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from interlock.contract import Contract
from interlock.contract.labels import label
from interlock.explore.association import Association
from interlock.explore.charts import association_chart, share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.relation import Relation, gap_relation
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.profile import ColumnProfile, Profile
from interlock.report.format import count, listed, number, percent

__all__ = ["balance", "class_counts", "related"]

#: The smallest class is called out below this part of an even share: 15 % of two classes.
_RARE = 0.3
#: The most associations that are findings of their own; the report shows them all.
_MOST = 6


def class_counts(found: ColumnProfile, classes: Sequence[str]) -> dict[str, int]:
    """Return how many rows hold each class."""
    values = found.top(max(len(classes), 1))
    named = {label(bool(value) if found.kind == "boolean" else value): hits for value, hits in values}
    return {name: named.get(name, 0) for name in classes}


def balance(profile: Profile, contract: Contract) -> Iterator[Finding]:
    """Yield a finding where the smallest class has far less than an even share.

    Args:
        profile: Of the whole table.
        contract: With a target of classes; nothing is said of a regression.
    """
    if contract.target is None or not contract.classes:
        return
    counts = class_counts(profile[contract.target.name], contract.classes)
    name, hits = min(counts.items(), key=lambda item: item[1])
    estimate = wilson(hits, max(sum(counts.values()), 1))
    even = 1 / len(counts)
    if estimate.value < _RARE * even:
        sentence = (
            f"`{contract.target.name}` is {name} in only {percent(estimate.value)} of the rows "
            f"({count(hits)}): accuracy would flatter a model that never says so."
        )
        severity = 0.25 + 0.4 * (1 - estimate.value / (_RARE * even))
        method = "counted over all rows; Wilson interval"
        title = f"How often {contract.target.name} is which class"
        picture = share_bars(title, counts, estimate.n, even=even)
        yield finding("imbalance", (contract.target.name,), sentence, estimate, method, severity, picture)


def related(
    found: Sequence[Association],
    shown: Mapping[str, Relation],
    sample: Sample,
    contract: Contract,
    *,
    without: Collection[str] = (),
    same: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield the strongest associations that hold among all that were tested, without those that leak.

    Args:
        found: The associations, the strongest first.
        shown: How the target moves along a column, for the pictures.
        sample: The rows they were measured on.
        contract: With a target.
        without: Columns to leave out, such as those that leak.
        same: For a column that says the same as another one, that other: they are one finding.
    """
    if contract.target is None:
        return
    held = [each for each in found if each.notable and each.column not in without]
    roots = {each.column: (same or {}).get(each.column, each.column) for each in held}
    first = {(roots[each.column], each.about): each for each in reversed(held)}
    for each in [each for each in held if first[roots[each.column], each.about] is each][:_MOST]:
        estimate = Estimate(each.value, each.low, each.high, each.n, each.log_p)
        method = f"{each.measure} on {sample.note}; {_METHODS[each.measure]}; false discovery rate 1 %"
        others = [name for name, root in roots.items() if root == roots[each.column] and name != each.column]
        sentence = _sentence(each, contract)
        if others and each.about == "value":
            say = "says" if len(others) == 1 else "say"
            named = listed([f"`{name}`" for name in others], 3)
            sentence = f"{sentence[:-1]}, as with {named}, which {say} the same."
        picture = (
            association_chart(each, shown)
            if each.about == "value"
            else gap_relation(each.column, sample, contract).picture
        )
        severity = 0.1 + 0.4 * each.strength
        yield finding("association", (each.column,), sentence, estimate, method, severity, picture)


_METHODS = {
    "AUC": "DeLong interval, Mann-Whitney test",
    "Cramér's V": "bias-corrected, delta-method interval, chi-square test",
    "eta": "ranks, bias-corrected, delta-method interval, Kruskal-Wallis test",
    "Spearman's rho": "Bonett-Wright interval, t test",
}


def _sentence(each: Association, contract: Contract) -> str:
    target = contract.target.name if contract.target else ""
    size = f"{each.measure} {number(each.value, 3)}"
    if each.about == "missing":
        return f"Whether `{each.column}` is missing goes with `{target}` ({size})."
    moved = "later" if contract[each.column].type == "timestamp" else "larger"
    if each.measure == "AUC":
        more = "more" if each.value > 0.5 else "less"
        return f"The {moved} `{each.column}`, the {more} often `{target}` is {contract.classes[1]} ({size})."
    if each.measure == "Spearman's rho":
        way = "larger" if each.value > 0 else "smaller"
        return f"The {moved} `{each.column}`, the {way} `{target}` ({size})."
    return f"`{target}` differs between values of `{each.column}` ({size})."
