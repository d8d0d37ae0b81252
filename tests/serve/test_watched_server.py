"""A server as people run it, with its log and telemetry on: one request is found again in all of them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.fixtures_service import running
from tests.serve.collector import attributes, collecting

from interlock.release import Release
from interlock.serve.ledger import read

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_one_request_is_found_in_answer_ledger_log_and_trace(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    release = releases["binary"]
    row = json.dumps(dict(release.golden[0].row)).encode()
    headers = {
        "content_type": "application/json",
        "x_request_id": "order-7",
        "traceparent": f"00-{TRACE}-{SPAN}-01",
    }
    with collecting() as collector:
        options: dict[str, Any] = {"logs": "json", "access_log": 1.0}
        options |= {"telemetry": collector.url, "traces": 0.0}
        with running(release.path, tmp_path, **options) as server:
            answers = [server.ask("POST", "/v1/predict", row, **headers) for _ in range(2)]
            ended = server.stop()
            said = server.process.stderr.read() if server.process.stderr else ""
    assert ended == 0
    assert [answer.status for answer in answers] == [200, 200]
    ids = [json.loads(answer.body)["id"] for answer in answers]
    assert [answer.headers["x-request-id"] for answer in answers] == ["order-7"] * 2
    records = [*read(server.ledger)]
    assert [(each.id, each.request, each.trace) for each in records] == [
        (each, "order-7", TRACE) for each in ids
    ]
    lines = [json.loads(line) for line in said.splitlines()]
    access = [line for line in lines if line.get("request_id") == "order-7"]
    assert [(line["prediction_id"], line["trace_id"]) for line in access] == [(each, TRACE) for each in ids]
    assert all(str(value) not in said for value in release.golden[0].row.values() if isinstance(value, float))
    assert [attributes(span)["interlock.prediction_id"] for span in collector.spans] == ids
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert [span.span_id.hex() for span in collector.spans] == [line["span_id"] for line in access]
    assert "interlock_requests_total" in collector.metrics
    assert time.time_ns() - collector.spans[0].end_time_unix_nano < 60e9
