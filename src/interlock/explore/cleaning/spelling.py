"""Spellings that mean the same: by case, blanks and punctuation for certain, by one slip of the pen perhaps.

The rule is conservative, because a wrong union destroys what the table says: see `docs/decisions/0122`.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

__all__ = ["key", "near", "one_slip", "same"]

#: Texts of so many letters are often codes, where case has a meaning. They are united where longer ones of
#: the column show that it has none, or where the rarer spelling has at most this share of the other's rows.
_SHORT, _RARER = 2, 0.2
#: Small letters give way to a spelling that begins with a capital and has at least this share of their rows.
_NEARLY = 1 / 3
#: A slip of the pen is rare beside what was meant, which is frequent, and long enough to be recognised.
_SHARE, _FREQUENT, _LONG, _LONGER = 0.01, 100, 6, 9

_GONE, _BLANK = ".'’`", "-_/,;:‐–—"


def key(text: str, *, accents: bool = True) -> str:
    """Return what a text is without case, blanks and punctuation.

    A text with digits keeps its punctuation: `1.5` is not `15`.

    Args:
        text: Any text.
        accents: Whether they count.

    Example:
        >>> key("NEW  YORK") == key("New-York"), key("St. Louis") == key("st louis"), key("1.5") == key("15")
        (True, True, False)
        >>> key("Málaga") == key("Malaga"), key("Málaga", accents=False) == key("Malaga")
        (False, True)
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not accents:
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(part for part in parts if not unicodedata.combining(part))
    if not any(letter.isdigit() for letter in plain):
        plain = plain.translate(dict.fromkeys(map(ord, _GONE)) | dict.fromkeys(map(ord, _BLANK), " "))
    return " ".join(plain.split())


def same(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the spellings that differ in case, blanks or punctuation alone from one to keep.

    That is the most frequent one; where it is all small, one with a capital that has a third of its rows.

    Args:
        counts: Rows by spelling.

    Returns:
        The spelling to keep by variant.

    Example:
        >>> same({"New York": 9, "new york": 2, "NEW YORK": 1, "Newark": 5})
        {'new york': 'New York', 'NEW YORK': 'New York'}
        >>> same({"bristol": 60, "Bristol": 50}), same({"bristol": 60, "Bristol": 3})
        ({'bristol': 'Bristol'}, {'Bristol': 'bristol'})
    """
    groups = _groups(counts, accents=True)
    sloppy = any(len(found) > _SHORT for found in groups)
    united: dict[str, str] = {}
    for found, spellings in groups.items():
        kept = _kept(spellings, counts)
        for variant in (text for text in spellings if text != kept):
            if sloppy or len(found) > _SHORT or counts[variant] <= _RARER * counts[kept]:
                united[variant] = kept
    return united


def near(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the spellings that are perhaps slips: accents that are missing, or one letter that is wrong.

    A rare spelling (at most 1 % of the frequent one, which has at least 100 rows) is united with a frequent
    one only if they begin alike, are long enough (6 letters; 9 where a letter is replaced by another), differ
    by one slip that is not a letter more or less at the end, and no other frequent spelling is as near.

    Args:
        counts: Rows by spelling, those of `same` united already.

    Returns:
        The spelling to keep by variant.

    Example:
        >>> near({"Philadelphia": 500, "Philadelpia": 2, "Austria": 400, "Australia": 4})
        {'Philadelpia': 'Philadelphia'}
    """
    united: dict[str, str] = {}
    for kept, *variants in _groups(counts, accents=False).values():
        united |= {variant: kept for variant in variants if key(variant) != key(kept)}
    keys = {text: key(text) for text in counts if text not in united and not any(map(str.isdigit, text))}
    frequent: dict[tuple[str, int], list[str]] = defaultdict(list)
    for text, plain in keys.items():
        if counts[text] >= _FREQUENT:
            frequent[plain[:1], len(plain)].append(text)
    for text, plain in keys.items():
        around = (other for size in (-1, 0, 1) for other in frequent.get((plain[:1], len(plain) + size), ()))
        meant = [other for other in around if counts[text] <= _SHARE * counts[other]]
        meant = [other for other in meant if _is_slip(plain, keys[other])]
        if len(meant) == 1:
            united[text] = meant[0]
    return united


def one_slip(one: str, other: str) -> str:
    """Return what makes one text of another in one step: the optimal string alignment at distance 1.

    Args:
        one: A text.
        other: Another one.

    Returns:
        `more` (a letter too many in `one`), `less`, `other` (a letter replaced), `swapped` (two neighbours),
        or empty where the distance is not 1.

    Source:
        F. J. Damerau, A technique for computer detection and correction of spelling errors (1964).

    Example:
        >>> [one_slip(word, "parcel") for word in ("parcell", "parel", "parsel", "pacrel", "parcel")]
        ['more', 'less', 'other', 'swapped', '']
    """
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[start:], other[start:]
    if a[1:] == b and a:
        return "more"
    if b[1:] == a and b:
        return "less"
    if a and b and a[1:] == b[1:]:
        return "other"
    if len(a) > 1 and len(b) > 1 and (a[0], a[1]) == (b[1], b[0]) and a[2:] == b[2:]:
        return "swapped"
    return ""


def _is_slip(rare: str, frequent: str) -> bool:
    if min(len(rare), len(frequent)) < _LONG:
        return False
    slip = one_slip(rare, frequent)
    if slip == "other":
        return len(rare) >= _LONGER
    return bool(slip) and rare[:-1] != frequent and frequent[:-1] != rare


def _groups(counts: Mapping[str, int], *, accents: bool) -> dict[str, list[str]]:
    """Return the spellings of each key of several, the one to keep first."""
    found: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        found[key(text, accents=accents)].append(text)
    return {name: sorted(each, key=lambda text: _rank(text, counts)) for name, each in _several(found)}


def _several(found: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    return ((name, each) for name, each in found.items() if name and len(each) > 1)


def _kept(spellings: list[str], counts: Mapping[str, int]) -> str:
    """Return the most frequent, the first; where it is all small, a nearly as frequent one with a capital."""
    first = spellings[0]
    if first != first.lower():
        return first
    names = [text for text in spellings if text[:1].isupper() and counts[text] >= _NEARLY * counts[first]]
    return min(names, key=str.isupper, default=first)


def _rank(text: str, counts: Mapping[str, int]) -> tuple[int, bool, str]:
    """Prefer the most frequent, then what is neither all small nor all capital."""
    return -counts[text], text in (text.lower(), text.upper()), text
