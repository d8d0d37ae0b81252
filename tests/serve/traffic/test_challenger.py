"""A challenger answers its share; whatever it does, the client gets an answer within the deadline."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.serve.grpc.asking import grpc_request
from tests.serve.traffic.conftest import Serve
from tritonclient.grpc import service_pb2

from interlock.errors import ReleaseError
from interlock.release import Release
from interlock.release.plan import Plan, Share
from interlock.serve import account, read
from interlock.serve.asgi import Application
from interlock.serve.exposition import exposition
from interlock.serve.message import Request, Response

BODY = json.dumps(GOOD).encode()


def nearly_all(three: tuple[Release, ...], unit: str = "") -> Plan:
    """Return a plan whose challenger misses one request in a million."""
    return Plan(champion=three[0].digest, challengers=(Share(three[1].digest, 1 - 1e-6),), unit=unit)


def ask(app: Application, path: str = "/v1/predict", body: bytes = BODY) -> Response:
    return asyncio.run(app.respond("POST", path, Request(body, b"application/json")))


def counted(app: Application, sample: str) -> float:
    text = exposition(
        app.service.contract, sorted(Path(app.service.ledger._folder / "run").glob("*.metrics"))
    )
    found = [line for line in text.splitlines() if line.startswith(sample)]
    return float(found[0].rsplit(" ", 1)[1]) if found else 0.0


def test_its_answer_is_its_own_and_in_the_ledger_once(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    app = served(nearly_all(three), challenger_ms=5000)
    answer = json.loads(ask(app).body)
    assert answer["release"] == three[1].digest
    app.traffic.close()
    (row,) = read(tmp_path / "ledger")
    assert (row.id, row.release, row.prediction, row.fallback) == (
        answer["id"],
        three[1].digest,
        answer["prediction"],
        (),
    )
    assert account(tmp_path / "ledger").received == 1


def break_down(*_: object) -> float:
    raise ZeroDivisionError("a secret of ours")


def say_nan(*_: object) -> float:
    return float("nan")


def be_slow(*_: object) -> float:
    time.sleep(0.4)
    return 0.5


@pytest.mark.parametrize(
    ("does", "why"),
    [(break_down, "error"), (say_nan, "error"), (be_slow, "late")],
    ids=["raises", "nan", "slow"],
)
def test_the_champion_answers_for_one_that_fails_or_is_slow(
    three: tuple[Release, ...],
    served: Serve,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    does: Callable[..., Any],
    why: str,
) -> None:
    app = served(nearly_all(three), challenger_ms=50)
    app.traffic.challengers[three[1].digest].service.scorer.one = does
    with caplog.at_level(logging.WARNING):
        begun = time.perf_counter()
        answer = json.loads(ask(app).body)
        took = time.perf_counter() - begun
    assert answer["release"] == three[0].digest
    assert took < 0.3, "the deadline is 0.05 s; the rest is a busy machine"
    assert f"the champion answers for challenger {three[1].digest} ({why})" in caplog.text
    assert counted(app, f'interlock_fallback_total{{release="{three[1].digest}",reason="{why}"}}') == 1
    app.traffic.close()
    (row,) = read(tmp_path / "ledger")
    assert (row.id, row.release, row.status) == (answer["id"], three[0].digest, 200)
    assert row.fallback == (why, three[1].digest)
    assert account(tmp_path / "ledger").received == 1, "an answer that came too late is not in the account"


def test_a_challenger_that_refuses_does_not_have_the_last_word(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    app = served(nearly_all(three), challenger_ms=5000)
    assert ask(app, body=b"{").status == 400
    answer = ask(app, body=json.dumps({**GOOD, "seats": 900}).encode())
    assert (answer.status, json.loads(answer.body)["release"]) == (422, three[0].digest)
    app.traffic.close()
    rows = list(read(tmp_path / "ledger"))
    assert [row.fallback[0] for row in rows] == ["refused", "refused"]
    assert account(tmp_path / "ledger").received == 2


def test_who_waits_behind_a_stuck_one_is_not_held_up(three: tuple[Release, ...], served: Serve) -> None:
    app = served(nearly_all(three), challenger_ms=20)
    stuck, go = app.traffic.challengers[three[1].digest], threading.Event()
    stuck.service.scorer.one = lambda *_: float(go.wait(20))

    async def many() -> list[Response]:
        request = Request(BODY, b"application/json")
        return await asyncio.gather(*(app.respond("POST", "/v1/predict", request) for _ in range(200)))

    begun = time.perf_counter()
    answers = asyncio.run(many())
    took = time.perf_counter() - begun
    go.set()
    assert {json.loads(answer.body)["release"] for answer in answers} == {three[0].digest}
    assert took < 1.0
    busy = counted(app, f'interlock_fallback_total{{release="{three[1].digest}",reason="busy"}}')
    late = counted(app, f'interlock_fallback_total{{release="{three[1].digest}",reason="late"}}')
    assert (busy + late, busy >= 200 - 66) == (200, True), (
        "64 wait and one is stuck; the others are told at once"
    )


def test_every_protocol_takes_the_same_way(three: tuple[Release, ...], served: Serve) -> None:
    app = served(nearly_all(three), challenger_ms=5000)
    names = ["distance", "seats", "fresh", "at", "carrier"]
    kinds = ["FP64", "INT64", "BOOL", "BYTES", "BYTES"]
    inputs = [
        {"name": name, "shape": [1], "datatype": kind, "data": [GOOD[name]]}
        for name, kind in zip(names, kinds, strict=True)
    ]
    v1 = json.loads(ask(app).body)
    v2 = json.loads(ask(app, "/v2/models/flights/infer", json.dumps({"inputs": inputs}).encode()).body)
    flow = json.loads(ask(app, "/invocations", json.dumps({"instances": [GOOD]}).encode()).body)
    assert {v1["release"], v2["model_version"], flow["release"]} == {three[1].digest}
    assert v1["prediction"] == v2["outputs"][0]["data"][0] == flow["predictions"][0]


def test_a_release_that_is_asked_for_by_name_answers_or_nobody(
    three: tuple[Release, ...], served: Serve
) -> None:
    plan = Plan(
        champion=three[0].digest, challengers=(Share(three[1].digest, 1e-6),), shadows=(three[2].digest,)
    )
    app = served(plan, challenger_ms=5000)
    inputs = [
        {"name": name, "shape": [1], "datatype": kind, "data": [GOOD[name]]}
        for name, kind in (("distance", "FP64"), ("seats", "INT64"), ("fresh", "BOOL"), ("at", "BYTES"))
    ]
    inputs.append({"name": "carrier", "shape": [1], "datatype": "BYTES", "data": ["UA"]})
    body = json.dumps({"inputs": inputs}).encode()

    def version(digest: str) -> Response:
        return ask(app, f"/v2/models/flights/versions/{digest}/infer", body)

    for release in three[:2]:
        for digest in (release.digest, release.digest[7:19]):
            assert json.loads(version(digest).body)["model_version"] == release.digest
    assert version(three[2].digest).status == 404, "nobody gets a shadow's answer"
    assert version(three[1].digest[7:12]).status == 404, "five digits name nothing"
    broken: Any = app.traffic.challengers[three[1].digest].service.scorer

    def fail(*_: object) -> Any:
        raise ReleaseError("broken")

    broken.together, broken._batch, broken._alone = False, fail, fail
    answer = version(three[1].digest)
    assert (answer.status, json.loads(answer.body)["code"]) == (503, "challenger")


def test_a_message_of_grpc_asks_for_a_release_as_a_path_does(
    three: tuple[Release, ...], served: Serve, tmp_path: Path
) -> None:
    plan = Plan(
        champion=three[0].digest, challengers=(Share(three[1].digest, 1e-6),), shadows=(three[2].digest,)
    )
    app = served(plan, challenger_ms=5000, grpc="127.0.0.1:1")

    def call(method: str, sent: Any) -> Response:
        path = f"/inference.GRPCInferenceService/{method}"
        request = Request(sent.SerializeToString(), b"application/x-protobuf")
        return asyncio.run(app.respond("POST", path, request))

    for release in three[:2]:
        for version in (release.digest, release.digest[7:19]):
            answer = call("ModelInfer", grpc_request("flights", [GOOD], model_version=version))
            assert service_pb2.ModelInferResponse.FromString(answer.body).model_version == release.digest
            ready = call("ModelReady", service_pb2.ModelReadyRequest(name="flights", version=version))
            assert service_pb2.ModelReadyResponse.FromString(ready.body).ready
            asked = service_pb2.ModelMetadataRequest(name="flights", version=version)
            told = service_pb2.ModelMetadataResponse.FromString(call("ModelMetadata", asked).body)
            assert [*told.versions] == [release.digest]
    for nobody in (three[2].digest, "1"):
        request = grpc_request("flights", [GOOD], model_version=nobody)
        assert call("ModelInfer", request).status == 404
        assert call("ModelReady", service_pb2.ModelReadyRequest(name="flights", version=nobody)).status == 404
    path = "/inference.GRPCInferenceService/ModelInfer"
    malformed = asyncio.run(app.respond("POST", path, Request(b"\xff\xff", b"")))
    assert (malformed.status, json.loads(malformed.body)["code"]) == (400, "malformed")
    app.traffic.close()
    asked_for = [release.digest for release in three[:2] for _ in range(2)]
    answered = [row.release for row in read(tmp_path / "ledger") if row.status == 200]
    assert sorted(answered) == sorted(asked_for)


def test_what_a_challenger_is_can_be_read_by_path(three: tuple[Release, ...], served: Serve) -> None:
    app = served(Plan(champion=three[0].digest, challengers=(Share(three[1].digest, 0.1),)))
    for release, status in zip(three, (200, 200, 404), strict=True):
        path = f"/v2/models/flights/versions/{release.digest[7:19]}"
        assert app.answer("GET", f"{path}/ready", b"", b"").status == status
        answer = app.answer("GET", path, b"", b"")
        assert answer.status == status
        assert status != 200 or json.loads(answer.body)["versions"] == [release.digest]


def test_units_keep_their_release_in_every_protocol(three: tuple[Release, ...], served: Serve) -> None:
    plan = Plan(champion=three[0].digest, challengers=(Share(three[1].digest, 0.5),), unit="tail.number ✈")
    app = served(plan, challenger_ms=5000)
    seen: dict[str, set[str]] = {}
    for tail in [f"N{i}" for i in range(24)]:
        row = {**GOOD, "tail.number ✈": tail}
        records = {"dataframe_records": [row, row]}
        split = {"dataframe_split": {"columns": [*row], "data": [[*row.values()]]}}
        answers = [ask(app, body=json.dumps(body).encode()) for body in (row, [row], row)]
        answers += [ask(app, "/invocations", json.dumps(body).encode()) for body in (records, split)]
        assert {answer.status for answer in answers} == {200}
        seen[tail] = {json.loads(answer.body)["release"] for answer in answers}
    assert all(len(releases) == 1 for releases in seen.values())
    assert len(set.union(*seen.values())) == 2, "24 fair coins fall on one side once in 8 million times"


def test_rows_of_several_releases_and_rows_without_a_unit_are_the_champions(
    three: tuple[Release, ...], served: Serve
) -> None:
    plan = Plan(champion=three[0].digest, challengers=(Share(three[1].digest, 0.5),), unit="tail.number ✈")
    app = served(plan, challenger_ms=5000)
    rows = [{**GOOD, "tail.number ✈": f"N{i}"} for i in range(40)]
    assert json.loads(ask(app, body=json.dumps(rows).encode()).body)["release"] == three[0].digest
    assert counted(app, f'interlock_fallback_total{{release="{three[1].digest}",reason="mixed"}}') == 1
    assert {json.loads(ask(app).body)["release"] for _ in range(20)} == {three[0].digest}
