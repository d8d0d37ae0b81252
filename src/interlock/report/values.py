"""What a chart shows, as small frozen values: computed and tested first, drawn afterwards.

Every value has a `title`, the number of observations `n` behind it (shown under the title, with `note`), and
axis titles that name their unit. Sequences are tuples of plain numbers or strings of equal length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from interlock.report.palette import Theme

__all__ = [
    "Bars",
    "Calibration",
    "Chart",
    "Compare",
    "Distribution",
    "Intervals",
    "Line",
    "Lines",
    "Matrix",
    "Ranking",
    "Scatter",
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

    def plot(self, ax: Any = None) -> Any:
        """Draw this on Matplotlib, for those who finish a figure by hand.

        Args:
            ax: The `Axes` to draw on; None makes a figure of its own, in which no text is cut off.

        Returns:
            The `Axes`.
        """
        from interlock.report.plot import plot

        return plot(self, ax)

    def _repr_svg_(self) -> str:
        from interlock.report.image import image

        return image(self, "svg").decode("utf-8")

    def save(self, path: str | Path, *, width: int = 640, theme: Theme = "light") -> Path:
        """Write this as PNG, SVG or PDF, as the reports draw it.

        Args:
            path: Where; its suffix says which. An existing file is replaced at once, never half.
            width: Of the plot without its axes, in pixels.
            theme: `light`, `dark` or `print`.

        Returns:
            The path.

        Raises:
            InputError: If the suffix is another, or the disk refuses.
        """
        from interlock.report.image import save

        return save(self, path, width=width, theme=theme)


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

    @property
    def ends(self) -> tuple[float, float]:
        """Where both axes begin and end: around the data, and not beyond 0 and 1 where all of it is within.

        Example:
            >>> Calibration(title="Rare", predicted=(0.0, 0.02), observed=(0.0, 0.04)).ends
            (0.0, 0.042)
        """
        known = [
            each
            for part in (self.predicted, self.observed, self.low, self.high)
            for each in part
            if math.isfinite(each)
        ]
        if not known:
            return 0.0, 1.0
        first, last = min(known), max(known)
        pad = 0.05 * (last - first) or 0.05 * max(abs(last), 1.0)
        if first >= 0 and last <= 1:
            return max(first - pad, 0.0), min(last + pad, 1.0)
        return first - pad, last + pad


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Chart):
    """A table of numbers as shades: how each row goes with each column, or how much falls into each cell.

    Args:
        rows: Names, from the top.
        columns: Names, from the left.
        values: One tuple a row; NaN leaves a cell empty. Negative numbers are drawn in a colour of their own.
        most: What has the full shade; None takes the largest absolute value.
        measure: What a cell says, with its unit, such as `share of rows`.

    Example:
        >>> Matrix(title="t", rows=("a",), columns=("b", "c"), values=((0.2, -0.4),)).columns
        ('b', 'c')
    """

    rows: Labels
    columns: Labels
    values: tuple[Numbers, ...]
    most: float | None = None
    measure: str = "value"

    @property
    def shades(self) -> tuple[Numbers, ...]:
        """How strongly each cell is coloured, 0 to 1."""
        sizes = [abs(cell) for row in self.values for cell in row if math.isfinite(cell)]
        most = self.most or max(sizes, default=0.0) or 1.0
        return tuple(tuple(_shade(cell, most) for cell in row) for row in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter(Chart):
    """Points over two axes of numbers.

    Args:
        x: One a point.
        y: One a point.
        groups: The name of each point's group, up to six different ones; empty for one group.
        time: Whether `x` is seconds since 1970 in UTC.
        baseline: A horizontal line to compare with, such as a residual of 0.
        diagonal: Whether to draw where `y` equals `x`.

    Example:
        >>> Scatter(title="t", x=(1.0, 2.0), y=(3.0, 4.0), n=2).diagonal
        False
    """

    x: Numbers
    y: Numbers
    groups: Labels = ()
    time: bool = False
    baseline: float | None = None
    diagonal: bool = False


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


def _shade(cell: float, most: float) -> float:
    return math.nan if math.isnan(cell) else min(abs(cell) / most, 1.0)


def _with_gaps(value: Any) -> Any:
    """JSON writes NaN, a gap in a line, as null; it stands in lists alone."""
    if isinstance(value, list | tuple):
        return [math.nan if each is None else _with_gaps(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _with_gaps(each) for key, each in value.items()}
    return value
