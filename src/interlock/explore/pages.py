"""An exploration as a page that a person enjoys reading."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from markupsafe import Markup

from interlock import contract as contracts
from interlock.explore.association import Association
from interlock.explore.charts import strengths
from interlock.explore.columns import column_cards, contract_table
from interlock.explore.findings.finding import Finding
from interlock.explore.pictures import finding_picture
from interlock.explore.relation import Relation
from interlock.explore.statistics.discoveries import RATE
from interlock.explore.summary import SERIOUS
from interlock.report import (
    Section,
    bullets,
    details,
    facts,
    figure,
    item,
    join,
    page,
    prose,
    table,
    tag,
)
from interlock.report import notebook as framed
from interlock.report.format import count, interval, number, percent

if TYPE_CHECKING:
    from interlock.explore.exploration import Exploration

__all__ = ["document", "notebook"]

#: Findings that are shown before the fold, and relations that get a chart of their own.
_FINDINGS, _CHARTS = 12, 6


def document(exploration: Exploration) -> str:
    """Return the report: one HTML page without a network."""
    sections = [
        Section("In short", _short(exploration)),
        Section("Findings", _findings(exploration.findings), _findings_note(exploration)),
        *([Section("Relation to the target", _target(exploration))] if exploration.associations else []),
        Section(
            "Columns",
            column_cards(exploration.profile, exploration.contract),
            f"All {count(exploration.rows)} rows.",
        ),
        Section("The contract", contract_table(exploration.contract), _CONTRACT_NOTE),
        Section("How it was measured", _method(exploration)),
    ]
    lead = f"An exploration of {count(exploration.rows)} rows and {len(exploration.profile.columns)} columns."
    return page(exploration.name, lead, sections, footer=_footer(exploration))


def notebook(exploration: Exploration) -> str:
    """Return what a notebook shows: the summary and the first findings, without charts."""
    sections = [
        Section("In short", _short(exploration)),
        Section("Findings", _findings(exploration.findings[:_FINDINGS])),
    ]
    return framed(page(exploration.name, "", sections, footer=_footer(exploration)))


_CONTRACT_NOTE = (
    "What training data and every request will be checked against. Edit contract.toml to change it: the same "
    "rules run in training, in the service and in monitoring."
)


def _short(exploration: Exploration) -> Markup:
    profile, contract = exploration.profile, exploration.contract
    cells = sum(found.rows for found in profile.columns.values())
    gaps = sum(found.nulls + found.nans for found in profile.columns.values())
    figures = [
        ("rows", count(exploration.rows)),
        ("columns", count(len(profile.columns))),
        ("inputs for a model", count(len(contract.inputs))),
        ("values missing", percent(gaps / max(cells, 1))),
        ("to decide first", count(sum(each.severity >= SERIOUS for each in exploration.findings))),
    ]
    return facts(figures) + bullets((prose(each) for each in exploration.summary), numbered=True)


def _findings_note(exploration: Exploration) -> str:
    if not exploration.findings:
        return "Nothing stood out."
    return f"{len(exploration.findings)}, the most serious first, each with its effect and 95 % interval."


def _findings(findings: tuple[Finding, ...]) -> Markup:
    items = [_finding(each) for each in findings]
    rest = items[_FINDINGS:]
    more = details(f"{len(rest)} more, less serious", join(*rest)) if rest else Markup()
    return join(*items[:_FINDINGS]) + more


def _finding(each: Finding) -> Markup:
    tone = "bad" if each.severity >= 0.8 else "warn" if each.severity >= SERIOUS else ""
    title = join(tag(each.kind, tone), " ", prose(each.sentence))
    size = f"effect {number(each.effect, 3)}"
    if each.low != each.high:
        size += f" ({interval(each.low, each.high)})"
    text = f"{size} · n = {count(each.n)} · {each.method}"
    return item(title, text, finding_picture(each.picture))


def _target(exploration: Exploration) -> Markup:
    found = exploration.associations
    caption = (
        "One effect size a column on a common scale: |2 AUC − 1| for numbers and two classes, eta for "
        f"numbers and groups, Cramér's V for categories, |rho| for two numbers. {_sampled(exploration)}"
    )
    shown = exploration.relations[:_CHARTS]
    charts = [figure(each.picture, f"{_groups(each)} {_sampled(exploration)}") for each in shown]
    parts = [figure(strengths(found), caption), *charts]
    header = ["column", "about", "measure", "estimate", "95 % interval", "strength", "p", "n", ""]
    rows = [_association(each) for each in found]
    note = f"“holds”: a discovery among all {len(found)} tests at a false discovery rate of {percent(RATE)}."
    return join(*parts, details("All tests", table(header, rows, "lllrrrrrl", caption=note)))


def _groups(relation: Relation) -> str:
    if relation.places:
        return "Each value, or ten groups of like size, at its median."
    return "The most frequent levels, up to ten."


def _association(each: Association) -> list[str]:
    low_high = interval(each.low, each.high)
    size = [number(each.value, 3), low_high, number(each.strength, 3)]
    holds = tag("holds", "good") if each.discovered else ""
    return [each.column, each.about, each.measure, *size, f"{each.p:.2g}", count(each.n), holds]


def _method(exploration: Exploration) -> Markup:
    rows, rate = f"all {count(exploration.rows)} rows", percent(RATE)
    lines = [
        f"Counts, gaps, ranges, quantiles and duplicates come from {rows}.",
        "A quantile's rank is right within half a percent.",
        f"{_sampled(exploration)} This holds for associations and for what text columns look like.",
        f"Intervals are 95 %. Of the associations that hold, at most {rate} are expected to be chance.",
        f"On pure noise {rate} of explorations report any (Benjamini-Hochberg).",
        "An association is not a cause, and each column is measured alone.",
    ]
    digests = [
        ["profile", exploration.profile.digest],
        ["contract", contracts.digest(exploration.contract)],
    ]
    return bullets(lines) + table(["what", "digest"], digests)


def _sampled(exploration: Exploration) -> str:
    if exploration.sampled == exploration.rows:
        return f"Measured on all {count(exploration.rows)} rows."
    return f"Measured on {count(exploration.sampled)} rows drawn at random (seed 0)."


def _footer(exploration: Exploration) -> str:
    return f"Interlock {metadata.version('interlock')} · profile {exploration.profile.digest}"
