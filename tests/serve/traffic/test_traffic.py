from __future__ import annotations

import json
from pathlib import Path

from tests.fixtures_release import GOOD
from tests.fixtures_service import post
from tests.serve.traffic.conftest import Serve

from interlock.release import Release
from interlock.release.plan import Plan, Share
from interlock.serve import account, outcomes, read
from interlock.serve.asgi import Application
from interlock.serve.loading import parts_of
from interlock.serve.settings import Settings
from interlock.serve.traffic import close_all


def swap(app: Application, three: tuple[Release, ...], folder: Path, plan: Plan) -> None:
    settings = Settings(release="", ledger=str(folder / "ledger"), run=str(folder / "ledger" / "run"))
    folders = {release.digest: release.path for release in three}
    close_all(
        app.traffic.execute(parts_of(settings, plan, folders.__getitem__, app.traffic, lambda _: None)), 10
    )


def test_a_new_champion_answers_at_once_and_the_old_one_stays_warm(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    app = served()
    first = app.service
    ids = []
    for release in (three[1], three[0], three[1], three[2]):
        swap(app, three, tmp_path, Plan(champion=release.digest))
        answer = post(app, "/v1/predict", GOOD).json
        assert answer["release"] == release.digest
        ids.append(answer["id"])
        if release is three[0]:
            assert app.service is first, "a rollback loads nothing"
    assert [each.release.digest for each in app.traffic.warm] == [three[1].digest]
    assert [json.loads(post(app, "/v1/outcomes", {"id": name, "outcome": "yes"}).body) for name in ids]
    app.traffic.close()
    found = account(tmp_path / "ledger")
    assert (found.received, found.logged, found.unclosed, found.writers) == (4, 4, 0, 3)
    assert [truth.id for truth in outcomes(tmp_path / "ledger")] == ids
    assert {row.id: row.release for row in read(tmp_path / "ledger")} == dict(
        zip(ids, [three[i].digest for i in (1, 0, 1, 2)], strict=True)
    )


def test_counters_never_go_back_when_a_release_is_exchanged(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    app = served()
    for number, release in enumerate((three[1], three[2], three[0]), start=1):
        post(app, "/v1/predict", GOOD)
        swap(app, three, tmp_path, Plan(champion=release.digest))
        text = app.service.exposition()
        assert f'interlock_requests_total{{protocol="v1",code="200"}} {number}\n' in text
        assert f'interlock_model_info{{model="flights",release="{release.digest}"' in text
    assert f'release="{three[1].digest}",role="champion",code="200"}} 1\n' in text


def test_what_goes_on_is_not_loaded_again(three: tuple[Release, ...], served: Serve, tmp_path: Path) -> None:
    app = served(Plan(champion=three[0].digest, challengers=(Share(three[1].digest, 0.1),)))
    before = app.traffic.parts
    more = Plan(
        champion=three[0].digest, challengers=(Share(three[1].digest, 0.5),), shadows=(three[2].digest,)
    )
    swap(app, three, tmp_path, more)
    after = app.traffic.parts
    assert (after.champion, after.challengers) == (before.champion, before.challengers)
    swap(app, three, tmp_path, Plan(champion=three[1].digest))
    assert app.service is not before.challengers[three[1].digest].service, "each service has one thread"
    assert (app.traffic.challengers, app.traffic.shadows) == ({}, ())


def test_leaving_is_said_and_still_answered(served: Serve) -> None:
    app = served()
    app.traffic.leave("the service is stopping")
    answer = app.answer("GET", "/health/ready", b"", b"")
    assert (answer.status, json.loads(answer.body)["reason"]) == (503, "the service is stopping")
    assert app.answer("GET", "/ping", b"", b"").status == 503
    assert app.answer("GET", "/v2/models/flights/ready", b"", b"").status == 503
    assert post(app, "/v1/predict", GOOD).status == 200
    app.traffic.stop("the service is stopping")
    assert post(app, "/v1/predict", GOOD).status == 503
