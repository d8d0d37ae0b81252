"""Text columns that hold something else: numbers, percentages, amounts, dates in several formats, "N/A"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from interlock.contract import Contract
from interlock.explore.charts import share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import wilson
from interlock.profile import Values
from interlock.report import Bars
from interlock.report.format import percent

__all__ = ["UNKNOWN", "mixed", "shape"]

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_UNSIGNED = r"(?:0|[1-9]\d*)(?:\.\d+)?(?:e[-+]?\d+)?"
#: The first that matches wholly, in lower case, says what a string is.
_SHAPES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "a number": rf"[-+]?{_UNSIGNED}",
        "a number with thousands separators": r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?",
        "a number with a decimal comma": r"[-+]?(?:\d{1,3}(?:\.\d{3})+|0|[1-9]\d*),\d+",
        "a percentage": r"[-+]?\d+(?:[.,]\d+)?\s?%",
        "an amount of money": r"[-+]?(?:[$€£¥]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥]|usd|eur|gbp))",
        "a date such as 2013-01-31": r"\d{4}-\d{1,2}-\d{1,2}(?:[ t]\d.*)?",
        "a date such as 2013/01/31": r"\d{4}/\d{1,2}/\d{1,2}(?:[ t]\d.*)?",
        "a date such as 5/6/2013": r"\d{1,2}/\d{1,2}/\d{2,4}(?: \d.*)?",
        "a date such as 31.1.2013": r"\d{1,2}\.\d{1,2}\.\d{2,4}(?: \d.*)?",
        "a date such as 31 Jan 2013": rf"\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}}",
        "a word for “unknown”": r"n/?a|#n/a|nan|null|none|nil|unknown|missing|not available|tbd|-+|\?+|\.",
    }.items()
}
UNKNOWN = "a word for “unknown”"
#: The most different strings of a column that are looked at.
_STRINGS = 10_000
#: Words for "unknown" are reported from this share on; shapes beside others from this one.
_WORDS, _PART = 0.001, 0.02
#: A column of so few numbers, written as text, is likely one of codes.
_CODES, _NUMBER = 50, "a number"
#: What is longer, in characters, is not remembered.
_BRIEF = 32


def shape(text: str) -> str:
    """Return what a string looks like: one of a dozen shapes, or `text`.

    Example:
        >>> [shape(text) for text in ("1,234", "12%", "31.1.2013", "00501")]
        ['a number with thousands separators', 'a percentage', 'a date such as 31.1.2013', 'text']
    """
    plain = text.strip().lower()
    return _remembered(plain) if len(plain) <= _BRIEF else _of(plain)


def _of(plain: str) -> str:
    return next((name for name, pattern in _SHAPES.items() if pattern.fullmatch(plain)), "text")


@lru_cache(maxsize=20_000)
def _remembered(plain: str) -> str:
    """Findings, cleaning and contents ask for the same strings."""
    return _of(plain)


def mixed(sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the text columns that hold numbers, dates or words for "unknown".

    Args:
        sample: Rows of the table.
        contract: Columns with the role `id` are passed over.

    Yields:
        At most two findings a column, each with the share of the rows that hold a value.
    """
    for name, values in sample.columns.items():
        if values.kind != "string" or contract[name].role == "id":
            continue
        shares = _shapes(values)
        n = sum(shares.values())
        if n == 0:
            continue
        method = f"shapes of the strings in {sample.note}; Wilson interval"
        if shares[UNKNOWN] >= max(_WORDS * n, 1):
            yield _unknown(name, shares, n, method)
        other = {
            key: hits for key, hits in shares.items() if key not in ("text", UNKNOWN) and hits >= _PART * n
        }
        if other:
            codes = set(shares) == {_NUMBER} and _levels(values) <= _CODES
            yield _other(name, other, n, method, _picture(name, shares, n), codes=codes)


def _levels(values: Values) -> int:
    return 0 if values.dictionary is None else len(values.dictionary)


def _shapes(values: Values) -> Counter[str]:
    codes = values.data if values.valid is None else values.data[values.valid]
    found: Counter[str] = Counter()
    if values.dictionary is None or len(codes) == 0:
        return found
    counts = np.bincount(codes.astype(np.int64), minlength=len(values.dictionary))
    present = np.flatnonzero(counts)
    if (
        len(present) > _STRINGS
    ):  # drawn at random: the first ones are the oldest, and a type may change half-way
        present = np.random.default_rng(0).choice(present, _STRINGS, replace=False)
    for code in present:
        text = values.dictionary[code]
        if text.strip():
            found[shape(text)] += int(counts[code])
    return found


def _unknown(name: str, shares: Mapping[str, int], n: int, method: str) -> Finding:
    estimate = wilson(shares[UNKNOWN], n)
    sentence = (
        f"`{name}` says “unknown” in words such as N/A or ? in {percent(estimate.value)} of its values."
    )
    return finding("placeholder", (name,), sentence, estimate, method, 0.35, _picture(name, shares, n))


def _other(
    name: str, shares: Mapping[str, int], n: int, method: str, picture: Bars, *, codes: bool
) -> Finding:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    estimate = wilson(sum(shares.values()), n)
    parts = ", ".join(f"{percent(hits / n)} {each}" for each, hits in ordered)
    sentence = f"`{name}` is text but holds: {parts}. A cleaning step, or SQL, converts it."
    if codes:
        sentence = f"`{name}` is text, and every value of it a number: codes, or numbers to convert?"
        return finding("mixed types", (name,), sentence, estimate, f"few values; {method}", 0.2, picture)
    severity = 0.3 + 0.3 * estimate.value + (0.05 if len(ordered) > 1 else 0.0)
    return finding("mixed types", (name,), sentence, estimate, method, severity, picture)


def _picture(name: str, shares: Mapping[str, int], n: int) -> Bars:
    ordered = dict(sorted(shares.items(), key=lambda item: -item[1]))
    return share_bars(f"What the text of {name} looks like", ordered, n, of="values")
