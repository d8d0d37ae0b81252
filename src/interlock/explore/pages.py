"""An exploration as a page that a person enjoys reading."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from markupsafe import Markup

from interlock import contract as contracts
from interlock.explore.cleaning.page import cleaning_sections
from interlock.explore.columns import column_cards, contract_table
from interlock.explore.content.page import content_part
from interlock.explore.exactness import scope
from interlock.explore.findings_section import FIRST, findings_note, findings_section
from interlock.explore.quality_section import quality_section
from interlock.explore.relations_section import pairs_part, target_part
from interlock.explore.statistics.discoveries import RATE
from interlock.explore.summary import to_decide
from interlock.report import Section, bullets, facts, page, prose, table
from interlock.report import notebook as framed
from interlock.report.format import count, percent

if TYPE_CHECKING:
    from interlock.explore.exploration import Exploration

__all__ = ["document", "notebook"]


def document(exploration: Exploration) -> str:
    """Return the report: one HTML page without a network."""
    findings, sampled = exploration.findings, _sampled(exploration)
    drawn = {each.picture.title for each in findings[:FIRST] if each.picture is not None}
    above = {each.column for each in exploration.relations if each.picture.title in drawn}
    related = target_part(exploration.associations, exploration.relations, above, sampled)
    related += pairs_part(exploration.pairs)
    content = content_part(exploration.content)
    sections = [
        Section("In short", _short(exploration)),
        Section("Findings", findings_section(findings), findings_note(findings)),
        Section("Columns", column_cards(exploration), _read(exploration)),
        *([Section("Relations", related)] if related else []),
        *([Section("Text, time and images", content, sampled)] if content else []),
        Section("Quality", quality_section(exploration), f"{_read(exploration)} {_QUALITY_NOTE}"),
        *cleaning_sections(exploration.accepted, exploration.proposals),
        Section("The contract", contract_table(exploration.contract), _CONTRACT_NOTE),
        Section("How it was measured", _method(exploration)),
    ]
    lead = f"An exploration of {count(exploration.rows)} rows and {len(exploration.profile.columns)} columns."
    return page(exploration.name, lead, sections, footer=_footer(exploration))


def notebook(exploration: Exploration) -> str:
    """Return what a notebook shows: the summary and the first findings, without charts."""
    first = exploration.findings[:FIRST]
    sections = [
        Section("In short", _short(exploration)),
        Section("Findings", findings_section(first, charts=False)),
    ]
    return framed(page(exploration.name, "", sections, footer=_footer(exploration)))


_QUALITY_NOTE = "What is missing together was counted in the sample."
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
        ("to decide first", count(to_decide(exploration.findings))),
    ]
    return facts(figures) + bullets((prose(each) for each in exploration.summary), numbered=True)


def _method(exploration: Exploration) -> Markup:
    rate = percent(RATE)
    lines = [
        f"How exact counts, gaps, ranges, quantiles and duplicates are: {exploration.exactness}.",
        "A quantile's rank among the rows read is right within half a percent.",
        f"{_sampled(exploration)} This holds for associations and for what text columns look like.",
        f"Intervals are 95 %. Of the associations that hold, at most {rate} are expected to be chance.",
        f"On pure noise {rate} of explorations report any (Benjamini-Hochberg).",
        "An association is not a cause, and takes each column alone; interactions and reversals take more.",
    ]
    digests = [
        ["profile", exploration.profile.digest],
        ["contract", contracts.digest(exploration.contract)],
    ]
    return bullets(lines) + table(["what", "digest"], digests)


def _read(exploration: Exploration) -> str:
    rows = scope(exploration.profile.rows, exploration.rows)
    return f"{rows[0].upper()}{rows[1:]}."


def _sampled(exploration: Exploration) -> str:
    if exploration.sampled == exploration.rows:
        return f"Measured on all {count(exploration.rows)} rows."
    return f"Measured on {count(exploration.sampled)} rows drawn at random (seed 0)."


def _footer(exploration: Exploration) -> str:
    return f"Interlock {metadata.version('interlock')} · profile {exploration.profile.digest}"
