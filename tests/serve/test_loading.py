from __future__ import annotations

import threading
from pathlib import Path

import pytest

from interlock.errors import InterlockError, ReleaseError
from interlock.release import Release
from interlock.release.plan import Plan, Share
from interlock.serve import account
from interlock.serve.asgi import Application
from interlock.serve.loading import parts_of
from interlock.serve.settings import Settings, application


def served(three: tuple[Release, ...], tmp_path: Path) -> tuple[Settings, Application]:
    ledger = tmp_path / "ledger"
    settings = Settings(release=str(three[0].path), ledger=str(ledger), run=str(ledger / "run"))
    app = application(settings, three[0])
    app.service.prepare()
    return settings, app


def test_what_cannot_be_loaded_leaves_nothing_behind(three: tuple[Release, ...], tmp_path: Path) -> None:
    settings, app = served(three, tmp_path)
    plan = Plan(
        champion=three[0].digest, challengers=(Share(three[1].digest, 0.5),), shadows=("sha256:" + "0" * 64,)
    )
    folders = {three[1].digest: three[1].path, plan.shadows[0]: tmp_path / "nowhere"}
    before = threading.active_count()
    with pytest.raises(InterlockError, match="there is no release in this folder"):
        parts_of(settings, plan, folders.__getitem__, app.traffic, lambda _: None)
    assert threading.active_count() == before, "the challenger's threads have ended"
    app.traffic.close()
    assert account(tmp_path / "ledger").unclosed == 0


def test_another_release_than_the_plan_names_is_refused(three: tuple[Release, ...], tmp_path: Path) -> None:
    settings, app = served(three, tmp_path)
    plan = Plan(champion=three[1].digest)
    with pytest.raises(ReleaseError, match="this is not the release that the plan names"):
        parts_of(settings, plan, lambda _: three[0].path, app.traffic, lambda _: None)
    app.traffic.close()


def test_who_may_not_run_is_refused_before_it_is_prepared(three: tuple[Release, ...], tmp_path: Path) -> None:
    settings, app = served(three, tmp_path)

    def refuse(release: Release) -> None:
        raise ReleaseError("policy says no", where=release.digest)

    with pytest.raises(ReleaseError, match="policy says no"):
        parts_of(settings, Plan(champion=three[1].digest), lambda _: three[1].path, app.traffic, refuse)
    kept = parts_of(settings, Plan(champion=three[0].digest), lambda _: three[0].path, app.traffic, refuse)
    assert kept.champion is app.service, "what runs already is not asked about again"
    app.traffic.close()
