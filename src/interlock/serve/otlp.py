"""From our own values to those of OpenTelemetry: a request becomes a span, `/metrics` becomes metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from interlock.serve.trace import Finished, Parent

__all__ = ["metrics", "resource", "span"]

_SCOPE = InstrumentationScope("interlock.serve")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_INFINITE = "+Inf"
_UNKNOWN: Any = None  # optional on the wire; the class says float


class _Family(NamedTuple):
    """A metric of the text format, with its samples: name, labels, value."""

    name: str
    help: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


def resource(model: str, release: str, instance: str) -> Resource:
    """Return who reports.

    Args:
        model: Name of the release.
        release: Its digest.
        instance: Names this worker.

    Source:
        https://opentelemetry.io/docs/specs/semconv/resource/
    """
    own = {"service.name": model, "service.version": release, "service.instance.id": instance}
    return Resource.create({"service.namespace": "interlock"} | own)


def span(finished: Finished, who: Resource) -> ReadableSpan:
    """Return a request as the span of a server.

    Args:
        finished: The request.
        who: The resource.

    Source:
        https://opentelemetry.io/docs/specs/semconv/http/http-spans/
    """
    seen = finished.observed
    attributes: dict[str, str | int] = {
        "http.request.method": finished.method,
        "http.route": finished.route,
        "http.response.status_code": finished.status,
        "interlock.request_id": seen.request,
        "interlock.prediction_id": seen.prediction,
        "interlock.protocol": seen.protocol,
        "interlock.rows": seen.rows,
    }
    failed = finished.status >= 500  # a refusal is the client's error, not the server's
    return ReadableSpan(
        name=f"{finished.method} {finished.route}".strip(),
        context=SpanContext(int(seen.trace, 16), int(seen.span, 16), False, _SAMPLED, _state(seen.parent)),
        parent=_remote(seen.parent),
        resource=who,
        attributes={name: value for name, value in attributes.items() if value not in ("", 0)},
        kind=SpanKind.SERVER,
        status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
        start_time=finished.started,
        end_time=finished.ended,
        instrumentation_scope=_SCOPE,
    )


def _remote(parent: Parent | None) -> SpanContext | None:
    if parent is None:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(parent.trace, 16), int(parent.span, 16), True, flags, _state(parent))


def _state(parent: Parent | None) -> TraceState:
    return TraceState.from_header([parent.state]) if parent and parent.state else TraceState()


def metrics(exposition: str, who: Resource, *, started: int, now: int) -> MetricsData:
    """Return what `GET /metrics` says as metrics of OpenTelemetry, cumulative.

    Args:
        exposition: The text format of Prometheus, histograms with their buckets, sum and count.
        who: The resource.
        started: When counting began, nanoseconds since 1970.
        now: Likewise.

    Example:
        >>> found = metrics("# TYPE a gauge", resource("m", "r", "i"), started=1, now=2)
        >>> len(found.resource_metrics[0].scope_metrics[0].metrics)
        0
    """
    found = [_metric(family, started, now) for family in _families(exposition.splitlines())]
    return MetricsData([ResourceMetrics(who, [ScopeMetrics(_SCOPE, found, "")], "")])


def _families(lines: Iterable[str]) -> Iterator[_Family]:
    family = _Family("", "", "", [])
    for text in lines:
        if text.startswith("# HELP "):
            if family.name:
                yield family
            name, _, said = text.removeprefix("# HELP ").partition(" ")
            family = _Family(name, said, "", [])
        elif text.startswith("# TYPE "):
            family = family._replace(type=text.rpartition(" ")[2])
        elif found := _SAMPLE.fullmatch(text):
            family.samples.append((found[1], _labels(found[2] or ""), float(found[3])))
    if family.name:
        yield family


def _labels(inner: str) -> dict[str, str]:
    return {name: _ESCAPED.sub(_unescaped, value) for name, value in _LABEL.findall(inner)}


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _metric(family: _Family, started: int, now: int) -> Metric:
    if family.type == "histogram":
        unit = "s" if family.name.endswith("_seconds") else ""
        return Metric(family.name, family.help, unit, _histogram(family, started, now))
    points = [NumberDataPoint(labels, started, now, value) for _, labels, value in family.samples]
    if family.type == "counter":
        return Metric(family.name, family.help, "", Sum(points, AggregationTemporality.CUMULATIVE, True))
    return Metric(family.name, family.help, "", Gauge(points))


def _histogram(family: _Family, started: int, now: int) -> Histogram:
    """Return a histogram; buckets of Prometheus count all below their bound, ours what is between two."""
    series: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for name, labels, value in family.samples:
        bound = labels.pop("le", None)
        one = series.setdefault(tuple(labels.items()), {"bounds": [], "below": [], "sum": 0.0, "count": 0})
        if bound is None:
            one["sum" if name.endswith("_sum") else "count"] = value
        else:
            one["bounds"] += [] if bound == _INFINITE else [float(bound)]
            one["below"].append(int(value))
    points = [
        HistogramDataPoint(
            dict(labels),
            started,
            now,
            int(one["count"]),
            one["sum"],
            [high - low for low, high in zip([0, *one["below"]], one["below"], strict=False)],
            one["bounds"],
            min=_UNKNOWN,
            max=_UNKNOWN,
        )
        for labels, one in series.items()
    ]
    return Histogram(points, AggregationTemporality.CUMULATIVE)
