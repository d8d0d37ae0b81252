"""What other processes do to a log at the same time; light, because each of them imports it."""

from __future__ import annotations

from typing import Any

from interlock.errors import ConflictError
from interlock.release.registry.event import Details, Event, following
from interlock.release.registry.log import Log


def _event(kind: Any, person: str, alias: Any = "") -> Event:
    return Event(
        model="flights",
        number=1,
        kind=kind,
        release="sha256:" + "a" * 64,
        environment="production",
        person=person,
        time="2026-03-01T12:00:00+00:00",
        details=Details(alias=alias),
    )


def race(url: str, person: str, barrier: Any, results: Any) -> None:
    """Decide on what was seen, wait until everybody has, then append."""
    log = Log(url)
    mine = following(log.events("flights")[-1], _event("deployed", person, "champion"))
    barrier.wait(60)
    try:
        log.append(mine)
        results.put((True, ""))
    except ConflictError as error:
        results.put((False, error.got))
    log.database.close()


def write(url: str, person: str) -> None:
    """Append ten events, each after whatever is there."""
    log, written = Log(url), 0
    while written < 10:
        events = log.events("flights")
        try:
            log.append(following(events[-1] if events else None, _event("registered", person)))
        except ConflictError:
            continue
        written += 1
    log.database.close()


def begin(url: str, barrier: Any) -> None:
    """Begin the registry together with others."""
    log = Log(url)
    barrier.wait(60)
    log.create()
    log.database.close()
