"""The section "Text, time and images" of an exploration's report."""

from __future__ import annotations

from markupsafe import Markup

from interlock.explore.content.content import Content
from interlock.explore.content.sheet import sheet
from interlock.explore.content.text import CELL, Text
from interlock.explore.content.timestamps import Timestamps
from interlock.report import (
    Bars,
    Line,
    Lines,
    bullets,
    details,
    figure,
    heading,
    join,
    paragraph,
    prose,
    table,
)
from interlock.report.format import count, duration, moment, number, percent

__all__ = ["content_part"]


def content_part(content: Content) -> Markup:
    """Return what columns of times, text and images hold; nothing where there are none."""
    return join(*map(sheet, content.images), *map(_times, content.timestamps), *map(_text, content.texts))


def _times(found: Timestamps) -> Markup:
    lines = [_range(found), _zone(found), _steps(found), _order(found), *_gaps(found), _even(found)]
    charts = [each for each in (found.by_hour, found.by_weekday) if _uneven(each)]
    if found.resolution == "day":
        charts = [each for each in charts if each.labels != found.by_hour.labels]
    drawn = join(*(figure(each, "Share of the rows; dashed: an even spread.") for each in charts))
    shown = details("When the rows are", drawn) if charts else Markup()
    return heading(found.column) + bullets(prose(line) for line in lines if line) + shown


def _uneven(shares: Bars) -> bool:
    """Whether some part of the clock or the week has a tenth more or fewer rows than an even share."""
    return any(abs(value * len(shares.labels) - 1) > 0.1 for value in shares.values)


def _even(found: Timestamps) -> str:
    parts = {"weekdays": found.by_weekday} | ({} if found.resolution == "day" else {"hours": found.by_hour})
    even = " and ".join(name for name, shares in parts.items() if not _uneven(shares))
    return f"The rows are spread evenly over the {even}." if even else ""


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
    if found.zone:
        return f"Stored with the zone {found.zone}, shown in UTC."
    return "" if found.resolution == "day" else "Without a time zone."


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


def _text(found: Text) -> Markup:
    lines = [_amount(found), _lengths(found), _characters(found)]
    held = [f"{what} in {percent(share)}" for what, share in found.contains]
    lines += [f"The texts contain {', '.join(held)}."] if held else []
    body = heading(found.column) + bullets(lines)
    if not found.vocabulary:
        return body
    parts = [
        _telling(found),
        table(["common word", "texts", "share"], [_common(each, found) for each in found.top], "lrr"),
        figure(_growth(found), "New words that more text brings: a line that flattens has met most of them."),
    ]
    return body + _examples(found) + details(f"{count(found.vocabulary)} different words", join(*parts))


def _amount(found: Text) -> str:
    missing = (
        f"; {count(found.empty)} are empty, {count(found.blank)} blank" if found.empty + found.blank else ""
    )
    looked = f", {count(found.looked)} of them read" if found.looked < found.different else ""
    cut = f" (of {count(found.cut)} only the first {count(CELL)} characters)" if found.cut else ""
    return f"{count(found.different)} different texts in {count(found.n)} rows{looked}{cut}{missing}."


def _lengths(found: Text) -> str:
    return f"{_spread(found.characters)} characters; {_spread(found.words)} words."


def _spread(quantiles: tuple[float, ...]) -> str:
    low, few, middle, many, high = map(number, quantiles)
    return f"{low} to {high} (median {middle}, nine of ten between {few} and {many})"


def _characters(found: Text) -> str:
    classes = ", ".join(f"{name} {percent(share)}" for name, share in found.classes[:6])
    return f"Characters: {classes}; {percent(found.capitals)} of the letters are capitals."


def _telling(found: Text) -> Markup:
    if not found.telling:
        return Markup()
    header = ["word", "goes with", "effect", "standard errors", "texts"]
    rows: list[tuple[str, str, str, str, int]] = [
        (each.word, each.group, number(each.effect, 3), number(each.z, 3), each.texts)
        for each in found.telling
    ]
    return table(
        header, rows, "llrrr", caption="Words that tell of the target, at a false discovery rate of 1 %."
    )


def _common(each: tuple[str, int], found: Text) -> list[str | int]:
    return [each[0], each[1], percent(each[1] / found.looked)]


def _growth(found: Text) -> Lines:
    return Lines(
        title=f"Different words in the first words of {found.column}",
        n=found.growth[-1][0],
        x=tuple(float(read) for read, _ in found.growth),
        lines=(Line("different words", tuple(float(new) for _, new in found.growth)),),
        x_title="words read",
        y_title="different words",
    )


def _examples(found: Text) -> Markup:
    if not found.groups:
        return Markup()
    groups = [
        join(paragraph(f"{count(size)} texts, such as", small=True), bullets(group))
        for size, group in zip(found.sizes, found.groups, strict=True)
    ]
    return details(f"{count(found.alike)} texts are nearly the same as another one", join(*groups))
