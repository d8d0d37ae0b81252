"""A look at the sockets instead of sleep, for a moment, where the next request is about to come.

To sleep and be woken costs a process more than a row: the time of the wake-up, and caches that went cold
meanwhile. Where a client asks again as soon as it has its answer, the loop therefore goes on looking for a
moment. It does so only while requests really come at such short notice; a few that do not, and it sleeps.

Source:
    The idea is the kernel's, for virtual machines:
    https://docs.kernel.org/virt/kvm/halt-polling.html
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["BusyPoll"]

_WEIGHT = 1 / 8
_LONGEST = 8  # moments that a gap counts as at most: one long one stops the looking at once


class BusyPoll:
    """Decides after each answer whether to look or to sleep.

    Args:
        seconds: How long to look; 0 for never.
        clock: Gives seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds, self._clock = seconds, clock
        self._gap = _LONGEST * seconds
        self._answered = 0.0
        self._is_looking = False
        #: Whether all that came is answered.
        self.is_idle = False

    def answered(self, call_soon: Callable[..., object]) -> None:
        """Note that all is answered, and look for more if that is worth it.

        Args:
            call_soon: The loop's: calls a function in the next turn.
        """
        self._answered, self.is_idle = self._clock(), True
        if self._gap < self.seconds and not self._is_looking:
            self._is_looking = True
            call_soon(self._look, call_soon)

    def came(self) -> None:
        """Note that something came; only to be called while `is_idle`."""
        self.is_idle = False
        gap = min(self._clock() - self._answered, _LONGEST * self.seconds)
        self._gap += (gap - self._gap) * _WEIGHT

    def _look(self, call_soon: Callable[..., object]) -> None:
        """Come again in the next turn of the loop, which looks at the sockets before and does not sleep."""
        if self.is_idle and self._clock() - self._answered < self.seconds:
            call_soon(self._look, call_soon)
        else:
            self._is_looking = False
