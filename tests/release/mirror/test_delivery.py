from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.release.registry.events import A, chain, deployed, event

from interlock.errors import RegistryError
from interlock.release.mirror.cursor import advance, told
from interlock.release.mirror.delivery import News, deliver
from interlock.release.registry.registry import Registry, open_registry


@dataclass
class Listener:
    """A mirror that writes down what it is told, and is away where it is told to be."""

    name: str = "listener"
    heard: list[int] = field(default_factory=list)
    away_at: int = 0
    dies_at: int = 0

    def tell(self, news: News) -> None:
        if news.event.number == self.away_at:
            raise RegistryError("nobody is there", got="a timeout")
        self.heard.append(news.event.number)
        if news.event.number == self.dies_at:
            raise KeyboardInterrupt


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = open_registry(str(tmp_path / "registry.db"), tmp_path / "store")
    made.log.create()
    for each in chain([event("registered"), deployed(A), event("retired", A)]):
        made.log.append(each)
    return made


def test_each_mirror_gets_every_event_once_in_its_order(registry: Registry) -> None:
    one, two = Listener("one"), Listener("two")
    assert told(registry.log.database, "one", "flights") == 0
    assert [(each.mirror, each.sent, each.left) for each in deliver(registry, [one, two])] == [
        ("one", 3, 0),
        ("two", 3, 0),
    ]
    assert one.heard == two.heard == [1, 2, 3]
    assert [each.sent for each in deliver(registry, [one, two])] == [0, 0]
    assert told(registry.log.database, "one", "flights") == registry.head("flights") == 3


def test_one_that_is_away_waits_at_its_event_and_the_others_go_on(registry: Registry) -> None:
    away, there = Listener("away", away_at=2), Listener("there")
    first = deliver(registry, [away, there])
    assert [(each.sent, each.left, each.trouble) for each in first] == [
        (1, 2, "nobody is there: a timeout"),
        (3, 0, ""),
    ]
    away.away_at = 0
    assert [each.sent for each in deliver(registry, [away, there])] == [2, 0]
    assert away.heard == [1, 2, 3]


def test_a_crash_repeats_an_event_and_loses_none(registry: Registry) -> None:
    with pytest.raises(KeyboardInterrupt):
        deliver(registry, [Listener(dies_at=2)])
    after = Listener()
    deliver(registry, [after])
    assert after.heard == [2, 3]


def test_a_cursor_never_goes_back(registry: Registry) -> None:
    database = registry.log.database
    assert told(database, "one", "flights") == 0
    advance(database, "one", "flights", 2)
    advance(database, "one", "flights", 1)
    assert told(database, "one", "flights") == 2
    assert told(database, "one", "trains") == told(database, "two", "flights") == 0
