"""A shadow is asked, logged beside what the client got, never returned, and never in anybody's way."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import post
from tests.serve.traffic.conftest import Serve
from tests.serve.traffic.test_challenger import ask, counted, nearly_all

from interlock.release import Release
from interlock.release.plan import Plan
from interlock.serve import account, read
from interlock.serve.ledger.segment import SHADOWS


def test_its_rows_join_with_those_that_were_answered(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    app = served(Plan(champion=three[0].digest, shadows=(three[1].digest, three[2].digest)))
    assert post(app, "/v1/predict", GOOD).json["release"] == three[0].digest
    assert len(post(app, "/v1/predict", [GOOD, {**GOOD, "distance": 1.0}]).json["predictions"]) == 2
    assert post(app, "/v1/predict", {**GOOD, "seats": 900}).status == 422
    assert post(app, "/v1/predict", b"{").status == 400
    app.traffic.close()
    answered = {row.id: row for row in read(tmp_path / "ledger")}
    for shadow in three[1:]:
        rows = [row for row in read(tmp_path / "ledger" / SHADOWS) if row.release == shadow.digest]
        assert [row.shadow_of for row in rows] == [*answered], "each row names the one that was answered"
        for row in rows:
            beside = answered[row.shadow_of]
            assert (row.status, row.numbers, row.strings) == (beside.status, beside.numbers, beside.strings)
            assert row.prediction is None or row.prediction != beside.prediction
    assert account(tmp_path / "ledger").received == 4, "a shadow is in nobody's account"
    found = account(tmp_path / "ledger" / SHADOWS)
    assert (found.received, found.balanced, found.unclosed) == (8, True, 0)


def test_a_challengers_answer_has_a_shadow_too(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    plan = nearly_all(three)
    app = served(Plan(champion=plan.champion, challengers=plan.challengers, shadows=(three[2].digest,)))
    answer = json.loads(ask(app).body)
    app.traffic.close()
    (row,) = read(tmp_path / "ledger" / SHADOWS)
    assert row.shadow_of == answer["id"]


def test_a_stuck_shadow_holds_nobody_up_and_what_it_misses_is_counted(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    app = served(Plan(champion=three[0].digest, shadows=(three[1].digest,)))
    (shadow,), go = app.traffic.shadows, threading.Event()
    one = shadow.service.scorer.one

    def wait(*row: Any) -> Any:
        assert go.wait(60)
        return one(*row)

    shadow.service.scorer.one = wait
    for _ in range(1200):
        assert post(app, "/v1/predict", GOOD).status == 200, "answered while the shadow has not answered one"
    assert shadow.service.ledger.counts.received == 0
    go.set()
    app.traffic.close()
    dropped = counted(app, "interlock_shadow_dropped_total")
    rows = sum(1 for _ in read(tmp_path / "ledger" / SHADOWS))
    assert dropped in (1200 - 1024, 1200 - 1025), "1,024 wait, and one may be asked"
    assert rows + dropped == 1200
    assert account(tmp_path / "ledger").received == 1200


def test_a_shadow_that_fails_is_logged_and_nobody_notices(
    three: tuple[Release, ...], served: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = served(Plan(champion=three[0].digest, shadows=(three[1].digest,)))
    (shadow,) = app.traffic.shadows
    shadow.service.scorer.one = lambda *_: 1 / 0
    for _ in range(3):
        assert post(app, "/v1/predict", GOOD).status == 200
    app.traffic.close()
    assert [row.error for row in read(tmp_path / "ledger" / SHADOWS)] == ["internal"] * 3
    assert caplog.text.count("ZeroDivisionError") == 1, "said once"
