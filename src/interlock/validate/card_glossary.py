"""The words of the trade that a card uses, each in a sentence, for readers who do not use them daily."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.validate.card_blocks import Part, Words

__all__ = ["TERMS", "glossary"]

#: What is looked for in the card, and the sentence that explains it.
TERMS = {
    "95 %": (
        "`[…]`: the interval of the value before it: the values that other rows of the same kind "
        "would make plausible."
    ),
    "AUC": (
        "`AUC`: how often the model puts a row that came true above one that did not; half is "
        "chance, one is always."
    ),
    "BCa": (
        "`BCa bootstrap`: an interval from drawing the rows again many times, corrected for bias and skew."
    ),
    "DeLong": (
        "`DeLong (Obuchowski)`: the interval of an AUC by a formula, without drawing; Obuchowski's "
        "form takes the rows of a day or a group as one."
    ),
    "Wilson": (
        "`Wilson`: an interval of a share that never leaves what a share can be, also where cases are few."
    ),
    "baseline": (
        "`baseline`: says the same of every row, namely how often each class came true in training,"
        " or the mean of the target."
    ),
    "skill": (
        "`skill`, `elsewhere`: the share of the baseline's squared error that the model takes away "
        "in the slice, and in all rows outside it; below zero it is worse than the baseline."
    ),
    "false discovery rate": ("`false discovery rate`: how many of the slices called worse are so by chance."),
    "golden row": (
        "`golden rows`: inputs with their answers, kept in the release, so that every server can "
        "show that it answers as the model did here."
    ),
    "calibration": (
        "`calibration`: whether what is predicted happens as often, or is as large, as predicted."
    ),
    "holdout": ("`holdout`: rows that were sealed away before anything was learned."),
}


def glossary(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return a part that explains the words which the others use; nothing where they use none.

    Args:
        parts: The card so far.

    Example:
        >>> (part,) = glossary([Part("Metrics", (Words("a Wilson interval"),))])
        >>> part.title, len(part.blocks)
        ('Words used in this card', 1)
    """
    said = str(parts)
    told = tuple(Words(meaning) for key, meaning in TERMS.items() if key in said)
    return (Part("Words used in this card", told),) if told else ()
