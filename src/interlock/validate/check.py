"""What a check of method came to."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Check"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Args:
        name: Such as `overfitting`.
        found: Whether somebody should look; None where that could not be told.
        sentence: What was measured, in words.
    """

    name: str
    found: bool | None
    sentence: str
