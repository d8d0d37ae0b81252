from __future__ import annotations

import time

from interlock.release.plan import Plan
from interlock.serve.standing import Standing

PLAN = Plan(champion="sha256:aa", version=7)


def test_who_follows_nothing_has_nothing_to_tell_prometheus() -> None:
    standing = Standing(PLAN)
    assert (standing.gauges(), standing.age, standing.note) == ({}, 0.0, "")


def test_trouble_is_told_to_everybody_without_names() -> None:
    standing = Standing(PLAN, source="registry postgresql://host/db", refused="sha256:bb is half")
    assert standing.note == "the newest plan is refused; the one before is served"
    standing.away = "cannot connect to host"
    assert standing.note == "the source of plans cannot be reached; what was verified last is served"


def test_the_age_counts_from_when_the_source_was_last_reached() -> None:
    standing = Standing(PLAN, source="registry", seen=time.monotonic() - 100)
    assert 100 <= standing.age < 101
    gauges = standing.gauges()
    assert gauges["interlock_plan_version"] == 7
    assert 100 <= gauges["interlock_plan_age_seconds"] < 101
    assert standing.described("flights")["plan"]["champion"] == "sha256:aa"
