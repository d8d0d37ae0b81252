"""Who looks at a worker's requests: the access log and telemetry, each at a share of them."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any, Self, overload

from interlock.errors import InputError
from interlock.serve.logs import FORMATS, Format, LineWriter, line
from interlock.serve.message import Response
from interlock.serve.routes import Routes, template
from interlock.serve.telemetry import Telemetry, require
from interlock.serve.trace import CURRENT, REQUEST_ID, Finished, Observed, observe

__all__ = ["Observer", "Watch", "check_watching"]

_FAILED = 500
_GONE = 499  # as nginx writes it: nobody was there to take an answer


class Observer:
    """Surrounds the answering of requests, and tells of them once they are answered.

    A trace that its caller records goes to telemetry in any case; one that it does not record, in none.

    Args:
        form: Of the lines of the access log.
        access: Share of requests that get such a line, 0 to 1; above 0, those that failed (5xx) all get one.
        telemetry: Where spans go; None where there is none.
        traces: Share of the requests without a parent that become spans, 0 to 1.
        lines: Where the access log goes; by default standard error.
    """

    def __init__(
        self,
        form: Format = "text",
        access: float = 0.0,
        telemetry: Telemetry | None = None,
        traces: float = 0.0,
        lines: LineWriter | None = None,
    ) -> None:
        self._form, self._access = form, access
        self._telemetry, self._traces = telemetry, traces if telemetry else 0.0
        self._lines = lines or (LineWriter() if access else None)
        #: The routes of this server alone.
        self.own: Routes = {}
        #: Whether every request has to be asked about, and not only those that bring a header.
        self.is_on = bool(self._lines or self._telemetry)

    def watch(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Watch:
        """Return what surrounds the answering of one request.

        Args:
            method: In upper case.
            path: Percent-encoded, without the query.
            headers: By name in lower case.
        """
        seen = observe(headers)
        seen.drawn = random.random()  # noqa: S311 - not a secret
        return Watch(self, seen, method, path)

    def tell(self, finished: Finished) -> None:
        """Tell of a request that has its answer."""
        seen = finished.observed
        recorded = seen.parent.sampled if seen.parent else seen.drawn < self._traces
        if self._telemetry is not None and recorded:
            self._telemetry.put(finished)
        if self._lines is not None and (finished.status >= _FAILED or seen.drawn < self._access):
            self._lines.put(_line(self._form, finished))

    def close(self) -> None:
        """Send and write what waits."""
        for each in (self._telemetry, self._lines):
            if each is not None:
                each.close()


class Watch:
    """One request, from when its head is there (on the hot way: its body) to its answer."""

    __slots__ = ("_before", "_method", "_observer", "_path", "_started", "_status", "seen")

    def __init__(self, observer: Observer, seen: Observed, method: str, path: str) -> None:
        self._observer, self._method, self._path = observer, method, path
        #: What the request says of itself.
        self.seen = seen
        self._status, self._started = _FAILED, time.time_ns()

    def __enter__(self) -> Self:
        self._before = CURRENT.set(self.seen)
        return self

    def __exit__(self, *_: object) -> None:
        CURRENT.reset(self._before)
        self._tell()

    def closed(self, response: Response) -> Response:
        """Return the response as `answered` does, of a request that was not answered in a `with` block."""
        response = self.answered(response)
        self._tell()
        return response

    def _tell(self) -> None:
        if self._observer.is_on:
            route = template(self._path, self._observer.own)
            self._observer.tell(
                Finished(self.seen, self._method, route, self._status, self._started, time.time_ns())
            )

    @overload
    def answered(self, response: Response) -> Response: ...

    @overload
    def answered(self, response: None) -> None: ...

    def answered(self, response: Response | None) -> Response | None:
        """Return the response under the request's id; None where the client went away before it was read."""
        if response is None:
            self._status = _GONE
            return None
        self._status = response.status
        others = [header for header in response.headers if header[0] != REQUEST_ID]
        return response._replace(headers=(*others, (REQUEST_ID, self.seen.request.encode("ascii"))))


def check_watching(logs: str, access_log: float, telemetry: str, traces: float) -> None:
    """See that requests can be looked at as it is asked for.

    Raises:
        InputError: If a setting is not what it may be.
        ServeError: If telemetry is wanted and its extra is not installed.
    """
    if logs not in FORMATS:
        raise InputError("logs are text or json", got=logs, next_step='set `logs = "json"`')
    for name, share in (("access_log", access_log), ("traces", traces)):
        if not 0 <= share <= 1:
            raise InputError(f"{name} is a share", got=share, next_step="give a number from 0 to 1")
    if telemetry and not telemetry.startswith(("http://", "https://")):
        raise InputError(
            "telemetry takes the address of a collector",
            got=telemetry,
            next_step="give one such as `http://collector:4318`",
        )
    if telemetry:
        require()


def _line(form: Format, finished: Finished) -> bytes:
    """Return the line of the access log: no path and no query, which may hold anything."""
    seen = finished.observed
    fields: dict[str, Any] = {
        "method": finished.method,
        "route": finished.route,
        "status": finished.status,
        "duration_ms": round((finished.ended - finished.started) / 1e6, 3),
        "request_id": seen.request,
        "prediction_id": seen.prediction,
        "rows": seen.rows or None,
        "protocol": seen.protocol,
        "trace_id": seen.trace,
        "span_id": seen.span,
    }
    if seen.parent is not None:
        fields |= {"parent_id": seen.parent.span, "trace_state": seen.parent.state}
    message = f"{finished.method} {finished.route or 'no route'} {finished.status}"
    return line(form, finished.started / 1e9, message, fields)
