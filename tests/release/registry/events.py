"""Logs for the tests: made by hand, or drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st

from interlock.release.registry.event import KINDS, Details, Event, following

A, B, C, D = (f"sha256:{letter * 64}" for letter in "abcd")
PRODUCTION = "production"


def event(kind: Any, release: str = A, environment: str = "", person: str = "ada", **details: Any) -> Event:
    """Return an event without a place."""
    return Event(
        model="flights",
        number=1,
        kind=kind,
        release=release,
        environment=environment,
        person=person,
        time="2026-03-01T12:00:00+00:00",
        details=Details(**details),
    )


def deployed(release: str = A, environment: str = PRODUCTION, **details: Any) -> Event:
    return event("deployed", release, environment, **{"alias": "champion", **details})


def challenged(release: str, share: float, **details: Any) -> Event:
    return event("deployed", release, PRODUCTION, alias="challenger", share=share, **details)


def chain(events: Iterable[Event]) -> list[Event]:
    """Return events as a log holds them."""
    chained: list[Event] = []
    for each in events:
        chained.append(following(chained[-1] if chained else None, each))
    return chained


def at(of: Event, time: str) -> Event:
    return msgspec.structs.replace(of, time=time)


_DETAILS = st.builds(
    Details,
    alias=st.sampled_from(["", "champion", "challenger"]),
    share=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.5]),
    unit=st.sampled_from(["", "customer"]),
    ends=st.booleans(),
    rollback=st.booleans(),
    role=st.sampled_from(["data_scientist", "ml_engineer"]),
    folder=st.text(max_size=4),
    reason=st.text(max_size=4),
)

EVENTS = st.lists(
    st.builds(
        Event,
        model=st.just("flights"),
        number=st.just(1),
        kind=st.sampled_from(KINDS),
        release=st.sampled_from([A, B, C, D]),
        environment=st.sampled_from(["", "staging", PRODUCTION]),
        person=st.text(min_size=1, max_size=4),
        time=st.just("2026-03-01T12:00:00+00:00"),
        details=_DETAILS,
    ),
    max_size=15,
).map(chain)
