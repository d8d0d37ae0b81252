"""One self-contained HTML page: sections, tables, facts and figures, without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from interlock.report import format as form
from interlock.report.chart import specification
from interlock.report.library import library, packed
from interlock.report.numbers import numbers
from interlock.report.palette import chart_style
from interlock.report.values import Chart, Matrix

__all__ = [
    "Section",
    "bullets",
    "cards",
    "details",
    "facts",
    "figure",
    "heading",
    "item",
    "join",
    "notebook",
    "page",
    "paragraph",
    "prose",
    "table",
    "tag",
]

_HERE = Path(__file__).parent
#: Characters from which a column of words keeps some width, and from which it keeps more.
_SOME, _LONG = 12, 60
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page, listed in its table of contents.

    Args:
        title: A short heading.
        html: What `table`, `figure`, `facts`, `paragraph` and their sums return. A plain `str` is escaped.
        note: One muted sentence under the heading, such as the method.
    """

    title: str
    html: Markup
    note: str = ""


def page(title: str, lead: str, sections: Sequence[Section], *, footer: str = "") -> str:
    """Return one HTML document that needs nothing but itself.

    Its content security policy forbids every request and every script but its own two, so neither a column's
    name nor a cell can make it do anything.

    Args:
        title: The heading and the browser's title.
        lead: One or two sentences under the heading.
        sections: In reading order.
        footer: What was measured with what: versions and digests.

    Returns:
        The document; about 15 kB, and 0.4 MB more (the Vega library, compressed) where it has a figure.

    Example:
        >>> document = page("Flights", "A year of them.", [Section("Rows", paragraph("336,776"))])
        >>> "<h2" in document and "http://" not in document
        True
    """
    charts = [spec for section in sections for spec in _CHART.findall(escape(section.html))]
    script = _script() if charts else Markup()
    return _template().render(
        title=title,
        lead=lead,
        sections=[replace(section, html=_without_charts(section.html)) for section in sections],
        footer=footer,
        style=_text("page.css"),
        charts=Markup(packed(f"[{','.join(charts)}]".encode())) if charts else "",  # noqa: S704 - no "<"
        library=Markup(library().packed) if charts else "",  # noqa: S704 - no "<"
        script=script,
        policy=_policy([_digest(script), library().allowed] if charts else []),
    )


def figure(chart: Chart | Any, caption: str, *, alt: str = "", height: int = 0) -> Markup:
    """Return a chart with its title, its caption and its numbers as a table that opens.

    `page` adds the library that draws it, once.

    Args:
        chart: A value of `interlock.report.values`, or any Altair chart.
        caption: What the reader sees and how it was obtained, in plain text.
        alt: What the picture says, for those who do not see it; the title and n if empty.
        height: Of the plot in pixels; 0 leaves it to the kind of chart, as do charts of one row a label.

    Example:
        >>> from interlock.report.values import Bars
        >>> bars = Bars(title="Late", labels=("EWR",), values=(0.27,), n=9)
        >>> figure(bars, "Share of flights.")[:20]
        Markup('<figure class="chart')
    """
    if not isinstance(chart, Chart):
        return _figure(Markup(), alt or caption, chart.to_dict(), None, caption)
    beneath = form.beneath(chart.n, chart.note, getattr(chart, "outside", 0.0))
    head = Markup('<p class="title">{}</p>\n').format(chart.title)
    head += Markup('<p class="small">{}</p>\n').format(beneath) if beneath else Markup()
    label = alt or ". ".join(part for part in (chart.title, beneath) if part)
    spec = specification(chart)
    if height and not getattr(chart, "labels", ()) and not isinstance(chart, Matrix):
        spec["height"] = height
    return _figure(head, label, spec, numbers(chart), caption, chart.title)


