"""The parts that end with an event, also those that it does not name: a release has one part at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from interlock.release.registry.decision import Part
from interlock.release.registry.event import Event
from interlock.release.registry.state import Environment, State, after, state

__all__ = ["Ended", "ended", "unnamed"]


class Ended(NamedTuple):
    """A part that a release had.

    Args:
        environment: Where.
        release: Its digest.
        part: As what.
        share: Of a challenger: what it answered.
        unit: Of a challenger: the column by whose value; empty for each request by itself.
    """

    environment: str
    release: str
    part: Part
    share: float = 0.0
    unit: str = ""

    def words(self, name: str) -> str:
        """Return it in a line, as people read it.

        Args:
            name: What people call the release.

        Example:
            >>> Ended("production", "sha256:1", "challenger", 0.1, "carrier").words("flights-1")
            'production: flights-1 is challenger no longer; it answered 10 %, by carrier'
        """
        how = f"; it answered {self.share * 100:.4g} %" if self.part == "challenger" else ""
        by = f", by {self.unit}" if self.unit else ""
        return f"{self.environment}: {name} is {self.part} no longer{how}{by}"


def ended(before: State, now: State) -> tuple[Ended, ...]:
    """Return the parts of challengers and shadows that are no more.

    Args:
        before: Where the model stood.
        now: Where it stands.
    """
    found = []
    for name, was in before.environments.items():
        left = {(each.release, each.part) for each in _parts(name, now.environments[name])}
        found += [each for each in _parts(name, was) if (each.release, each.part) not in left]
    return tuple(found)


def unnamed(events: Iterable[Event], number: int) -> tuple[Ended, ...]:
    """Return the parts that ended with an event though it does not say so.

    Args:
        events: Of one model, from the first on.
        number: Of the event.

    Returns:
        What ended; of an event that ends one part, the others.

    Example:
        >>> unnamed([], 1)
        ()
    """
    known = [each for each in events if each.number <= number]
    if not known:
        return ()
    before, event = state(known[:-1]), known[-1]
    gone = ended(before, after(before, event))
    return () if event.details.ends else gone


def _parts(name: str, here: Environment) -> list[Ended]:
    challengers = [
        Ended(name, each.release, "challenger", each.share, here.unit) for each in here.challengers
    ]
    return [*challengers, *(Ended(name, each, "shadow") for each in here.shadows)]
