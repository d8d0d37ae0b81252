"""Tells mirrors what they have not got yet: in order, at least once, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from interlock.errors import InterlockError, ReleaseError
from interlock.release.mirror.cursor import advance, told
from interlock.release.registry.event import Event
from interlock.release.registry.registry import Registry
from interlock.release.registry.state import State, after
from interlock.release.registry.store import Progress, quiet

__all__ = ["Delivery", "Mirror", "News", "deliver", "news"]


class News(NamedTuple):
    """One event, with what it changed.

    Args:
        event: What happened.
        before: Where the model stood before it.
        after: Where it stands after it.
    """

    event: Event
    before: State
    after: State


class Mirror(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """Which of them, as it may be printed and remembered."""

    def tell(self, news: News) -> None:
        """Tell it one event. It may have got the same before, and must not mind.

        Raises:
            ReleaseError: If it cannot be told now.
        """


class Delivery(NamedTuple):
    """What came of telling one mirror of one model.

    Args:
        mirror: Which.
        model: Of which model.
        sent: How many events it has got now.
        left: How many it has not got.
        trouble: Why not; empty where nothing is left.
    """

    mirror: str
    model: str
    sent: int
    left: int
    trouble: str = ""


def deliver(
    registry: Registry, mirrors: Sequence[Mirror], *, progress: Progress = quiet
) -> tuple[Delivery, ...]:
    """Tell each mirror every event that it has not got.

    What it has got is written down after it got it, so that a crash between the two repeats an event and
    never loses one. A mirror that is away stops at its event, and the others go on.

    Args:
        registry: Whose log is told.
        mirrors: To whom.
        progress: Takes a line for people, now and then.

    Returns:
        What came of it, for each mirror and model.

    Raises:
        RegistryError: If the registry cannot be reached.
        TamperedError: If the log was changed: nothing is told from such a one.
    """
    return tuple(
        _tell(registry, mirror, model, progress) for model in registry.models() for mirror in mirrors
    )


def _tell(registry: Registry, mirror: Mirror, model: str, progress: Progress) -> Delivery:
    database = registry.log.database
    done, sent = told(database, mirror.name, model), 0
    waiting = news(registry.events(model))[done:]
    for each in waiting:
        progress(f"telling {mirror.name}: {model}, event {each.event.number}")
        try:
            mirror.tell(each)
        except ReleaseError as error:
            return Delivery(mirror.name, model, sent, len(waiting) - sent, _words(error))
        advance(database, mirror.name, model, each.event.number)
        sent += 1
    return Delivery(mirror.name, model, sent, 0)


def news(events: Sequence[Event]) -> list[News]:
    """Return each event of a model, from the first on, with what it changed."""
    found, before = [], State()
    for event in events:
        now = after(before, event)
        found.append(News(event, before, now))
        before = now
    return found


def _words(error: InterlockError) -> str:
    return f"{error.what}: {error.got}" if error.got else error.what
