"""What mirrors are told in the tests."""

from __future__ import annotations

from collections.abc import Iterable

from tests.release.registry.events import chain

from interlock.release.mirror.delivery import News
from interlock.release.registry.event import Event
from interlock.release.registry.state import State, after


def news(events: Iterable[Event]) -> list[News]:
    found, before = [], State()
    for each in chain(events):
        now = after(before, each)
        found.append(News(each, before, now))
        before = now
    return found
