"""Many findings of one sort as one: that 25 columns have outliers is read once, not 25 times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from interlock.explore.findings.finding import Finding
from interlock.report import Intervals
from interlock.report.format import count, listed, percent

__all__ = ["merged"]

#: More findings of one sort than this become one.
_MOST = 3
#: Columns named in the sentence, and in the picture.
_NAMED, _SHOWN = 3, 20

#: What is said of many columns at once, by kind; the strongest follow, each with its share.
_SENTENCES: dict[str, str] = {
    "constant": "{many} columns hold a single value at most, so they cannot tell rows apart: {named}.",
    "identifier": "{many} columns have nearly as many values as rows, as identifiers have: {named}.",
    "infinite": "{many} columns hold infinities, perhaps divisions by zero; most of all {named}.",
    "missing": "{many} columns have gaps, most of all {named}.",
    "mixed types": "{many} text columns hold numbers or dates: {named}. Are they codes? Else convert them.",
    "outliers": "{many} columns have values far from the rest, most of all {named}.",
    "placeholder": "{many} columns say “unknown” by a word or a code, most of all {named}.",
}


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, those of one sort together where they are more than three.

    A sort is a kind measured in one way. The whole has the effect and the interval of its largest part, and
    the severity of its most severe one; its picture shows every column's.

    Args:
        findings: In any order.

    Example:
        >>> from interlock.explore.findings.finding import finding
        >>> from interlock.explore.statistics.estimate import wilson
        >>> share = wilson(1, 100)
        >>> many = [finding("outliers", (name,), "", share, "fences", 0.2) for name in "abcd"]
        >>> merged(many)[0].sentence
        '4 columns have values far from the rest, most of all `a` (1 %), `b` (1 %) and `c` (1 %).'
    """
    sorts: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        sorts.setdefault((each.kind, each.method), []).append(each)
    whole: list[Finding] = []
    for (kind, _), parts in sorts.items():
        many = kind in _SENTENCES and len(parts) > _MOST and all(len(each.columns) == 1 for each in parts)
        whole.extend([_one(parts)] if many else parts)
    return whole


def _one(parts: Sequence[Finding]) -> Finding:
    ordered = sorted(parts, key=lambda each: (-each.effect, each.columns))
    severity, kind = max(each.severity for each in ordered), ordered[0].kind
    named = listed([_named(each) for each in ordered[:_NAMED]])
    sentence = _SENTENCES[kind].format(many=count(len(ordered)), named=named)
    columns = tuple(each.columns[0] for each in ordered)
    picture = _picture(kind, ordered)
    return replace(ordered[0], columns=columns, sentence=sentence, severity=severity, picture=picture)


def _named(each: Finding) -> str:
    # The share of a column that never changes says only how many gaps it has beside its one value.
    return f"`{each.columns[0]}`" + ("" if each.kind == "constant" else f" ({percent(each.effect)})")


def _picture(kind: str, ordered: Sequence[Finding]) -> Intervals:
    shown = ordered[:_SHOWN]
    return Intervals(
        title=f"{count(len(ordered))} columns: {kind}",
        n=max(each.n for each in shown),
        labels=tuple(each.columns[0] for each in shown),
        values=tuple(each.effect for each in shown),
        low=tuple(each.low for each in shown),
        high=tuple(each.high for each in shown),
        counts=tuple(each.n for each in shown),
        x_title="share of rows",
        note="95 % intervals" if len(shown) == len(ordered) else f"95 % intervals; the first {len(shown)}",
    )
