"""The section on cleaning: what was accepted, what is proposed, before and after."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from interlock.contract.description import description
from interlock.contract.step import Step
from interlock.explore.cleaning.effect import Effect
from interlock.explore.cleaning.proposal import Accepted, Proposal
from interlock.report import Section, details, heading, item, join, paragraph, prose, table, tag
from interlock.report.format import count, percent

__all__ = ["cleaning_sections", "said"]

_EXAMPLES = 6
_TONES = {"certain": "good", "likely": "", "possible": "warn"}


def cleaning_sections(accepted: Sequence[Accepted], proposals: Sequence[Proposal]) -> list[Section]:
    """Return the section of a report, none where there is nothing to clean.

    Args:
        accepted: Steps that stand in the contract.
        proposals: Steps that nobody has accepted yet.
    """
    if not accepted and not proposals:
        return []
    note = (
        "Accepted steps stand in interlock.toml and run in training and in the service alike. "
        "`interlock clean` shows them, accepts and removes them."
    )
    return [Section("Cleaning", join(_accepted(accepted), _proposed(proposals)), note.replace("`", ""))]


def said(step: Step, effect: Effect) -> str:
    """Return what a step does in one line.

    Example:
        >>> said(Step("strip", "city"), Effect(12, 400, 9, 7))
        '12 of 400 rows (3 %), 9 different values become 7'
    """
    share = f"{count(effect.rows)} of {count(effect.n)} rows ({percent(effect.share)})"
    then = f", {count(effect.before)} different values become {count(effect.after)}"
    if step.kind == "duplicates":
        then = f", {count(effect.before)} rows become {count(effect.after)}"
    line = f"{share}{'' if step.kind == 'drop' else then}"
    if effect.unread:
        line += f"; {count(effect.unread)} rows hold text that it cannot read"
    return line if effect.basis == "all rows" else f"{line}; in {effect.basis}"


def _accepted(accepted: Sequence[Accepted]) -> Markup:
    if not accepted:
        return Markup()
    header = ["step", "column", "what it does", "rows changed", "share", "different values", "after"]
    rows = [
        [
            each.step.kind,
            each.step.column or "whole rows",
            description(each.step),
            count(each.effect.rows),
            percent(each.effect.share),
            count(each.effect.before),
            count(each.effect.after),
        ]
        for each in accepted
    ]
    unread = [
        paragraph(f"{each.step.column}: {said(each.step, each.effect)}.")
        for each in accepted
        if each.effect.unread
    ]
    shown = [(each.step.kind, each.step.column, each.effect) for each in accepted if each.effect.examples]
    more = join(*(details(f"{column}: {kind}", _examples(effect)) for kind, column, effect in shown))
    return join(heading("Accepted"), table(header, rows, "lllrrrr"), *unread, more)


def _proposed(proposals: Sequence[Proposal]) -> Markup:
    if not proposals:
        return Markup()
    return join(heading("Proposed"), *(_proposal(number, each) for number, each in enumerate(proposals, 1)))


def _proposal(number: int, each: Proposal) -> Markup:
    title = join(tag(f"{number} {each.step.kind}", _TONES[each.confidence]), " ", prose(each.why))
    shown = details("before and after", _examples(each.effect)) if each.effect.examples else Markup()
    return join(item(title, f"{each.confidence} · {said(each.step, each.effect)}"), shown)


def _examples(effect: Effect) -> Markup:
    rows = [
        [f"“{each.before}”", "null" if each.after is None else f"“{each.after}”", count(each.rows)]
        for each in effect.examples[:_EXAMPLES]
    ]
    rest = len(effect.examples) - _EXAMPLES
    more = paragraph(f"and {rest} more", small=True) if rest > 0 else Markup()
    return join(table(["before", "after", "rows"], rows, "llr"), more)
