from __future__ import annotations

import os
import re
from collections.abc import Mapping

import msgspec
import pytest
from tests.fixtures_service import MakeApp

from interlock.errors import InputError
from interlock.serve.ledger import read
from interlock.serve.logs import LineWriter
from interlock.serve.message import Response
from interlock.serve.observer import Observer, check_watching
from interlock.serve.telemetry import Telemetry
from interlock.serve.trace import CURRENT, Finished

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Spans(Telemetry):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Finished] = []

    def put(self, finished: Finished) -> None:
        self.got.append(finished)

    def close(self) -> None:
        """Nothing to do."""


def answered(observer: Observer, headers: Mapping[bytes, bytes], status: int = 200) -> Response:
    with observer.watch("POST", "/v1/predict", headers) as watch:
        return watch.answered(Response(status, b"{}"))


def traced(flags: str) -> dict[bytes, bytes]:
    return {b"traceparent": f"00-{TRACE}-{SPAN}-{flags}".encode()}


def test_the_callers_id_comes_back_once() -> None:
    observer = Observer()
    with observer.watch("GET", "/ping", {b"x-request-id": b"order-7"}) as watch:
        seen = CURRENT.get()
        assert seen is not None
        assert seen.request == "order-7"
        response = watch.answered(Response(200, b"", headers=((b"x-request-id", b"a-1"), (b"allow", b"GET"))))
    assert response.headers == ((b"allow", b"GET"), (b"x-request-id", b"order-7"))
    assert CURRENT.get() is None


def test_an_id_is_made_where_none_came() -> None:
    (name, value), *_ = answered(Observer(), {}).headers
    assert name == b"x-request-id"
    assert re.fullmatch(rb"[0-9a-f]{32}", value)


@pytest.mark.parametrize(("flags", "count"), [("01", 5), ("00", 0)])
def test_the_caller_decides_whether_its_trace_is_recorded(flags: str, count: int) -> None:
    for share in (0.0, 1.0):
        spans = Spans()
        observer = Observer(telemetry=spans, traces=share)
        for _ in range(5):
            answered(observer, traced(flags))
        assert len(spans.got) == count


def test_of_the_others_a_share_is_recorded() -> None:
    spans = Spans()
    observer = Observer(telemetry=spans, traces=0.25)
    for _ in range(4000):
        answered(observer, {})
    assert abs(len(spans.got) - 1000) < 5 * (4000 * 0.25 * 0.75) ** 0.5  # five standard deviations


def test_the_access_log_has_a_share_of_the_answers_and_all_failures() -> None:
    reader, writer = os.pipe()
    observer = Observer("json", 0.1, lines=LineWriter(writer))
    for _ in range(400):
        answered(observer, {}, 200)
    for _ in range(20):
        answered(observer, {}, 500)
    observer.close()
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        lines = [msgspec.json.decode(each) for each in file.read().splitlines()]
    assert sum(each["status"] == 500 for each in lines) == 20
    assert 5 <= sum(each["status"] == 200 for each in lines) <= 90


def test_an_answer_that_never_came_counts_as_a_failure() -> None:
    spans = Spans()
    observer = Observer(telemetry=spans, traces=1.0)
    with pytest.raises(RuntimeError), observer.watch("POST", "/v1/predict", {}):
        raise RuntimeError
    assert spans.got[0].status == 500


def test_ledger_log_and_answer_name_a_request_alike(make_app: MakeApp) -> None:
    reader, writer = os.pipe()
    app = make_app()
    app.observer = Observer("json", 1.0, lines=LineWriter(writer))
    headers = traced("01") | {b"x-request-id": b"order-7"}
    row = msgspec.json.encode(dict(app.service.release.golden[0].row))
    for given in (headers, {}):
        with app.observer.watch("POST", "/v1/predict", given) as watch:
            watch.answered(app.answer("POST", "/v1/predict", b"application/json", row))
    app.observer.close()
    app.service.ledger.close()
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        first, second = (msgspec.json.decode(each) for each in file.read().splitlines())
    recorded = [*read(app.service.ledger._folder)]
    assert [(each.request, each.trace) for each in recorded] == [("order-7", TRACE), ("", "")]
    assert (first["request_id"], first["trace_id"], first["parent_id"]) == ("order-7", TRACE, SPAN)
    assert [first["prediction_id"], second["prediction_id"]] == [each.id for each in recorded]
    assert second["request_id"] == recorded[1].id
    assert first["route"] == "/v1/predict"


def test_a_log_line_holds_no_path_and_no_query() -> None:
    reader, writer = os.pipe()
    observer = Observer("json", 1.0, lines=LineWriter(writer))
    for path in ("/people/ada-lovelace", "/v2/models/ada-lovelace/infer"):
        with observer.watch("GET", path, {}) as watch:
            watch.answered(Response(404, b""))
    observer.close()
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read()
    assert b"ada" not in said
    assert [msgspec.json.decode(each).get("route") for each in said.splitlines()] == [
        None,
        "/v2/models/{}/infer",
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"logs": "xml"}, "logs are text or json"),
        ({"access_log": 2.0}, "access_log is a share"),
        ({"traces": -0.1}, "traces is a share"),
        ({"telemetry": "collector:4318"}, "telemetry takes the address of a collector"),
    ],
)
def test_settings_that_cannot_be_are_refused(changed: dict[str, object], message: str) -> None:
    settings: dict[str, object] = {"logs": "text", "access_log": 0.0, "telemetry": "", "traces": 0.0}
    with pytest.raises(InputError, match=message):
        check_watching(**(settings | changed))  # type: ignore[arg-type]