def _figure(head: Markup, label: str, spec: Any, rows: Any, caption: str, title: str = "") -> Markup:
    # "<" never appears in the JSON, so no string in the data can close the script element.
    text = json.dumps([spec, rows, title], separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    picture = Markup(_PICTURE).format(label)  # noqa: S704 - our own
    if "step" in str(spec.get("width")):  # of a fixed width, so it scrolls on a narrow screen
        picture = _scrolled(picture, label)
    below = Markup("<figcaption>{}</figcaption>").format(caption) if caption else Markup()
    return Markup(
        '<figure class="chart">{}{}<script type="application/json">{}</script>{}</figure>\n'
    ).format(head, picture, Markup(text), below)  # noqa: S704 - JSON without "<"


_PICTURE = (
    '<div class="vega" role="img" aria-label="{}">'
    '<p class="small">Drawn by a script, which did not run.</p></div>\n'
)
_CHART = re.compile(r'<script type="application/json">([^<]*)</script>')


def table(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], align: str = "", *, caption: str = ""
) -> Markup:
    r"""Return a table that scrolls sideways on a narrow screen.

    Args:
        header: One heading a column.
        rows: Cells: text, HTML from this module, or numbers (four significant digits); None is a dash.
        align: One letter a column, `l`, `r` or `c`; the default is `r` for columns of numbers.
        caption: One sentence above it.

    Example:
        >>> "<td class=\"right\">12,345</td>" in table(["n"], [[12345]])
        True
    """
    body = [tuple(row) for row in rows]
    sides = align or "".join(
        "r" if _numeric([row[index] for row in body]) else "l" for index in range(len(header))
    )
    classes = [{"l": "left", "r": "right", "c": "center"}[side] for side in sides]
    widths = [_width([row[index] for row in body]) for index in range(len(header))]
    looks = [
        f"left {width}" if width and side == "left" else side
        for side, width in zip(classes, widths, strict=True)
    ]
    head = join(*(_cell("th", name, look) for name, look in zip(header, looks, strict=True)))
    lines = [
        Markup("<tr>{}</tr>\n").format(join(*(_cell("td", c, s) for c, s in zip(row, classes, strict=True))))
        for row in body
    ]
    title = Markup("<caption>{}</caption>").format(caption) if caption else Markup()
    whole = Markup("<table>{}<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody></table>").format(
        title, head, join(*lines)
    )
    return _scrolled(whole, caption or f"Table: {', '.join(filter(None, header))}")


def facts(pairs: Iterable[tuple[str, Cell]]) -> Markup:
    r"""Return headline figures side by side.

    Example:
        >>> facts([("rows", 336776)])
        Markup('<dl class="facts"><div><dt>rows</dt><dd>336,776</dd></div></dl>\n')
    """
    inner = (
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, _written(value)) for name, value in pairs
    )
    return Markup('<dl class="facts">{}</dl>\n').format(join(*inner))


def paragraph(text: str, *, small: bool = False) -> Markup:
    """Return one paragraph of text, or of HTML from this module."""
    shell = Markup('<p class="small">{}</p>\n') if small else Markup("<p>{}</p>\n")
    return shell.format(text)


def bullets(items: Iterable[str], *, numbered: bool = False) -> Markup:
    """Return a list of sentences; numbered ones are set as a summary."""
    inner = join(*(Markup("<li>{}</li>\n").format(item) for item in items))
    shell = Markup('<ol class="summary">{}</ol>\n') if numbered else Markup("<ul>{}</ul>\n")
    return shell.format(inner)


