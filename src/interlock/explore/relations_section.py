"""How columns go with the target and with each other, on the page of an exploration."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from markupsafe import Markup

from interlock.explore.association import Association
from interlock.explore.charts import strengths
from interlock.explore.pairs import Pairs
from interlock.explore.relation import Relation
from interlock.explore.statistics.discoveries import RATE
from interlock.explore.statistics.log_tail import p_text
from interlock.report import details, figure, heading, join, paragraph, table, tag
from interlock.report.format import count, interval, number, percent

__all__ = ["pairs_part", "target_part"]

#: Relations that get a chart of their own, and tests that are listed.
_CHARTS, _TESTS = 6, 200


def target_part(
    found: Sequence[Association], shown: Sequence[Relation], drawn: Collection[str], sampled: str
) -> Markup:
    """Return how the columns go with the target: all strengths, the strongest relations, all tests.

    Args:
        found: The strongest first.
        shown: Relations that could be drawn.
        drawn: Columns whose relation stands among the findings already.
        sampled: On which rows they were measured, one sentence.
    """
    if not found:
        return Markup()
    caption = (
        "One effect size a column on a common scale: |2 AUC − 1| for numbers and two classes, eta for "
        f"numbers and groups, Cramér's V for categories, |rho| for two numbers. {sampled}"
    )
    left = [each for each in shown if each.column not in drawn][:_CHARTS]
    charts = [figure(each.picture, f"{_groups(each)} {sampled}") for each in left]
    above = [each.column for each in shown if each.column in drawn]
    said = paragraph(f"Drawn among the findings: {', '.join(above)}.", small=True) if above else Markup()
    head, strength = heading("With the target"), figure(strengths(found), caption)
    return join(head, strength, said, *charts, _tests(found))


def pairs_part(found: Pairs | None) -> Markup:
    """Return how the columns go with each other: the square, and its strongest pairs in words."""
    if found is None:
        return Markup()
    caption = (
        "Spearman's rho for two numbers, Cramér's V for two categories, eta for a number and a category; "
        f"measured on {count(found.n)} rows of the sample."
    )
    strongest = found.strongest()
    head, square = heading("With each other"), figure(found.picture, caption)
    if not strongest:
        none = "No two columns go together with a strength of 0.3 or more."
        return join(head, square, paragraph(none))
    rows = [[each.first, each.second, number(each.value, 2)] for each in strongest]
    listed = table(
        ["column", "with", "strength"], rows, "llr", caption="The pairs that go together most strongly."
    )
    return join(head, square, listed)


def _tests(found: Sequence[Association]) -> Markup:
    header = ["column", "about", "measure", "estimate", "95 % interval", "strength", "p", "n", "verdict"]
    note = f"“holds”: a discovery among all {len(found)} tests at a false discovery rate of {percent(RATE)}."
    if len(found) > _TESTS:
        note += f" The {_TESTS} strongest are listed; all are in exploration.json."
    rows = [_row(each) for each in found[:_TESTS]]
    return details("All tests", table(header, rows, "lllrrrrrl", caption=note))


def _row(each: Association) -> list[str]:
    low_high = interval(each.low, each.high)
    size = [number(each.value, 3), low_high, number(each.strength, 3)]
    verdict = tag("holds", "good") if each.discovered else "–"
    return [
        each.column,
        each.about,
        each.measure,
        *size,
        p_text(each.log_p).removeprefix("p = "),
        count(each.n),
        verdict,
    ]


def _groups(relation: Relation) -> str:
    if relation.places:
        return "Each value, or ten groups of like size, at its median."
    return "The most frequent levels, up to ten."
