"""A chart as a file: the page's own drawing, its CSS variables replaced by colours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.report.chart import titled
from interlock.report.palette import Theme, chart_style, palette, resolved
from interlock.report.values import Chart

__all__ = ["image", "save"]

_SUFFIXES = (".png", ".svg", ".pdf")
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def image(
    value: Chart | Any, kind: str, *, width: int = 640, theme: Theme = "light", scale: float = 2.0
) -> bytes:
    """Return a chart as the bytes of an image.

    Args:
        value: Of `interlock.report.values`, or any Altair chart.
        kind: `png`, `svg` or `pdf`.
        width: Of the plot without its axes, in pixels (points in a PDF).
        theme: `light`, `dark` or `print`.
        scale: Pixels of a PNG for each of these.

    Returns:
        The file's content.

    Example:
        >>> from interlock.report.values import Bars
        >>> image(Bars(title="Late", labels=("EWR",), values=(0.3,)), "svg")[:4]
        b'<svg'
    """
    import vl_convert

    spec, config = _specification(value, width, theme), json.loads(resolved(chart_style(), theme))
    settings: dict[str, Any] = {"config": config | {"font": _FONT}, "allowed_base_urls": []}
    settings["config"] |= {"background": palette(theme)["surface"], "padding": 16}
    if kind == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=scale, **settings))
    if kind == "pdf":
        return bytes(vl_convert.vegalite_to_pdf(spec, **settings))
    return str(vl_convert.vegalite_to_svg(spec, **settings)).encode("utf-8")


def save(value: Chart | Any, path: str | Path, *, width: int = 640, theme: Theme = "light") -> Path:
    """Write a chart as PNG, SVG or PDF.

    Args:
        value: Of `interlock.report.values`, or any Altair chart.
        path: Where; its suffix says which. An existing file is replaced at once, never half.
        width: Of the plot without its axes, in pixels.
        theme: `light`, `dark` or `print`.

    Returns:
        The path.

    Raises:
        InputError: If the suffix is another, or the disk refuses.
    """
    place = Path(path)
    if place.suffix.lower() not in _SUFFIXES:
        raise InputError(
            "a chart cannot be written in this format",
            where=place,
            got=place.suffix or "no suffix",
            next_step="end the name in .png, .svg or .pdf",
        )
    return write_atomically(place, image(value, place.suffix.lower()[1:], width=width, theme=theme))


def _specification(value: Chart | Any, width: int, theme: Theme) -> Any:
    drawn = titled(value, width) if isinstance(value, Chart) else value.to_dict()
    spec = json.loads(resolved(json.dumps(drawn), theme))
    return spec | {"width": width} if spec.get("width") == "container" else spec
