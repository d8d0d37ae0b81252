"""Numbers and moments that stand for "unknown", and those that cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from interlock.explore.findings.placeholders import codes
from interlock.profile import ColumnProfile, Values

__all__ = ["impossible", "is_bounded", "missing_codes", "number_profile"]

#: What a word in a column's name says of its values.
_BOUNDS: dict[str, tuple[float, float]] = {
    "age": (0, 130),
    "latitude": (-90, 90),
    "lat": (-90, 90),
    "longitude": (-180, 180),
    "lon": (-180, 180),
    "lng": (-180, 180),
    "month": (1, 12),
    "hour": (0, 24),
    "minute": (0, 60),
    "humidity": (0, 100),
}
#: Where more values than this share lie outside, the name means something else.
_FEW = 0.05
#: Values that a histogram is made of, at most.
_MOST = 200_000


def missing_codes(found: ColumnProfile) -> tuple[str | float, ...]:
    """Return the codes for "unknown" of a column of numbers or moments, as a cleaning step states them.

    Args:
        found: The column's profile.

    Returns:
        Numbers, or days as ISO 8601.

    Example:
        >>> ages = np.append(np.arange(400.0) % 80, [999] * 20)
        >>> missing_codes(ColumnProfile.of(Values("number", ages)))
        (999.0,)
    """
    hits = [code for code, _ in codes(found)]
    if found.kind != "timestamp":
        return tuple(hits)
    return tuple(str(np.datetime64(int(code), "us").astype("datetime64[D]")) for code in hits)


def number_profile(counts: Mapping[float, int]) -> ColumnProfile:
    """Return the profile of numbers that are known by their counts; of very many, of as many in proportion.

    Args:
        counts: Rows by number.
    """
    shrink = max(sum(counts.values()) / _MOST, 1.0)
    times = [max(round(hits / shrink), 1) for hits in counts.values()]
    return ColumnProfile.of(Values("number", np.repeat(np.array([*counts], np.float64), times)))


def impossible(name: str, counts: Mapping[float, int]) -> tuple[float | None, float | None]:
    """Return the bounds beyond which values of a column cannot be, where a few lie there.

    Args:
        name: Its last word, or its first, says what is measured: `age`, `latitude`, `hour`.
        counts: Rows by number.

    Returns:
        Minimum and maximum, None where no value lies beyond; two None where the name says nothing.

    Example:
        >>> impossible("driver_age", {40.0: 99, 400.0: 1})
        (None, 130)
    """
    bounds = _bounds(name)
    if bounds is None:
        return None, None
    low, high = bounds
    below = sum(hits for number, hits in counts.items() if number < low)
    above = sum(hits for number, hits in counts.items() if number > high)
    if not 0 < below + above <= _FEW * sum(counts.values()):
        return None, None
    return (low if below else None), (high if above else None)


def is_bounded(name: str) -> bool:
    """Whether a column's name says between which bounds its values lie."""
    return _bounds(name) is not None


def _bounds(name: str) -> tuple[float, float] | None:
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    return next((_BOUNDS[word] for word in (words[-1:] + words[:1]) if word in _BOUNDS), None)
