"""Requests of one row that came in the same turn of the event loop: one call of the model answers them all.

Nobody waits for company: the turn ends once what has come so far is parsed, and then all of it is answered.
A row's answer does not depend on who else is there (`scorer`), nor on whether it is answered here at all:
whatever is not plain, or turns out not to be, is answered by the ordinary way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from interlock.contract import CheckedRow
from interlock.serve import v1
from interlock.serve.busy_poll import BusyPoll
from interlock.serve.guard import Guard
from interlock.serve.limits import Limits
from interlock.serve.message import JSON, Request, Response
from interlock.serve.observer import Watch
from interlock.serve.routes import Route
from interlock.serve.service import Service
from interlock.serve.shape import check_shape
from interlock.serve.traffic import Traffic

__all__ = ["Asker", "Turn"]

#: So many at most are answered at once: beyond, a row costs no less, and the first would wait for the last.
_MOST = 64


class Asker(Protocol):
    """Whom an answer is for."""

    loop: asyncio.AbstractEventLoop

    def give(self, response: Response) -> None:
        """Take the answer to the oldest request that has none."""

    def flush(self) -> None:
        """Send what was given."""


class _Asked(NamedTuple):
    asker: Asker
    request: Request
    watch: Watch | None
    row: CheckedRow
    started: float


class Turn:
    """What was asked in this turn.

    Args:
        route: Of the requests. Unless `/v1/predict` is what stands there everywhere, nothing is taken.
        traffic: Whose champion answers.
        guard: Who may ask.
        limits: What a request may cost.
        busy_poll: Hears when all is answered.
        otherwise: Answers one request by the ordinary way.
    """

    def __init__(
        self,
        route: Route,
        traffic: Traffic,
        guard: Guard,
        limits: Limits,
        busy_poll: BusyPoll,
        otherwise: Callable[[Request], Response],
    ) -> None:
        self._route, self._traffic, self._guard, self._limits = route, traffic, guard, limits
        self._busy_poll, self._otherwise = busy_poll, otherwise
        self._is_open = route.handle is v1.predict
        self._asked: list[_Asked] = []
        self._service: Service | None = None

    def take(
        self, asker: Asker, headers: Mapping[bytes, bytes], body: bytes, watch: Watch | None = None
    ) -> bool:
        """Take a request, if it is one row that the contract accepts.

        Args:
            asker: Gets the answer at the end of the turn, or before.
            headers: By name in lower case.
            body: All of it.
            watch: Who looks at it, if anybody does.

        Returns:
            Whether it was taken; if not, nothing has happened, and the ordinary way says what is wrong.
        """
        kind, service = headers.get(b"content-type", b""), self._traffic.champion
        if kind not in (JSON, b"") or body[:1] != b"{" or not self._is_open:
            return False
        started = time.perf_counter()
        try:
            self._guard.check(self._route.area, headers)
            check_shape(body, self._limits)
            row = service.decoder.one(body)
        except Exception:  # noqa: BLE001  (a refusal or not: the ordinary way answers, and logs what nobody foresaw)
            return False
        if row.rejected:
            return False
        if self._asked and (service is not self._service or len(self._asked) >= _MOST):
            self.settle()
        if not self._asked:
            asker.loop.call_soon(self.settle)
        self._service = service
        self._asked.append(_Asked(asker, Request(body, kind, headers=headers), watch, row, started))
        return True

    def settle(self) -> None:
        """Answer what was asked so far."""
        asked, self._asked = self._asked, []
        if not asked:
            return
        for each, response in zip(asked, self._responses(asked), strict=True):
            each.asker.give(response)
        for each in asked:
            each.asker.flush()
        if not self._traffic.has_threads:  # which the looking would hold up
            self._busy_poll.answered(asked[0].asker.loop.call_soon)

    def _responses(self, asked: Sequence[_Asked]) -> Sequence[Response]:
        service = self._service
        if service is not None and service is self._traffic.champion and service.ready:
            try:
                return self._together(service, asked)
            except Exception:  # noqa: BLE001, S110  (the ordinary way finds out whose fault it is, and logs it)
                pass
        return [self._alone(each) for each in asked]

    def _together(self, service: Service, asked: Sequence[_Asked]) -> Sequence[Response]:
        seen = [None if each.watch is None else each.watch.seen for each in asked]
        responses = service.predict_each([each.row for each in asked], [each.started for each in asked], seen)
        if self._traffic.shadows:
            for each, response in zip(asked, responses, strict=True):
                self._traffic.copy(self._route, each.request, response.headers[0][1].decode())
        return [
            response if each.watch is None else each.watch.closed(response)
            for each, response in zip(asked, responses, strict=True)
        ]

    def _alone(self, each: _Asked) -> Response:
        if each.watch is None:
            return self._otherwise(each.request)
        with each.watch as watch:
            return watch.answered(self._otherwise(each.request))
