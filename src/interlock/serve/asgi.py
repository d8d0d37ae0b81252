"""The ASGI application: who may ask, the body within its limits, the route, the answer; errors never leak."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import MappingProxyType
from typing import Any

import msgspec

from interlock.serve.access import Access
from interlock.serve.busy_poll import BusyPoll
from interlock.serve.connections import Connections
from interlock.serve.guard import Guard
from interlock.serve.heads import Heads
from interlock.serve.ledger.format import Entry, prediction_id
from interlock.serve.limits import Limits
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.metrics import Fallback
from interlock.serve.observer import Observer
from interlock.serve.refused import Reason, Refused
from interlock.serve.routes import Route, Routes, find
from interlock.serve.service import Service
from interlock.serve.shape import check_shape, text_of
from interlock.serve.tls import Renewal
from interlock.serve.traffic import Answered, Challenger, Traffic
from interlock.serve.turn import Turn

__all__ = ["CHOSEN", "HOT", "Application"]

#: The path of the one hot request.
HOT = "/v1/predict"
#: Where a scope names the challenger that was chosen for it.
CHOSEN = "interlock.challenger"

_LOG = logging.getLogger("interlock.serve")
_TICK_SECONDS = 0.5
_CLOSE = ((b"connection", b"close"),)
_LATER = ((b"retry-after", b"1"), (b"connection", b"close"))

#: What a flood or an attack would look like, by the code of the refusal.
_NOTED: dict[str, Reason] = {
    "body": "body",
    "values": "shape",
    "rows": "shape",
    "depth": "shape",
    "waiting": "waiting",
    "encoding": "encoding",
    "unauthorized": "unauthorized",
    "forbidden": "forbidden",
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application:
    """Answers HTTP for one worker.

    Args:
        traffic: What the worker serves; its ledgers are closed when the server stops.
        limits: What a request, and all of them together, may cost.
        guard: Who may ask what; by default everybody everything.
        own: Routes of this server alone.
        tls: Watches the certificate; None without TLS.
        observer: Keeps the access log and telemetry; by default there is neither.
        busy_poll_seconds: How long to look for the next request before the process sleeps, where requests
            come at such short notice; 0 for never.
    """

    def __init__(
        self,
        traffic: Traffic,
        *,
        limits: Limits | None = None,
        guard: Guard | None = None,
        own: Routes = MappingProxyType({}),
        tls: Renewal | None = None,
        observer: Observer | None = None,
        busy_poll_seconds: float = 0.0,
    ) -> None:
        self.traffic, self.limits, self.own, self.tls = traffic, limits or Limits(), own, tls
        self.guard = guard or Guard(Access())
        self.observer = observer or Observer()
        self.observer.own = own
        self.connections = Connections(self.limits)
        self.refused = Refused(traffic.champion.metrics.refused)
        self.heads, self.busy_poll = Heads(), BusyPoll(busy_poll_seconds)
        self.turn = Turn(
            find("POST", HOT, own)[0], traffic, self.guard, self.limits, self.busy_poll, self._predict
        )
        self._reading = 0  # bytes of bodies that are not complete yet
        #: What runs beside HTTP on the same loop, from the start to the end of the service.
        self.beside: list[Callable[[], AbstractAsyncContextManager[None]]] = []

    @property
    def service(self) -> Service:
        """The champion's, at the moment."""
        return self.traffic.champion

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope.

        Source:
            https://asgi.readthedocs.io/en/latest/specs/www.html
        """
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    def answer(
        self,
        method: str,
        path: str,
        content_type: bytes,
        body: bytes,
        query: bytes = b"",
        headers: Mapping[bytes, bytes] = MappingProxyType({}),
    ) -> Response:
        """Answer one request whose body is there: the champion does, or the release that the path asks for.

        Args:
            method: In upper case.
            path: Percent-encoded, without the query.
            content_type: The header; empty where there was none.
            body: All of it.
            query: What stood behind the question mark.
            headers: By name in lower case.
        """
        try:
            route, arguments = find(method, path, self.own)
            self.guard.check(route.area, headers)
        except Refusal as refusal:
            return self._lost(refusal)
        request = Request(body, content_type, arguments, query, headers)
        service = self._asked(route, request) if route.version else self.traffic.champion
        if self.traffic.shadows and route.predicts:
            first = prediction_id(service.ledger.writer, service.ledger.reserve(0))
            response = self._answered(service, route, request)
            self.traffic.copy(route, request, first)
            return response
        return self._answered(service, route, request)

    async def respond(
        self, method: str, path: str, request: Request, chosen: Challenger | None = None
    ) -> Response:
        """Answer one request whose body is there, by a challenger where the plan says so.

        Args:
            method: In upper case.
            path: Percent-encoded, without the query.
            request: Its arguments are not looked at.
            chosen: The challenger, where it was chosen already.
        """
        if self.traffic.challengers and chosen is None:
            chosen = self.choose(method, path, request)
        if chosen is None:
            return self._by_champion(method, path, request)
        route, arguments = find(method, path, self.own)
        request = request._replace(arguments=arguments)
        outcome = await chosen.ask(route.handle, request)
        if isinstance(outcome, Answered):
            self.traffic.copy(route, request, outcome.id)
            return outcome.response
        if route.wanted(request):  # who asked for this release gets no other
            message = f"the release that was asked for does not answer ({outcome})"
            return self._refused(self.service, route, Refusal(503, "challenger", message), request.body)
        digest = chosen.service.release.digest
        with self.service.ledger.noting(lambda entry: _note_fallback(entry, outcome, digest)):
            return self._by_champion(method, path, request)

    def choose(self, method: str, path: str, request: Request) -> Challenger | None:
        """Return the challenger that is to answer; None where the champion is, or nobody."""
        try:
            route, arguments = find(method, path, self.own)
            self.guard.check(route.area, request.headers)
            self._check_shape(route, request)
        except Refusal:
            return None  # the champion says why
        if route.version and (version := route.wanted(request._replace(arguments=arguments))):
            found = self.traffic.versioned(version)
            return found if isinstance(found, Challenger) and route.predicts else None
        return self.traffic.choose(route, request)

    def _asked(self, route: Route, request: Request) -> Service:
        """Return the service that answers here: the champion's, unless another is asked for and loaded."""
        version = route.wanted(request) if self.traffic.has_others else ""
        found = self.traffic.versioned(version) if version else None
        if isinstance(found, Challenger):  # whose thread alone predicts; what it is, everybody may read
            found = None if route.predicts else found.service
        return found or self.traffic.champion

    def _check_shape(self, route: Route, request: Request) -> None:
        if route.protocol != "grpc":  # whose messages are no text
            text = text_of(request.body, request.headers) if route.protocol == "v2" else request.body
            check_shape(text, self.limits, has_rows=route.predicts)

    def _by_champion(self, method: str, path: str, request: Request) -> Response:
        return self.answer(method, path, request.content_type, request.body, request.query, request.headers)

    def _predict(self, request: Request) -> Response:
        return self._by_champion("POST", HOT, request)

    def _answered(self, service: Service, route: Route, request: Request) -> Response:
        try:
            self._check_shape(route, request)
            response = route.handle(service, request)
        except Refusal as refusal:
            return self._refused(service, route, refusal, request.body)
        except Exception:  # noqa: BLE001  (whatever it is, the client learns an id and nothing else)
            return self._failed(service, route, request.body)
        if not route.predicts:  # a challenger's counters are its thread's
            self.service.metrics.request(route.protocol, response.status)
        return response

    async def call(self, path: str, headers: Mapping[bytes, bytes], body: bytes) -> Response:
        """Answer a call of gRPC, whose name is a path."""
        with self.observer.watch("POST", path, headers) as watch:
            kind = headers.get(b"content-type", b"")
            request = Request(body, kind, headers=headers)
            return watch.answered(await self.respond("POST", path, request))

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["raw_path"].decode("ascii")
        given = dict(scope["headers"])
        with self.observer.watch(method, path, given) as watch:
            response = self._before_body(method, path, given)
            if response is None:
                kind, query = given.get(b"content-type", b""), scope.get("query_string", b"")
                request = Request(b"", kind, (), query, given)
                response = await self._whole(method, path, request, receive, scope.get(CHOSEN))
            response = watch.answered(response)
        if response is None:
            return
        headers = [
            (b"content-type", response.content_type),
            (b"content-length", b"%d" % len(response.body)),
            *response.headers,
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    def _before_body(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Response | None:
        """Answer what nobody has to send a body for; None where the body is wanted."""
        try:
            route, _ = find(method, path, self.own)
        except Refusal:
            return None
        try:
            self.guard.check(route.area, headers)
        except Refusal as refusal:
            return self._lost(refusal, _CLOSE if _has_body(headers) else ())
        if headers.get(b"content-encoding", b"identity") != b"identity":
            packed = Refusal(415, "encoding", "compressed bodies are not taken", headers=_CLOSE)
            return self._refused(self.service, route, packed, b"")
        return None

    async def _whole(
        self, method: str, path: str, request: Request, receive: Receive, chosen: Challenger | None
    ) -> Response | None:
        """Read the body and answer; None where the client went away."""
        length = int(request.headers.get(b"content-length", b"0"))
        try:
            body = await self._read(receive, length)
        except Refusal as refusal:
            return self._refused_early(method, path, refusal)
        if body is None:
            return None
        return await self.respond(method, path, request._replace(body=body), chosen)

    async def _read(self, receive: Receive, length: int) -> bytes | None:
        """Return the body; None where the client went away.

        Raises:
            Refusal: 413 where it is too large; 429 where all bodies and answers together are.
        """
        limit, parts, size = self.limits.max_body, list[bytes](), 0
        if length > limit:
            raise _too_large(limit)
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part: bytes = message.get("body", b"")
                parts.append(part)
                size += len(part)
                self._reading += len(part)
                if size > limit:
                    raise _too_large(limit)
                if self._reading + self.connections.unread > self.limits.max_waiting:
                    raise Refusal(429, "waiting", "too much waits at the moment; try again", headers=_LATER)
                if not message.get("more_body"):
                    return b"".join(parts)
        finally:
            self._reading -= size

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            for each in self.beside:
                await stack.enter_async_context(each())
            ticking = asyncio.create_task(self._tick())
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self.traffic.stop("the service is stopping")
        ticking.cancel()
        self.refused.say(math.inf)
        self.traffic.close()
        self.observer.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            self.traffic.tick()
            self.guard.refresh()
            if self.tls is not None:
                self.tls.refresh()
                self.service.expires = self.tls.expires
            for reason in self.connections.look(clock()):
                self.refused.note(reason)
            self.refused.say(clock())
            await asyncio.sleep(_TICK_SECONDS)

    def _lost(self, refusal: Refusal, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
        """Answer a request that found no route, or may not take it: it leaves no trace in the ledger."""
        self._note(refusal)
        self.service.metrics.request("other", refusal.status)
        return _plain(refusal, headers)

    def _refused_early(self, method: str, path: str, refusal: Refusal) -> Response:
        """Answer a request of which not even the body was read."""
        try:
            route, _ = find(method, path, self.own)
        except Refusal:
            return self._lost(refusal)
        return self._refused(self.service, route, refusal, b"")

    def _note(self, refusal: Refusal) -> None:
        reason = _NOTED.get(refusal.code)
        if reason is not None:
            self.refused.note(reason)

    def _refused(self, service: Service, route: Route, refusal: Refusal, body: bytes) -> Response:
        self._note(refusal)
        if not route.predicts:
            self.service.metrics.request(route.protocol, refusal.status)
            return _plain(refusal)
        number = service.refuse(refusal, route.protocol, body)
        content = route.render(service, refusal, number)
        return Response(refusal.status, content, headers=refusal.headers)

    def _failed(self, service: Service, route: Route, body: bytes) -> Response:
        """Log what happened under an id, and tell the client the id alone."""
        refusal = Refusal(500, "internal", "an internal error; the service's log has it under this id")
        number = service.refuse(refusal, route.protocol, body) if route.predicts else None
        name = "" if number is None else prediction_id(service.ledger.writer, number)
        _LOG.exception("internal error %s", name)
        if number is None:
            return self._refused(service, route, refusal, body)
        return Response(500, route.render(service, refusal, number))


def _note_fallback(entry: Entry, why: Fallback, digest: str) -> None:
    entry.fallback = (why, digest)


def _plain(refusal: Refusal, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """Return a refusal outside of the prediction routes."""
    body = msgspec.json.encode({"error": refusal.code, "message": refusal.message})
    return Response(refusal.status, body, headers=(*refusal.headers, *headers))


def _has_body(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "body", f"the body is larger than {limit} bytes", headers=_CLOSE)
