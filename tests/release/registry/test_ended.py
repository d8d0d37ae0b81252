from __future__ import annotations

from hypothesis import given, settings
from tests.release.registry.events import EVENTS, PRODUCTION, A, B, C, chain, challenged, deployed, event

from interlock.release.registry.ended import Ended, unnamed
from interlock.release.registry.event import Event
from interlock.release.registry.state import state, status

KNOWN = [*(event("registered", each) for each in (A, B, C)), deployed(A)]


def gone(*events: Event) -> tuple[Ended, ...]:
    """Return what ends with the last of some events."""
    log = chain([*KNOWN, *events])
    return unnamed(log, log[-1].number)


def test_a_challenger_that_becomes_shadow_ends_its_challenge() -> None:
    assert gone(challenged(B, 0.1, unit="carrier"), event("shadowed", B, PRODUCTION)) == (
        Ended(PRODUCTION, B, "challenger", 0.1, "carrier"),
    )


def test_a_shadow_that_becomes_challenger_ends_its_shadow() -> None:
    (one,) = gone(event("shadowed", B, PRODUCTION), challenged(B, 0.1))
    assert one.words("flights-b") == "production: flights-b is shadow no longer"


def test_another_share_ends_nothing() -> None:
    assert gone(challenged(B, 0.1), challenged(B, 0.2)) == ()


def test_a_champion_and_whoever_comes_back_leave_their_parts() -> None:
    (one,) = gone(challenged(B, 0.125), deployed(B))
    assert one.words("flights-b") == "production: flights-b is challenger no longer; it answered 12.5 %"
    back = [deployed(B), challenged(A, 0.1), event("suspended", B, reason="wrong")]
    assert gone(*back) == (Ended(PRODUCTION, A, "challenger", 0.1),)
    assert gone(*back[:2], deployed(A, rollback=True)) == (Ended(PRODUCTION, A, "challenger", 0.1),)


def test_taking_out_ends_the_part_in_every_environment() -> None:
    parts = [deployed(A, "dev"), event("shadowed", B, "dev"), challenged(B, 0.5)]
    assert {(each.environment, each.part) for each in gone(*parts, event("retired", B, reason="old"))} == {
        ("dev", "shadow"),
        (PRODUCTION, "challenger"),
    }


def test_an_end_that_is_asked_for_is_named_by_its_event() -> None:
    assert gone(challenged(B, 0.1), challenged(B, 0.0, ends=True)) == ()


@settings(max_examples=50)
@given(EVENTS)
def test_who_is_told_to_be_something_no_longer_was_it_and_is_not(events: list[Event]) -> None:
    for each in events:
        for end in unnamed(events, each.number):
            before, now = (state(events[:number]) for number in (each.number - 1, each.number))
            assert status(before, end.release, end.environment) == end.part
            assert status(now, end.release, end.environment) != end.part
