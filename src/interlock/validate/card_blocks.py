"""What a model card is made of: facts, tables, words, pictures, and gaps that only people can fill."""

from __future__ import annotations

from typing import NamedTuple

from interlock.report import Chart

__all__ = ["Block", "Fact", "Facts", "Grid", "Missing", "Part", "Picture", "Quote", "Words", "source"]


class Fact(NamedTuple):
    """One line of a list of facts.

    Args:
        label: What it is.
        text: The number or name as written.
        source: Where it is from, such as `evidence.json#auc`.
        how: How it was obtained.
    """

    label: str
    text: str
    source: str
    how: str = ""


class Facts(NamedTuple):
    """Facts, each with its own source."""

    facts: tuple[Fact, ...]


class Grid(NamedTuple):
    """A table from one source.

    Args:
        header: One heading a column.
        rows: Cells as written.
        align: One letter a column, `l` or `r`.
        caption: What it shows.
        source: Where all of it is from.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    caption: str
    source: str


class Words(NamedTuple):
    """A paragraph without a number."""

    text: str


class Missing(NamedTuple):
    """What only people can say, and have not said.

    Args:
        what: What is missing.
        key: The setting of `[card]` that fills it; empty where none does.
    """

    what: str
    key: str = ""


class Quote(NamedTuple):
    """What people said, in their words.

    Args:
        key: The setting of `[card]` that it is from.
        what: What it answers.
        text: Their words.
    """

    key: str
    what: str
    text: str


class Picture(NamedTuple):
    """A chart, for the card in HTML; the numbers are in a grid nearby or in its source.

    Args:
        chart: What it shows.
        caption: What it shows.
        source: Where it is from.
    """

    chart: Chart
    caption: str
    source: str


Block = Facts | Grid | Words | Missing | Quote | Picture


class Part(NamedTuple):
    """One section of the card."""

    title: str
    blocks: tuple[Block, ...]


def source(name: str) -> str:
    """Return where the evidence called `name` is."""
    return f"evidence.json#{name}"
