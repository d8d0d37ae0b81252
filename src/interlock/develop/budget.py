"""Time: how much there is, how much is gone, and how much must be kept for the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from interlock.errors import InputError

__all__ = ["Budget"]

_SECONDS = 60.0
_TELLING = 0.06  # of the time is kept to check the model and to tell what it uses
_LEAST_TELLING = 0.5  # seconds
_SAVING = 0.3  # seconds that a stage takes to save the model and to write its report
_LEFT = 0.25  # of the time, for a search that is taken up again


@dataclass(frozen=True)
class Budget:
    """The time of a development.

    Args:
        start: When it began, by `time.monotonic()`.
        seconds: What it may take; infinity where only the number of trials counts.
        trials: How many trials it may make; None where only time counts.
        saving: Of the time, the seconds that are kept for what a stage does with the model.
    """

    start: float
    seconds: float
    trials: int | None = None
    saving: float = 0.0

    @classmethod
    def of(cls, seconds: float | None, trials: int | None, begun: float | None = None) -> Budget:
        """Return a budget: of 60 seconds where neither time nor trials are given.

        Args:
            seconds: What it may take; None for no limit where trials are given.
            trials: How many trials it may make; None for as many as time allows.
            begun: When the stage began that is to save the model in the same time, by `time.monotonic()`;
                None: now, and nobody saves it.

        Raises:
            InputError: There is no time, or not one trial.
        """
        if seconds is not None and not seconds > 0:
            raise InputError(
                "there is no time to develop in",
                got=f"{seconds} seconds",
                next_step="give at least one second",
            )
        if trials is not None and trials < 1:
            raise InputError(
                "there is nothing to try", got=f"{trials} trials", next_step="allow at least one trial"
            )
        unlimited = float("inf") if trials is not None else _SECONDS
        seconds = unlimited if seconds is None else seconds
        return (
            cls(time.monotonic(), seconds, trials) if begun is None else cls(begun, seconds, trials, _SAVING)
        )

    def resumed(self, spent: float) -> Budget:
        """Return a budget that counts what an earlier run has spent; a quarter is left at least."""
        return replace(self, start=self.start - min(spent, (1 - _LEFT) * self.seconds))

    @property
    def spent(self) -> float:
        """The seconds that are gone."""
        return time.monotonic() - self.start

    @property
    def left(self) -> float:
        """The seconds that are left; below 0 where it is over."""
        return self.seconds - self.spent

    @property
    def until(self) -> float:
        """When it is over, by `time.time()`, which other machines know."""
        return time.time() + self.left

    @property
    def telling(self) -> float:
        """The seconds that are kept at the end: to check the model, tell what it uses, and save it."""
        least = _LEAST_TELLING + self.saving
        return 0.0 if self.seconds == float("inf") else least + _TELLING * self.seconds

    @property
    def words(self) -> str:
        """How much is gone, for people."""
        if self.seconds == float("inf"):
            return f"{self.spent:.0f} s"
        return f"{self.spent:.0f} of {self.seconds:.0f} s"
