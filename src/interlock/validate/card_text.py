"""The model card in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from interlock.validate.card import Block, Fact, Facts, Grid, Missing, Part, Picture, Quote, Words

__all__ = ["markdown"]

_SIDES = {"l": ":--", "r": "--:"}


def markdown(title: str, lead: str, parts: Sequence[Part], metadata: str = "") -> str:
    """Return the card as Markdown; pictures are left to the card in HTML.

    Args:
        title: The heading.
        lead: One sentence under it.
        parts: What `card` returned.
        metadata: A block of YAML, which comes before all else; empty for none.

    Example:
        >>> fact = Fact("AUC", "0.741 [0.735, 0.747]", "evidence.json#auc", "holdout, n=49,000, DeLong")
        >>> print(markdown("Card", "All gates passed.", [Part("Metrics", (Facts((fact,)),))]))
        # Card
        <BLANKLINE>
        All gates passed.
        <BLANKLINE>
        ## Metrics
        <BLANKLINE>
        - AUC: **0.741 [0.735, 0.747]** (holdout, n=49,000, DeLong; [evidence.json#auc](evidence.json#auc))
        <BLANKLINE>
    """
    blocks = [*([metadata] if metadata else []), f"# {_plain(title)}", lead]
    for part in parts:
        blocks.append(f"## {part.title}")
        blocks += [text for block in part.blocks if (text := _block(block))]
    return "\n\n".join(blocks) + "\n"


@singledispatch
def _block(block: Block) -> str:
    message = f"no Markdown for {type(block).__name__}"
    raise TypeError(message)


@_block.register
def _(block: Facts) -> str:
    return "\n".join(_fact(fact) for fact in block.facts)


@_block.register
def _(block: Grid) -> str:
    lines = (
        _row(block.header),
        _row(_SIDES[side] for side in block.align),
        *(_row(_plain(cell) for cell in row) for row in block.rows),
    )
    return f"{block.caption} From {_link(block.source)}:\n\n" + "\n".join(lines)


@_block.register
def _(block: Words) -> str:
    return block.text


@_block.register
def _(block: Missing) -> str:
    return f"*Not provided*: {block.what}{f' (`[card] {block.key}`)' if block.key else ''}."


@_block.register
def _(block: Quote) -> str:
    return f"{block.what.capitalize()}: {_plain(block.text)} (interlock.toml, `[card] {block.key}`)"


@_block.register
def _(_block: Picture) -> str:
    return ""


def _fact(fact: Fact) -> str:
    how = "; ".join(part for part in (_plain(fact.how), _link(fact.source)) if part)
    return f"- {_plain(fact.label)}: **{_plain(fact.text)}** ({how})"


def _link(source: str) -> str:
    return f"[{source}]({source})"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Keep a name or a sentence from being read as Markdown or HTML."""
    for mark in "\\`*|<":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
