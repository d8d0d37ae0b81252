"""The model card in HTML: the same content, with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from markupsafe import Markup

from interlock.report import Section, facts, figure, join, page, paragraph, table, tag
from interlock.validate.card import Block, Facts, Grid, Missing, Part, Picture, Quote, Words, source
from interlock.validate.evidence import Evidence, Measurement

__all__ = ["html", "summary"]

_TONES = {"passed": "good", "FAILED": "bad"}
_SHOWN_HEADLINES = 6
_HEADLINES = (
    "auc",
    "rmse",
    "log_loss",
    "mae",
    "brier",
    "r2",
    "accuracy",
    "macro_f1",
    "calibration_error",
    "latency_p50",
    "parity",
)


def html(title: str, lead: str, parts: Sequence[Part], evidence: Evidence) -> str:
    """Return the card as one HTML page that needs no network.

    Args:
        title: The heading.
        lead: One sentence under it.
        parts: What `card` returned.
        evidence: What validation found, for the headline and the digest.
    """
    sections = [Section(part.title, join(*(_block(block) for block in part.blocks))) for part in parts]
    headline = Section("At a glance", summary(evidence), "Links lead into evidence.json.")
    footer = f"{evidence.digest} ({source('digests')})"
    return page(title, lead, [headline, *sections], footer=footer)


def summary(evidence: Evidence) -> Markup:
    """Return the first numbers, side by side, each with its source."""
    by_name = {each.name: each for each in evidence.measurements}
    shown = [by_name[name] for name in _HEADLINES if name in by_name][:_SHOWN_HEADLINES]
    return facts([(each.label, _tile(each)) for each in shown])


@singledispatch
def _block(block: Block) -> Markup:
    message = f"no HTML for {type(block).__name__}"
    raise TypeError(message)


@_block.register
def _(block: Facts) -> Markup:
    rows = [(fact.label, fact.text, fact.how or "–", _link(fact.source)) for fact in block.facts]
    if any(fact.how for fact in block.facts):
        return table(("what", "value", "how", "from"), rows, "lrll")
    return table(("what", "value", "from"), [(row[0], row[1], row[3]) for row in rows], "lll")


@_block.register
def _(block: Grid) -> Markup:
    rows = [tuple(tag(cell, _TONES[cell]) if cell in _TONES else cell for cell in row) for row in block.rows]
    caption = Markup("{} From {}.").format(block.caption, _link(block.source))
    return table(block.header, rows, block.align, caption=caption)


@_block.register
def _(block: Words) -> Markup:
    return paragraph(_code(block.text))


@_block.register
def _(block: Missing) -> Markup:
    key = Markup(" <code>[card] {}</code>").format(block.key) if block.key else ""
    return paragraph(Markup("{} {}.{}").format(tag("not provided", "warn"), block.what, key))


@_block.register
def _(block: Quote) -> Markup:
    said = Markup("<strong>{}</strong>: {} <small>(interlock.toml, <code>[card] {}</code>)</small>")
    return paragraph(said.format(block.what.capitalize(), block.text, block.key))


@_block.register
def _(block: Picture) -> Markup:
    return figure(block.chart, f"{block.caption} From {block.source}.")


def _code(text: str) -> Markup:
    """Return words in which what stands between backticks is code."""
    parts = enumerate(text.split("`"))
    return join(*(Markup("<code>{}</code>").format(each) if place % 2 else each for place, each in parts))


def _tile(measurement: Measurement) -> Markup:
    value, _, ends = measurement.text.partition(" ")
    small = Markup('<span style="display:block;font-size:.72rem;font-weight:400">{}</span>')
    link = Markup('<a href="{}">#{}</a>').format(source(measurement.name), measurement.name)
    return join(value, small.format(ends), small.format(link))


def _link(where: str) -> Markup:
    return Markup('<a href="{0}">{0}</a>').format(where)
