from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.release.registry.events import EVENTS, chain, event

from interlock.release.registry.event import Details, Event, canonical, digest_of, following, sealed


def test_the_bytes_of_an_event_are_written_down() -> None:
    one = event("deployed", "sha256:1", "production", alias="challenger", share=0.1)
    assert canonical(one) == (
        b"interlock registry event v1\n"
        b'{"details":{"alias":"challenger","share":0.1},"digest":"","environment":"production",'
        b'"kind":"deployed","model":"flights","number":1,"person":"ada","previous":"","release":"sha256:1",'
        b'"time":"2026-03-01T12:00:00+00:00"}'
    )
    assert digest_of(one) == "sha256:" + hashlib.sha256(canonical(one)).hexdigest()


def test_an_event_follows_another() -> None:
    first, second = chain([event("registered"), event("retired")])
    assert (first.number, first.previous) == (1, "")
    assert (second.number, second.previous) == (2, first.digest)
    assert second.digest == digest_of(second)


@settings(max_examples=30)
@given(EVENTS, st.data())
def test_every_change_of_an_event_changes_its_digest(events: list[Event], data: st.DataObject) -> None:
    for each in events:
        name = data.draw(st.sampled_from(["model", "release", "environment", "person", "time", "previous"]))
        changed = msgspec.structs.replace(each, **{name: getattr(each, name) + "x"})
        assert digest_of(changed) != each.digest
        details = msgspec.structs.replace(each.details, note=each.details.note + "x")
        assert digest_of(msgspec.structs.replace(each, details=details)) != each.digest


@settings(max_examples=30)
@given(EVENTS)
def test_an_event_survives_json(events: list[Event]) -> None:
    for each in events:
        again = msgspec.json.decode(msgspec.json.encode(each), type=Event)
        assert again == each
        assert digest_of(again) == each.digest


def test_what_is_not_known_is_no_event() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"alias": "champion", "colour": "red"}', type=Details)
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value"):
        msgspec.convert({**msgspec.to_builtins(sealed(event("registered"))), "kind": "eaten"}, Event)


def test_the_first_is_one() -> None:
    assert following(None, event("registered")).number == 1
