"""What the characters of texts are: scripts, digits, capitals, and what looks broken or private."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import numpy as np

__all__ = ["capitals_and_classes", "class_of", "contains"]

_SCRIPTS = (
    (
        "CJK",
        ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "KANGXI", "HALFWIDTH KATAKANA"),
    ),
    ("Latin", ("LATIN", "FULLWIDTH LATIN", "FEMININE", "MASCULINE")),
    ("Cyrillic", ("CYRILLIC",)),
    ("Greek", ("GREEK",)),
    ("Arabic", ("ARABIC",)),
    ("Hebrew", ("HEBREW",)),
    ("Indic", ("DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "GUJARATI", "KANNADA", "MALAYALAM", "GURMUKHI")),
    ("Thai", ("THAI",)),
)

_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_TELEPHONE = re.compile(
    r"(?<![\w.,/+-])(?:\+\d[\d ()./-]{6,18}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ /-]\d{3,8})(?![\w/-])"
)
_WEB = re.compile(r"https?://[^\s<>]{3}|\bwww\.[a-z0-9-]{1,63}\.", re.IGNORECASE)
_HTML = re.compile(
    r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,300})?/?>|&(?:amp|nbsp|lt|gt|quot|#\d{2,5});", re.IGNORECASE
)
_BROKEN = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf]|â€")


def capitals_and_classes(texts: Iterable[str]) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Return the share of capitals among the letters, and of each class among all characters, largest first.

    Args:
        texts: Any; lone surrogates count as `broken`.

    Example:
        >>> capitals_and_classes(["Ab 1"])
        (0.5, (('Latin', 0.5), ('digits', 0.25), ('spaces', 0.25)))
    """
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    counts = np.bincount(np.frombuffer(joined, np.uint32))
    classes: Counter[str] = Counter()
    capitals = letters = 0
    for code in np.flatnonzero(counts).tolist():
        character, hits = chr(code), int(counts[code])
        classes[class_of(character)] += hits
        category = unicodedata.category(character)
        letters += hits * (category in ("Lu", "Ll", "Lt"))
        capitals += hits * (category in ("Lu", "Lt"))
    total = max(sum(classes.values()), 1)
    ordered = sorted(classes.items(), key=lambda item: (-item[1], item[0]))
    return capitals / max(letters, 1), tuple((name, hits / total) for name, hits in ordered)


def class_of(character: str) -> str:
    """Return the class of one character: its script, or what else it is.

    Example:
        >>> [class_of(each) for each in "aЖ京7,😀"]
        ['Latin', 'Cyrillic', 'CJK', 'digits', 'punctuation', 'emoji']
    """
    category = unicodedata.category(character)
    if character.isspace():
        return "spaces"
    if category[0] in "LM":
        name = unicodedata.name(character, "")
        return next((script for script, starts in _SCRIPTS if name.startswith(starts)), "other letters")
    if category == "Cs" or character == "\ufffd":
        return "broken"
    if ord(character) >= 0x1F000 or (category == "So" and 0x2600 <= ord(character) < 0x27C0):
        return "emoji"
    return {"N": "digits", "P": "punctuation", "C": "control"}.get(category[0], "symbols")


def contains(text: str) -> list[str]:
    """Return what a reader wants to know that a text contains; each pattern repeats within bounds only.

    Example:
        >>> contains("<b>Mail</b> ada@example.org or call +44 20 7946 0958")
        ['an e-mail address', 'a telephone number', 'HTML']
    """
    found = []
    if "@" in text and _EMAIL.search(text):
        found.append("an e-mail address")
    if _TELEPHONE.search(text):
        found.append("a telephone number")
    if ("://" in text or "www." in text.lower()) and _WEB.search(text):
        found.append("a web address")
    if ("<" in text or "&" in text) and _HTML.search(text):
        found.append("HTML")
    if not text.isascii() and _BROKEN.search(text):
        found.append("broken encoding")
    return found
