"""Images on a page: a contact sheet, and what they are."""

from __future__ import annotations

from markupsafe import Markup

from interlock.explore.content.images import Images, Thumbnail
from interlock.report import Distribution, bullets, details, figure, heading, join, paragraph, table
from interlock.report.format import count, number, percent

__all__ = ["sheet"]


def sheet(found: Images) -> Markup:
    """Return what images hold: facts, some of them small, those that are broken and those that repeat."""
    lines = [_amount(found), _kinds(found), _sizes(found), _odd(found)]
    body = heading(found.name) + bullets(line for line in lines if line)
    body += _pictures(found.sheet)
    if found.broken:
        rows = [[path, why] for path, why in found.broken]
        body += table(["file that cannot be read", "why"], rows)
    if found.same or found.alike:
        groups = [("equal to the byte", group) for group in found.same]
        groups += [("looks the same", group) for group in found.alike]
        rows = [[how, str(len(group)), ", ".join(group[:4])] for how, group in groups]
        body += details("Repeated pictures", table(["how", "files", "such as"], rows, "lrl"))
    if any(found.brightness):
        body += details("Brightness", figure(_brightness(found), "The mean of each picture."))
    return body


def _amount(found: Images) -> str:
    looked = f", {count(found.looked)} of them looked at" if found.looked < found.files else ""
    classes = ", ".join(f"{name or 'none'} ({count(hits)})" for name, hits in found.labels[:12])
    more = f", {len(found.labels) - 12} more" if len(found.labels) > 12 else ""
    return f"{count(found.files)} files{looked}" + (f"; classes: {classes}{more}." if classes else ".")


def _kinds(found: Images) -> str:
    readable = max(found.looked - found.many_broken, 1)
    kinds = [
        ", ".join(f"{name} {percent(hits / readable)}" for name, hits in part[:6])
        for part in (found.formats, found.modes)
    ]
    return f"Formats: {kinds[0]}; modes: {kinds[1]}." if all(kinds) else ""


def _sizes(found: Images) -> str:
    if not found.widths:
        return ""
    common = ", ".join(f"{shape} ({count(hits)})" for shape, hits in found.shapes[:3])
    return (
        f"Most often {common} pixels; width {_range(found.widths)}, height {_range(found.heights)}, width by "
        f"height {_range(found.ratios)}; {_range(found.sizes)} bytes."
    )


def _odd(found: Images) -> str:
    parts = [
        (found.flat, "of one brightness"),
        (found.tiny, "tiny"),
        (found.turned, "turned by an EXIF flag"),
    ]
    told = ", ".join(f"{count(hits)} {what}" for hits, what in parts if hits)
    return f"Files that stand out: {told}." if told else ""


def _range(quantiles: tuple[float, ...]) -> str:
    low, _, middle, _, high = (number(value, 3) for value in quantiles)
    return low if low == high else f"{low} to {high} (median {middle})"


def _pictures(thumbnails: tuple[Thumbnail, ...]) -> Markup:
    if not thumbnails:
        return Markup()
    shown = join(*map(_picture, thumbnails))
    row = Markup('<div style="display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0">{}</div>\n').format(shown)
    return row + paragraph("Some of the pictures, each class in turn.", small=True)


def _picture(each: Thumbnail) -> Markup:
    box = '<figure style="margin:0;width:4.5rem"><img src="{}" alt="{}" title="{}" style="{}"><figcaption>{}'
    style = "max-width:100%;min-width:3rem;image-rendering:pixelated"
    inner = Markup(box).format(each.uri, each.path, each.path, style, each.label)  # noqa: S704 - our own words
    return inner + Markup("</figcaption></figure>")


def _brightness(found: Images) -> Distribution:
    return Distribution(
        title=f"Brightness of {found.name}",
        n=sum(found.brightness),
        left=tuple(place / 10 for place in range(10)),
        right=tuple((place + 1) / 10 for place in range(10)),
        counts=tuple(map(float, found.brightness)),
        x_title="mean brightness, 0 black to 1 white",
        y_title="files",
    )
