"""The smallest pictures, as SVG inside the page: without a script, so notebooks show them too."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from interlock.report.format import count, percent

__all__ = ["columns", "levels", "part", "span"]

_WIDTH, _HEIGHT, _ROW = 220.0, 56.0, 17.0


def columns(counts: Sequence[float], first: str, last: str, names: Sequence[str] = ()) -> Markup:
    """Return a small histogram.

    Args:
        counts: One a bin, from the left.
        first: What stands under the left end.
        last: What stands under the right end.
        names: What each bin says on hover, such as its range.

    Returns:
        An SVG as wide as its container.

    Example:
        >>> columns([1, 3, 2], "0", "9").count("<path")
        3
    """
    top = max(counts, default=0.0) or 1.0
    step = _WIDTH / max(len(counts), 1)
    bars = []
    for place, value in enumerate(counts):
        if value <= 0:  # nothing to see or to point at
            continue
        height = max(_HEIGHT * value / top, 1.0)
        name = f"{names[place]}: {count(round(value))}" if names else count(round(value))
        shape = _column(place * step + 0.4, height, max(step - 0.8, 0.6), name)
        bars.append(shape)
    axis = Markup('<line class="line" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(_HEIGHT, _WIDTH)
    ends = _text(0, _HEIGHT + 13, first) + _text(_WIDTH, _HEIGHT + 13, last, "end")
    label = f"histogram from {first} to {last}"
    return _svg(Markup().join([*bars, axis, ends]), _HEIGHT + 16, label)


def levels(
    names: Sequence[str], shares: Sequence[float], shown: Sequence[str] = (), *, cut: int = 18
) -> Markup:
    """Return one thin bar for each of a few levels, with its share or another number.

    Args:
        names: The levels, from the top.
        shares: Of all rows, 0 to 1; or any numbers, when `shown` says how they are written.
        shown: What stands beside each bar; empty writes shares as percentages.
        cut: Characters of a name that are shown; all of it on hover.

    Example:
        >>> levels(["JFK", "EWR"], [0.6, 0.4]).count("<rect")
        2
    """
    left, right = 92.0, 46.0
    room = _WIDTH - left - right
    top = max((abs(share) for share in shares), default=0.0) or 1.0
    parts = []
    figures = shown or [percent(share) for share in shares]
    for place, (name, share, figure) in enumerate(zip(names, shares, figures, strict=True)):
        y = place * _ROW
        short = name if len(name) <= cut else f"{name[: cut - 1]}…"
        parts.append(_text(left - 6, y + 11.5, short, "end", "ink"))
        width = max(room * abs(share) / top, 1.0)
        parts.append(_rectangle(left, y + 3, width, _ROW - 6, f"{name}: {figure}"))
        parts.append(_text(_WIDTH, y + 11.5, figure, "end"))
    return _svg(Markup().join(parts), _ROW * max(len(names), 1), ", ".join(names))


def part(share: float) -> Markup:
    """Return a bar that is filled by a share of 0 to 1.

    Example:
        >>> 'width="55"' in part(0.25)
        True
    """
    track = Markup('<rect class="track" x="0" y="4" width="{}" height="10" rx="2"/>').format(f"{_WIDTH:g}")
    bar = _rectangle(0, 4, max(_WIDTH * share, 1.0), 10, percent(share))
    return _svg(track + bar + _text(_WIDTH, 28, f"{percent(share)} of the rows", "end"), 31, percent(share))


def span(value: float, low: float, high: float, *, left: float = 0.0, right: float = 1.0) -> Markup:
    """Return a point and its interval on a scale.

    Args:
        value: The point.
        low: The lower end of its interval.
        high: The upper end.
        left: Where the scale begins.
        right: Where it ends.

    Example:
        >>> "circle" in span(0.7, 0.6, 0.8)
        True
    """

    def place(x: float) -> float:
        return 5 + (_WIDTH - 10) * (min(max(x, left), right) - left) / (right - left)

    line = Markup('<line class="line" x1="5" y1="9" x2="{}" y2="9"/>').format(_WIDTH - 5)
    whisker = Markup('<line class="whisker" x1="{}" y1="9" x2="{}" y2="9"/>')
    dot = Markup('<circle class="dot" cx="{}" cy="9" r="4"/>').format(f"{place(value):.1f}")
    ends = _text(5, 26, f"{left:g}") + _text(_WIDTH - 5, 26, f"{right:g}", "end")
    drawn = line + whisker.format(f"{place(low):.1f}", f"{place(high):.1f}") + dot + ends
    return _svg(drawn, 29, f"{value:.3g}, interval {low:.3g} to {high:.3g}")


def _column(x: float, height: float, width: float, name: str) -> Markup:
    """Return a bar that stands on the axis; a path needs fewer bytes than a rectangle, and there are many."""
    left, top, wide = (f"{round(each, 1):g}" for each in (x, _HEIGHT - height, width))
    return Markup('<path d="M{} {}h{}V{}h-{}z"><title>{}</title></path>').format(
        left, top, wide, f"{_HEIGHT:g}", wide, name
    )


def _rectangle(x: float, y: float, width: float, height: float, name: str) -> Markup:
    places = (f"{round(each, 1):g}" for each in (x, y, width, height))
    return Markup('<rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(*places, name)


def _text(x: float, y: float, text: str, anchor: str = "", tone: str = "") -> Markup:
    look = " ".join(part for part in (anchor, tone) if part)
    shown = Markup(' class="{}"').format(look) if look else Markup()
    return Markup('<text x="{}" y="{}"{}>{}</text>').format(f"{x:g}", f"{y:g}", shown, text)


def _svg(inner: Markup, height: float, label: str) -> Markup:
    return Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        f"{_WIDTH:g}", f"{height:g}", label, inner
    )
