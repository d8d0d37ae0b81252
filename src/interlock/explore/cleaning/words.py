"""Words and signs that only say "unknown", in columns of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from interlock.contract.step import stripped
from interlock.explore.findings.mixed import UNKNOWN, shape

__all__ = ["missing_words"]

#: What means nothing but "no value"; other words, such as `none`, may be answers.
_SIGNS = re.compile(r"|n/?a|#n/a|nan|null|not available|tbd|-+|\?+|\.+", re.IGNORECASE)


def missing_words(counts: Mapping[str, int], *, alone: bool) -> tuple[str, ...]:
    """Return the texts that only say "unknown".

    `none`, `unknown`, `missing` can be answers of their own: they count only where other signs stand beside
    them, or where everything else is no text. `NA` among codes of two letters is a code, and `-` beside `+`.

    Args:
        counts: Rows by text.
        alone: Whether the words are the only text in the column: everything else is a number or a date.

    Returns:
        The texts as they are written, blanks apart, sorted.

    Example:
        >>> missing_words({"Oslo": 5, "?": 2, "none": 1}, alone=False)
        ('?', 'none')
        >>> missing_words({"tea": 5, "none": 9}, alone=False)
        ()
    """
    texts = {stripped(text) for text in counts}
    found = {text for text in texts if not text or shape(text) == UNKNOWN}
    rest = texts - found
    signs = {text for text in found if _SIGNS.fullmatch(text)}
    if "+" in rest:
        signs = {text for text in signs if set(text) != {"-"}}
    if _are_codes(rest):
        signs -= {"NA"}
    return tuple(sorted(found if alone else signs and (signs | _said(found))))


def _said(found: Iterable[str]) -> set[str]:
    """Return the words among signs and words."""
    return {text for text in found if not _SIGNS.fullmatch(text)}


def _are_codes(texts: Iterable[str]) -> bool:
    plain = list(texts)
    return len(plain) >= 5 and all(re.fullmatch("[A-Z]{2}", text) for text in plain)
