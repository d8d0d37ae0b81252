"""Sends spans and metrics to a collector of OpenTelemetry, from a thread of its own: the extra `otel`.

A request only puts a value into a bounded queue. A collector that is slow or away costs spans, which are
counted and told, and never an answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from importlib.util import find_spec

from interlock.errors import ServeError
from interlock.serve.trace import Finished

__all__ = ["Telemetry", "require"]

_LOG = logging.getLogger("interlock.telemetry")
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_BATCH = 512
_LAST_WORDS = 3.0  # seconds
_METRIC_SECONDS = 15.0  # between two exports of the metrics


def require() -> None:
    """See that the extra is installed.

    Raises:
        ServeError: If it is not.
    """
    try:
        missing = [name for name in _PACKAGES if find_spec(name) is None]
    except ModuleNotFoundError:  # a parent of it
        missing = [*_PACKAGES]
    if missing:
        raise ServeError(
            "telemetry needs the extra `otel`",
            where="[serve] telemetry",
            got=f"no {' and no '.join(missing)}",
            next_step="install `interlock[otel]`, or leave `telemetry` empty",
        )


class Telemetry:
    """Exports over OTLP/HTTP with protobuf; `OTEL_EXPORTER_OTLP_*` says headers, certificates and timeout.

    Args:
        endpoint: The collector's address, such as `http://collector:4318`; `/v1/traces` is below it.
        model: Name of the release.
        release: Its digest.
        instance: Names this worker.
        exposition: Gives what this worker counted, in the text format of Prometheus.
        span_seconds: Longest time that a span waits.
        capacity: Most spans that wait.

    Raises:
        ServeError: If the extra is not installed.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        model: str,
        release: str,
        instance: str,
        exposition: Callable[[], str],
        span_seconds: float = 1.0,
        capacity: int = 4096,
    ) -> None:
        require()
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        from interlock.serve.otlp import resource

        base = endpoint.rstrip("/")
        self._spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces")
        self._metrics = OTLPMetricExporter(endpoint=f"{base}/v1/metrics")
        self._who, self._exposition = resource(model, release, instance), exposition
        self._span_seconds = span_seconds
        self._waiting: deque[Finished] = deque()
        self._capacity, self._began = capacity, time.time_ns()
        #: Spans that the queue had no room for, or that the collector did not take.
        self.left_out = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    def put(self, finished: Finished) -> None:
        """Take one request; returns at once."""
        if len(self._waiting) >= self._capacity:
            self.left_out += 1
        else:
            self._waiting.append(finished)

    def close(self) -> None:
        """Send what waits, unless the collector takes more than three seconds for it."""
        self._stopping.set()
        self._thread.join(_LAST_WORDS)
        for exporter in (self._spans, self._metrics):
            exporter.shutdown()

    def _run(self) -> None:
        next_metrics, told = time.monotonic(), 0
        while True:
            stopping = self._stopping.wait(self._span_seconds)
            self._send_spans()
            if stopping or time.monotonic() >= next_metrics:
                next_metrics = time.monotonic() + _METRIC_SECONDS
                self._send_metrics()
            if self.left_out > told:
                _LOG.warning("%d spans were left out so far: the collector does not take them", self.left_out)
                told = self.left_out
            if stopping:
                return

    def _send_spans(self) -> None:
        from opentelemetry.sdk.trace.export import SpanExportResult

        from interlock.serve.otlp import span

        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            if self._spans.export([span(one, self._who) for one in taken]) is not SpanExportResult.SUCCESS:
                self.left_out += len(taken)
                return

    def _send_metrics(self) -> None:
        from interlock.serve.otlp import metrics

        self._metrics.export(metrics(self._exposition(), self._who, started=self._began, now=time.time_ns()))
