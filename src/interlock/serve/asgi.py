"""The ASGI application: read the body within its limit, find the route, answer; errors never leak."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

import msgspec

from interlock.serve.ledger.format import prediction_id
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.routes import Route, Routes, find
from interlock.serve.service import Service

__all__ = ["Application"]

_LOG = logging.getLogger("interlock.serve")
_TICK_SECONDS = 0.5
_CLOSE = ((b"connection", b"close"),)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application:
    """Answers HTTP for one worker.

    Args:
        service: The worker's; its ledger is closed when the server stops.
        max_body: Largest body, bytes.
        own: Routes of this server alone.
    """

    def __init__(
        self, service: Service, *, max_body: int = 8 << 20, own: Routes = MappingProxyType({})
    ) -> None:
        self.service, self.max_body, self.own = service, max_body, own

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
        """Answer one request whose body is there.

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
        except Refusal as refusal:
            return self._lost(refusal)
        try:
            response = route.handle(self.service, Request(body, content_type, arguments, query, headers))
        except Refusal as refusal:
            return self._refused(route, refusal, body)
        except Exception:  # noqa: BLE001  (whatever it is, the client learns an id and nothing else)
            return self._failed(route, body)
        if not route.predicts:
            self.service.metrics.request(route.protocol, response.status)
        return response

    def refuse_body(self, method: str, path: str, body: bytes) -> Response:
        """Answer a request whose body is larger than the limit; the connection is closed, the rest unread."""
        refusal = Refusal(413, "body", f"the body is larger than {self.max_body} bytes", headers=_CLOSE)
        try:
            route, _ = find(method, path, self.own)
        except Refusal:
            return self._lost(refusal)
        return self._refused(route, refusal, body)

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["raw_path"].decode("ascii")
        given = dict(scope["headers"])
        length = int(given.get(b"content-length", b"0"))
        body = await self._read(receive, length)
        if body is None:
            return
        if max(length, len(body)) > self.max_body:
            response = self.refuse_body(method, path, body)
        else:
            kind, query = given.get(b"content-type", b""), scope.get("query_string", b"")
            response = self.answer(method, path, kind, body, query, given)
        headers = [
            (b"content-type", response.content_type),
            (b"content-length", b"%d" % len(response.body)),
            *response.headers,
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    async def _read(self, receive: Receive, length: int) -> bytes | None:
        """Return the body, or its beginning where it is too large; None where the client went away."""
        if length > self.max_body:
            return b""
        message = await receive()
        body: bytes = message.get("body", b"")
        while message["type"] == "http.request" and message.get("more_body") and len(body) <= self.max_body:
            message = await receive()
            body += message.get("body", b"")
        return None if message["type"] == "http.disconnect" else body

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        ticking = asyncio.create_task(self._tick())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.service.ready, self.service.reason = False, "the service is stopping"
        ticking.cancel()
        self.service.ledger.close()
        self.service.tick()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        while True:
            self.service.tick()
            await asyncio.sleep(_TICK_SECONDS)

    def _lost(self, refusal: Refusal) -> Response:
        """Answer a request that found no route."""
        self.service.metrics.request("other", refusal.status)
        return _plain(refusal)

    def _refused(self, route: Route, refusal: Refusal, body: bytes) -> Response:
        if not route.predicts:
            self.service.metrics.request(route.protocol, refusal.status)
            return _plain(refusal)
        number = self.service.refuse(refusal, route.protocol, body)
        content = route.render(self.service, refusal, number)
        return Response(refusal.status, content, headers=refusal.headers)

    def _failed(self, route: Route, body: bytes) -> Response:
        """Log what happened under an id, and tell the client the id alone."""
        refusal = Refusal(500, "internal", "an internal error; the service's log has it under this id")
        number = self.service.refuse(refusal, route.protocol, body) if route.predicts else None
        name = "" if number is None else prediction_id(self.service.ledger.writer, number)
        _LOG.exception("internal error %s", name)
        if number is None:
            return self._refused(route, refusal, body)
        return Response(500, route.render(self.service, refusal, number))


def _plain(refusal: Refusal) -> Response:
    """Return a refusal outside of the prediction routes."""
    body = msgspec.json.encode({"error": refusal.code, "message": refusal.message})
    return Response(refusal.status, body, headers=refusal.headers)
