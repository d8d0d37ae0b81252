from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serve.collector import Collector, attributes, collecting

from interlock.contract import Column, Contract
from interlock.errors import ServeError
from interlock.serve.exposition import exposition
from interlock.serve.metrics import Metrics
from interlock.serve.telemetry import Telemetry, require
from interlock.serve.trace import Finished, Observed, observe

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = {b"traceparent": f"00-{TRACE}-{SPAN}-01".encode(), b"tracestate": b"congo=t61"}
CONTRACT = Contract((Column("age", "integer"),))


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    made = Metrics(tmp_path / "one.metrics", CONTRACT)
    for seconds in (3e-5, 3e-5, 0.3, 99.0):
        made.latency("v1", seconds)
    made.request("v1", 200)
    return made


def sending(collector: Collector, metrics: Metrics, capacity: int = 4096) -> Telemetry:
    return Telemetry(
        collector.url,
        model="flights",
        release="sha256:aa",
        instance="writer-1",
        exposition=lambda: exposition(CONTRACT, [metrics.path]),
        span_seconds=0.02,
        capacity=capacity,
    )


def finished(seen: Observed, status: int = 200) -> Finished:
    now = time.time_ns()
    return Finished(seen, "POST", "/v1/predict", status, now - 2_000_000, now)


def test_a_request_arrives_as_a_span_below_its_caller(collector: Collector, metrics: Metrics) -> None:
    sender = sending(collector, metrics)
    seen = observe(PARENT | {b"x-request-id": b"order-7"})
    seen.note("00c0ffee00c0ffee-1a", "v1", 3)
    one = finished(seen)
    sender.put(one)
    sender.put(finished(observe({}), 503))
    sender.close()
    span, other = collector.spans
    assert (span.name, span.kind) == ("POST /v1/predict", 2)  # SPAN_KIND_SERVER
    assert (span.trace_id.hex(), span.parent_span_id.hex(), span.span_id.hex()) == (TRACE, SPAN, seen.span)
    assert span.trace_state == "congo=t61"
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (one.started, one.ended)
    assert span.status.code == 0
    assert attributes(span) == {
        "http.request.method": "POST",
        "http.route": "/v1/predict",
        "http.response.status_code": 200,
        "interlock.request_id": "order-7",
        "interlock.prediction_id": "00c0ffee00c0ffee-1a",
        "interlock.protocol": "v1",
        "interlock.rows": 3,
    }
    assert other.parent_span_id == b""
    assert other.status.code == 2  # STATUS_CODE_ERROR
    own = {"service.name": "flights", "service.version": "sha256:aa", "service.instance.id": "writer-1"}
    assert own.items() <= collector.resources[0].items()


def test_what_prometheus_sees_arrives_as_metrics(collector: Collector, metrics: Metrics) -> None:
    sending(collector, metrics).close()
    counts = collector.metrics["interlock_requests_total"].sum
    assert (counts.is_monotonic, counts.aggregation_temporality) == (True, 2)  # cumulative
    found = {tuple(sorted(attributes(point).items())): point.as_double for point in counts.data_points}
    assert found[("code", "200"), ("protocol", "v1")] == 1
    durations = collector.metrics["interlock_request_duration_seconds"]
    assert durations.unit == "s"
    point = next(p for p in durations.histogram.data_points if attributes(p) == {"protocol": "v1"})
    assert (point.count, point.sum) == (4, pytest.approx(3e-5 * 2 + 0.3 + 99))
    assert [*point.explicit_bounds][:3] == [5e-5, 1e-4, 2.5e-4]
    assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
    assert (point.bucket_counts[0], sum(point.bucket_counts), point.bucket_counts[-1]) == (2, 4, 1)
    assert not point.HasField("max")
    assert collector.metrics["interlock_ledger_waiting_bytes"].gauge.data_points[0].as_double == 0


def test_a_full_queue_leaves_spans_out_and_says_so(
    collector: Collector, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    sender = sending(collector, metrics, capacity=2)
    for _ in range(50):
        sender.put(finished(observe({})))
    sender.close()
    assert sender.left_out > 0
    assert len(collector.spans) + sender.left_out == 50
    assert f"{sender.left_out} spans were left out so far" in caplog.text


def test_a_collector_that_refuses_costs_spans_and_nothing_else(
    collector: Collector, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 400
    sender = sending(collector, metrics)
    sender.put(finished(observe({})))
    sender.close()
    assert (sender.left_out, collector.spans) == (1, [])
    assert "left out" in caplog.text


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.serve.telemetry.find_spec", lambda _: None)
    with pytest.raises(
        ServeError, match=r"(?s)telemetry needs the extra `otel`.*install `interlock\[otel\]`"
    ):
        require()