def prose(text: str) -> Markup:
    """Return text in which what stands between backticks is set as code.

    Example:
        >>> prose("`a<b` is constant")
        Markup('<code>a&lt;b</code> is constant')
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    code = Markup("<code>{}</code>")
    return join(*(code.format(part) if place % 2 else part for place, part in enumerate(parts)))


def details(title: str, inner: Markup) -> Markup:
    """Return HTML that opens on a click."""
    return Markup("<details><summary>{}</summary>\n{}</details>\n").format(title, inner)


def cards(each: Iterable[Markup]) -> Markup:
    """Return compact boxes side by side, as many as fit."""
    return Markup('<div class="cards">\n{}</div>\n').format(
        join(*(Markup('<div class="card">{}</div>\n').format(inner) for inner in each))
    )


def item(title: Markup, text: str, picture: str = "", *, wide: bool = False) -> Markup:
    """Return one entry of a list: a sentence, muted text under it, and a picture beside it.

    Args:
        title: The sentence.
        text: How it was obtained.
        picture: From `spark`, or a figure.
        wide: Whether the picture is a figure, which needs more room.
    """
    beside = Markup('<div class="picture">{}</div>').format(picture) if picture else Markup()
    shell = Markup('<div class="item{}"><h3>{}</h3><p class="small">{}</p>{}</div>\n')
    return shell.format(" wide" if wide else "", title, text, beside)


def heading(text: str) -> Markup:
    """Return a heading inside a section."""
    return Markup("<h3>{}</h3>\n").format(text)


def notebook(document: str, *, height: int = 640) -> str:
    """Return a page as a notebook shows it: in a frame of its own, so that neither changes the other's look.

    Args:
        document: What `page` returned; one without figures stays small.
        height: Of the frame, in pixels.
    """
    frame = Markup('<iframe srcdoc="{}" style="width:100%;height:{}px;border:0" title="Interlock"></iframe>')
    return str(frame.format(document, height))  # marimo takes no other kind of string


def tag(text: str, tone: str = "") -> Markup:
    """Return a small label; `tone` is empty, `accent`, `good`, `warn` or `bad`."""
    return Markup('<span class="{}">{}</span>').format(f"tag {tone}".strip(), text)


def join(*parts: str) -> Markup:
    """Return the parts one after another; plain strings are escaped."""
    return Markup().join(parts)


def _scrolled(inner: Markup, label: str) -> Markup:
    """Return what may be wider than the screen, so that the keyboard reaches it, too."""
    plain = label.striptags() if isinstance(label, Markup) else label  # an attribute holds no links
    return Markup('<div class="scroll" tabindex="0" role="group" aria-label="{}">{}</div>\n').format(
        plain, inner
    )


def _numeric(cells: Sequence[Cell]) -> bool:
    return any(cells) and all(cell is None or isinstance(cell, int | float) for cell in cells)


def _width(cells: Sequence[Cell]) -> str:
    """Return the class of a column whose words should not stand one below the other on a narrow screen."""
    longest = max((len(_shown(cell)) for cell in cells if isinstance(cell, str)), default=0)
    return "long" if longest > _LONG else "some" if longest > _SOME else ""


def _shown(cell: str) -> str:
    return cell.striptags() if isinstance(cell, Markup) else cell


def _cell(name: str, value: Cell, side: str) -> Markup:
    scope = Markup(' scope="col"') if name == "th" else ""
    look = Markup(' class="{}"').format(side) if side != "left" else Markup()
    return Markup("<{0}{1}{2}>{3}</{0}>").format(name, scope, look, _written(value))


def _written(value: Cell) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else form.number(value)


def _text(name: str) -> Markup:
    """Return a file of ours without what only its readers need: indentation and lines of comment."""
    lines = (line.strip() for line in (_HERE / name).read_text(encoding="utf-8").splitlines())
    return Markup("\n".join(line for line in lines if not line.startswith("//")))  # noqa: S704 - our own files


def _script() -> Markup:
    return Markup("const style = {};\n").format(Markup(chart_style())) + _text("page.js")  # noqa: S704 - our own


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string((_HERE / "page.html").read_text(encoding="utf-8"))


def _without_charts(html: Markup) -> Markup:
    """Charts stand compressed at the end of the page: without a script nobody could use them."""
    return Markup(_CHART.sub("", escape(html)))  # noqa: S704 - what is not HTML of ours is escaped first


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _policy(scripts: Sequence[str]) -> str:
    allowed = " ".join(f"'sha256-{digest}'" for digest in scripts) or "'none'"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}"
