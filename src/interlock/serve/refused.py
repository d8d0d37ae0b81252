"""What was refused and why, counted at once and said at most every ten seconds: a flood fills no log."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Literal, get_args

__all__ = ["REASONS", "Reason", "Refused"]

_LOG = logging.getLogger("interlock.serve")
_EVERY_SECONDS = 10.0

#: Why a connection or a request was refused before any handler saw it.
Reason = Literal[
    "syntax", "head", "url", "slow_head", "slow_body", "slow_answer", "connections", "address", "body",
    "shape", "waiting", "encoding", "unauthorized", "forbidden",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)


class Refused:
    """Counts refusals, and says from time to time how many there were.

    Args:
        count: Takes each reason, for the metrics.

    Example:
        >>> refused = Refused()
        >>> refused.note("head")
        >>> refused.total["head"]
        1
    """

    def __init__(self, count: Callable[[Reason], None] = lambda _: None) -> None:
        self.total: Counter[Reason] = Counter()
        self._count, self._unsaid, self._last = count, Counter[Reason](), -_EVERY_SECONDS

    def note(self, reason: Reason) -> None:
        """Count one."""
        self.total[reason] += 1
        self._unsaid[reason] += 1
        self._count(reason)

    def say(self, now: float) -> None:
        """Log what was refused since the last time, unless that is too recent.

        Args:
            now: Any clock that does not jump, seconds.
        """
        if not self._unsaid or now - self._last < _EVERY_SECONDS:
            return
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(self._unsaid.items()))
        _LOG.warning("refused: %s", said)
        self._unsaid.clear()
        self._last = now
