"""What images hold that somebody has to decide on: broken files, repeats, pictures that lie on their side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.explore.content.images import Images
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import wilson
from interlock.report import Bars
from interlock.report.format import count, percent

__all__ = ["pictures"]


def pictures(found: Sequence[Images]) -> Iterator[Finding]:
    """Yield findings about folders or columns of images."""
    for images in found:
        yield from _broken(images)
        yield from _crossed(images)
        yield from _repeats(images)
        yield from _turned(images)


def _broken(images: Images) -> Iterator[Finding]:
    if not images.many_broken:
        return
    path, why = images.broken[0]
    more = f" and {count(images.many_broken - 1)} more" if images.many_broken > 1 else ""
    told = _told(images, images.many_broken, "cannot be read", "cannot be read")
    sentence = f"{told}: `{path}` ({why}){more}."
    size = wilson(images.many_broken, images.looked)
    yield finding(
        "broken images", _columns(images), sentence, size, _method(images, "every file decoded"), 0.6
    )


def _crossed(images: Images) -> Iterator[Finding]:
    if not images.crossed:
        return
    told = _told(images, images.crossed, "repeats", "repeat")
    sentence = f"{told} a picture of another class: at least one of the labels is wrong."
    size = wilson(images.crossed, images.looked)
    yield finding("repeated images", _columns(images), sentence, size, _method(images, _HOW), 0.7)


def _repeats(images: Images) -> Iterator[Finding]:
    repeated = images.many_same + images.many_alike
    if not repeated:
        return
    size = wilson(repeated, images.looked)
    how = f"{count(images.many_same)} to the byte, {count(images.many_alike)} by what they show"
    sentence = (
        f"{_told(images, repeated, 'repeats', 'repeat')} an earlier one ({percent(size.value)}): {how}. Keep "
        "each group on one side of a split."
    )
    groups = (*images.same, *images.alike)[:10]
    picture = Bars(
        title="Largest groups of repeated pictures",
        labels=tuple(group[0] for group in groups),
        values=tuple(float(len(group)) for group in groups),
        n=images.looked,
        x_title="files",
    )
    severity = 0.3 + 0.4 * size.value
    yield finding(
        "repeated images", _columns(images), sentence, size, _method(images, _HOW), severity, picture
    )


_HOW = "SHA-256, and 64-bit difference hashes that differ in at most 3 bits"


def _turned(images: Images) -> Iterator[Finding]:
    if not images.turned:
        return
    told = _told(
        images, images.turned, "lies on its side or is mirrored", "lie on their side or are mirrored"
    )
    sentence = f"{told} until the EXIF flag is obeyed: turn such pictures before a model sees them."
    size = wilson(images.turned, images.looked)
    yield finding(
        "turned images", _columns(images), sentence, size, _method(images, "EXIF orientation"), 0.35
    )


def _columns(images: Images) -> tuple[str, ...]:
    return (images.name,) if images.in_column else ()


def _told(images: Images, many: int, one: str, several: str) -> str:
    return (
        f"1 file of {images.name} {one}" if many == 1 else f"{count(many)} files of {images.name} {several}"
    )


def _method(images: Images, how: str) -> str:
    part = "" if images.looked == images.files else f" of {count(images.files)}, evenly chosen"
    return f"{how}, in {count(images.looked)} files{part}; Wilson interval"
