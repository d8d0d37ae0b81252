"""Draws golden rows from a profile, column by column, so that no row is a copy of anybody's."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np

from interlock.contract import Column, Contract
from interlock.contract.cleaning import example
from interlock.errors import InputError
from interlock.profile import ColumnProfile, Profile
from interlock.profile.words import words

__all__ = ["golden_rows"]

Row = dict[str, Any]

_UNKNOWN = "interlock: not seen before"
#: Accents in two forms, wide letters, a ligature, scripts without blanks, marks, an emoji of three signs.
_SCRIPTS = "Évreux e\u0301vreux ＦＵＬＬ ﬁne 東京都に行く नमस्ते Straße don’t 👩\u200d💻 5,000"
_SHARED = 5  # a word that so many of the profile's texts hold tells of none of them
_EARLIEST, _LATEST = -62135596800.0, 253402300799.0  # the years 1 to 9999, which ISO 8601 can name


def golden_rows(contract: Contract, profile: Profile, n: int = 64, seed: int = 0) -> list[Row]:
    """Draw rows as a request would hold them.

    The first half is drawn independently in each column from the profile's distribution, nulls at their rate.
    The other half is drawn likewise and then spoilt, in turn: nulls, values at and beyond the bounds, numbers
    that float32 cannot hold, unknown levels, empty and long strings, wrong types, an unknown column, values
    that each cleaning step changes, and a null in one column after the other.

    Args:
        contract: Its inputs are drawn.
        profile: Of the training table, with all of these columns.
        n: How many rows, at least 2.
        seed: The same seed gives the same rows, on every machine.

    Returns:
        The rows; every value can be written as JSON.

    Raises:
        InputError: if the profile lacks a column of the contract.
    """
    generator = np.random.default_rng(seed)
    columns = {
        column.name: _draw(column, _summary(column, profile), generator.random((2, n)))
        for column in contract.inputs
    }
    rows = [{name: values[place] for name, values in columns.items()} for place in range(n)]
    spoilt = _spoilt(contract, profile)
    half = (n + 1) // 2
    return rows[:half] + [{**row, **spoilt[place % len(spoilt)]} for place, row in enumerate(rows[half:])]


def _summary(column: Column, profile: Profile) -> ColumnProfile:
    if column.name not in profile.columns:
        raise InputError(
            "the profile lacks a column of the contract",
            where=f"column {column.name!r}",
            next_step="run `interlock explore` again, so that both come from the same table",
        )
    return profile[column.name]


def _draw(column: Column, summary: ColumnProfile, uniform: Any) -> list[Any]:
    """Draw one value for each column of `uniform`: its first row decides on null, its second on the value."""
    share = summary.nulls / summary.rows if summary.rows else 1.0
    draw = _draw_strings if summary.kind == "string" else _draw_numbers
    values = draw(column, summary, uniform[1])
    return [None if draw < share else value for draw, value in zip(uniform[0], values, strict=True)]


def _draw_numbers(column: Column, summary: ColumnProfile, uniform: Any) -> list[Any]:
    if summary.histogram is None or not summary.histogram.n:
        return [None] * len(uniform)
    scale = 1e-6 if summary.kind == "timestamp" else 1.0
    return [_as_json(column, value) for value in (summary.histogram.quantile(uniform) * scale).tolist()]


def _draw_strings(column: Column, summary: ColumnProfile, uniform: Any) -> list[str]:
    """Draw levels by how often they occur."""
    if column.type == "text":
        lengths = summary.lengths.quantile(uniform) if summary.lengths and summary.lengths.n else uniform
        shared = _shared_words(summary)
        pairs = zip(lengths.tolist(), uniform.tolist(), strict=True)
        return [_text(shared, min(round(length), 1000), draw) for length, draw in pairs]
    top = summary.categories.top(1000) if summary.categories else []
    known = [(str(level), count) for level, count in top if column.levels is None or level in column.levels]
    if not known:
        return [_UNKNOWN] * len(uniform)
    edges = np.cumsum([count for _, count in known])
    return [known[place][0] for place in np.searchsorted(edges, uniform * edges[-1], side="right")]


def _shared_words(summary: ColumnProfile) -> list[str]:
    """Return the words that many texts of the profile share, the most frequent first."""
    texts = summary.categories.counts if summary.categories else {}
    shared = Counter(word for text in texts for word in {*words(text)})
    frequent = sorted((-count, word) for word, count in shared.items() if count >= _SHARED)
    return [word for _, word in frequent]


def _text(shared: list[str], length: int, draw: float) -> str:
    """Return a text of the given length out of shared words: a text that was seen may name people."""
    if not shared:
        return "x" * length
    generator = np.random.default_rng(int(draw * 2**53))
    return " ".join(shared[place] for place in generator.integers(0, len(shared), length // 2 + 1))[:length]


def _spoilt(contract: Contract, profile: Profile) -> list[Row]:
    """Return what is put over the drawn rows, one set of values a row."""
    inputs, numbers, texts = contract.inputs, contract.numbers, contract.strings
    ends = {column: _bounds(column, profile) for column in numbers}
    changes: list[Row] = [
        {column.name: None for column in inputs},
        *(
            {column.name: _as_json(column, a * low + b * high) for column, (low, high) in ends.items()}
            for a, b in (
                (1, 0),
                (0, 1),
                (2, -1),
                (-1, 2),
            )  # at both ends, and as far beyond as they are apart
        ),
        {column.name: _hostile(column, low, high) for column, (low, high) in ends.items()},
        {column.name: 1e308 for column in numbers if column.type == "number"},
        *({column.name: text for column in texts} for text in (_UNKNOWN, "", "x" * 1000)),
        {column.name: _SCRIPTS for column in texts if column.type == "text"},
        {_UNKNOWN: 1},
        *_to_be_cleaned(contract),
        *({column.name: "30" if not column.is_string else 30} for column in inputs[:1] + texts[:1]),
        *({column.name: None} for column in inputs),
        *({column.name: _UNKNOWN} for column in texts),
    ]
    return [change for change in changes if change]


def _to_be_cleaned(contract: Contract) -> list[Row]:
    """Return a value that each cleaning step on an input changes: as few rows as columns allow."""
    inputs = {column.name for column in contract.inputs}
    rows: list[Row] = []
    for step in contract.clean:
        value = example(step)
        if step.column in inputs and value is not None:
            free = next((row for row in rows if step.column not in row), None)
            rows += [] if free is not None else [{}]
            (rows[-1] if free is None else free)[step.column] = value
    return rows


def _bounds(column: Column, profile: Profile) -> tuple[float, float]:
    """Return the contract's bounds, or where it has none the ends of the distribution."""
    scale = 1e-6 if profile[column.name].kind == "timestamp" else 1.0
    histogram = profile[column.name].histogram
    low, high = (
        float(histogram.quantile(end)) * scale if histogram and histogram.n else end for end in (0.0, 1.0)
    )
    return (
        low if column.minimum is None else column.minimum,
        high if column.maximum is None else column.maximum,
    )


def _hostile(column: Column, low: float, high: float) -> Any:
    """Return a value between the bounds that float32 rounds to another one, where there is such a value."""
    middle = low + (high - low) / 3
    whole = max(middle, 2.0**24 + 1)
    return _as_json(column, math.nextafter(middle, math.inf) if column.type == "number" else whole)


def _as_json(column: Column, value: float) -> Any:
    """Write a number as a request holds a value of the column."""
    if column.type == "boolean":
        return value >= 0.5
    if column.type == "timestamp":
        moment = datetime.fromtimestamp(min(max(value, _EARLIEST), _LATEST), UTC)
        return moment.replace(microsecond=0).isoformat()
    if column.type == "integer":
        return round(min(max(value, -(2.0**53)), 2.0**53))
    return min(max(value, -1e308), 1e308)
