from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.release.registry.events import EVENTS, A, B, at, chain, deployed, event

from interlock.errors import TamperedError
from interlock.release.registry.event import Event, following
from interlock.release.registry.verify import Head, faults, late_clocks, require_whole

LOG = chain([event("registered"), event("registered", B), deployed(A), deployed(B), event("retired", A)])


@settings(max_examples=30)
@given(EVENTS)
def test_a_whole_log_has_no_fault(events: list[Event]) -> None:
    assert faults(events) == ()
    require_whole(events)


@settings(max_examples=30)
@given(EVENTS, st.data())
def test_a_removed_edited_moved_or_inserted_line_is_found_where_it_is(
    events: list[Event], data: st.DataObject
) -> None:
    assume(len(events) > 2)
    place = data.draw(st.integers(0, len(events) - 2))
    edited = msgspec.structs.replace(events[place], person=events[place].person + "x")
    changed = {
        "removed": ([*events[:place], *events[place + 1 :]], place + 2),
        "edited": ([*events[:place], edited, *events[place + 1 :]], place + 1),
        "moved": (
            [*events[:place], events[place + 1], events[place], *events[place + 2 :]],
            place + 1,
        ),
        "inserted": ([*events[: place + 1], events[place], *events[place + 1 :]], place + 1),
    }
    for kind, (log, number) in changed.items():
        found = faults(log)
        assert found, kind
        assert found[0].number == number, kind


def test_what_is_wrong_is_said() -> None:
    def said(log: list[Event]) -> list[tuple[int, str]]:
        return [(fault.number, fault.what) for fault in faults(log)]

    assert said([LOG[0], *LOG[2:]]) == [(3, "event 2 is missing before it")]
    assert said([LOG[0], LOG[4]]) == [(5, "events 2 to 4 are missing before it")]
    edited = msgspec.structs.replace(LOG[2], release=B)
    assert said([*LOG[:2], edited, *LOG[3:]]) == [
        (3, "its content was edited: it does not have the digest that it states")
    ]
    assert said([LOG[1], LOG[0], *LOG[2:]]) == [
        (1, "it comes after event 2: the order was changed"),
        (2, "event 1 is missing before it"),
        (3, "event 2 is missing before it"),
    ]


def test_an_edited_line_with_a_new_digest_breaks_the_next() -> None:
    forged = following(LOG[1], deployed(B))
    found = faults([*LOG[:2], forged, *LOG[3:]])
    assert [tuple(fault) for fault in found] == [
        (4, "it does not follow event 3 as that stands: one was replaced or inserted")
    ]


def test_a_log_written_anew_is_whole_by_itself_and_not_beside_a_memory() -> None:
    anew = chain([event("registered"), deployed(A), event("retired", A)])
    head = Head(3, LOG[2].digest, "this machine")
    assert faults(anew) == ()
    assert [tuple(fault) for fault in faults(anew, [head])] == [
        (3, "another event 3 was seen by this machine: it was written anew")
    ]


def test_a_tail_that_was_cut_off_shows_beside_a_memory_alone() -> None:
    head = Head(5, LOG[4].digest, "the git tags")
    assert faults(LOG[:3]) == ()
    assert [tuple(fault) for fault in faults(LOG[:3], [head])] == [
        (5, "the log ends with event 3, but event 5 was seen by the git tags")
    ]
    assert faults(LOG, [head]) == ()
    assert faults([*LOG, following(LOG[-1], event("registered"))], [head]) == ()


def test_the_error_names_the_event() -> None:
    with pytest.raises(TamperedError, match="the log of the registry was changed") as caught:
        require_whole([LOG[0], *LOG[2:]], where="registry.db, flights")
    assert caught.value.where == "registry.db, flights, event 3"
    assert caught.value.got == "event 2 is missing before it"


def test_a_clock_that_went_back_breaks_nothing_and_is_told() -> None:
    log = chain([event("registered"), at(deployed(A), "2025-01-01T00:00:00+00:00"), deployed(B)])
    assert faults(log) == ()
    assert late_clocks(log) == (2,)
