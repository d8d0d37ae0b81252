from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.release.registry.events import EVENTS, PRODUCTION, A, B, C, chain, challenged, deployed, event

from interlock.errors import ReleaseError
from interlock.release.plan import Share
from interlock.release.registry.event import Event
from interlock.release.registry.state import State, after, plan, state, status

KNOWN = [event("registered", each, folder=f"flights-{each[7:19]}") for each in (A, B, C)]


def parts(*events: Event) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    here = state(chain([*KNOWN, *events])).environments[PRODUCTION]
    return here.champion, tuple(each.release for each in here.challengers), here.shadows


@settings(max_examples=30)
@given(EVENTS, st.integers(0, 15))
def test_replay_gives_the_same_state_from_anywhere(events: list[Event], cut: int) -> None:
    whole = state(events)
    assert state(events) == whole
    resumed = state(events[:cut])
    for each in events[cut:]:
        resumed = after(resumed, each)
    assert resumed == whole
    assert whole.number == len(events)


@settings(max_examples=30)
@given(EVENTS)
def test_a_release_has_one_part_and_every_plan_can_be_executed(events: list[Event]) -> None:
    of = state(events)
    for name, here in of.environments.items():
        holders = [here.champion, *(each.release for each in here.challengers), *here.shadows]
        assert len({*holders}) == len(holders)
        assert sum(each.share for each in here.challengers) < 1
        if here.champion:
            made = plan(events, name)  # Plan refuses what cannot be executed
            assert made.releases == tuple(holders)
            assert made.version <= of.number


@settings(max_examples=30)
@given(EVENTS)
def test_the_version_is_the_number_of_the_event_that_changed_the_plan(events: list[Event]) -> None:
    before = State()
    for each in events:
        now = after(before, each)
        for name, here in now.environments.items():
            was = before.environments.get(name)
            if was is not None:
                assert (here == was) == (here.version == was.version)
            assert here.version in (each.number, was.version if was else 0)
        before = now


@settings(max_examples=30)
@given(EVENTS)
def test_a_suspended_or_retired_release_has_no_part(events: list[Event]) -> None:
    last = events[-1] if events else None
    if last is None or last.kind not in ("suspended", "retired"):
        return
    for name, here in state(events).environments.items():
        if last.environment in ("", name):
            holders = [here.champion, *(each.release for each in here.challengers), *here.shadows]
            assert last.release not in (*holders, *here.before)


def test_a_champion_follows_another_and_a_rollback_goes_back_and_back() -> None:
    one, two, three = deployed(A), deployed(B), deployed(C)
    back = deployed(B, rollback=True)
    further = deployed(A, rollback=True)
    assert parts(one)[0] == A
    assert parts(one, two)[0] == B
    assert parts(one, two, three, back)[0] == B
    assert parts(one, two, three, back, further)[0] == A
    here = state(chain([*KNOWN, one, two, three, back])).environments[PRODUCTION]
    assert here.before == (A,)
    assert here.version == len(KNOWN) + 4


def test_a_challenger_that_becomes_champion_leaves_its_share() -> None:
    events = [deployed(A), challenged(B, 0.1, unit="customer"), challenged(C, 0.2)]
    assert parts(*events) == (A, (B, C), ())
    made = plan(chain([*KNOWN, *events]), PRODUCTION)
    assert made.challengers == (Share(B, 0.1), Share(C, 0.2))
    assert made.unit == "customer"
    assert parts(*events, deployed(B)) == (B, (C,), ())
    assert parts(*events, challenged(C, 0, ends=True)) == (A, (B,), ())


def test_a_challenger_that_would_leave_nothing_changes_nothing() -> None:
    assert parts(deployed(A), challenged(B, 0.6), challenged(C, 0.4)) == (A, (B,), ())
    assert parts(deployed(A), challenged(A, 0.4)) == (A, (), ())


def test_a_shadow_is_one_until_it_ends_or_gets_another_part() -> None:
    shadow = event("shadowed", B, PRODUCTION)
    assert parts(deployed(A), shadow) == (A, (), (B,))
    assert parts(deployed(A), shadow, event("shadowed", B, PRODUCTION, ends=True)) == (A, (), ())
    assert parts(deployed(A), shadow, challenged(B, 0.1)) == (A, (B,), ())
    assert parts(deployed(A), shadow, deployed(B)) == (B, (), ())


def test_a_suspended_champion_gives_way_to_the_one_before() -> None:
    events = [deployed(A), deployed(B), event("suspended", B, reason="wrong")]
    assert parts(*events) == (A, (), ())
    of = state(chain([*KNOWN, *events]))
    assert status(of, B, PRODUCTION) == "suspended"
    assert status(of, A, PRODUCTION) == "champion"
    assert of.environments[PRODUCTION].before == ()


def test_suspension_in_one_environment_leaves_the_others() -> None:
    events = chain(
        [*KNOWN, deployed(A), deployed(A, "staging"), event("suspended", A, "staging", reason="x")]
    )
    of = state(events)
    assert of.environments["staging"].champion == ""
    assert of.environments[PRODUCTION].champion == A
    assert status(of, A, "staging") == "suspended"
    with pytest.raises(ReleaseError, match="there is no champion in staging") as caught:
        plan(events, "staging")
    assert caught.value.got == f"champions in {PRODUCTION}"


def test_what_a_release_is_follows_its_life() -> None:
    life = [
        (event("registered"), "registered"),
        (event("validated", passed=("auc",)), "validated"),
        (event("signed", role="data_scientist"), "signed"),
        (deployed(A), "champion"),
        (deployed(B), "signed"),
        (event("suspended", reason="x"), "suspended"),
        (event("signed", role="data_scientist"), "signed"),
        (event("retired", reason="x"), "retired"),
    ]
    events = [each for each, _ in life]
    for index, (_, expected) in enumerate(life, 1):
        assert status(state(chain(events[:index])), A, PRODUCTION) == expected
    assert status(State(), A, PRODUCTION) == "unknown"
