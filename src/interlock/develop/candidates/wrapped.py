"""A candidate around another one: what it changes is the rows or the answer, not what is tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interlock.develop.candidates.candidate import Candidate, Trial
from interlock.develop.sample import Sample

__all__ = ["Wrapped"]


@dataclass(frozen=True)
class Wrapped:
    """What such candidates share.

    Args:
        candidate: What learns.
    """

    candidate: Candidate

    @property
    def keeps_time(self) -> bool:
        """Whether a fit of the candidate looks at the time itself."""
        return bool(getattr(self.candidate, "keeps_time", False))

    def settings(self, train: Sample) -> tuple[Any, ...]:
        """Return the candidate's settings."""
        return self.candidate.settings(train)

    def suggest(self, trial: Trial, train: Sample) -> Any:
        """Draw one of the candidate's settings."""
        return self.candidate.suggest(trial, train)
