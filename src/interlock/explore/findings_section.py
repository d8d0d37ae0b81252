"""The findings on the page of an exploration, each with its effect, its interval, n and its picture."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from interlock.explore.findings.finding import Finding
from interlock.explore.pictures import finding_picture
from interlock.explore.summary import SERIOUS
from interlock.report import Chart, Distribution, details, figure, item, join, paragraph, prose, tag
from interlock.report.format import count, interval, number

__all__ = ["FIRST", "findings_note", "findings_section"]

#: Findings with a chart, before the fold; and how many follow when it is opened.
FIRST, _REST = 12, 100
#: A chart beside a sentence is not as tall as one that stands alone.
_HEIGHT = 150


def findings_note(findings: Sequence[Finding]) -> str:
    """Return what stands under the heading."""
    if not findings:
        return "Nothing stood out."
    return f"{count(len(findings))}, the most serious first, each with its effect and 95 % interval."


def findings_section(findings: Sequence[Finding], *, charts: bool = True) -> Markup:
    """Return the findings: the first dozen with a chart each, the others to be opened.

    Args:
        findings: Ranked.
        charts: Whether there is a script to draw charts; else all pictures are small.
    """
    first = [_item(each, chart=charts) for each in findings[:FIRST]]
    rest = findings[FIRST : FIRST + _REST]
    if not rest:
        return join(*first)
    beyond = len(findings) - FIRST - len(rest)
    more = [_item(each, chart=False) for each in rest]
    if beyond:
        more.append(paragraph(f"{count(beyond)} more stand in exploration.json.", small=True))
    return join(*first) + details(f"{count(len(findings) - FIRST)} more, less serious", join(*more))


def _single(picture: Chart) -> bool:
    """Tell whether a histogram has one bin, which shows nothing."""
    return isinstance(picture, Distribution) and len(picture.counts) < 2


def _item(each: Finding, *, chart: bool) -> Markup:
    tone = "bad" if each.severity >= 0.8 else "warn" if each.severity >= SERIOUS else ""
    title = join(tag(each.kind, tone), " ", prose(each.sentence))
    size = f"effect {number(each.effect, 3)}"
    if each.low != each.high:
        size += f" ({interval(each.low, each.high)})"
    text = f"{size} · n = {count(each.n)} · {each.method}"
    if chart and each.picture is not None and not _single(each.picture):
        return item(title, text, figure(each.picture, "", height=_HEIGHT), wide=True)
    return item(title, text, finding_picture(each.picture))
