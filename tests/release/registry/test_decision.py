from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.release.registry.events import (
    EVENTS,
    PRODUCTION,
    A,
    B,
    C,
    chain,
    challenged,
    event,
)
from tests.release.registry.events import deployed as champion

from interlock.errors import InputError, InterlockError, ReleaseError
from interlock.release.registry.decision import (
    Named,
    deployed,
    draft,
    retired,
    rolled_back,
    unless_noted,
    withdrawn,
)
from interlock.release.registry.event import Event, following
from interlock.release.registry.state import state

KNOWN = chain([event("registered", A), event("registered", B), champion(A)])


@settings(max_examples=30)
@given(EVENTS, st.sampled_from([A, B, C]), st.sampled_from([0.1, 0.5, 0.9]))
def test_what_is_decided_changes_who_answers_as_it_says(
    events: list[Event], release: str, share: float
) -> None:
    """Whatever came before: an event that is let through has its effect, the others are refused in words."""
    decisions: dict[str, Callable[[], Event]] = {
        "champion": lambda: deployed(events, champion(release)),
        "challenger": lambda: deployed(events, challenged(release, share)),
        "shadow": lambda: deployed(events, event("shadowed", release, PRODUCTION)),
        "none": lambda: withdrawn(events, Named("flights", release), PRODUCTION, "ada", ""),
        "retired": lambda: retired(events, event("retired", release, PRODUCTION, reason="x")),
    }
    for part, decide in decisions.items():
        try:
            decided = decide()
        except InterlockError:
            continue
        here = state([*events, following(events[-1] if events else None, decided)]).environments[PRODUCTION]
        holders = {
            "champion": [here.champion],
            "challenger": [each.release for each in here.challengers],
            "shadow": [*here.shadows],
        }
        assert [name for name, held in holders.items() if release in held] == [part] * (part in holders)


@settings(max_examples=30)
@given(EVENTS)
def test_a_rollback_goes_to_the_champion_before_or_is_refused(events: list[Event]) -> None:
    before = state(events).environments.get(PRODUCTION)
    if before is None or not before.before:
        with pytest.raises(ReleaseError, match="there is no earlier champion of flights in production"):
            rolled_back(events, "flights", PRODUCTION, "ada", "")
        return
    decided = rolled_back(events, "flights", PRODUCTION, "ada", "")
    after = state([*events, following(events[-1], decided)]).environments[PRODUCTION]
    assert (after.champion, after.before) == (before.before[-1], before.before[:-1])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (champion(C), "cccccccccccc is not known in production"),
        (champion(A), "aaaaaaaaaaaa is champion already in production"),
        (event("shadowed", B, "staging"), "bbbbbbbbbbbb needs a champion beside it in staging"),
        (challenged(B, 1.0), "a challenger's share is above 0, and the champion keeps some"),
        (challenged(B, float("nan")), "a challenger's share is above 0, and the champion keeps some"),
    ],
)
def test_what_cannot_be_is_refused_in_words(wanted: Event, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        deployed(KNOWN, wanted)
    assert caught.value.next_step


@pytest.mark.parametrize("person", ["", " ", "a\nb"])
def test_an_event_needs_a_person_who_can_be_printed(person: str) -> None:
    with pytest.raises(InputError, match="an event needs a person"):
        draft("registered", Named("flights", A), person)


@pytest.mark.parametrize("kind", ["suspended", "retired"])
def test_taking_out_needs_a_reason(kind: Any) -> None:
    with pytest.raises(InputError, match="this needs a reason"):
        draft(kind, Named("flights", A), "ada")


def test_what_is_noted_is_not_noted_again() -> None:
    signed = event("signed", A, role="ml_engineer", signed_at="monday")
    log = chain([event("registered", A), event("validated", A, evidence="one"), signed])
    for same in (event("registered", A, person="bo"), event("validated", A, evidence="one"), signed):
        assert unless_noted(log, same) is None
    for other in (
        event("registered", B),
        event("validated", A, evidence="two"),
        event("signed", A, role="ml_engineer", signed_at="tuesday"),
        event("signed", A, role="data_scientist", signed_at="monday"),
    ):
        assert unless_noted(log, other) == other
