"""What a chart shows, as small frozen values: computed and tested first, drawn afterwards.

Every value has a `title`, the number of observations `n` behind it (shown under the title, with `note`), and
axis titles that name their unit. Sequences are tuples of plain numbers or strings of equal length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

__all__ = [
    "Bars",
    "Calibration",
    "Chart",
    "Compare",
    "Distribution",
    "Intervals",
    "Line",
    "Lines",
    "Ranking",
    "chart_from",
    "chart_to",
]

Numbers = tuple[float, ...]
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What all charts share.

    Args:
        title: What the reader should see, in one line.
        n: Observations behind the picture; None where there is no such number.
        x_title: The horizontal axis, with its unit.
        y_title: The vertical axis, with its unit.
        note: One more line under the title, such as the kind of interval.
    """

    title: str
    n: int | None = None
    x_title: str = ""
    y_title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Chart):
    """One horizontal bar a label, in the given order, with intervals where they are known.

    Args:
        labels: One a bar.
        values: The lengths.
        low: The lower ends of the intervals; empty for none.
        high: The upper ends; empty for none.
        baseline: A vertical line to compare with, such as the overall mean.

    Example:
        >>> Bars(title="Late by airport", labels=("EWR", "JFK"), values=(0.27, 0.22), n=1000).labels
        ('EWR', 'JFK')
    """

    labels: Labels
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    baseline: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution(Chart):
    """A histogram: neighbouring bins with their counts.

    Args:
        left: Left edges, ascending.
        right: Right edges.
        counts: Observations in each bin (may be fractional after re-binning).
        time: Whether the edges are seconds since 1970 in UTC.
        outside: Observations beyond the first and the last edge, not drawn; said under the title.
    """

    left: Numbers
    right: Numbers
    counts: Numbers
    time: bool = False
    outside: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Chart):
    """Two distributions over one grid, as shares of their own totals.

    Args:
        left: Left edges of numeric bins, ascending; empty for categories.
        right: Right edges; empty for categories.
        labels: The categories, in order; empty for numeric bins.
        first: Shares of the first distribution, adding up to at most 1.
        second: Shares of the second.
        names: What the two are called.
        time: Whether the edges are seconds since 1970 in UTC.
    """

    left: Numbers = ()
    right: Numbers = ()
    labels: Labels = ()
    first: Numbers
    second: Numbers
    names: tuple[str, str]
    time: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `Lines`.

    Args:
        name: For the legend.
        y: One value a position; NaN leaves a gap.
        low: Lower ends of the band; empty for none.
        high: Upper ends; empty for none.
    """

    name: str
    y: Numbers
    low: Numbers = ()
    high: Numbers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(Chart):
    """Lines over a common horizontal axis, each with a band where its interval is known.

    Args:
        x: Positions, ascending.
        lines: One or more.
        time: Whether `x` is seconds since 1970 in UTC.
        baseline: A horizontal line to compare with, such as a gate's threshold.
    """

    x: Numbers
    lines: tuple[Line, ...]
    time: bool = False
    baseline: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Chart):
    """What was predicted against what happened, bin by bin, beside the diagonal.

    Args:
        predicted: The mean prediction of each bin.
        observed: The mean outcome of each bin.
        low: Lower ends of the outcomes' intervals; empty for none.
        high: Upper ends; empty for none.
        counts: Rows in each bin.
    """

    predicted: Numbers
    observed: Numbers
    low: Numbers = ()
    high: Numbers = ()
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals(Chart):
    """A forest plot: a point and its interval for each label.

    Args:
        labels: One a row, from the top.
        values: The points.
        low: Lower ends.
        high: Upper ends.
        counts: Rows behind each point, shown on hover; empty for none.
        baseline: A vertical line, such as no effect or the overall value.
    """

    labels: Labels
    values: Numbers
    low: Numbers
    high: Numbers
    counts: tuple[int, ...] = ()
    baseline: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Chart):
    """Contenders in order, the chosen one in colour.

    Args:
        labels: Names, the best first.
        values: Scores.
        low: Lower ends of the intervals; empty for none.
        high: Upper ends; empty for none.
        chosen: The label to bring out; empty for none.
    """

    labels: Labels
    values: Numbers
    low: Numbers = ()
    high: Numbers = ()
    chosen: str = ""


def chart_to(value: Chart) -> dict[str, Any]:
    """Return a value as plain JSON, with its kind, for `chart_from` to read.

    Args:
        value: Any of this module.

    Example:
        >>> chart_to(Bars(title="Late", labels=("EWR",), values=(0.3,)))["chart"]
        'Bars'
    """
    return {"chart": type(value).__name__, **msgspec.to_builtins(value)}


def chart_from(plain: Mapping[str, Any]) -> Chart:
    """Return the value that `chart_to` wrote.

    Args:
        plain: As it came from JSON.

    Raises:
        msgspec.ValidationError: If there is no such kind, or a field is missing or of another type.

    Example:
        >>> bars = Bars(title="Late", labels=("EWR",), values=(0.3,), n=9)
        >>> chart_from(chart_to(bars)) == bars
        True
    """
    kinds = {kind.__name__: kind for kind in Chart.__subclasses__()}
    name = plain.get("chart")
    if name not in kinds:
        message = f"there is no chart of the kind {name!r}"
        raise msgspec.ValidationError(message)
    fields = {key: _with_gaps(each) for key, each in plain.items() if key != "chart"}
    return msgspec.convert(fields, kinds[name])


def _with_gaps(value: Any) -> Any:
    """JSON writes NaN, a gap in a line, as null; it stands in lists alone."""
    if isinstance(value, list | tuple):
        return [math.nan if each is None else _with_gaps(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _with_gaps(each) for key, each in value.items()}
    return value
