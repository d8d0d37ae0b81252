from __future__ import annotations

from pathlib import Path

from interlock.release.plan import Plan
from interlock.serve.follow.verified import recall, remember

PLAN = Plan(champion="sha256:aa", version=7)


def test_the_last_plan_is_recalled_for_its_source_and_environment_alone(tmp_path: Path) -> None:
    assert recall(tmp_path, "registry a", "production") is None
    remember(tmp_path, PLAN, {"sha256:aa": "/somewhere"}, "registry a", "production")
    kept = recall(tmp_path, "registry a", "production")
    assert kept is not None
    assert (kept.plan, kept.folders) == (PLAN, {"sha256:aa": "/somewhere"})
    assert kept.words.startswith("plan 7, executed at 2")
    assert recall(tmp_path, "registry b", "production") is None
    assert recall(tmp_path, "registry a", "staging") is None


def test_a_file_that_is_broken_or_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"plan": {"champion": "a", "shadows": ["a"]}}')
    assert recall(tmp_path, "registry a", "production") is None
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file", PLAN, {}, "registry a", "production")
