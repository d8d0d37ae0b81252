"""The section "Text and time" of an exploration's report."""

from __future__ import annotations

from markupsafe import Markup

from interlock.explore.content.content import Content
from interlock.explore.content.timestamps import Timestamps
from interlock.explore.findings.gaps import duration
from interlock.report import bullets, details, figure, heading, join, prose
from interlock.report.format import count, moment, percent

__all__ = ["content_part"]


def content_part(content: Content) -> Markup:
    """Return what columns of times and text hold; nothing where there are none."""
    return join(*map(_times, content.timestamps))


def _times(found: Timestamps) -> Markup:
    lines = [_range(found), _zone(found), _steps(found), _order(found), *_gaps(found)]
    charts = [figure(found.by_weekday, "Share of the rows; dashed: an even spread.")]
    if found.resolution != "day":
        charts.insert(0, figure(found.by_hour, "Share of the rows; dashed: an even spread."))
    shown = details("By hour and weekday" if len(charts) > 1 else "By weekday", join(*charts))
    return heading(found.column) + bullets(prose(line) for line in lines) + shown


def _range(found: Timestamps) -> str:
    length = duration(found.last - found.first)
    exact = {"day": "dates without a time of day", "finer": "fractions of a second"}
    size = exact.get(found.resolution, f"to the {found.resolution}")
    return f"From {moment(found.first)} to {moment(found.last)}: {length}, {size}."


def _zone(found: Timestamps) -> str:
    if len(found.offsets) > 1:
        named = ", ".join(f"{name or 'none'} ({percent(hits / found.n)})" for name, hits in found.offsets[:5])
        return f"Text with {len(found.offsets)} different offsets from UTC: {named}."
    if found.offsets and found.offsets[0][0]:
        return f"Text with the offset {found.offsets[0][0]} from UTC."
    return f"Stored with the zone {found.zone}, shown in UTC." if found.zone else "Without a time zone."


def _steps(found: Timestamps) -> str:
    same = f"{count(found.different)} different times in {count(found.n)} rows"
    if not found.step:
        return f"{same}, at no usual step."
    return f"{same}; {percent(found.even)} of the steps between them are {duration(found.step)}."


def _order(found: Timestamps) -> str:
    if found.back == 0:
        return f"The rows are in {found.order} order."
    if found.order == "none":
        return "The rows are in no order of time."
    return f"The rows are in {found.order} order; {count(found.back)} steps go the other way."


def _gaps(found: Timestamps) -> list[str]:
    if not found.beyond:
        return []
    begin, end = found.gaps[0]
    many = "1 gap is" if found.beyond == 1 else f"{count(found.beyond)} gaps are"
    return [f"{many} longer than usual; the longest is {duration(end - begin)} from {moment(begin)}."]
