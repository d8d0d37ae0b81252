"""A model's chain of events as this machine knows it: read only where it is whole, and appended to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import ConflictError
from interlock.release.registry import heads
from interlock.release.registry.event import Event, following
from interlock.release.registry.log import Log, words
from interlock.release.registry.verify import Fault, Head, faults, require_whole

__all__ = ["Chain", "Verified"]

#: How often what does not contradict another's event is appended again after it.
_TRIES = 20


class Verified(NamedTuple):
    """What the log of a model came to.

    Args:
        events: How many there are.
        faults: What is wrong; empty where nothing is.
        heads: What was remembered of it outside, and by whom.
    """

    events: int
    faults: tuple[Fault, ...]
    heads: tuple[Head, ...]


class Chain(NamedTuple):
    """The log, with what this machine has seen of it.

    Args:
        log: Of all models.
        memory: The file in which this machine remembers what it has seen of the log; None for nowhere.
        clock: Tells the time, with a zone.
    """

    log: Log
    memory: Path | None
    clock: Callable[[], datetime]

    def events(self, model: str) -> tuple[Event, ...]:
        """Return all events of a model, once the chain is found whole and no shorter than it was.

        Raises:
            RegistryError: If the registry cannot be reached.
            TamperedError: If the log was changed; it names the event.
        """
        events = self.log.events(model)
        require_whole(events, self._heads(model), where=f"{self.log.database.name}, {model}")
        self._remember(events)
        return events

    def verify(self, model: str, witnesses: Sequence[Head]) -> Verified:
        """Check a model's log, against what this machine and other witnesses have seen of it.

        Raises:
            RegistryError: If the registry cannot be reached.
        """
        events = self.log.events(model)
        seen = (*self._heads(model), *witnesses)
        found = faults(events, seen)
        if not found:
            self._remember(events)
        return Verified(len(events), found, seen)

    def remembered(self) -> tuple[str, ...]:
        """Return the models of which this machine has seen something."""
        return () if self.memory is None else tuple(heads.remembered(self.memory, self.log.database.name))

    def once(
        self, model: str, decide: Callable[[tuple[Event, ...]], Event], follows: int | None = None
    ) -> Event:
        """Append what is decided on the events as they are; whoever comes second is told.

        Args:
            model: What people call it.
            decide: Makes the event of those that are there.
            follows: The number of the event on which the decision rests; by default whatever is last.

        Raises:
            ConflictError: If somebody else was faster, or who answers has changed since `follows`.
        """
        events = self.events(model)
        seen = len(events) if follows is None else follows
        later = [event for event in events[seen:] if event.kind not in ("registered", "validated", "signed")]
        if later:
            raise ConflictError(
                "who answers has changed since, and nothing was done",
                where=f"{self.log.database.name}, {model}",
                got=words(later[0]),
                next_step="look at it with `interlock registry log`, then decide again",
            )
        return self._append(events, decide(events))

    def patiently(self, model: str, decide: Callable[[tuple[Event, ...]], Event | None]) -> Event | None:
        """Append what holds whatever others do meanwhile; where that is nothing, nothing."""
        for _ in range(_TRIES):
            events = self.events(model)
            event = decide(events)
            if event is None:
                return None
            try:
                return self._append(events, event)
            except ConflictError as error:
                last = error
        raise last

    def always(self, event: Event) -> Event:
        """Append an event, whatever others do meanwhile."""
        appended = self.patiently(event.model, lambda _: event)
        return event if appended is None else appended

    def _append(self, events: Sequence[Event], event: Event) -> Event:
        time = self.clock().astimezone(UTC).isoformat(timespec="seconds")
        timed = msgspec.structs.replace(event, time=time)
        appended = self.log.append(following(events[-1] if events else None, timed))
        self._remember((appended,))
        return appended

    def _heads(self, model: str) -> tuple[Head, ...]:
        if self.memory is None:
            return ()
        seen = heads.remembered(self.memory, self.log.database.name).get(model)
        return (seen,) if seen else ()

    def _remember(self, events: Sequence[Event]) -> None:
        if self.memory is not None and events:
            heads.remember(self.memory, self.log.database.name, events[-1])
