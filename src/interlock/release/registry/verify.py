"""Whether a log is whole: its numbers, its chain, its digests, and what was seen of it before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from interlock.errors import TamperedError
from interlock.release.registry.event import Event, digest_of

__all__ = ["Fault", "Head", "faults", "late_clocks", "require_whole"]


class Fault(NamedTuple):
    """What is wrong with a log, and where.

    Args:
        number: The number of the event.
        what: In words.
    """

    number: int
    what: str


class Head(msgspec.Struct, frozen=True):
    """That somebody saw a log end with an event: its number and digest, and who keeps that memory.

    Args:
        number: Of the event.
        digest: Of the event; with it of all before.
        witness: Who remembers it, in words.
    """

    number: int
    digest: str
    witness: str = ""


def faults(events: Sequence[Event], heads: Sequence[Head] = ()) -> tuple[Fault, ...]:
    """Check the log of one model.

    The chain shows what was changed inside it. It cannot show that the last events were cut off, or that all
    of them were written anew by somebody who may write to the database: that takes a memory outside it.

    Args:
        events: In the order in which the log gives them.
        heads: What was seen of it before, by anybody.

    Returns:
        What is wrong, in the order of the log; empty where nothing is.

    Example:
        >>> from interlock.release.registry.event import following
        >>> one = Event(model="m", number=1, kind="registered", release="sha256:1", person="ada", time="")
        >>> first = following(None, one)
        >>> second = following(first, one)
        >>> faults([first, second]), faults([second])
        ((), (Fault(number=2, what='event 1 is missing before it'),))
    """
    found = [*_alone(events), *_between(events), *_remembered(events, heads)]
    return tuple(sorted(set(found), key=lambda fault: fault.number))


def require_whole(events: Sequence[Event], heads: Sequence[Head] = (), *, where: object = "") -> None:
    """Refuse a log that is not whole.

    Raises:
        TamperedError: That names the first event at which something is wrong.
    """
    found = faults(events, heads)
    if found:
        raise TamperedError(
            "the log of the registry was changed",
            where=f"{where}, event {found[0].number}",
            got="; ".join(fault.what for fault in found[:3]),
            next_step="`interlock registry verify` tells all; restore the log from a copy",
        )


def late_clocks(events: Sequence[Event]) -> tuple[int, ...]:
    """Return the numbers of events that state an earlier time than the event before: a clock was wrong.

    Nothing is broken by that, because the number orders events, not the time.
    """
    return tuple(later.number for earlier, later in pairwise(events) if later.time < earlier.time)


def _alone(events: Sequence[Event]) -> list[Fault]:
    """What an event shows by itself."""
    return [
        Fault(event.number, "its content was edited: it does not have the digest that it states")
        for event in events
        if event.digest != digest_of(event)
    ]


def _between(events: Sequence[Event]) -> list[Fault]:
    """What an event shows beside the one before it."""
    found = []
    number, digest = 0, ""
    for event in events:
        missing = event.number - number - 1
        if missing == 1:
            found.append(Fault(event.number, f"event {number + 1} is missing before it"))
        elif missing > 1:
            found.append(
                Fault(event.number, f"events {number + 1} to {event.number - 1} are missing before it")
            )
        elif missing < 0:
            found.append(Fault(event.number, f"it comes after event {number}: the order was changed"))
        elif event.previous != digest:
            before = f"event {number}" if number else "none"
            found.append(
                Fault(
                    event.number, f"it does not follow {before} as that stands: one was replaced or inserted"
                )
            )
        number, digest = event.number, event.digest
    return found


def _remembered(events: Sequence[Event], heads: Sequence[Head]) -> list[Fault]:
    """What the log shows beside what was seen of it before."""
    digests = {event.number: event.digest for event in events}
    last = max(digests, default=0)
    found = []
    for head in heads:
        who = head.witness or "a witness"
        if head.number > last:
            found.append(
                Fault(
                    head.number, f"the log ends with event {last}, but event {head.number} was seen by {who}"
                )
            )
        elif digests.get(head.number, head.digest) != head.digest:
            found.append(
                Fault(head.number, f"another event {head.number} was seen by {who}: it was written anew")
            )
    return found
