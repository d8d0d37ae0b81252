"""A ledger whose entries are looked at before they are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from interlock.serve.ledger.format import Entry
from interlock.serve.ledger.writer import Ledger

__all__ = ["NotedLedger"]


class NotedLedger(Ledger):
    """A ledger that one thread may put a note into the entries of: which answer a shadow's row belongs to.

    Arguments, errors and everything else as `Ledger`.
    """

    _before: Callable[[Entry], None] | None = None

    def record(self, *entries: Entry) -> None:
        """Take requests into account; what looks at them first may raise, and then nothing is recorded."""
        if self._before is not None:
            for entry in entries:
                self._before(entry)
        super().record(*entries)

    @contextmanager
    def noting(self, before: Callable[[Entry], None]) -> Iterator[None]:
        """Let `before` look at every entry that is recorded in this block, which one thread runs.

        Args:
            before: May change the entry, or raise.
        """
        self._before = before
        try:
            yield
        finally:
            self._before = None

    def flush_soon(self) -> None:
        """Let the writing thread write what waits; returns at once."""
        self._wake.set()

    @property
    def lost(self) -> int:
        """Requests that were received and are neither on disk nor counted otherwise; after `close`."""
        counts = self.counts
        return counts.received - counts.logged - counts.sampled_out - counts.dropped
