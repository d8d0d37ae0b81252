"""A shorter way for the one hot request: answered while it is parsed, without a task or an ASGI message.

Whatever is not plain (another route, a large or chunked body, `Expect`, HTTP/1.0, a connection that closes,
an answer that is still being written) goes the ordinary way through uvicorn and ASGI. Both ways end in
`Application.answer`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from interlock.serve.asgi import Application
from interlock.serve.message import Response

__all__ = ["HotProtocol"]

_PATH = "/v1/predict"
_URL = _PATH.encode()
#: Larger bodies are read with uvicorn's back-pressure, bytes.
_LARGEST = 1 << 16


class HotProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, which answers `POST /v1/predict` at once."""

    app: Application

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hot, self._is_last = False, False
        self._given: dict[bytes, bytes] = {}
        self._body = b""
        self._known: list[tuple[bytes, bytes]] | None = None
        self._common = b""
        self._answers: list[bytes] = []

    def on_message_begin(self) -> None:
        """Begin a request; what only ASGI needs is made once it is known to need it."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Choose the way."""
        headers = dict(self.headers)
        self._hot = self.url == _URL and self._is_plain(headers)
        if self._hot:
            self._given, self._body = headers, b""
            return
        self._flush()
        url, given, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(given)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._hot:
            self._body = self._body + body if self._body else body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer, if this is the hot way."""
        if not self._hot:
            super().on_message_complete()
            return
        self._hot = False
        if self.transport.is_closing():
            return
        if not self._answers:
            self.loop.call_soon(self._flush)
        kind = self._given.get(b"content-type", b"")
        answer = self.app.answer("POST", _PATH, kind, self._body, b"", self._given)
        self._answers.append(self._framed(answer))
        if self._is_last:
            self._flush()
            self.transport.close()
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Say that what was sent is not HTTP, after what was answered before."""
        self._flush()
        super().send_400_response(msg)

    def shutdown(self) -> None:
        """Finish the request that has begun, then close."""
        self._flush()
        if self._hot:
            self._is_last = True
        else:
            super().shutdown()

    def _is_plain(self, headers: dict[bytes, bytes]) -> bool:
        """Whether a request can be answered in one go, in its turn."""
        length = headers.get(b"content-length", b"")
        return (
            self.parser.get_method() == b"POST"
            and 0 < len(length) <= 5
            and int(length) <= min(_LARGEST, self.app.max_body)
            and b"expect" not in headers
            and b"transfer-encoding" not in headers
            and b"upgrade" not in headers
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )

    def _flush(self) -> None:
        """Write what was answered in this turn of the loop.

        Every write wakes a client, which may take this core and its caches; so the requests that are there,
        on all connections, are answered first and written then.
        """
        if self._answers and not self.transport.is_closing():
            self.transport.write(b"".join(self._answers))
        self._answers.clear()

    def _framed(self, response: Response) -> bytes:
        if self._known is not self.server_state.default_headers:  # uvicorn makes new ones once a second
            self._known = self.server_state.default_headers
            self._common = _lines(self._known)
        return b"%s%scontent-type: %s\r\ncontent-length: %d\r\n%s%s\r\n%s" % (
            STATUS_LINE[response.status],
            self._common,
            response.content_type,
            len(response.body),
            _lines(response.headers) if response.headers else b"",
            b"connection: close\r\n" if self._is_last else b"",
            response.body,
        )


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)
