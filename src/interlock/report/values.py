"""What a chart shows, as small frozen values: computed and tested first, drawn afterwards.

Every value has a `title`, the number of observations `n` behind it (shown under the title, with `note`), and
axis titles that name their unit. Sequences are tuples of plain numbers or strings of equal length.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Bars", "Calibration", "Chart", "Compare", "Distribution", "Intervals", "Line", "Lines", "Ranking"]

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
