from __future__ import annotations

from tests.release.registry.events import PRODUCTION, A, B, C, chain, challenged, deployed, event

from interlock.release.registry.listing import listing
from interlock.release.registry.state import state


def test_who_answers_stands_above_and_each_release_has_a_line() -> None:
    events = [
        event("registered", A, folder="flights-a"),
        event("registered", B, folder="flights-b"),
        event("registered", C, folder="flights-c-longer"),
        deployed(A, "dev"),
        deployed(A),
        challenged(B, 0.1),
        event("shadowed", C, PRODUCTION),
    ]
    assert listing("flights", state(chain(events))).splitlines() == [
        "flights, 7 events",
        "  dev: champion flights-a",
        "  production: champion flights-a, challenger flights-b 10 %, shadow flights-c-longer",
        "  release           dev         production",
        "  flights-a         champion    champion",
        "  flights-b         registered  challenger",
        "  flights-c-longer  registered  shadow",
    ]


def test_before_any_deployment() -> None:
    one = chain([event("registered", A, folder="flights-a")])
    assert listing("flights", state(one)) == (
        "flights, 1 event\n  release    everywhere\n  flights-a  registered"
    )
