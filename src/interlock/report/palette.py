"""The colours of pages and pictures: they stand in `page.css` alone, and are read from there."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

__all__ = ["Theme", "chart_style", "palette", "resolved"]

Theme = Literal["light", "dark", "print"]

_HERE = Path(__file__).parent
_THEMES: tuple[Theme, ...] = ("light", "dark", "print")


@lru_cache(maxsize=len(_THEMES))
def palette(theme: Theme = "light") -> dict[str, str]:
    """Return the colours of a theme by the names of the page's CSS variables.

    Args:
        theme: `light`, `dark` or `print`.

    Example:
        >>> palette("light")["series-1"]
        '#2c6e91'
    """
    blocks = re.findall(r":root \{(.*?)\}", (_HERE / "page.css").read_text(encoding="utf-8"), re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[_THEMES.index(theme)]))


def resolved(text: str, theme: Theme = "light") -> str:
    """Return text in which each CSS variable is replaced by its colour.

    Args:
        text: Such as a chart's specification as JSON.
        theme: Whose colours.

    Example:
        >>> resolved("fill: var(--paper)", "print")
        'fill: #ffffff'
    """
    colours = palette(theme)
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found[1]], text)


@lru_cache(maxsize=1)
def chart_style() -> str:
    """Return Vega's configuration as JSON, its colours as names of the page's CSS variables."""
    text = (_HERE / "vega.json").read_text(encoding="utf-8")
    return json.dumps(json.loads(text), separators=(",", ":"))
