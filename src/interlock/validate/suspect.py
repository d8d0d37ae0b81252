"""An input that may leak: what exploration found, and what a person answered."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Suspect"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """An input that may be known only after the outcome.

    Args:
        column: Its name.
        sentence: What exploration found.
        confirmed: Whether a person said that it is known in time: `[data] confirmed`.
    """

    column: str
    sentence: str
    confirmed: bool = False
