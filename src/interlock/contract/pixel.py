"""Columns that hold one pixel each, known by their names: `pixel_3_17`, in colours `pixel_3_17_red`."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["BRIGHTEST", "CHANNELS", "Pixel", "pixel"]

BRIGHTEST = 255.0
CHANNELS = ("red", "green", "blue")
_NAME = re.compile(r"pixel_(0|[1-9]\d{0,2})_(0|[1-9]\d{0,2})(?:_(red|green|blue))?")


class Pixel(NamedTuple):
    """Where a pixel is.

    Args:
        row: From above, from 0.
        column: From the left, from 0.
        channel: `red`, `green` or `blue`; empty for brightness.
    """

    row: int
    column: int
    channel: str = ""

    @property
    def name(self) -> str:
        """What its column is called."""
        return f"pixel_{self.row}_{self.column}" + (f"_{self.channel}" if self.channel else "")


def pixel(name: str) -> Pixel | None:
    """Return which pixel a column holds; None where its name is no pixel's.

    Example:
        >>> pixel("pixel_3_17_red")
        Pixel(row=3, column=17, channel='red')
        >>> pixel("pixels")
    """
    match = _NAME.fullmatch(name)
    return Pixel(int(match[1]), int(match[2]), match[3] or "") if match else None
