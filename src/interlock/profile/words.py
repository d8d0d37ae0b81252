"""Text as words, the same on every machine: letters of all scripts, accents kept with their letters.

It stands here, with the standard library alone, since whatever splits a text in training has to split it in
the service in the same way, and the service reads nothing above the profile and the contract.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

__all__ = ["LONGEST", "bag", "words"]

#: How many characters of a text are read; what comes after them says little more of it.
LONGEST = 20_000

_ASCII = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
#: Scripts that are written without spaces: Thai, Lao, Burmese, Khmer, kana, Han in all its blocks.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)


def words(text: str) -> list[str]:
    """Return the words of a text in order, in lower case.

    A word is a run of letters, digits and the marks that belong to them, with apostrophes inside. Scripts
    without spaces, such as Chinese, Japanese and Thai, are cut into overlapping pairs of characters. Widths
    and ligatures are made one (NFKC). What is no word (punctuation, emoji, controls) is left out.

    Args:
        text: Any string, lone surrogates and null bytes included; its length is the caller's to bound.

    Source:
        Unicode Standard Annex 15 (normalisation forms); pairs as in J. H. Lee, J. S. Ahn, Using n-grams for
        Korean text retrieval (1996).

    Example:
        >>> words("It's 5 o'clock in Zürich – 東京都!")
        ["it's", '5', "o'clock", 'in', 'zürich', '東京', '京都']
    """
    if text.isascii():
        return _ASCII.findall(text.lower())
    pieces = _pattern().findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    return [word for spaced, run in pieces for word in ([spaced] if spaced else _pairs(run))]


def bag(text: str) -> str:
    """Return a text's words joined by blanks, each written once for every doubling of its count.

    A word that occurs once stands there once; one that occurs 2 or 3 times, twice; 4 to 7 times, three times.
    So a model that adds up words counts them by the logarithm, and has no counting to do. Only the first
    20,000 characters are read, which bounds the work of a request.

    Args:
        text: Any string.

    Returns:
        The words in the order of their first occurrence; empty where there is none.

    Source:
        Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, section 6.4.1 (sublinear
        term frequency).

    Example:
        >>> bag("The cat, the dog; the bird.")
        'the the cat dog bird'
    """
    counts = Counter(words(text[:LONGEST]))
    return " ".join([word for word, count in counts.items() for _ in range(count.bit_length())])


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [first + second for first, second in pairwise(run)]


@cache
def _pattern() -> re.Pattern[str]:
    """Compile what a word is; Python's own class of word characters lacks marks, which Hindi needs."""
    marks = "".join(
        re.escape(chr(code)) for code in range(0x300, 0x20D0) if unicodedata.category(chr(code))[0] == "M"
    )
    letter = rf"(?:(?![_{_UNSPACED}])[\w{marks}])"
    return re.compile(rf"({letter}+(?:'{letter}+)*)|([{_UNSPACED}]+)")
