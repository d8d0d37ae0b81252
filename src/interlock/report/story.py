"""A story: chapters of plain sentences, each with at most one picture, as Markdown, HTML or PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.report.numbers import numbers
from interlock.report.page import Section, bullets, figure, notebook, page, paragraph, prose
from interlock.report.values import Chart

__all__ = ["Chapter", "Story"]

#: Rows of a chart's table in Markdown, which has no picture.
_ROWS = 12


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of a story.

    Args:
        title: What it answers.
        sentences: In reading order; what stands between backticks is a name from the data.
        listed: Whether the sentences stand one below the other, as a list.
        chart: What shows it best.
    """

    title: str
    sentences: tuple[str, ...]
    listed: bool = False
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What a decision-maker reads.

    Args:
        title: The heading.
        lead: One sentence under it.
        chapters: In reading order.
        footer: What was measured with what.

    Example:
        >>> story = Story("Late flights", "A year.", (Chapter("The question", ("Is `late` known?",)),))
        >>> print(story.markdown())
        # Late flights
        <BLANKLINE>
        A year.
        <BLANKLINE>
        ## The question
        <BLANKLINE>
        Is `late` known?
        <BLANKLINE>
    """

    title: str
    lead: str
    chapters: tuple[Chapter, ...]
    footer: str = ""

    def __str__(self) -> str:
        return self.markdown()

    def markdown(self) -> str:
        """Return the story as Markdown; the numbers of a picture stand in a table."""
        parts = [f"# {_plain(self.title)}", _plain(self.lead)]
        for chapter in self.chapters:
            parts += [f"## {_plain(chapter.title)}", _text(chapter)]
            if chapter.chart is not None:
                parts.append(_numbers(chapter.chart))
        parts += [f"---\n\n{_plain(self.footer)}"] if self.footer else []
        return "\n\n".join(parts) + "\n"

    def html(self) -> str:
        """Return the story as one HTML page that needs no network."""
        sections = []
        for chapter in self.chapters:
            sentences = [prose(each) for each in chapter.sentences]
            body = bullets(sentences) if chapter.listed else paragraph(prose(" ".join(chapter.sentences)))
            if chapter.chart is not None:
                body += figure(chapter.chart, "")
            sections.append(Section(chapter.title, body))
        return page(self.title, self.lead, sections, footer=self.footer)

    def save(self, path: str | Path) -> Path:
        """Write the story.

        Args:
            path: Where; it ends in `.md`, `.html` or `.pdf`. An existing file is replaced at once.

        Returns:
            The path.

        Raises:
            InputError: If the suffix is another, the disk refuses, or no browser is found to print a PDF.
        """
        place = Path(path)
        match place.suffix.lower():
            case ".md":
                return write_atomically(place, self.markdown())
            case ".html":
                return write_atomically(place, self.html())
            case ".pdf":
                from interlock.report.pdf import print_pdf

                return print_pdf(self.html(), place)
        raise InputError(
            "a story cannot be written in this format",
            where=place,
            got=place.suffix or "no suffix",
            next_step="end the name in .md, .html or .pdf",
        )

    def _repr_html_(self) -> str:
        return notebook(self.html())

    def _repr_markdown_(self) -> str:
        return self.markdown()


def _text(chapter: Chapter) -> str:
    written = [_sentence(each) for each in chapter.sentences]
    return "\n".join(f"- {each}" for each in written) if chapter.listed else " ".join(written)


def _sentence(text: str) -> str:
    """Return a sentence as Markdown: names stay code, and nothing else is taken for markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(f"`{part}`" if place % 2 else _plain(part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]#|~])", r"\\\1", " ".join(text.split()) if "\n" in text else text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _numbers(chart: Chart) -> str:
    header, *rows = numbers(chart)
    lines = [header, ["---"] * len(header), *rows[:_ROWS]]
    body = "\n".join(
        _line(each if place == 1 else [_plain(cell) for cell in each]) for place, each in enumerate(lines)
    )
    title = f"**{_plain(chart.title)}**" + (f" (n = {chart.n:,})" if chart.n is not None else "")
    more = f"\n\n{len(rows) - _ROWS} more rows." if len(rows) > _ROWS else ""
    return f"{title}\n\n{body}{more}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
